/** One probe as the live system records it: from these rows any deployment can be judged again by another policy. */

/** `tls`: a fresh handshake · `cql`: a request of a client. */
export const PROBE_KINDS = ['tls', 'cql'] as const;
export type ProbeKind = (typeof PROBE_KINDS)[number];

export interface ProbeRow {
  /** Since the deployment (t = 0); before it is the baseline. */
  readonly t_ms: number;
  readonly node: string;
  readonly kind: ProbeKind;
  /** A probe past its time-out is not ok. */
  readonly ok: boolean;
  readonly ms: number;
}

/** Why a row is not taken; `late` and `duplicate` are only known when rows are put in order. */
export const FAULT_WORDS = {
  'no-json': 'no JSON',
  'no-object': 'no JSON object',
  time: 't_ms is no finite number',
  node: 'node is no name',
  kind: 'kind is neither "tls" nor "cql"',
  ok: 'ok is neither true nor false',
  duration: 'ms of a probe that was ok is no duration',
  'out-of-range': 'a time more than a day before the deployment, or after the watch',
  duplicate: 'the same probe once more',
  late: 'it came after its second was judged, and counts where it came',
  'too-many-nodes': 'more nodes than can be',
} as const;
export type RowFault = keyof typeof FAULT_WORDS;

/** No probe lasts ten minutes; what says so is broken, and is neither good nor bad. */
const LONGEST_MS = 600_000;
/** Ids, addresses and host names; anything else would steer a terminal or a page. */
const NODE_NAME = /^[A-Za-z0-9[][A-Za-z0-9._:\-[\]%]{0,127}$/;

/** Judges a value of unknown shape; a failed probe needs no duration. */
export function readProbe(value: unknown): ProbeRow | RowFault {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return 'no-object';
  const { t_ms, node, kind, ok, ms } = value as Readonly<Record<string, unknown>>;
  if (typeof t_ms !== 'number' || !Number.isFinite(t_ms)) return 'time';
  if (typeof node !== 'string' || !NODE_NAME.test(node)) return 'node';
  if (kind !== 'tls' && kind !== 'cql') return 'kind';
  if (typeof ok !== 'boolean') return 'ok';
  if (!ok) return { t_ms, node, kind, ok, ms: typeof ms === 'number' && Number.isFinite(ms) && ms >= 0 ? ms : 0 };
  if (typeof ms !== 'number' || !(ms >= 0 && ms <= LONGEST_MS)) return 'duration';
  return { t_ms, node, kind, ok, ms };
}

/** The same for one line of a trace; null for an empty line. */
export function readProbeLine(line: string): ProbeRow | RowFault | null {
  if (line.trim() === '') return null;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'no-json';
  }
  return readProbe(value);
}
