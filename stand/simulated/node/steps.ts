/** Which step does what: the semantics of the classes of the same names in `on-node/java`. */
import type { NodeStep } from '../../../core/node/requests.ts';
import { fetchStep, openRestore, removeOneTimeKey } from './fetch.ts';
import type { Journal } from './journal.ts';
import { observe, state } from './observe.ts';
import { pack, upload } from './pack.ts';
import { prove, restoreTraffic, startService, stopAccepting, stopService } from './phases.ts';
import type { Locks, Program } from './program-in-hand.ts';
import type { AnyRequest, RequestOf, StepResult } from './request-of.ts';
import { restoreFiles, restoreHot } from './restore.ts';
import { StepFailure } from './step-failure.ts';

interface Step {
  /** Does the step, or finds it done: running it again after a crash ends in the same state. */
  readonly run: (program: Program, request: AnyRequest, journal: Journal | null, locks: Locks) => Promise<StepResult>;
  /** Tidies up once the reply is kept. */
  readonly afterReply?: (program: Program, request: AnyRequest) => Promise<void>;
}

/** An acting step always has the journal that `Program` opened for it. */
const acting =
  <S extends NodeStep>(run: (program: Program, request: RequestOf<S>, journal: Journal) => Promise<StepResult>): Step['run'] =>
  (program, request, journal) =>
    run(program, request as unknown as RequestOf<S>, journal as Journal);

async function notSimulated(_: Program, { step }: AnyRequest): Promise<never> {
  throw new StepFailure('FIELD_INVALID', `field step: '${step}' is not simulated`, 'Ask the program on a real node.');
}

const STEPS: Readonly<Record<NodeStep, Step>> = {
  observe: { run: (program, request) => observe(program, request as unknown as RequestOf<'observe'>) },
  state: { run: (program, request, _, locks) => state(program, request, locks) },
  pack: { run: acting(pack) },
  upload: { run: acting(upload) },
  'open-restore': { run: acting(openRestore) },
  'trial-restore': { run: acting(fetchStep(false)), afterReply: removeOneTimeKey },
  'fetch-backup': { run: acting(fetchStep(true)), afterReply: removeOneTimeKey },
  'restore-hot': { run: acting(restoreHot) },
  'restore-certificates': { run: acting(restoreFiles) },
  'restore-configuration': { run: acting(restoreFiles) },
  'stop-accepting': { run: acting(stopAccepting) },
  'stop-service': { run: acting(stopService) },
  'start-service': { run: acting(startService) },
  'pass-epoch': { run: async ({ host }, { cluster }) => ({ epoch: host.disk.epochs[cluster] ?? 0 }) },
  // Changes of authority are not simulated.
  'extend-truststore': { run: notSimulated },
  'reduce-truststore': { run: notSimulated },
  prove: { run: acting(prove) },
  'restore-traffic': { run: acting(restoreTraffic) },
};

/** `undefined` for a name that the node does not know. */
export const stepOf = (name: string): Step | undefined => (Object.hasOwn(STEPS, name) ? STEPS[name as NodeStep] : undefined);
