/** A rule by which going back is refused: one question, one sentence why, one way forward (invariant I10). */
import type { CataloguedBackup } from '../../backup/catalogue.ts';
import type { RegisteredNode } from '../../cluster/registration.ts';
import type { NodeObservation } from '../../node/facts.ts';
import type { RollbackRequest } from '../request.ts';
import type { RuleName } from './names.ts';
import type { PlanRing } from './ring.ts';

/** May one go back once every truststore was extended, or not at all? */
export interface Unsafe {
  readonly rule: RuleName;
  readonly safety: 'trust-first' | 'forward-only';
  /** One sentence, without its full stop. */
  readonly why: string;
  readonly wayForward: string;
}

/** May this node go back to this backup? */
export interface Target {
  readonly registered: RegisteredNode;
  readonly backup: CataloguedBackup;
  /** Null for a node that did not answer. */
  readonly observation: NodeObservation | null;
  readonly request: RollbackRequest;
  readonly ring: PlanRing;
  /** Every node that is asked to go back together with this one. */
  readonly wanted: ReadonlySet<string>;
}

/** Null where the rule has nothing against it. */
export type Rule = (target: Target) => Unsafe | null;

/** Where the old material itself is of no use. */
export const NEW_CERTIFICATE = 'Repair forward with a new certificate: the old one is of no use any more.';
/** Where only trust is missing. */
export const UNION_FIRST = 'Make every truststore hold the old and the new authority first, then roll back.';
