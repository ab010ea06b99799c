/**
 * What each registered client's TLS library would say of the chain that the node serves to clients: predicted by a measured table
 * and never run, so it warns and proves nothing. What a client would have refused before the deployment too is told alone.
 */
import { type CertificateBody, readCertificate } from '../../certificate/path/certificate-body.ts';
import { DerError } from '../../certificate/path/der-reader.ts';
import { type DialledName, readDialledName } from '../../certificate/path/dialled-name.ts';
import { type AskedRuntime, askRuntimes, inWords, type RuntimeAnswer } from '../../certificate/runtimes/ask-runtimes.ts';
import { authoritiesOf } from '../../cluster/client-authorities.ts';
import { type RegisteredClient, versionOf } from '../../cluster/clients.ts';
import { type Check, conclude, finding } from '../check.ts';
import type { CheckResult, Finding, VantagePoint } from '../findings.ts';
import type { VerificationSnapshot } from '../snapshot.ts';

interface Served {
  readonly chain: readonly string[];
  readonly seenBy: VantagePoint;
  readonly how: string;
  readonly at: number;
}

export const clientRuntimes: Check = (snapshot, _policy, now) => {
  const name = 'client-runtimes';
  const { clients } = snapshot.registration;
  const served = servedToClients(snapshot);
  if (!served)
    return conclude(name, snapshot, { failing: [], missing: ['nobody saw the chain that the node serves to clients'], passed: '' });
  if (clients.length === 0) {
    const passed = 'No client runtime is registered (clients in cluster.yaml), so none was judged.';
    return conclude(name, snapshot, { failing: [], missing: [], passed });
  }
  try {
    return judge(snapshot, served, now);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    return conclude(name, snapshot, { failing: [], missing: [`a certificate cannot be read strictly: ${error.message}`], passed: '' });
  }
};

function judge(snapshot: VerificationSnapshot, { chain, ...seen }: Served, now: number): CheckResult {
  const { clients, ports } = snapshot.registration;
  const trusting = clients.map((client) => ({
    client,
    anchors: authoritiesOf(client) ?? bodies(snapshot, snapshot.client?.authorities ?? []),
  }));
  const without = trusting.filter(({ anchors }) => anchors.length === 0).map(({ client }) => client.name);
  const names = namesOf(snapshot);
  const ask = (of: readonly CertificateBody[]): RuntimeAnswer[] =>
    trusting
      .filter(({ anchors }) => anchors.length > 0)
      .flatMap(({ client, anchors }) => askRuntimes({ chain: of, anchors, at: now, names }, [asked(client)]));
  const answers = ask(bodies(snapshot, chain));
  const refusing = answers.filter(({ verdict }) => verdict === 'refuse');
  const before = reasonsOf(ask(servedBefore(snapshot)));
  const found: Finding[] =
    refusing.length === 0
      ? []
      : [
          finding(snapshot, 'CLIENT_RUNTIME_REFUSES', {
            ...seen,
            where: `client:${ports.client}`,
            expected: 'a chain that every registered client accepts',
            observed: inWords(answers) ?? '',
            how: `${seen.how}, judged here by what each client’s TLS library was measured to refuse`,
          }),
        ];
  const asBefore = snapshot.purpose === 'old' || [...reasonsOf(refusing)].every((reason) => before.has(reason));
  return conclude('client-runtimes', snapshot, {
    failing: asBefore ? [] : found,
    told: asBefore ? found : [],
    missing: without.length > 0 ? [`the authorities of ${without.join(', ')} are not known`] : [],
    passed: `${refusing.length > 0 ? 'Warning, as before: ' : ''}${inWords(answers)}.`,
  });
}

const asked = (client: RegisteredClient): AskedRuntime => ({
  client: client.name,
  runtime: client.runtime,
  version: versionOf(client),
  checksNames: client.checksNames,
});

/** What a client was shown, else what the node itself was shown on the same port. */
function servedToClients({ client, node, observation }: VerificationSnapshot): Served | null {
  const wire = client?.wire.find((fact) => fact.node === node.node && fact.listener === 'client' && fact.chain.length > 0);
  if (client && wire)
    return { chain: wire.chain, seenBy: 'client', how: 'chain presented to a fresh handshake of the client', at: client.at };
  const own = observation?.listeners.find((fact) => fact.listener === 'client' && fact.chain.length > 0);
  return observation && own
    ? { chain: own.chain, seenBy: 'node', how: 'chain presented to a fresh handshake on the node', at: observation.at }
    : null;
}

/** The leaf of before with all certificates of its backup; nothing where it is not known. */
function servedBefore(snapshot: VerificationSnapshot): readonly CertificateBody[] {
  const { before, certificates } = snapshot;
  const leaf = before?.servedLeaves.client;
  if (!before || leaf === undefined || !certificates.get(leaf)) return [];
  const others = Object.keys(before.certificates).filter((hash) => hash !== leaf && certificates.get(hash));
  return bodies(snapshot, [leaf, ...others]);
}

function bodies({ certificates }: VerificationSnapshot, hashes: readonly string[]): CertificateBody[] {
  return hashes.map((hash) => {
    const certificate = certificates.get(hash);
    if (!certificate) throw new DerError(`${hash.slice(0, 16)}… is no certificate`);
    return readCertificate(Buffer.from(certificate.der, 'base64'));
  });
}

function namesOf({ node }: VerificationSnapshot): DialledName[] {
  const name = readDialledName(`ip:${node.address}`) ?? readDialledName(`dns:${node.address}`);
  return name ? [name] : [];
}

/** `client fault` for each reason. */
function reasonsOf(answers: readonly RuntimeAnswer[]): ReadonlySet<string> {
  return new Set(answers.flatMap(({ client, reasons }) => reasons.map((fault) => `${client} ${fault.name}`)));
}
