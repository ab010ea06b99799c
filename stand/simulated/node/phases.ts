/** Phases of the restart way that touch the process: as `StopAccepting`, `StopService`, `StartService`, `Prove` and `RestoreTraffic`. */
import type { z } from 'zod';
import type { HandshakeFact, PeerHandshakeFact, ServiceFact } from '../../../core/node/facts.ts';
import type { PhaseResult } from '../../../core/node/results.ts';
import type { Journal } from './journal.ts';
import type { Program } from './program-in-hand.ts';
import type { RequestOf } from './request-of.ts';
import { StepFailure } from './step-failure.ts';
import { proveOwn, refusals, seePeers } from './wire.ts';

const DRAIN_MS = 300;
const STOP_MS = 200;
const SYSTEMCTL_MS = 30;
const PROOF_MS = 10_000;

export const serviceFact = ({ host }: Program): z.infer<typeof ServiceFact> => ({
  state: host.process ? 'active' : 'inactive',
  pid: host.process?.pid ?? null,
  startedAt: host.process?.startedAt ?? null,
});

interface Seen {
  readonly listeners?: readonly HandshakeFact[];
  readonly peers?: readonly PeerHandshakeFact[];
  readonly proven?: boolean;
}

const phaseResult = (program: Program, journal: Journal, did: string, { listeners = [], peers = [], proven }: Seen = {}): PhaseResult => ({
  did,
  service: serviceFact(program),
  operationMode: program.host.process?.mode ?? null,
  nativeTransport: program.host.process?.nativeTransport ?? null,
  listeners: [...listeners],
  peers: [...peers],
  ...(proven === undefined ? {} : { proven }),
  journalHead: journal.head,
});

export async function stopAccepting(program: Program, _: RequestOf<'stop-accepting'>, journal: Journal): Promise<PhaseResult> {
  const { host, reach, ring, sleep } = program;
  if (!host.process) return phaseResult(program, journal, 'Cassandra is not running, so no client is accepted; nothing to do.');
  journal.begin('native-transport', 'off');
  reach('traffic-before-stop');
  const wasOn = host.process.nativeTransport;
  if (wasOn) {
    host.process.nativeTransport = false;
    ring.note(host, { what: 'clients-off' });
  }
  reach('traffic-after-stop');
  await sleep(SYSTEMCTL_MS);
  journal.done('native-transport', wasOn ? 'off' : 'was off');
  return phaseResult(program, journal, wasOn ? 'Native transport turned off.' : 'Native transport was off already.');
}

export async function stopService(program: Program, request: RequestOf<'stop-service'>, journal: Journal): Promise<PhaseResult> {
  const { host, reach, ring, sleep } = program;
  const { process } = host;
  if (!process) return phaseResult(program, journal, 'Cassandra was not running; nothing to drain or stop.');
  journal.begin('drain', `within ${request.drainTimeoutMs} ms`);
  reach('drain-before');
  await sleep(DRAIN_MS);
  process.mode = 'DRAINED';
  ring.note(host, { what: 'drained' });
  reach('drain-after');
  journal.done('drain', 'DRAINED');
  journal.begin('stop', `systemctl stop, pid ${process.pid}`);
  reach('stop-before');
  await sleep(STOP_MS);
  ring.stop(host);
  reach('stop-after');
  journal.done('stop', 'the process is gone');
  return phaseResult(program, journal, `Drained and stopped, pid ${process.pid} is gone.`);
}

export async function startService(program: Program, request: RequestOf<'start-service'>, journal: Journal): Promise<PhaseResult> {
  const { host, reach, ring, sleep } = program;
  journal.begin('clients-off', 'drop-in');
  reach('clients-off-before');
  host.disk.clientsOff = true;
  reach('clients-off-after');
  journal.done('clients-off', 'the next start has native transport off');
  const running = host.process !== null;
  const until = ring.clock.now + request.startTimeoutMs;
  journal.begin('start', 'systemctl start');
  reach('start-before');
  if (!running) ring.start(host);
  reach('start-after');
  while (host.process?.mode !== 'NORMAL') {
    if (ring.clock.now > until || !host.process) {
      const why = host.process ? `JMX did not say NORMAL within ${request.startTimeoutMs} ms` : 'the process ended';
      journal.failed('start', why);
      throw new StepFailure('SERVICE_NOT_STARTED', why, 'Read the end of its log, mend the cause, then resume.');
    }
    await sleep(100);
  }
  reach('start-normal');
  journal.done('start', 'NORMAL');
  const how = running ? 'Cassandra was running already and is NORMAL' : 'Started; NORMAL';
  const clients = host.process.nativeTransport;
  return phaseResult(program, journal, `${how}${clients ? '; native transport is on.' : ', with native transport off.'}`);
}

export async function prove(program: Program, request: RequestOf<'prove'>, journal: Journal): Promise<PhaseResult> {
  const { host, reach, ring } = program;
  journal.begin('prove', 'fresh handshakes');
  reach('proof-before');
  const view = ring.view(host);
  // With native transport off the client port is proven by restore-traffic.
  const { client, ...between } = request.expect;
  const expect = view?.nativeTransport === false ? between : { ...between, ...(client === undefined ? {} : { client }) };
  const own = await proveOwn(program, expect, PROOF_MS);
  const peers = await seePeers(program, request, request.peers);
  reach('proof-after');
  const missing = [...own.missing, ...refusals(peers), ...(view ? [] : ['the ring view is missing'])];
  const did =
    missing.length > 0 ? `Not proven: ${missing.join('; ')}.` : `Every expected port but those of clients proven; ${view?.operationMode}.`;
  journal.done('prove', did);
  return phaseResult(program, journal, did, { listeners: own.listeners, peers, proven: missing.length === 0 });
}

export async function restoreTraffic(program: Program, request: RequestOf<'restore-traffic'>, journal: Journal): Promise<PhaseResult> {
  const { host, planted, reach, ring } = program;
  journal.begin('native-transport', 'on');
  reach('traffic-before-start');
  const { process } = host;
  if (process?.mode !== 'NORMAL')
    throw new StepFailure(
      'SERVICE_NOT_STARTED',
      'native transport could not be turned on: JMX does not answer',
      'See that the node is up, then resume.',
    );
  const wasOn = process.nativeTransport;
  if (!wasOn) {
    process.nativeTransport = true;
    ring.note(host, { what: 'clients-on' });
  }
  reach('traffic-after-start');
  reach('clients-on-before');
  if (!planted.has('leaves-drop-in')) host.disk.clientsOff = false;
  reach('clients-on-after');
  journal.done('native-transport', wasOn ? 'was on' : 'on');
  reach('proof-before');
  const { listeners, missing } = await proveOwn(program, request.expect, PROOF_MS);
  reach('proof-after');
  const turned = wasOn ? 'Native transport was on already' : 'Native transport turned on';
  const did = `${turned}; ${missing.length === 0 ? 'every expected port proven' : `not proven: ${missing.join('; ')}`}.`;
  return phaseResult(program, journal, did, { listeners, proven: missing.length === 0 });
}
