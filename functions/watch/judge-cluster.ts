/** Ends `watch-cluster`: every check of every node judged together, causes named, drift and expiry told. Nothing is changed. */
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { announce } from '../../adapters/eventbridge/announce.ts';
import { readEvidence, writeEvidence } from '../../adapters/s3/evidence.ts';
import { keepHealthBefore, loadHealth } from '../../adapters/s3/health.ts';
import { loadLook } from '../../adapters/s3/looks.ts';
import { placesToAsk } from '../../core/health/health-check.ts';
import { judgeHealth } from '../../core/health/judge-health.ts';
import { LoadHistory, newestCounters, withSamples } from '../../core/load/gather-load.ts';
import { type Look, loadHistoryKey, verificationsKey, wellStateKey } from '../../core/observe/evidence-keys.ts';
import { profileOf } from '../../core/profile/effective.ts';
import { healthOf, requiredKinds } from '../../core/profile/health-in-force.ts';
import { causesOf, noticesOf } from '../../core/verify/causes.ts';
import { outcomeOf } from '../../core/verify/outcome.ts';
import { policyOf } from '../../core/verify/policy.ts';
import { gatherSnapshot, reloadingKeystores } from '../../core/verify/snapshot.ts';
import { verifyNode } from '../../core/verify/verify-node.ts';
import { driftOf, WellState, wellState } from '../../core/watch/drift.ts';
import { expiringSoon } from '../../core/watch/expiry.ts';
import { toTell } from '../../core/watch/telling.ts';

interface Input extends Look {
  readonly cluster: string;
  readonly deployment: string;
  readonly epoch: number;
}

export async function handler(input: Input): Promise<Record<string, unknown>> {
  const registration = await loadRegistration(input.cluster);
  const [{ observations, client }, stored, history] = await Promise.all([
    loadLook(input, registration),
    readEvidence(wellStateKey(input.cluster)),
    readEvidence(loadHistoryKey(input.cluster)),
  ]);
  const now = Date.now();
  const profile = profileOf(registration);
  const policy = policyOf(registration.limits, profile.checks.node);
  const loads = LoadHistory.parse(history ?? {});
  const verifications = registration.nodes.map(({ node }) => {
    // Nobody announced anything: a keystore on disk must be served once Cassandra's own poll has had its time.
    const observation = observations.get(node);
    const inUse = new Set(observation ? reloadingKeystores(observation).map(({ path }) => path) : []);
    const written = observation?.files.filter(({ path }) => inUse.has(path)).map(({ modifiedAt }) => modifiedAt ?? 0);
    return verifyNode(
      gatherSnapshot({
        purpose: 'deployed',
        nodeId: node,
        registration,
        observations,
        client,
        earlierLoads: loads[node] ?? [],
        deployed: null,
        before: null,
        activation: 'poll',
        completedAt: Math.max(0, ...(written ?? [])),
      }),
      policy,
      now,
    );
  });
  const causes = causesOf(verifications);
  const drift = stored === undefined ? [] : driftOf(WellState.parse(stored), observations);
  const expiring = expiringSoon(observations, now, policy.expiryNoticeMs);
  const samples = await loadHealth(
    input,
    { registration, observations, counters: newestCounters(loads, {}), fresh: true, asked: placesToAsk(healthOf(registration)) },
    now,
  );
  // Nothing came before that could excuse a check that fails now.
  const health = judgeHealth(healthOf(registration), [], samples, requiredKinds(profile));
  const outcome = health.well ? outcomeOf(verifications.flatMap(({ checks }) => checks)) : 'failed';
  const evidence = await writeEvidence(verificationsKey(input), verifications);
  await writeEvidence(loadHistoryKey(input.cluster), withSamples(loads, observations));
  await keepHealthBefore(input.cluster, samples);
  // The first look that finds all well is what later ones are held against; a deployment that is kept changes it.
  if (outcome === 'passed' && (stored === undefined || drift.length === 0))
    await writeEvidence(wellStateKey(input.cluster), wellState(observations, now));
  const open = verifications.flatMap(({ node, checks }) =>
    checks
      .filter((check) => check.outcome === 'unknown' && check.advisory !== true)
      .map(({ check, summary }) => `${node} ${check}: ${summary}`),
  );
  const nodes = verifications.map((one) => ({ node: one.node, address: one.address, outcome: one.outcome, served: one.served }));
  const answer = {
    cluster: input.cluster,
    at: now,
    outcome,
    causes,
    notices: noticesOf(verifications),
    health: health.results,
    drift,
    expiring,
    open,
    nodes,
    evidence,
  };
  const told = toTell({ ...answer, healthIsWell: health.well });
  if (told) await announce('Ringward Watch Found', { ...told });
  return answer;
}
