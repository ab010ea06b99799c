/**
 * The record of one epoch's decision: open, until its one verdict closes it, or a newer epoch fences it.
 *
 * `decide` says what a command does to it, `evolve` applies that, and `transactionOf` names the condition under which it was right: the store
 * refuses what `decide` would refuse, whoever has written meanwhile.
 */
import type { Verdict } from '../decide/verdict.ts';
import type { DeploymentRecord, DeploymentState } from '../intake/deployment-record.ts';
import type { Operation, StoreKey } from './store.ts';
import { isSameVote, type Vote, voterOf } from './vote.ts';

export interface EpochRecord {
  /** The epoch that this record is of. */
  readonly epoch: number;
  /** The epoch that holds the deployment now. */
  readonly current: number;
  readonly votes: readonly Vote[];
  readonly verdict: Verdict | null;
}

export type EpochCommand =
  | { readonly command: 'vote'; readonly vote: Vote }
  | { readonly command: 'decide'; readonly verdict: Verdict }
  /** A newer execution takes the deployment. */
  | { readonly command: 'fence'; readonly by: number };

export type EpochEvent =
  | { readonly event: 'voted'; readonly vote: Vote }
  | { readonly event: 'decided'; readonly verdict: Verdict }
  | { readonly event: 'fenced'; readonly by: number };

export type EpochAnswer =
  | { readonly outcome: 'accepted'; readonly event: EpochEvent }
  /** The very same vote is there. */
  | { readonly outcome: 'repeated' }
  /** The voter said something else before, and that stands. */
  | { readonly outcome: 'contradicts'; readonly standing: Vote }
  /** The verdict of this epoch is there. */
  | { readonly outcome: 'closed'; readonly verdict: Verdict }
  /** A newer epoch holds the deployment. */
  | { readonly outcome: 'stale'; readonly current: number };

/** What a command does to the record; pure. */
export function decide(record: EpochRecord, command: EpochCommand): EpochAnswer {
  if (command.command === 'fence')
    return command.by > record.current
      ? { outcome: 'accepted', event: { event: 'fenced', by: command.by } }
      : { outcome: 'stale', current: record.current };
  const acting = command.command === 'vote' ? command.vote.epoch : command.verdict.epoch;
  if (acting !== record.epoch || record.epoch !== record.current) return { outcome: 'stale', current: record.current };
  if (command.command === 'vote') {
    const standing = record.votes.find((vote) => vote.round === command.vote.round && voterOf(vote) === voterOf(command.vote));
    if (standing) return isSameVote(standing, command.vote) ? { outcome: 'repeated' } : { outcome: 'contradicts', standing };
  }
  if (record.verdict) return { outcome: 'closed', verdict: record.verdict };
  return command.command === 'vote'
    ? { outcome: 'accepted', event: { event: 'voted', vote: command.vote } }
    : { outcome: 'accepted', event: { event: 'decided', verdict: command.verdict } };
}

/** The record after an event. */
export function evolve(record: EpochRecord, event: EpochEvent): EpochRecord {
  if (event.event === 'voted') return { ...record, votes: [...record.votes, event.vote] };
  if (event.event === 'decided') return { ...record, verdict: event.verdict };
  return { ...record, current: event.by };
}

interface OfEpoch {
  readonly cluster: string;
  readonly deployment: string;
  readonly epoch: number;
}

/** Partition of everything that belongs to one epoch's decision. */
export const partitionOfEpoch = ({ cluster, deployment, epoch }: OfEpoch): string => `${cluster}#${deployment}#${epoch}`;

/** Start of the sort keys of one round's votes. */
export const roundOf = (round: number): string => `vote#${String(round).padStart(6, '0')}#`;

export const voteKey = (vote: Vote): StoreKey => ({ of: partitionOfEpoch(vote), entry: `${roundOf(vote.round)}${voterOf(vote)}` });
export const verdictKey = (of: OfEpoch): StoreKey => ({ of: partitionOfEpoch(of), entry: 'verdict' });
export const deploymentKey = ({ cluster, deployment }: Omit<OfEpoch, 'epoch'>): StoreKey => ({ cluster, deployment });

/** The state that a verdict brings its deployment to. */
export const stateAfter = ({ verdict }: Verdict): DeploymentState =>
  verdict === 'keep' ? 'kept' : verdict === 'hold' ? 'held' : 'decided';

/** Votes are taken while their epoch holds the deployment and has no verdict, once per voter and round; all are of one epoch. */
export function transactionOfVotes(votes: readonly [Vote, ...Vote[]]): Operation[] {
  const [{ epoch, ...of }] = votes;
  return [
    ...votes.map((vote): Operation => ({ table: 'decisions', key: voteKey(vote), put: { vote }, condition: { absent: true } })),
    { table: 'deployments', key: deploymentKey(of), condition: { equals: { epoch }, differs: { 'verdict.epoch': epoch } } },
  ];
}

/** A verdict is written once per epoch, together with the deployment's state; both, or neither. `writer` tells one's own from another's. */
export function transactionOfVerdict(based: DeploymentRecord, verdict: Verdict, writer: string): Operation[] {
  const { cluster, deployment, version } = based;
  return [
    {
      table: 'decisions',
      key: verdictKey({ ...based, epoch: verdict.epoch }),
      put: { verdict, writer },
      condition: { absent: true },
    },
    {
      table: 'deployments',
      key: { cluster, deployment },
      put: { ...based, verdict, state: stateAfter(verdict), version: version + 1 },
      condition: { equals: { epoch: verdict.epoch, version }, differs: { 'verdict.epoch': verdict.epoch } },
    },
  ];
}
