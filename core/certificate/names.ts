/** Names of a certificate against the name that is dialled (RFC 9525, 6). */
import { addressBytes, coversHost } from './host-and-address.ts';
import type { Certificate } from './parse.ts';

/** Has the certificate any DNS name or address? The common name does not count (RFC 9525, 2). */
export function hasNames(certificate: Certificate): boolean {
  return certificate.subjectAlternativeNames.some((name) => /^(DNS|IP Address):/.test(name));
}

/** Does a name of the certificate cover the host name or address? A wildcard stands for the whole left-most label alone. */
export function coversName(certificate: Certificate, host: string): boolean {
  const address = addressBytes(host);
  return certificate.subjectAlternativeNames.some((name) => {
    if (address)
      return name.startsWith('IP Address:') && isSame(address, addressBytes(name.slice('IP Address:'.length).replace(/%.*$/, '')));
    return name.startsWith('DNS:') && coversHost(name.slice('DNS:'.length).toLowerCase(), host.toLowerCase().replace(/\.$/, ''));
  });
}

/** IPv6 has many spellings of one address; octets have one. */
const isSame = (one: Uint8Array, other: Uint8Array | null): boolean => other !== null && Buffer.compare(one, other) === 0;
