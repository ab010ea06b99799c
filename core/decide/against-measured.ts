/** How measurements enter the decision about a deployment: they accuse where a second kind of vantage point agrees, and "keep" needs them. */
import type { Finding } from '../verify/findings.ts';
import { confirmations, type MeasuredView } from './confirm-measured.ts';

/** What of the evidence this is about. */
interface Measured {
  /** Absent where nothing is measured. */
  readonly measured?: MeasuredView;
  readonly window: number;
  readonly now: number;
}

/** Looks at an accusation that nobody confirms, after which a person is asked. */
export const LOOKS_TO_CONFIRM = 3;

const counts = ({ measured }: Measured): MeasuredView | null => (measured?.evidence.probes === 'required' ? measured : null);

/** What the probes accuse the deployment of: it makes a window unclear until it is confirmed or gone. */
export function openAccusation(of: Measured): string[] {
  const view = counts(of);
  return view !== null && view.evidence.accused.length > 0 ? [`measurements (${view.evidence.because})`] : [];
}

/** What measurements lack for "keep". The first window has no probes before it. */
export function openMeasurements(of: Measured): readonly string[] {
  const view = counts(of);
  return view === null || of.window === 0 ? [] : view.evidence.open;
}

/** Episodes that the probes saw; 0 where they do not count. */
export const measuredEpisodes = (of: Measured): number => counts(of)?.evidence.episodes ?? 0;

/** What measurements say for "keep", as a sentence after another one; empty where they do not count. */
export function measuredWell(of: Measured): string {
  const view = counts(of);
  return view === null || of.window === 0 ? '' : ` ${view.evidence.because}`;
}

/** The same as findings of the client, one for each accused node. */
export function accusations(of: Measured): Finding[] {
  const view = counts(of);
  if (view === null) return [];
  const { accused, because } = view.evidence;
  return accused.map((node) => ({
    code: 'MEASURED_BEYOND_LIMIT',
    severity: 'warning',
    node,
    where: 'client port',
    expected: 'within the thresholds of the profile',
    observed: because,
    seenBy: 'client',
    how: 'probes since the deployment, by tests that stay valid however often one looks',
    at: of.now,
  }));
}

export interface ConfirmedMeasurement {
  readonly nodes: readonly string[];
  readonly findings: readonly Finding[];
  readonly reason: string;
}

/**
 * The accused nodes, where their peers see it too; null where they do not. What concerns several nodes is confirmed when at least half
 * of them are: a share of failures is chance for a single burst.
 */
export function confirmedMeasurement(of: Measured): ConfirmedMeasurement | null {
  const view = counts(of);
  if (view === null || view.evidence.accused.length === 0) return null;
  const { accused, because } = view.evidence;
  const seen = confirmations(view, of.now);
  if (seen.length === 0 || seen.length * 2 < accused.length) return null;
  const peers = seen.map(({ node, observed }) => `${node}: ${observed}`).join('; ');
  return { nodes: accused, findings: [...accusations(of), ...seen], reason: `${because} Its peers see it too: ${peers}.` };
}
