/** Learns what is usual of a cluster: the next version of every node's baseline from the samples since the last one; drift is told. */
import { loadBaselines, loadSamples, saveBaseline, saveSamples } from '../../adapters/dynamodb/baselines.ts';
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { announce } from '../../adapters/eventbridge/announce.ts';
import { readEvidence, writeEvidence } from '../../adapters/s3/evidence.ts';
import { loadLook } from '../../adapters/s3/looks.ts';
import { WHOLE_CLUSTER } from '../../core/baseline/metric.ts';
import { nextVersions, wantedSince } from '../../core/baseline/next-versions.ts';
import { inForce, overrideSentence } from '../../core/baseline/override.ts';
import { samplesOf } from '../../core/baseline/sample.ts';
import type { Registration } from '../../core/cluster/registration.ts';
import { LoadHistory, newestCounters, withSamples } from '../../core/load/gather-load.ts';
import { type Look, loadHistoryKey, usualBurstsKey } from '../../core/observe/evidence-keys.ts';

interface Input extends Look {
  readonly cluster: string;
  readonly deployment: string;
  readonly epoch: number;
  /** Nodes and client were asked just now. */
  readonly look: boolean;
}

export async function handler(input: Input): Promise<Record<string, unknown>> {
  const registration = await loadRegistration(input.cluster);
  const of = { environment: registration.environment, cluster: input.cluster };
  const now = Date.now();
  if (input.look) await keepLook(input, registration, now);
  const stored = await loadBaselines(of);
  const names = [...registration.nodes.map(({ node }) => node), WHOLE_CLUSTER];
  const { samples, unreadable } = await loadSamples(of, wantedSince(stored));
  const next = nextVersions({ ...stored, names, samples, at: now });
  const saved = await Promise.all(
    next.learnt.map(async (baseline) => {
      const before = stored.versions.find(({ node }) => node === baseline.node);
      return (await saveBaseline(baseline, before)) ? [baseline.node] : [];
    }),
  );
  if (next.drifts.length > 0) await announce('Ringward Baseline Drifted', { ...of, drifts: next.drifts.slice(0, 20) });
  return {
    ...of,
    at: now,
    learnt: saved.flat(),
    samples: next.samples,
    drifts: next.drifts,
    stale: next.stale,
    unreadable: [...stored.unreadable.map(({ why }) => why), ...unreadable],
    overrides: inForce(stored.overrides, now).map(overrideSentence),
  };
}

/** What was seen is kept as a watch keeps it: as samples, and as the counters of before. */
async function keepLook(input: Input, registration: Registration, now: number): Promise<void> {
  const [{ observations, client }, history] = await Promise.all([
    loadLook(input, registration),
    readEvidence(loadHistoryKey(input.cluster)),
  ]);
  const loads = LoadHistory.parse(history ?? {});
  const nodes = registration.nodes.map(({ node }) => node);
  const seen = { observations, client, before: newestCounters(loads, {}), ill: new Set<string>(), nodes };
  await saveSamples({ environment: registration.environment, cluster: input.cluster }, samplesOf(seen, now), now);
  await writeEvidence(loadHistoryKey(input.cluster), withSamples(loads, observations));
  const bursts = [...observations.values()].flatMap((observation) => observation.bursts ?? []);
  if (bursts.length > 0) await writeEvidence(usualBurstsKey(input.cluster), { at: now, bursts });
}
