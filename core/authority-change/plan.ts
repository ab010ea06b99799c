/** A plan for a change of authority is data; carrying it out, and making the proofs between its phases, is done elsewhere. */
import type { Authority, End, Shown, TrustingPort } from './state.ts';

/** One store of one node; never a keystore and a truststore together. */
export type AuthorityStep = TrustStep | LeafStep;

export interface TrustStep {
  readonly kind: 'extend-trust' | 'reduce-trust';
  readonly node: string;
  /** Path of the truststore. */
  readonly store: string;
  readonly ports: readonly TrustingPort[];
  readonly added: readonly Authority[];
  readonly removed: readonly Authority[];
}

export interface LeafStep {
  readonly kind: 'replace-leaf';
  readonly node: string;
  /** Path of the keystore. */
  readonly store: string;
  readonly shown: readonly Shown[];
  /** Leaf (hex SHA-256) that must be shown afterwards. */
  readonly to: string;
}

/** What must be seen on the wire; an answer that is missing is no proof (I8). */
export interface WantedProof {
  /** Each of these dials each other one with its own key, and reads: the matrix of all pairs, in both directions. */
  readonly eachToEach: readonly string[];
  /** Clients that must be let in by each node, and accept it. */
  readonly clients: readonly string[];
}

/** Steps that may be made in any order, one after the other or together. */
export interface PlannedPhase {
  readonly phase: AuthorityStep['kind'];
  /** Wanted before the first step of the phase; null before anything was done. */
  readonly proofBefore: WantedProof | null;
  /** How long the proof must have held before the first step, s. */
  readonly soakSeconds: number;
  readonly steps: readonly AuthorityStep[];
}

/** Why the plan does not lead all the way; what it does not bar it still does, since that harms nobody. */
export interface Obstacle {
  readonly rule:
    | 'node-not-seen'
    | 'end-not-known'
    | 'end-does-not-connect'
    | 'client-would-refuse'
    | 'client-refuses-already'
    | 'client-needs-authority';
  /** Node, or name of a client. */
  readonly who: string;
  /** `everything`, all `leaves` (and with them the dropping of an authority), `drop` alone, or `nothing`: it is only told. */
  readonly bars: 'everything' | 'leaves' | 'drop' | 'nothing';
  /** One sentence each. */
  readonly why: string;
  readonly wayForward: string;
}

export interface AuthorityPlan {
  readonly towards: End;
  /** Those that have steps, in this order: trust, leaves, drop. */
  readonly phases: readonly PlannedPhase[];
  /** Wanted after the last step. */
  readonly proofAfterwards: WantedProof;
  readonly obstacles: readonly Obstacle[];
}

/** Is the way back open: as it is, once trust was extended, or not at all? Of a plan towards the old end. */
export function wayBack({ phases, obstacles }: AuthorityPlan): 'safe' | 'trust-first' | 'forward-only' {
  if (obstacles.some(({ bars }) => bars === 'everything' || bars === 'leaves')) return 'forward-only';
  const has = (phase: PlannedPhase['phase']): boolean => phases.some((one) => one.phase === phase);
  return has('extend-trust') && has('replace-leaf') ? 'trust-first' : 'safe';
}
