/** The votes of one vantage point, from what it alone saw, judged by the clock of whoever casts them. */
import { addressOnly } from '../cluster/addresses.ts';
import type { Registration } from '../cluster/registration.ts';
import type { DeployedNode } from '../events/deployment-events.ts';
import type { NodeObservation } from '../node/facts.ts';
import { clientObservationKey, type OfLook, observationKey } from '../observe/evidence-keys.ts';
import { profileOf } from '../profile/effective.ts';
import type { ClientObservation } from '../verify/client-observation.ts';
import type { Finding } from '../verify/findings.ts';
import { policyOf } from '../verify/policy.ts';
import { gatherSnapshot } from '../verify/snapshot.ts';
import { verifyNode } from '../verify/verify-node.ts';
import { CLIENT, voiceOf } from './agreement.ts';
import { accusationsOf, type Vote } from './vote.ts';

/** What a voter knows beside its own view: what was announced, and when. */
export interface Announced {
  readonly registration: Registration;
  readonly nodes: readonly DeployedNode[];
  readonly activation: 'reload' | 'restart' | 'poll';
  /** ms */
  readonly completedAt: number;
}

/** A node votes about itself, and as a peer about the others that it dialled or sees as down. `sha256` is of its report as stored. */
export function votesOfNode(
  look: OfLook,
  node: string,
  observation: NodeObservation,
  sha256: string,
  known: Announced,
  now: number,
): Vote[] {
  const { nodes } = known.registration;
  const evidence = { key: observationKey(look, node), sha256 };
  const findings = judged(
    look,
    [node, ...othersSeen(node, observation, nodes)],
    { observations: new Map([[node, observation]]) },
    known,
    now,
  );
  const ofVoter = findings.filter((finding) => voiceOf(finding) === node);
  const itself = vote(
    look,
    'node',
    node,
    ofVoter.filter((finding) => finding.node === node),
    evidence,
    now,
  );
  if (nodes.length < 2) return [itself];
  return [
    itself,
    vote(
      look,
      'peer',
      node,
      ofVoter.filter((finding) => finding.node !== node),
      evidence,
      now,
    ),
  ];
}

/** The client votes about every node. `sha256` is of its observation as stored. */
export function voteOfClient(look: OfLook, client: ClientObservation, sha256: string, known: Announced, now: number): Vote {
  const all = known.registration.nodes.map(({ node }) => node);
  const findings = judged(look, all, { client }, known, now).filter(({ seenBy }) => seenBy === 'client');
  return vote(look, 'client', CLIENT, findings, { key: clientObservationKey(look), sha256 }, now);
}

/** In a large ring a node speaks of those that it saw, and no more: what it costs does not grow with the ring. */
function othersSeen(node: string, { peers, ring }: NodeObservation, nodes: Registration['nodes']): string[] {
  const live = ring && new Set(ring.live.map(addressOnly));
  const dialled = new Set(peers.map(({ to }) => to));
  return nodes
    .filter((other) => other.node !== node && (dialled.has(other.node) || (live && !live.has(addressOnly(other.address)))))
    .map((other) => other.node);
}

function judged(
  look: OfLook,
  about: readonly string[],
  view: { readonly observations?: ReadonlyMap<string, NodeObservation>; readonly client?: ClientObservation },
  known: Announced,
  now: number,
): Finding[] {
  const { registration, activation, completedAt } = known;
  return about.flatMap((nodeId) => {
    const snapshot = gatherSnapshot({
      purpose: look.purpose,
      nodeId,
      registration,
      observations: view.observations ?? new Map(),
      client: view.client ?? null,
      deployed: known.nodes.find(({ node }) => node === nodeId) ?? null,
      before: null,
      activation,
      completedAt,
    });
    const { checks } = verifyNode(snapshot, policyOf(registration.limits, profileOf(registration).checks.node), now);
    // What only advises in this environment is no accusation.
    return checks.filter(({ advisory }) => advisory !== true).flatMap(({ findings }) => findings);
  });
}

function vote(
  { cluster, deployment, epoch, window }: OfLook,
  kind: Vote['kind'],
  voter: string,
  findings: readonly Finding[],
  evidence: Vote['evidence'],
  judgedAt: number,
): Vote {
  return { cluster, deployment, epoch, round: window, kind, voter, accuses: accusationsOf(findings), evidence, judgedAt };
}
