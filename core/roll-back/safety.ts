/** The safety verdict: is the state of before a place to go back to (I10)? Every rule is asked; none relies on another. */
import type { CataloguedBackup } from '../backup/catalogue.ts';
import type { RegisteredNode } from '../cluster/registration.ts';
import { NOTHING_TO_DO, type RollbackPlan } from './plan.ts';
import type { RollbackRequest } from './request.ts';
import { verifiedBackup } from './rules/backup.ts';
import { clientsDroppedAuthority } from './rules/clients.ts';
import { keysReadableByAll, oldCertificateRevoked, oldKeyExposed, oldLeafWeak } from './rules/key.ts';
import { nodeWouldRefusePeers, peersDroppedAuthority } from './rules/peers.ts';
import { ringOfPlan } from './rules/ring.ts';
import type { Rule, Target, Unsafe } from './rules/rule.ts';
import {
  causeIsNotTls,
  configurationDiffers,
  identityDiffers,
  keyspaceWouldLoseItsLevel,
  roleOfIdentityLost,
} from './rules/surroundings.ts';
import { oldChainExpired, oldLeafExpired, oldLeafUnreadable } from './rules/validity.ts';

/** What makes it useless stands before what makes it early: of several reasons the first is told as the node's. */
const RULES: readonly Rule[] = [
  oldLeafUnreadable,
  oldLeafExpired,
  oldChainExpired,
  oldCertificateRevoked,
  oldKeyExposed,
  clientsDroppedAuthority,
  configurationDiffers,
  identityDiffers,
  roleOfIdentityLost,
  oldLeafWeak,
  causeIsNotTls,
  peersDroppedAuthority,
  nodeWouldRefusePeers,
];

/** What the rules say of one node. */
export type JudgedTarget = {
  /** What a person should know besides: rules that were relaxed, keys that were readable by all. */
  readonly told: readonly string[];
} & (
  | { readonly unsafe: readonly []; readonly backup: CataloguedBackup }
  /** In the order of the rules. */
  | { readonly unsafe: readonly [Unsafe, ...Unsafe[]] }
);

/**
 * Judges any node of a plan in which the `wanted` ones are asked to go back together. Without a verified backup never, whatever is
 * relaxed (I1).
 */
export function judgeTargets(request: RollbackRequest, wanted: ReadonlySet<string>): (registered: RegisteredNode) => JudgedTarget {
  const ring = ringOfPlan(request, wanted);
  return (registered) => {
    const backup = verifiedBackup(registered.node, request);
    if ('rule' in backup) return { unsafe: [backup], told: [] };
    const target = { registered, request, ring, wanted, backup, observation: request.observations.get(registered.node) ?? null };
    const { unsafe, told } = judge(RULES, target, keysReadableByAll(target));
    const [first, ...others] = unsafe;
    return first ? { unsafe: [first, ...others], told } : { unsafe: [], backup, told };
  };
}

/** May the node be interrupted, which the restart way does? */
export function judgeInterruption(registered: RegisteredNode, request: RollbackRequest): Judged {
  return judge([keyspaceWouldLoseItsLevel], { registered, request }, []);
}

interface Judged {
  readonly unsafe: readonly Unsafe[];
  readonly told: readonly string[];
}

function judge<T extends Pick<Target, 'request'>>(
  rules: readonly ((target: T) => Unsafe | null)[],
  target: T,
  told: readonly string[],
): Judged {
  const all = rules.flatMap((rule) => rule(target) ?? []);
  const relaxed = (target.request.relaxed ?? []).filter(({ until }) => until > target.request.now);
  const setAside = all.flatMap((one) => {
    const by = relaxed.find(({ rule }) => rule === one.rule);
    return by ? [{ one, by }] : [];
  });
  return {
    unsafe: all.filter((one) => !setAside.some((aside) => aside.one === one)),
    told: [
      ...told,
      ...setAside.map(({ one, by }) => `${one.rule} is relaxed by ${by.by} until ${new Date(by.until).toISOString()}: ${one.why}`),
    ],
  };
}

/** One node's part of a plan, as far as safety is concerned. */
export interface PlannedSafety {
  readonly node: string;
  /** Absent where the node goes back; the reason itself where a rule refuses it, and no more than its words where something else does. */
  readonly refused?: Pick<Unsafe, 'why' | 'wayForward'> & Partial<Pick<Unsafe, 'safety'>>;
  readonly told: readonly string[];
}

/** Of the whole plan: `trust-first` where trust alone is missing somewhere, `forward-only` where nobody can go back, else `safe`. */
export function safetyOf(nodes: readonly PlannedSafety[]): Pick<RollbackPlan, 'safety' | 'safetyReason'> {
  const refused = nodes.flatMap(({ node, refused: reason }) => (reason ? [{ ...reason, node }] : []));
  const trust = refused.find(({ safety }) => safety === 'trust-first');
  if (trust) return { safety: 'trust-first', safetyReason: `${trust.node}: ${trust.why}` };
  const first = refused.find(({ wayForward }) => wayForward !== NOTHING_TO_DO);
  if (first && refused.length === nodes.length) return { safety: 'forward-only', safetyReason: `${first.node}: ${first.why}` };
  const told = nodes.flatMap((one) => one.told.map((sentence) => ` ${one.node}: ${sentence}.`));
  return {
    safety: 'safe',
    safetyReason: `The old leaves are valid beyond the soak, the truststores that were seen accept them, and each backup is verified.${told.join('')}`,
  };
}
