/**
 * Judges what one node reported, with what is known of the deployment, and casts its votes: about itself, and as a peer about others.
 * The cluster-wide judgement comes with the verdict.
 */
import { loadBackup } from '../../adapters/dynamodb/backups.ts';
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { cast } from '../../adapters/dynamodb/decisions.ts';
import { announcedNodes, loadRecord } from '../../adapters/dynamodb/deployments.ts';
import { recordTimeline } from '../../adapters/dynamodb/timeline.ts';
import { readEvidence } from '../../adapters/s3/evidence.ts';
import type { NodeOfDeployment } from '../../adapters/ssm/node-step.ts';
import { NodeObservation } from '../../core/node/facts.ts';
import { type Look, observationKey } from '../../core/observe/evidence-keys.ts';
import { profileOf } from '../../core/profile/effective.ts';
import { evidenceHash } from '../../core/quorum/vote.ts';
import { votesOfNode } from '../../core/quorum/votes-of-view.ts';
import type { NodeVerification } from '../../core/verify/findings.ts';
import { policyOf } from '../../core/verify/policy.ts';
import { gatherSnapshot } from '../../core/verify/snapshot.ts';
import { CERTIFICATE_CHECKS, verifyNode } from '../../core/verify/verify-node.ts';

type Input = NodeOfDeployment & Look & { readonly error?: string };

export async function handler(input: Input): Promise<
  Pick<NodeVerification, 'node' | 'outcome' | 'served' | 'onDisk' | 'rootCause'> & {
    readonly address: string;
    readonly checks: readonly string[];
  }
> {
  const [registration, record, before, stored] = await Promise.all([
    loadRegistration(input.cluster),
    loadRecord(input),
    loadBackup(input, input.node),
    readEvidence(observationKey(input, input.node)),
  ]);
  const observation = stored === undefined ? null : NodeObservation.parse(stored);
  const announced = record ? await announcedNodes(record.detail) : [];
  const deployed = announced.find(({ node }) => node === input.node) ?? null;
  const now = Date.now();
  const activation = record?.detail.activation ?? 'reload';
  const completedAt = record?.completedAt ?? 0;
  const snapshot = gatherSnapshot({
    purpose: input.purpose,
    nodeId: input.node,
    registration,
    observations: new Map(observation ? [[input.node, observation]] : []),
    ...(input.error ? { observationErrors: new Map([[input.node, input.error]]) } : {}),
    client: null,
    deployed,
    before: before ?? null,
    activation,
    completedAt,
  });
  const verification = verifyNode(snapshot, policyOf(registration.limits, profileOf(registration).checks.node), now, CERTIFICATE_CHECKS);
  if (record) await recordTimeline(input, { area: 'verify', what: sentence(verification, input), node: input.node, epoch: input.epoch });
  // After a rollback there is nothing left to vote on; a node that did not answer has no voice.
  if (record && observation && input.purpose === 'deployed') {
    const known = { registration, nodes: announced, activation, completedAt };
    await cast(votesOfNode(input, input.node, observation, evidenceHash(stored), known, now), registration);
  }
  const checks = verification.checks.map(({ check, outcome, summary }) => `${check}: ${outcome}: ${summary}`);
  const { node, address, outcome, served, onDisk, rootCause } = verification;
  return { node, address, outcome, served, onDisk, rootCause, checks };
}

function sentence({ outcome, rootCause, checks }: NodeVerification, { purpose, window }: Look): string {
  const failed = checks.filter((check) => check.outcome !== 'passed').map(({ check }) => check);
  const about = rootCause?.sentence ?? (failed.length > 0 ? `open: ${failed.join(', ')}` : `${checks.length} checks of files and wire`);
  return `${purpose === 'old' ? 'after the rollback' : `window ${window}`}: ${outcome}: ${about}`;
}
