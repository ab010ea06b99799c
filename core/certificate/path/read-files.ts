/** Certificates and revocation lists out of a file's bytes: DER, or PEM blocks (RFC 7468) with anything around them. */
import { type CertificateBody, readCertificate } from './certificate-body.ts';
import { DerError } from './der-reader.ts';
import { type RevocationList, readRevocationList } from './revocation-list.ts';

/** What a file holds: what could be read, and why each other part could not. */
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
  return { found, unreadable };
}

/** Without regular expressions over the whole text: a file of 10 MB must not take minutes. */
function pemBlocks(text: string, label: RegExp, unreadable: string[]): Uint8Array[] {
  const ders: Uint8Array[] = [];
  for (let at = text.indexOf(BEGIN); at >= 0; at = text.indexOf(BEGIN, at + 1)) {
    const labelEnd = text.indexOf('-----', at + BEGIN.length);
    const name = labelEnd < 0 ? '' : text.slice(at + BEGIN.length, labelEnd);
    if (!label.test(name)) continue;
    const end = text.indexOf(`-----END ${name}-----`, labelEnd);
    const inside = end < 0 ? '' : text.slice(labelEnd + 5, end).replaceAll(/\s/g, '');
    if (end < 0) unreadable.push(`the block ${name} has no end`);
    else if (!/^[A-Za-z0-9+/]+={0,2}$/.test(inside) || inside.length % 4 !== 0) unreadable.push(`the block ${name} is not base64`);
    else ders.push(Buffer.from(inside, 'base64'));
  }
  return ders;
}
