/** Runs the program on a simulated host as the SSM agent does: one request, one line or none, an exit code. */
import type { NodeRequest } from '../../../core/node/requests.ts';
import type { Call, Carry } from '../aws/call.ts';
import { getObject, type Objects, pathOfUrl, putObject } from '../aws/s3.ts';
import type { Ended } from '../aws/ssm.ts';
import { dialPort } from '../ring/dial-port.ts';
import type { SimulatedRing } from '../ring/ring.ts';
import { type Life, liveAs } from '../time/life.ts';
import type { VirtualClock } from '../time/virtual-clock.ts';
import { answerRequest } from './program.ts';
import type { Locks, PlantedOnNode, Program } from './program-in-hand.ts';
import { Halted, StepFailure } from './step-failure.ts';

/** What a host stands in. */
export interface HostSurroundings {
  readonly clock: VirtualClock;
  readonly ring: SimulatedRing;
  readonly carry: Carry;
  readonly objects: Objects;
  readonly locks: Locks;
  readonly planted: ReadonlySet<PlantedOnNode>;
  /** Is the program ended at this point? */
  readonly endsAt: (point: string) => boolean;
}

const TRANSFER_MS = 10;
/** The program's own time-out of a transfer, ms. */
const READ_MS = 30_000;

export async function runProgram(
  around: HostSurroundings,
  node: string,
  request: NodeRequest,
  allow: 'observe' | 'act',
  life: Life,
): Promise<Ended> {
  const { clock, ring, carry, objects, planted } = around;
  const host = ring.host(node);
  const place = `node/${request.step}@${node}`;
  const program: Program = {
    ring,
    host,
    planted,
    reach: (point) => {
      if (around.endsAt(point)) halt(life);
    },
    sleep: (ms) => clock.sleep(ms),
    dial: (dialler, address, listener) => dialPort(around, { from: 'node', place, dialler, address, listener }),
    get: async (url) => (await carry(transfer(around, place, 'GET', () => read(objects, url)))) as string,
    put: async (url, body) => (await carry(transfer(around, place, 'PUT', () => write(objects, url, body, clock.now)))) as number,
  };
  try {
    const reply = await liveAs(life, () => answerRequest(program, request, allow, life, around.locks));
    const leaked = planted.has('key-in-reply') ? { leaked: [...host.disk.files.values()].map(({ text }) => text).join('') } : {};
    return { status: reply.ok ? 'Success' : 'Failed', code: reply.ok ? 0 : 10, stdout: `${JSON.stringify({ ...reply, ...leaked })}\n` };
  } catch (error) {
    if (error instanceof Halted) return { status: 'Failed', code: 137, stdout: '' };
    throw error;
  } finally {
    life.end();
  }
}

/** Ends a node's program as `kill -9` does: at once, its lock with it. */
export function halt(life: Life): never {
  life.end();
  throw new Halted();
}

const failed = (what: string): StepFailure => new StepFailure('UPLOAD_FAILED', what, 'It is tried again with a fresh URL.');

function read(objects: Objects, url: string): string {
  const { path, version } = pathOfUrl(url);
  const found = getObject(objects, path, version);
  if (!found) throw failed('the store answered the GET of the pack with status 404');
  return found.body;
}

/** The HTTP status: 412 when the object is already there. */
function write(objects: Objects, url: string, body: string, now: number): number {
  const { path } = pathOfUrl(url);
  if (objects.has(path)) return 412;
  putObject(objects, path, body, now);
  return 200;
}

function transfer({ clock }: HostSurroundings, place: string, operation: string, done: () => unknown): Call {
  return {
    place,
    from: 'node',
    service: 's3',
    operation,
    target: 'pack',
    perform: async () => {
      await clock.sleep(TRANSFER_MS);
      return done();
    },
    failure: () => failed('the store answered with status 503'),
    unanswered: async () => {
      await clock.sleep(READ_MS);
      throw failed('the pack could not be fetched: SocketTimeoutException');
    },
  };
}
