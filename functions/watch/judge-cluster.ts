/** Ends `watch-cluster`: every check of every node judged together, causes named, drift and expiry told. Nothing is changed. */
import { loadBaselines, saveSamples } from '../../adapters/dynamodb/baselines.ts';
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { announce } from '../../adapters/eventbridge/announce.ts';
import { tellBreakers } from '../../adapters/eventbridge/tell-breakers.ts';
import { readEvidence, writeEvidence } from '../../adapters/s3/evidence.ts';
import { keepHealthBefore, loadHealth } from '../../adapters/s3/health.ts';
import { loadLook } from '../../adapters/s3/looks.ts';
import { inForce, overrideSentence } from '../../core/baseline/override.ts';
import { samplesOf } from '../../core/baseline/sample.ts';
import type { Registration } from '../../core/cluster/registration.ts';
import { placesToAsk } from '../../core/health/health-check.ts';
import { judgeHealth } from '../../core/health/judge-health.ts';
import { LoadHistory, newestCounters, withSamples } from '../../core/load/gather-load.ts';
import { type Look, loadHistoryKey, verificationsKey, wellStateKey } from '../../core/observe/evidence-keys.ts';
import { profileOf } from '../../core/profile/effective.ts';
import { healthOf, requiredKinds } from '../../core/profile/health-in-force.ts';
import { causesOf, noticesOf } from '../../core/verify/causes.ts';
import type { NodeVerification } from '../../core/verify/findings.ts';
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
  await tellBreakers(input.cluster);
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
  const ill = new Set(verifications.filter(isIll).map(({ node }) => node));
  const before = newestCounters(loads, {});
  const baseline = await keepForBaseline(registration, { observations, client, before, ill }, now);
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
    baseline,
    evidence,
  };
  const told = toTell({ ...answer, healthIsWell: health.well });
  if (told) await announce('Ringward Watch Found', { ...told });
  return answer;
}

/** Something is proven against the node: what it shows now is not what is usual. */
const isIll = ({ checks }: NodeVerification): boolean =>
  checks.some(({ findings }) => findings.some(({ severity }) => severity === 'proof'));

/** Keeps what was seen for the next run that learns, and tells whose word is taken instead. Neither may cost the watch its answer (I9). */
async function keepForBaseline(
  { environment, cluster, nodes }: Registration,
  seen: Omit<Parameters<typeof samplesOf>[0], 'nodes'>,
  now: number,
): Promise<{ readonly samples: number; readonly overrides: readonly string[]; readonly error?: string }> {
  try {
    const samples = samplesOf({ ...seen, nodes: nodes.map(({ node }) => node) }, now);
    await saveSamples({ environment, cluster }, samples, now);
    const { overrides } = await loadBaselines({ environment, cluster });
    return { samples: samples.length, overrides: inForce(overrides, now).map(overrideSentence) };
  } catch (error) {
    console.error(JSON.stringify({ message: 'samples for the baseline were not kept', cluster, error: String(error) }));
    return { samples: 0, overrides: [], error: String(error) };
  }
}
