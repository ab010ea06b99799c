/** Looks at every node from where clients are: fresh handshakes, then the canary with the real driver. What it saw is judged elsewhere. */
import { createHash, X509Certificate } from 'node:crypto';
import { askAsClient } from '../../adapters/cassandra/canary.ts';
import { keepTopology } from '../../adapters/cassandra/keep-topology.ts';
import { ask } from '../../adapters/dynamodb/breakers.ts';
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { writeEvidence, writeEvidenceOnce } from '../../adapters/s3/evidence.ts';
import { loadCanaryIdentity } from '../../adapters/secrets-manager/canary-identity.ts';
import type { NodeOfDeployment } from '../../adapters/ssm/node-step.ts';
import { freshHandshake } from '../../adapters/tls/handshake.ts';
import { policyFor } from '../../core/breaker/breaker.ts';
import type { Registration } from '../../core/cluster/registration.ts';
import { clientObservationKey, type Look } from '../../core/observe/evidence-keys.ts';
import type { ClientObservation } from '../../core/verify/client-observation.ts';

/** Bounds connect, handshake and read, each. */
const DIAL_MS = 2000;
/** Bounds the whole look, below the function's own time-out: one that hangs is a failure too. */
const LOOK_MS = 45_000;

type Input = Omit<NodeOfDeployment, 'node'> & Look;

export async function handler(input: Input): Promise<{ readonly client: string }> {
  const registration = await loadRegistration(input.cluster);
  const asking = {
    cluster: input.cluster,
    source: 'client' as const,
    policy: policyFor('client', registration.nodes.length),
    urgent: input.purpose === 'old',
    deadlineMs: LOOK_MS,
  };
  const observation = await ask(asking, () => lookFrom(registration, input.window === 0));
  const key = clientObservationKey(input);
  // What was voted on stays: a repeated call writes nothing over it. The proof of a rollback is the newest look.
  await (input.purpose === 'old' ? writeEvidence(key, observation) : writeEvidenceOnce(key, observation));
  return { client: key };
}

/** Ports that nobody answers are what it saw; that it fails is of the client itself: its identity, its network, its driver. */
/** @param first the first look of a watch also keeps the ring's token ranges */
async function lookFrom(registration: Registration, first: boolean): Promise<ClientObservation> {
  const askedAt = Date.now();
  const identity = await loadCanaryIdentity(registration.canary.identitySecret);
  const { client: port } = registration.ports;
  const { localDatacenter, consistency } = registration.canary;
  const [dialled, canary] = await Promise.all([
    Promise.all(
      registration.nodes.map(async ({ node, address }) => {
        const target = { listener: 'client' as const, address, port };
        return {
          node,
          ...(await freshHandshake(target, {
            identity: { key: identity.privateKey, certificate: identity.certificate },
            authorities: identity.authorities,
            timeoutMs: DIAL_MS,
          })),
        };
      }),
    ),
    Promise.all(
      registration.nodes.map(({ node, address }) => askAsClient({ node, address, port, localDatacenter, consistency }, identity)),
    ),
    first ? keepTopology(registration, identity) : null,
  ]);
  const authorities =
    identity.authorities.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)?.map((pem) => new X509Certificate(pem).raw) ??
    [];
  const trusted = authorities.map((der) => [createHash('sha256').update(der).digest('hex'), der.toString('base64')] as const);
  return {
    at: Date.now(),
    askedAt,
    wire: dialled.map(({ node, fact }) => ({ node, ...fact })),
    canary,
    authorities: trusted.map(([hash]) => hash),
    certificates: Object.assign(Object.fromEntries(trusted), ...dialled.map(({ certificates }) => certificates)) as Record<string, string>,
  };
}
