/** Who connects to a cluster, as `clients:` of `cluster.yaml` says it: on which TLS library, and what it trusts. */
import { z } from 'zod';
import type { CertificateBody } from '../certificate/path/certificate-body.ts';
import { readCertificates } from '../certificate/path/read-files.ts';
import { RUNTIME_NAMES, RUNTIMES, VERSION } from '../certificate/runtimes/runtime.ts';
import { RingwardError } from '../errors/catalogue.ts';

/** Characters; some hundred authorities. */
const LONGEST_AUTHORITIES = 131_072;

export const RegisteredClient = z.strictObject({
  /** In the report; a team, an application. */
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}$/, 'letters, digits, space, ".", "_", "-"; at most 63'),
  runtime: z.enum(RUNTIME_NAMES),
  /** Of the runtime, not of the driver; the measured one where it is left out. */
  version: z.custom<string>((value) => typeof value === 'string' && VERSION.test(value), 'a version in quotes such as "3.13"').optional(),
  /** Does it look at the node's names? As its drivers do by default where it is left out. */
  checksNames: z.boolean().optional(),
  /** PEM text of what it trusts; the canary's authorities where it is left out. */
  authorities: z.string().optional(),
});
export type RegisteredClient = z.infer<typeof RegisteredClient>;

/** The version that the client is judged as. */
export function versionOf({ runtime, version }: RegisteredClient): string {
  return version ?? RUNTIMES[runtime].measured;
}

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
