/** Keep, roll back, hold, or watch on: what the accounts say at a moment. */
import { capitalUntil, evidenceOf } from './account.ts';
import { because, whyHeld } from './because.ts';
import { FACTORS, type Factor, type MeasuredPolicy, shareOf, watchOf } from './policy.ts';
import { scopeOf } from './scope.ts';
import { AT, deployedOf, type MeasuredState, type NodeState, SCORE_SHARES, type Stream, safeSharesOf, worthOf } from './state.ts';

/** One account, as it is told. */
export interface AccountShown {
  readonly factor: Factor | 'score';
  /** Null: the cluster. */
  readonly node: string | null;
  /** log10 of the account's wealth; 0 is where it began. */
  readonly log10Wealth: number;
  /** ln of the odds that the factor is below its threshold. */
  readonly log10Safe: number | null;
  /** When what it sees began, seconds since the deployment. */
  readonly sinceS: number | null;
}

export interface MeasuredVerdict {
  readonly verdict: 'keep' | 'roll-back' | 'hold';
  /** Seconds since the deployment. */
  readonly decisionS: number;
  /** Nodes to roll back; empty unless the verdict is `roll-back`. */
  readonly scope: readonly string[];
  readonly because: string;
  /** Strongest first. */
  readonly accounts: readonly AccountShown[];
}

export type MeasuredDecision =
  | { readonly decision: 'decided'; readonly verdict: MeasuredVerdict }
  | { readonly decision: 'watch'; readonly why: string };

/** A node that was not seen for longer than this is not known to be well, seconds. */
const SEEN_WITHIN_S = 45;
/** ln: with this much against it nothing is kept, however good the rest. */
const DOUBT = Math.log(20);

/** `ended`: no more will be seen, as at the end of a record. */
export function conclude(state: MeasuredState, nowS: number, ended = false): MeasuredDecision {
  const { policy } = state;
  const startS = policy.warmUpS + policy.graceS;
  const decided = (verdict: MeasuredVerdict['verdict'], scope: readonly string[], sentence: string): MeasuredDecision => ({
    decision: 'decided',
    verdict: { verdict, decisionS: nowS, scope, because: sentence, accounts: accountsOf(state) },
  });
  if (nowS >= startS && accused(state)) {
    const scope = scopeOf(state);
    return decided('roll-back', scope, because(state, scope));
  }
  const over = ended || nowS >= policy.horizonS;
  if (!over && nowS - startS < watchOf(policy))
    return { decision: 'watch', why: `watched until ${startS + watchOf(policy)} s for faults that begin late` };
  const open = openForKeep(state, nowS);
  if (open.length === 0) return decided('keep', [], because(state, []));
  if (over) return decided('hold', [], whyHeld(open, nowS, ended));
  return { decision: 'watch', why: open.join('; ') };
}

/** Is there enough evidence against the deployment? */
export const accused = ({ lnScore, policy }: MeasuredState): boolean => lnScore >= Math.log(1 / policy.alpha);

/** What is still missing for "keep"; empty when nothing is. Written so that a figure that is no number is missing, never good. */
export function openForKeep(state: MeasuredState, nowS: number): string[] {
  const { policy } = state;
  const startS = policy.warmUpS + policy.graceS;
  const open: string[] = [];
  const goodSince = Math.max(startS, state.episodeS ?? startS);
  if (!(nowS - goodSince >= policy.soakS)) {
    const episode = state.episodeS === null ? '' : `, counted from the last of ${state.episodes} episodes`;
    open.push(`the soak of ${policy.soakS} s is not over (${Math.max(0, Math.round(nowS - goodSince))} s${episode})`);
  }
  if (!(state.lnScore < DOUBT)) open.push('the evidence against it is near the threshold');
  const deployed = deployedOf(state);
  if (deployed.length === 0) open.push('no node was seen');
  for (const node of deployed) open.push(...missingOf(node, nowS, policy));
  return open;
}

/** Deployed nodes that are not shown to be well yet. */
export const unsettledNodes = (state: MeasuredState, nowS: number): string[] =>
  deployedOf(state).flatMap((node) => (missingOf(node, nowS, state.policy).length > 0 ? [node.node] : []));

function missingOf(node: NodeState, nowS: number, policy: MeasuredPolicy): string[] {
  return FACTORS.flatMap((factor, i) => {
    if (policy.weights[factor] === 0) return [];
    const kind = factor === 'tlsFailures' || factor === 'tlsTime' ? 'tls' : 'cql';
    const seen = node.seenS[AT[kind]];
    if (seen === null || !(nowS - seen <= SEEN_WITHIN_S)) {
      const since = seen === null ? 'none was seen' : `none for ${Math.round(nowS - seen)} s`;
      return factor === 'tlsFailures' || factor === 'cqlErrors' ? [`${node.node}: ${kind} probes: ${since}`] : [];
    }
    if (safeOf(node, i) >= Math.log(policy.safeOdds)) return [];
    return [`${node.node}: ${WHAT[factor]} not shown to be below the threshold${i >= 2 && !node.recent ? ' (no fresh baseline)' : ''}`];
  });
}

const WHAT: Readonly<Record<Factor, string>> = {
  tlsFailures: 'TLS failures',
  cqlErrors: 'CQL errors',
  tlsTime: 'time of TLS handshakes',
  cqlTime: 'time of CQL requests',
};

const safeOf = (stream: Stream, i: number): number => Math.log(evidenceOf(stream.safe[i] ?? [], 0, safeSharesOf(i)));

/** Every account that counts, strongest first by its part in the decision. */
export function accountsOf(state: MeasuredState): AccountShown[] {
  const { policy } = state;
  const startS = policy.warmUpS + policy.graceS;
  const left = (stream: Stream): number => 1 - capitalUntil(stream.judgedS - startS, policy.horizonS - startS);
  const digits = (value: number): number => Math.round(value * 100) / 100;
  const log10 = (value: number): number => digits(Math.log10(Math.max(value, 1e-9)));
  const streams: readonly { node: string | null; stream: Stream }[] = [
    { node: null, stream: state.cluster },
    ...deployedOf(state).map((stream) => ({ node: stream.node, stream })),
  ];
  const all = streams.flatMap(({ node, stream }) => [
    ...FACTORS.flatMap((factor, i) =>
      shareOf(policy, factor) === 0
        ? []
        : [
            {
              factor,
              node,
              log10Wealth: log10(worthOf(stream, i, left(stream))),
              log10Safe: digits(safeOf(stream, i) / Math.LN10),
              sinceS: stream.tides[i]?.sinceS ?? null,
            },
          ],
    ),
    {
      factor: 'score' as const,
      node,
      log10Wealth: log10(evidenceOf(stream.score, left(stream), SCORE_SHARES)),
      log10Safe: null,
      sinceS: null,
    },
  ]);
  return all.sort((a, b) => b.log10Wealth - a.log10Wealth);
}
