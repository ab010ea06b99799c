/** The program on a simulated host: what surrounds every acting step (permission, lock, fence, kept reply, journal), as `Steps.java`. */
import { sha256Hex } from '../../../core/canonical.ts';
import type { NodeReply } from '../../../core/node/protocol.ts';
import type { NodeRequest } from '../../../core/node/requests.ts';
import type { Life } from '../time/life.ts';
import { Journal } from './journal.ts';
import type { Locks, Program } from './program-in-hand.ts';
import type { AnyRequest, StepResult } from './request-of.ts';
import { fieldInvalid, Halted, StepFailure } from './step-failure.ts';
import { stepOf } from './steps.ts';

/** How long an acting step waits for another to end, ms. */
const LOCK_MS = 300;

/** Runs one request to its one line. Throws {@link Halted} where the program is ended in the middle. */
export async function answerRequest(
  program: Program,
  request: NodeRequest,
  allow: 'observe' | 'act',
  life: Life,
  locks: Locks,
): Promise<NodeReply> {
  const { step, requestId, node } = request;
  const envelope = { protocol: 1 as const, step, requestId, node, ms: 1 };
  try {
    return { ...envelope, ok: true, result: await run(program, request, allow, life, locks) };
  } catch (error) {
    if (error instanceof Halted) throw error;
    if (error instanceof StepFailure)
      return { ...envelope, ok: false, error: { code: error.code, message: error.message, fix: error.fix } };
    const fix = 'It is started again and resumes from its journal; if it stays, see the node’s disk, permissions and the journal.';
    return { ...envelope, ok: false, error: { code: 'NODE_PROGRAM_DIED', message: String(error), fix } };
  }
}

async function run(program: Program, request: NodeRequest, allow: 'observe' | 'act', life: Life, locks: Locks): Promise<unknown> {
  const step = stepOf(request.step);
  if (!step) throw fieldInvalid('step', `'${request.step}' is no step that this node knows`);
  if (request.step === 'observe' || request.step === 'state') return step.run(program, request as AnyRequest, null, locks);
  if (allow !== 'act') throw fieldInvalid('step', `${request.step} acts, and this document allows observing alone`);
  const { disk } = program.host;
  await takeLock(program, request, life, locks);
  passFence(program, request);
  const kept = disk.replies.get(sha256Hex(request.requestId));
  if (kept) {
    if (kept.step !== request.step || kept.deployment !== request.deployment)
      throw fieldInvalid('requestId', `was already used for step ${kept.step} of deployment ${kept.deployment}`);
    await step.afterReply?.(program, request as AnyRequest);
    return kept.result;
  }
  disk.staged.clear();
  const journal = new Journal(program, request);
  journal.begin('step', `for node ${request.node} of ${request.cluster}`);
  let result: StepResult;
  try {
    result = await step.run(program, request as AnyRequest, journal, locks);
  } catch (error) {
    if (!(error instanceof Halted))
      journal.failed('step', error instanceof StepFailure ? `${error.code}: ${error.message}` : String(error));
    throw error;
  }
  journal.done('step', request.step);
  if ('journalHead' in result) result = { ...result, journalHead: journal.head };
  program.reach('reply-before-store');
  disk.replies.set(sha256Hex(request.requestId), { step: request.step, deployment: request.deployment, result });
  program.reach('reply-after-store');
  await step.afterReply?.(program, request as AnyRequest);
  return result;
}

async function takeLock(program: Program, request: NodeRequest, life: Life, locks: Locks): Promise<void> {
  const until = program.ring.clock.now + LOCK_MS;
  for (;;) {
    const holder = locks.get(program.host.node);
    if (!holder?.life.isAlive || holder.life === life) break;
    if (program.ring.clock.now > until)
      throw new StepFailure('NODE_LOCKED', `request ${holder.requestId} is at work on this node`, 'It is tried again shortly.');
    await program.sleep(20);
  }
  locks.set(program.host.node, { life, requestId: request.requestId });
  program.reach('lock-taken');
}

function passFence({ host, planted, reach }: Program, { cluster, epoch }: NodeRequest): void {
  const newest = host.disk.epochs[cluster] ?? 0;
  if (epoch < newest && !planted.has('no-fence'))
    throw new StepFailure(
      'EPOCH_STALE',
      `epoch ${epoch} is older than epoch ${newest}, which this node has already seen for ${cluster}`,
      'Follow the newer execution; this one stops.',
    );
  if (epoch <= newest) return;
  reach('epoch-before-record');
  host.disk.epochs[cluster] = epoch;
  reach('epoch-after-record');
}
