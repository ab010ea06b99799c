/** Health samples of one look, from every place, and how they are kept from window to window. */
import type { Registration } from '../../core/cluster/registration.ts';
import { type HealthPlace, placesOf, placesToAsk } from '../../core/health/health-check.ts';
import { type HealthSample, HealthSamples, notRun, saidBy, withHealth } from '../../core/health/health-sample.ts';
import { nodesHealth } from '../../core/health/nodes-health.ts';
import type { LoadSample } from '../../core/load/load-sample.ts';
import type { NodeObservation } from '../../core/node/facts.ts';
import { healthHistoryKey, healthKey, type OfLook, soakHealthKey } from '../../core/observe/evidence-keys.ts';
import { healthOf } from '../../core/profile/health-in-force.ts';
import { readEvidence, writeEvidence } from './evidence.ts';

/** Runs of one soak that are kept of each check. */
const SOAK_RUNS = 400;

export interface HealthOfLook {
  readonly registration: Registration;
  readonly observations: ReadonlyMap<string, NodeObservation>;
  /** The nodes were asked in this look; else their health is known already. */
  readonly fresh: boolean;
  /** What was to be asked for this look. The first window of a deployment has no pause before it, and an urgent one does not wait. */
  readonly asked: readonly HealthPlace[];
  /** Newest counters of each node before this look. */
  readonly counters: ReadonlyMap<string, LoadSample>;
}

/** What every place found in this look. A place that was asked and left nothing makes its checks unknown, never what they were before (I8). */
export async function loadHealth(
  of: OfLook,
  { registration, observations, counters, fresh, asked }: HealthOfLook,
  now: number,
): Promise<HealthSample[]> {
  const health = healthOf(registration);
  const { checks } = health;
  if (checks.length === 0) return [];
  const places = await Promise.all(
    placesToAsk(health).map(async (place) => {
      const found = await readEvidence(healthKey(of, place));
      if (found !== undefined) return saidBy(place, HealthSamples.parse(found));
      const missing = asked.includes(place) ? checks.filter((check) => placesOf(check).includes(place)) : [];
      return saidBy(place, notRun(missing, now));
    }),
  );
  const nodes = fresh ? nodesHealth(checks, { nodes: registration.nodes, observations, counters }, now) : [];
  return [...places.flat(), ...nodes];
}

/** Runs before a moment, as the watches between deployments saw them: a watch in the middle of a soak says nothing of before it. */
export async function loadHealthBefore(cluster: string, before = Number.POSITIVE_INFINITY): Promise<HealthSample[]> {
  return HealthSamples.parse((await readEvidence(healthHistoryKey(cluster))) ?? []).filter(({ at }) => at < before);
}

/** Adds a watch's runs to what is known between deployments. */
export async function keepHealthBefore(cluster: string, added: readonly HealthSample[]): Promise<void> {
  await writeEvidence(healthHistoryKey(cluster), withHealth(await loadHealthBefore(cluster), added));
}

/** Adds this window's runs to those of its soak, and gives all of them. */
export async function keepSoakHealth(of: OfLook, added: readonly HealthSample[]): Promise<HealthSample[]> {
  const before = of.window === 0 ? [] : HealthSamples.parse((await readEvidence(soakHealthKey(of))) ?? []);
  const all = withHealth(before, added, SOAK_RUNS);
  await writeEvidence(soakHealthKey(of), all);
  return all;
}
