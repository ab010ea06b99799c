/** Names of a certificate against the name that is dialled (RFC 9525, 6). */
import type { Certificate } from './parse.ts';

/** Has the certificate any DNS name or address? The common name does not count (RFC 9525, 2). */
export function hasNames(certificate: Certificate): boolean {
  return certificate.subjectAlternativeNames.some((name) => /^(DNS|IP Address):/.test(name));
}

/** Does a name of the certificate cover the host name or address? A wildcard stands for the whole left-most label alone. */
export function coversName(certificate: Certificate, host: string): boolean {
  const isAddress = /^\d+(\.\d+){3}$/.test(host) || host.includes(':');
  return certificate.subjectAlternativeNames.some((name) => {
    if (isAddress) return name.startsWith('IP Address:') && sameAddress(name.slice('IP Address:'.length), host);
    return name.startsWith('DNS:') && coversHost(name.slice('DNS:'.length).toLowerCase(), host.toLowerCase().replace(/\.$/, ''));
  });
}

function coversHost(pattern: string, host: string): boolean {
  if (pattern === host) return true;
  const dot = host.indexOf('.');
  return pattern.startsWith('*.') && dot > 0 && pattern.slice(1) === host.slice(dot) && pattern.split('.').length > 2;
}

/** IPv6 has many spellings of one address. */
function sameAddress(one: string, other: string): boolean {
  const spelled = (address: string) => (address.includes(':') ? new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname : address);
  try {
    return spelled(one) === spelled(other);
  } catch {
    return false;
  }
}
