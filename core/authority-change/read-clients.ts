/** Clients of a ring as a change of authority must know them: the canary, and those that are registered with what they trust. */

import { type Certificate, tryParseCertificate } from '../certificate/parse.ts';
import { refuses } from '../certificate/runtimes/ask-runtimes.ts';
import { authoritiesOf } from '../cluster/client-authorities.ts';
import { type RegisteredClient, versionOf } from '../cluster/clients.ts';
import type { AuthorityEvidence } from './evidence.ts';
import type { Known } from './known.ts';
import type { Client } from './state.ts';

/** As it is named beside the registered ones. */
const CANARY = 'the canary';

export function readClients({ registration, client, shownByClients, now }: AuthorityEvidence, known: Known): Client[] {
  const ofCanary = (client?.authorities ?? []).flatMap((hash) => known.certificate(hash) ?? []);
  const registered = registration.clients.flatMap((one): Client[] => {
    const trusts = authoritiesOfClient(one) ?? ofCanary;
    // A client whose authorities nobody knows can be asked nothing; verification says so (`client-runtimes`).
    if (trusts.length === 0) return [];
    const shown = shownByClients?.get(one.name);
    return [
      {
        name: one.name,
        trusts: known.keysOf(trusts.filter((anchor) => takes(one, anchor, now))),
        shows: shown ? known.leafOf(shown) : null,
      },
    ];
  });
  const canary = ofCanary.length === 0 ? [] : [{ name: CANARY, trusts: known.keysOf(ofCanary), shows: null }];
  return [...canary, ...registered];
}

function authoritiesOfClient(client: RegisteredClient): Certificate[] | null {
  return authoritiesOf(client)?.flatMap(({ der }) => tryParseCertificate(Buffer.from(der).toString('base64')) ?? []) ?? null;
}

/** An expired anchor is none for some TLS libraries, and the JDK does not mind (row 5 of the failure modes). */
function takes({ runtime, ...client }: RegisteredClient, anchor: Certificate, now: number): boolean {
  const version = versionOf({ runtime, ...client });
  const fault = now > anchor.notAfter ? 'anchor-expired' : now < anchor.notBefore ? 'anchor-not-yet-valid' : null;
  return fault === null || !refuses(fault, { runtime, version });
}
