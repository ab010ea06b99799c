/** Holds what was observed against what `cluster.yaml` expects of it. */
import type { HealthCheckOf, NumberExpectation } from './health-check.ts';
import type { HealthSample } from './health-sample.ts';
import { redacted } from './redact.ts';

export type Observed = Pick<HealthSample, 'outcome' | 'observed'>;

/** First answer of a GET; `body` ends where reading did. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** The body goes on beyond what is read of a health endpoint. */
  readonly endless: boolean;
  readonly location?: string;
}

export const failed = (observed: string): Observed => ({ outcome: 'failed', observed: redacted(observed) });
export const passed = (observed: string): Observed => ({ outcome: 'passed', observed: redacted(observed) });
export const unknown = (observed: string): Observed => ({ outcome: 'unknown', observed: redacted(observed) });

export function judgeHttp({ status, contains }: HealthCheckOf<'http'>['expect'], answer: HttpAnswer): Observed {
  const redirect = answer.location === undefined ? '' : `, redirects to ${answer.location}`;
  if (answer.status !== status) return failed(`status ${answer.status}, not ${status}${redirect}`);
  if (answer.endless) return failed(`status ${status}, and a body without an end: a health endpoint answers briefly`);
  if (contains !== undefined && !answer.body.includes(contains)) return failed(`status ${status}, without "${contains}": ${answer.body}`);
  return passed(`status ${status}${redirect}`);
}

/** Every value must hold. No value at all is no evidence, never success (I8). */
export function judgeNumbers(expect: NumberExpectation, values: readonly { readonly of: string; readonly value: number }[]): Observed {
  if (values.length === 0) return unknown('no data');
  const bad = values.filter(({ value }) => !holds(expect, value));
  const shown = (bad.length > 0 ? bad : values).slice(0, 3).map(({ of, value }) => `${of === '' ? '' : `${of} = `}${value}`);
  const more = Math.max(0, (bad.length > 0 ? bad : values).length - 3);
  const words = `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return bad.length > 0 ? failed(`${words}; expected ${inWords(expect)}`) : passed(words);
}

/** NaN holds nothing. */
function holds({ below, above, equals }: NumberExpectation, value: number): boolean {
  return (
    !Number.isNaN(value) &&
    (below === undefined || value < below) &&
    (above === undefined || value > above) &&
    (equals === undefined || value === equals)
  );
}

const inWords = (expect: NumberExpectation): string =>
  Object.entries(expect)
    .flatMap(([word, limit]) => (limit === undefined ? [] : [`${word} ${limit}`]))
    .join(' and ');

/** States of an ELBv2 target: `initial` is not judged yet, `unused` and `unavailable` say that nobody checks. */
export function judgeTargets(
  healthyPercent: number,
  targets: readonly { readonly target: string; readonly state: string; readonly reason?: string }[],
): Observed {
  if (targets.length === 0) return failed('the target group has no target');
  const asked = targets.filter(({ state }) => !['unused', 'unavailable', 'initial'].includes(state));
  if (asked.length === 0) return unknown(`no target is checked yet: ${[...new Set(targets.map(({ state }) => state))].join(', ')}`);
  const healthy = asked.filter(({ state }) => state === 'healthy').length;
  const words = `${healthy} of ${asked.length} targets healthy`;
  if ((healthy / asked.length) * 100 >= healthyPercent) return passed(words);
  const bad = asked
    .filter(({ state }) => state !== 'healthy')
    .map(({ target, state, reason }) => `${target} ${state}${reason ? ` (${reason})` : ''}`);
  return failed(`${words}: ${bad.slice(0, 3).join(', ')}`);
}

/** What a function of the operator answered. */
export function judgeAnswer(answer: unknown): Observed {
  if (typeof answer !== 'object' || answer === null || typeof (answer as { ok?: unknown }).ok !== 'boolean')
    return unknown(`the function answered ${JSON.stringify(answer)?.slice(0, 100)}, not {"ok": true or false, "observed": "…"}`);
  const { ok, observed } = answer as { ok: boolean; observed?: unknown };
  const words = typeof observed === 'string' ? observed : ok ? 'ok' : 'not ok';
  return ok ? passed(words) : failed(words);
}
