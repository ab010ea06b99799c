/** Certificates and revocation lists out of a file's bytes: DER, or PEM blocks (RFC 7468) with anything around them. */
import { type CertificateBody, readCertificate } from './certificate-body.ts';
import { DerError } from './der-reader.ts';
import { type RevocationList, readRevocationList } from './revocation-list.ts';

/** What a file holds: what could be read, and why other parts could not, each reason once. */
export interface ReadFile<T> {
  readonly found: readonly T[];
  readonly unreadable: readonly string[];
}

export const readCertificates = (bytes: Uint8Array): ReadFile<CertificateBody> =>
  readBlocks(bytes, /^(X509 |TRUSTED )?CERTIFICATE$/, readCertificate);
export const readLists = (bytes: Uint8Array): ReadFile<RevocationList> => readBlocks(bytes, /^X509 CRL$/, readRevocationList);

const BEGIN = '-----BEGIN ';

function readBlocks<T>(bytes: Uint8Array, label: RegExp, read: (der: Uint8Array) => T): ReadFile<T> {
  const found: T[] = [];
  const unreadable: string[] = [];
  const text = Buffer.from(bytes).toString('latin1');
  const ders = text.includes(BEGIN) ? pemBlocks(text, label, unreadable) : [bytes];
  for (const der of ders) {
    try {
      found.push(read(der));
    } catch (error) {
      if (!(error instanceof DerError)) throw error;
      unreadable.push(error.message);
    }
  }
  return { found, unreadable: [...new Set(unreadable)] };
}

/** Each octet is looked at a fixed number of times: 32 MB of beginnings without an end must not take minutes. */
function pemBlocks(text: string, label: RegExp, unreadable: string[]): Uint8Array[] {
  const ders: Uint8Array[] = [];
  let next = text.indexOf(BEGIN);
  while (next >= 0) {
    const labelEnd = text.indexOf('-----', next + BEGIN.length);
    if (labelEnd < 0) break;
    const name = text.slice(next + BEGIN.length, labelEnd);
    next = text.indexOf(BEGIN, labelEnd);
    if (!label.test(name)) continue;
    const block = text.slice(labelEnd + 5, next < 0 ? undefined : next);
    const end = block.indexOf(`-----END ${name}-----`);
    const inside = end < 0 ? '' : block.slice(0, end).replaceAll(/\s/g, '');
    if (end < 0) unreadable.push(`the block ${name} has no end${next < 0 ? '' : ' before another begins'}`);
    else if (!/^[A-Za-z0-9+/]+={0,2}$/.test(inside) || inside.length % 4 !== 0) unreadable.push(`the block ${name} is not base64`);
    else ders.push(Buffer.from(inside, 'base64'));
  }
  return ders;
}
