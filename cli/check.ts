/** `ringward check`: a cluster's certificates from here, by fresh handshakes. No AWS, nothing to install anywhere. */
import { InvalidArgumentError } from 'commander';
import type { ClientIdentity, HandshakeTarget } from '../adapters/tls/handshake.ts';
import type { Certificate } from '../core/certificate/parse.ts';
import type { PortJudgement } from '../core/certificate/port.ts';
import { RingwardError } from '../core/errors/catalogue.ts';
import type { ListenerName } from '../core/node/protocol.ts';
import { addCheckChain } from './check-chain.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { AddVerb } from './verb.ts';

interface CheckOptions {
  readonly contact?: readonly HandshakeTarget[];
  readonly clusterFile?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly expiryDays: number;
  readonly timeout: number;
}

const LISTENER_OF: Readonly<Record<number, ListenerName>> = { 7000: 'internode', 7001: 'internode', 7199: 'jmx' };
const LISTENERS: readonly ListenerName[] = ['client', 'internode', 'jmx'];

export const addCheck: AddVerb = (program, run) => {
  const verb = program
    .command('check')
    .description('verify a cluster’s certificates from here, without AWS')
    .option(
      '--contact <host:port...>',
      'ports to dial; 7000 and 7001 are taken as internode, 7199 as JMX, others as client (or say internode=host:port)',
      collectTargets,
    )
    .option('--cluster-file <cluster.yaml>', 'dial every port of every node of this file')
    .option('--ca <file.pem>', 'the authorities to trust (PEM)')
    .option('--cert <file.pem>', 'own certificate and chain, where ports ask for one')
    .option('--key <file.pem>', 'its private key')
    .option('--expiry-days <n>', 'a leaf that expires sooner needs attention', parseAboveZero, 7)
    .option('--timeout <seconds>', 'for each of connect, handshake and read', parseAboveZero, 5)
    .addHelpText(
      'after',
      '\nExample: ringward check --contact 10.0.1.7:9042 10.0.1.7:7000 --ca root.pem --cert client.pem --key client.key',
    )
    .action((options: CheckOptions, command) => run(command, check, options));
  addCheckChain(verb, run);
};

/** A figure above zero; without this, one that is no number would quietly switch its rule off. */
function parseAboveZero(text: string): number {
  const figure = Number(text);
  if (!(figure > 0)) throw new InvalidArgumentError(`"${text}" is not a number above zero.`);
  return figure;
}

/** `[listener=]host:port`; an IPv6 address stands in brackets. */
function parseTarget(text: string): HandshakeTarget {
  const [, named, bracketed, host, digits] = /^(?:(\w+)=)?(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  const listener = named ?? LISTENER_OF[port] ?? 'client';
  if (digits === undefined || port < 1 || port > 65_535 || !LISTENERS.includes(listener as ListenerName)) {
    throw new InvalidArgumentError(`"${text}" is not host:port, or one of ${LISTENERS.join(', ')} before it (client=host:port).`);
  }
  return { listener: listener as ListenerName, address: bracketed ?? (host as string), port };
}

async function check(context: Context, options: CheckOptions): Promise<ExitCode> {
  const { terminal } = context;
  const targets = [...(options.contact ?? []), ...(options.clusterFile === undefined ? [] : await targetsOf(context, options.clusterFile))];
  if (targets.length === 0)
    throw new RingwardError('ARGUMENT_INVALID', {
      message: 'There is nothing to dial.',
      fix: 'Give --contact host:port or --cluster-file cluster.yaml.',
    });
  const { ca } = options;
  if (ca === undefined)
    throw new RingwardError('ARGUMENT_INVALID', { field: '--ca', message: 'Whom to trust is not given.', fix: 'Give --ca root.pem.' });
  if ((options.cert === undefined) !== (options.key === undefined))
    throw new RingwardError('ARGUMENT_INVALID', { message: '--cert and --key belong together.', fix: 'Give both, or neither.' });
  context.say(`dialling ${targets.length} ${targets.length === 1 ? 'port' : 'ports'} …`);

  const [{ freshHandshake }, { judgePort }, { certificatesInPem }] = await Promise.all([
    import('../adapters/tls/handshake.ts'),
    import('../core/certificate/port.ts'),
    import('../core/certificate/pem.ts'),
  ]);
  const anchors: Certificate[] = certificatesInPem(await terminal.readFile(ca));
  if (anchors.length === 0)
    throw new RingwardError('ARGUMENT_INVALID', {
      message: 'There is no certificate in the file of authorities.',
      field: '--ca',
      value: ca,
      fix: 'Give a PEM file with at least one CERTIFICATE block.',
    });
  const identity: ClientIdentity | undefined =
    options.cert === undefined || options.key === undefined
      ? undefined
      : { certificate: await terminal.readFile(options.cert), key: await terminal.readFile(options.key) };

  const judged = await Promise.all(
    targets.map(async (target) => {
      const { fact, certificates } = await freshHandshake(target, {
        timeoutMs: options.timeout * 1000,
        ...(identity === undefined ? {} : { identity }),
      });
      return judgePort(fact, certificates, anchors, {
        at: terminal.now(),
        expiryNoticeSeconds: options.expiryDays * 86_400,
        withIdentity: identity !== undefined,
      });
    }),
  );
  await show(context, judged);
  return judged.every(({ outcome }) => outcome === 'good') ? EXIT.good : EXIT.attention;
}

async function targetsOf(context: Context, file: string): Promise<HandshakeTarget[]> {
  const { readClusterFile } = await import('./cluster-file.ts');
  const { nodes, ports, jmx } = await readClusterFile(context.terminal, file);
  // JMX is often bound to the node's own loopback; it is dialled where it listens on the node's address.
  const names = LISTENERS.filter((listener) => listener !== 'jmx' || jmx.address === 'node');
  return nodes.flatMap(({ address }) => names.map((listener) => ({ listener, address, port: ports[listener] })));
}

async function show(context: Context, judged: readonly PortJudgement[]): Promise<void> {
  const now = context.terminal.now();
  const days = (at: number): string => `${Math.floor((at - now) / 86_400_000)} d`;
  const attention = judged.filter(({ outcome }) => outcome === 'attention');
  await context.print({
    value: judged.map((one) => ({
      ...one,
      leaf: one.leaf && {
        ...one.leaf,
        notBefore: new Date(one.leaf.notBefore).toISOString(),
        notAfter: new Date(one.leaf.notAfter).toISOString(),
      },
    })),
    columns: ['port', 'listener', 'outcome', 'leaf', 'expires', 'chain', 'name', 'read'],
    rows: judged.map((one) => [
      `${one.address}:${one.port}`,
      one.listener,
      context.tone(one.outcome, one.outcome === 'good' ? 'good' : 'bad'),
      one.leaf?.fingerprint.slice(0, 23) ?? '-',
      one.leaf === null ? '-' : days(one.leaf.notAfter),
      one.trusted === null ? '-' : one.trusted ? 'trusted' : 'not trusted',
      one.nameCovers === null ? '-' : one.nameCovers ? 'covered' : 'not covered',
      one.read,
    ]),
    summary: [
      ...attention.flatMap(({ address, port, problems }) => problems.map((problem) => `${address}:${port}: ${problem}`)),
      attention.length === 0 ? `All ${judged.length} ports are good.` : `${attention.length} of ${judged.length} ports need attention.`,
    ].join('\n'),
  });
}

const collectTargets = (text: string, before: readonly HandshakeTarget[] = []): readonly HandshakeTarget[] => [
  ...before,
  parseTarget(text),
];
