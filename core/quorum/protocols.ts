/** How a vote is cast and a verdict written, step by step, so that a lost answer, a rival and a throttled table change nothing. */
import { z } from 'zod';
import { canonicalHash } from '../canonical.ts';
import { Verdict } from '../decide/verdict.ts';
import { RingwardError } from '../errors/catalogue.ts';
import { DeploymentRecord } from '../intake/deployment-record.ts';
import {
  decide,
  deploymentKey,
  type EpochRecord,
  partitionOfEpoch,
  transactionOfVerdict,
  transactionOfVotes,
  verdictKey,
  voteKey,
} from './epoch-record.ts';
import type { Protocol, StoreItem, StoreKey, StoreTable } from './store.ts';
import { Vote, voterOf } from './vote.ts';

/** Attempts at one write, and the pauses between them: 25 ms, doubled each time, at most a second, drawn at random below that. */
export const ATTEMPTS = 10;
export const pauseBefore = (attempt: number): number => Math.min(1000, 25 * 2 ** attempt);

interface OfDeployment {
  readonly cluster: string;
  readonly deployment: string;
}

const StoredVerdict = z.object({ verdict: Verdict, writer: z.string() });
const StoredVote = z.object({ vote: Vote });

/** What became of a vote; `closed`: its epoch has its verdict already, and it is too late to count. */
export type Cast = 'accepted' | 'repeated' | 'contradicts' | 'closed';

/** Casts what one host votes in one round, as one transaction. Throws EPOCH_STALE, DEPLOYMENT_UNKNOWN, STATE_STORE_BUSY. */
export function* castVotes(votes: readonly Vote[]): Protocol<Cast[]> {
  const cast = new Map<Vote, Cast>();
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [first, ...others] = votes.filter((vote) => !cast.has(vote));
    if (!first) return votes.map((vote) => cast.get(vote) ?? 'accepted');
    const { answer } = yield { ask: 'transact', operations: transactionOfVotes([first, ...others]) };
    if (answer === 'committed') return votes.map((vote) => cast.get(vote) ?? 'accepted');
    if (answer === 'refused')
      for (const vote of [first, ...others]) {
        const { outcome } = yield* judgeRefused(vote);
        if (outcome !== 'accepted') cast.set(vote, outcome);
      }
    else yield { ask: 'pause', upToMs: pauseBefore(attempt) };
  }
  throw new RingwardError('STATE_STORE_BUSY', { message: `the votes of ${votes.map(voterOf).join(', ')} could not be written` });
}

/** Why a vote may have been refused; `accepted` where nothing speaks against it, and another one of its transaction was the reason. */
function* judgeRefused(vote: Vote): Protocol<{ readonly outcome: Cast }> {
  const said = decide((yield* readRecord(vote, vote)).record, { command: 'vote', vote });
  if (said.outcome === 'stale') throw stale(vote.epoch, said.current, 'votes');
  if (said.outcome === 'contradicts') yield* recordContradiction(vote);
  return { outcome: said.outcome };
}

export interface Concluded {
  /** The one verdict of this epoch: the one given, or the one that was written before. */
  readonly verdict: Verdict;
  readonly record: DeploymentRecord;
  readonly ours: boolean;
}

/** Writes the verdict of an epoch with the deployment's state. Throws EPOCH_STALE, DEPLOYMENT_UNKNOWN, STATE_STORE_BUSY. */
export function* concludeEpoch(of: OfDeployment, verdict: Verdict, writer: string): Protocol<Concluded> {
  const epoch = { ...of, epoch: verdict.epoch };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { record, deployment, writtenBy } = yield* readRecord(epoch);
    const said = decide(record, { command: 'decide', verdict });
    if (said.outcome === 'stale') throw stale(verdict.epoch, said.current, 'decides');
    if (said.outcome === 'closed') return { verdict: said.verdict, record: deployment, ours: writtenBy === writer };
    const operations = transactionOfVerdict(deployment, verdict, writer);
    const { answer } = yield { ask: 'transact', operations };
    if (answer === 'committed') {
      const written = { ...deployment, ...operations[1]?.put } as DeploymentRecord;
      return { verdict, record: written, ours: true };
    }
    yield { ask: 'pause', upToMs: pauseBefore(attempt) };
  }
  throw new RingwardError('STATE_STORE_BUSY', { message: `the verdict of ${of.deployment} could not be written` });
}

const stale = (epoch: number, current: number, does: string): RingwardError =>
  new RingwardError('EPOCH_STALE', { message: `epoch ${epoch} ${does}, ${current} is current` });

interface Read {
  readonly record: EpochRecord;
  readonly deployment: DeploymentRecord;
  readonly writtenBy: string | null;
}

/** A verdict that was carried over from an earlier epoch stands in the deployment's record alone, and closes this one too. */
function* readRecord(of: OfDeployment & { readonly epoch: number }, vote?: Vote): Protocol<Read> {
  const found = yield* read('deployments', deploymentKey(of));
  if (!found) throw new RingwardError('DEPLOYMENT_UNKNOWN', { field: 'deployment', value: of.deployment });
  const deployment = DeploymentRecord.parse(found);
  const stored = yield* read('decisions', verdictKey(of));
  const written = stored && StoredVerdict.parse(stored);
  const standing = vote ? yield* read('decisions', voteKey(vote)) : null;
  const carried = deployment.verdict?.epoch === of.epoch ? deployment.verdict : null;
  return {
    record: {
      epoch: of.epoch,
      current: deployment.epoch,
      votes: standing ? [StoredVote.parse(standing).vote] : [],
      verdict: written?.verdict ?? carried,
    },
    deployment,
    writtenBy: written?.writer ?? null,
  };
}

function* recordContradiction(vote: Vote): Protocol<void> {
  const entry = `contradiction#${String(vote.round).padStart(6, '0')}#${voterOf(vote)}#${canonicalHash(vote).slice(0, 16)}`;
  const operation = { table: 'decisions' as const, key: { of: partitionOfEpoch(vote), entry }, put: { vote }, condition: {} };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { answer } = yield { ask: 'transact', operations: [operation] };
    if (answer === 'committed') return;
    yield { ask: 'pause', upToMs: pauseBefore(attempt) };
  }
  throw new RingwardError('STATE_STORE_BUSY', { message: `the contradiction of ${voterOf(vote)} could not be written down` });
}

/** One item, asked for again where the table was busy. Throws STATE_STORE_BUSY. */
export function* read(table: StoreTable, key: StoreKey): Protocol<StoreItem | null> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const reply = yield { ask: 'read', table, key };
    if (reply.answer === 'item') return reply.item;
    yield { ask: 'pause', upToMs: pauseBefore(attempt) };
  }
  throw new RingwardError('STATE_STORE_BUSY', { message: `${Object.values(key).join(' ')} could not be read` });
}
