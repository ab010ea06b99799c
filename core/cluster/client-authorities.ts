/** The authorities that a registered client trusts: public certificates in PEM, and nothing else. */
import type { CertificateBody } from '../certificate/path/certificate-body.ts';
import { readCertificates } from '../certificate/path/read-files.ts';
import { RingwardError } from '../errors/catalogue.ts';
import type { RegisteredClient } from './clients.ts';

/** Characters; some hundred authorities. */
const LONGEST_AUTHORITIES = 131_072;

/** What the client trusts by its registration; null where it has none of its own. */
export function authoritiesOf({ authorities }: RegisteredClient): readonly CertificateBody[] | null {
  return authorities === undefined ? null : readCertificates(Buffer.from(authorities)).found;
}

/** Throws FIELD_INVALID for authorities that are none; a private key is refused and never shown (I4). */
export function checkAuthorities(client: RegisteredClient, field: string): void {
  const { authorities } = client;
  if (authorities === undefined) return;
  const refuse = (message: string, value: string): never => {
    throw new RingwardError('FIELD_INVALID', { message, field, value, fix: 'Give the PEM text of public certificates, and nothing else.' });
  };
  if (/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(authorities))
    refuse('There is a private key among the authorities of a client; it must not be registered anywhere.', 'a private key (not shown)');
  if (authorities.length > LONGEST_AUTHORITIES)
    refuse('The authorities of a client are too long.', `${authorities.length} characters, of at most ${LONGEST_AUTHORITIES}`);
  const { found, unreadable } = authorities.includes('-----BEGIN ')
    ? readCertificates(Buffer.from(authorities))
    : { found: [], unreadable: [] };
  if (unreadable[0] !== undefined) refuse(`An authority of a client cannot be read: ${unreadable[0]}.`, 'a PEM text');
  if (found.length === 0) refuse('The authorities of a client hold no certificate.', 'a text without one');
}
