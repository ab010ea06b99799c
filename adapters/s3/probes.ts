/** What probing leaves behind: the state of a watch, its probes as a trace, and those of before. */
import { z } from 'zod';
import type { ProbeRow } from '../../core/decide/measured/probe-row.ts';
import type { MeasuredState } from '../../core/decide/measured/state.ts';
import { measuredStateKey, type OfLook, probesBeforeKey, probesKey } from '../../core/observe/evidence-keys.ts';
import type { Probed } from '../probing/prober.ts';
import { readEvidence, writeDocument, writeEvidence } from './evidence.ts';

type OfAttempt = Pick<OfLook, 'cluster' | 'deployment' | 'epoch'>;

/** Only the version that this program writes: another one's accounts would be read wrongly. */
const StoredState = z.looseObject({ version: z.literal(1) });

/** Null where nothing was probed yet, or by another version. */
export async function loadMeasuredState(of: OfAttempt): Promise<MeasuredState | null> {
  const stored = StoredState.safeParse(await readEvidence(measuredStateKey(of)));
  return stored.success ? (stored.data as unknown as MeasuredState) : null;
}

/** The trace first: a state without its rows could not be replayed. */
export async function saveStretch(of: OfAttempt & Pick<OfLook, 'window'>, rows: readonly ProbeRow[], state: MeasuredState): Promise<void> {
  await writeDocument(probesKey(of), rows.map((row) => `${JSON.stringify(row)}\n`).join(''), 'application/x-ndjson');
  await writeEvidence(measuredStateKey(of), state);
}

const Probes = z.array(z.object({ node: z.string(), kind: z.enum(['tls', 'cql']), ok: z.boolean(), ms: z.number(), endedAt: z.number() }));

/** Probes of the time in which the deployment was starting; none where nobody probed. */
export const loadProbesBefore = async (of: Omit<OfAttempt, 'epoch'>): Promise<Probed[]> =>
  Probes.parse((await readEvidence(probesBeforeKey(of))) ?? []);

export async function saveProbesBefore(of: Omit<OfAttempt, 'epoch'>, probes: readonly Probed[]): Promise<void> {
  await writeEvidence(probesBeforeKey(of), probes);
}
