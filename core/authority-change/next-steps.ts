/**
 * What is left to do of a change of authority, forward or back, from whatever mixture of stores a ring is in: first everybody trusts
 * whatever is shown and will be shown, then leaves are replaced, then, after a soak, what is no longer needed is dropped. Each step
 * keeps every link that worked before it, in any order within its phase, so the ring may be left after any of them.
 */
import { shownBetweenNodes } from './links.ts';
import { obstaclesTo } from './obstacles.ts';
import type { AuthorityPlan, AuthorityStep, Obstacle, PlannedPhase, WantedProof } from './plan.ts';
import { type Authority, type AuthorityState, accepts, type End, sameSet, shownBy, type Truststore } from './state.ts';
import { clientsLostBy, unionOf } from './union.ts';

/**
 * The plan to this end. Made anew after a crash or a change of mind it begins where the ring stands; empty phases at the end itself.
 * `soakSeconds` is how long the new leaves must have been proven before an authority is dropped.
 */
export function nextSteps(state: AuthorityState, towards: End, { soakSeconds }: { readonly soakSeconds: number }): AuthorityPlan {
  const obstacles = obstaclesTo(state, towards);
  const bars = (...what: readonly Obstacle['bars'][]): boolean => obstacles.some((obstacle) => what.includes(obstacle.bars));
  const proof = proofOf(state);
  const phase = (kind: AuthorityStep['kind'], proofBefore: WantedProof | null, soak: number, steps: AuthorityStep[]): PlannedPhase[] =>
    steps.length === 0 ? [] : [{ phase: kind, proofBefore, soakSeconds: soak, steps }];
  const goes = !bars('everything');
  const replaces = goes && !bars('leaves');
  return {
    towards,
    phases: [
      ...(goes ? phase('extend-trust', null, 0, extensions(state, towards)) : []),
      ...(replaces ? phase('replace-leaf', proof, 0, replacements(state, towards)) : []),
      ...(replaces ? phase('reduce-trust', proof, soakSeconds, reductions(state, towards)) : []),
    ],
    proofAfterwards: proof,
    obstacles,
  };
}

const proofOf = ({ nodes, clients }: AuthorityState): WantedProof => ({ eachToEach: nodes, clients: clients.map(({ name }) => name) });

function extensions(state: AuthorityState, towards: End): AuthorityStep[] {
  const shown = shownBetweenNodes(state);
  return state.truststores.flatMap((truststore): AuthorityStep[] => {
    const added = unionOf(state, truststore, towards, shown).filter((anchor) => !truststore.present.includes(anchor));
    return added.length === 0 ? [] : [trustStep('extend-trust', truststore, authoritiesOf(state, added), [])];
  });
}

function replacements({ keystores }: AuthorityState, towards: End): AuthorityStep[] {
  return keystores.flatMap((keystore): AuthorityStep[] => {
    const to = keystore.ends[towards]?.sha256;
    const shown = shownBy(keystore);
    if (to === undefined || shown.every(([, leaf]) => leaf?.sha256 === to)) return [];
    return [{ kind: 'replace-leaf', node: keystore.node, store: keystore.path, shown: shown.map(([to]) => to), to }];
  });
}

/** What the truststore will hold once it was extended, less what the end holds; an authority that a client needs stays. */
function reductions(state: AuthorityState, towards: End): AuthorityStep[] {
  const shown = shownBetweenNodes(state);
  return state.truststores.flatMap((truststore): AuthorityStep[] => {
    const wanted = truststore.ends[towards] ?? [];
    const union = unionOf(state, truststore, towards, shown);
    if (sameSet(union, wanted)) return [];
    const clients = clientsLostBy(state, truststore, towards, union);
    const stays = (anchor: string): boolean => wanted.includes(anchor) || clients.some(({ shows }) => accepts(state, [anchor], shows));
    const removed = union.filter((anchor) => !stays(anchor));
    return removed.length === 0 ? [] : [trustStep('reduce-trust', truststore, [], authoritiesOf(state, removed))];
  });
}

function trustStep(
  kind: 'extend-trust' | 'reduce-trust',
  { node, path, ports }: Truststore,
  added: readonly Authority[],
  removed: readonly Authority[],
): AuthorityStep {
  return { kind, node, store: path, ports, added, removed };
}

const authoritiesOf = ({ authorities }: AuthorityState, hashes: readonly string[]): Authority[] =>
  hashes.flatMap((hash) => authorities[hash] ?? []);
