/** Probes the ring in the pause before a look, and ends the pause early where the probes accuse the deployment. */
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { announcedNodes, loadRecord } from '../../adapters/dynamodb/deployments.ts';
import { probeRing } from '../../adapters/probing/prober.ts';
import { probingOf } from '../../adapters/probing/probing-of.ts';
import { loadMeasuredState, loadProbesBefore, saveStretch } from '../../adapters/s3/probes.ts';
import { accused } from '../../core/decide/measured/conclude.ts';
import type { ProbeRow } from '../../core/decide/measured/probe-row.ts';
import { scopeOf } from '../../core/decide/measured/scope.ts';
import type { MeasuredState } from '../../core/decide/measured/state.ts';
import { beginWatch, Stretch } from '../../core/decide/measured/stretch.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import type { OfLook } from '../../core/observe/evidence-keys.ts';
import { profileOf } from '../../core/profile/effective.ts';
import { policyOfMeasured } from '../../core/profile/measured.ts';
import { activationOfWatch } from '../../core/verify/snapshot.ts';

type Input = OfLook & {
  /** From when the deadlines count, ms. */
  readonly since: number;
  /** When the pause ends, ISO 8601. */
  readonly lookAgainAt: string;
};

/** The function's own time is limited; in a pause that is longer the rest is waited for. */
const LONGEST_STRETCH_MS = 150_000;

export interface ProbedWindow {
  /** When to look, ISO 8601. */
  readonly lookAt: string;
  /** Nodes that the probes accuse. */
  readonly accused: readonly string[];
}

export async function handler(input: Input): Promise<ProbedWindow> {
  const [registration, record] = await Promise.all([loadRegistration(input.cluster), loadRecord(input)]);
  if (!record) throw new RingwardError('DEPLOYMENT_UNKNOWN', { field: 'deployment', value: input.deployment });
  const { measured } = profileOf(registration);
  const { dueAt } = activationOfWatch(record, input.since, registration.limits.activationGraceSeconds);
  const endsAt = Math.min(Date.parse(input.lookAgainAt), Date.now() + LONGEST_STRETCH_MS);
  if (measured.probes === 'off') return { lookAt: input.lookAgainAt, accused: [] };
  const policy = policyOfMeasured(measured);
  const begin = async (): Promise<MeasuredState> => {
    const [deployed, before] = await Promise.all([announcedNodes(record.detail), rowsBefore(input, dueAt)]);
    return beginWatch(
      policy,
      deployed.map(({ node }) => node),
      before,
    );
  };
  const state = (await loadMeasuredState(input)) ?? (await begin());
  const stretch = new Stretch(state);
  const rows: ProbeRow[] = [];
  const judges = measured.probes === 'required';
  let accuses = accused(state);
  const known = accuses;
  await probeRing({
    ...(await probingOf(registration, policy)),
    rate: () => (Date.now() < dueAt ? { tls: 0, cql: 0 } : stretch.rate()),
    ended: ({ endedAt, ...probe }) => {
      const row = { t_ms: endedAt - dueAt, ...probe };
      if (stretch.offer(row)) rows.push(row);
    },
    isOver: () => {
      accuses = stretch.advance(Date.now() - dueAt);
      // What was accused before is being looked at already; more probes show whether it stays so.
      return Date.now() >= endsAt || (judges && accuses && !known);
    },
  });
  const after = stretch.end();
  await saveStretch(input, rows, after);
  const scope = judges && accused(after) ? scopeOf(after) : [];
  const early = scope.length > 0 && !known;
  return { lookAt: early ? new Date(Math.min(Date.now(), endsAt)).toISOString() : input.lookAgainAt, accused: scope };
}

async function rowsBefore(of: Pick<OfLook, 'cluster' | 'deployment'>, dueAt: number): Promise<ProbeRow[]> {
  return (await loadProbesBefore(of)).map(({ endedAt, ...probe }) => ({ t_ms: endedAt - dueAt, ...probe }));
}
