/** Runs one health check with its attempts, whatever it is, and makes a sample of it. It never throws and never hangs. */
import type { Observed } from '../../core/health/expectation.ts';
import type { HealthCheck } from '../../core/health/health-check.ts';
import type { HealthSample } from '../../core/health/health-sample.ts';
import { redacted } from '../../core/health/redact.ts';

/** Asks once; rejects when nothing was heard that says good or bad. Must end by itself when the signal aborts. */
export type Ask = (signal: AbortSignal) => Promise<Observed>;

/** Pause between two attempts. */
const PAUSE_MS = 200;
/** After its time-out, an attempt that does not end is left alone; until then it may take back what it began. */
const GRACE_MS = 2000;

/**
 * @param rejected what a rejection says: `failed` where not to be reached is itself the answer, `unknown` where we could not ask
 * @param endsAt ms since the epoch, after which no look waits for it: an attempt that ends then says nothing, and no other begins
 */
export async function runCheck(
  check: HealthCheck,
  ask: Ask,
  rejected: 'failed' | 'unknown',
  endsAt = Number.POSITIVE_INFINITY,
): Promise<HealthSample> {
  const timeoutMs = check.timeoutSeconds * 1000;
  // The last attempt that had all its time; one that the end of the pause cut short takes nothing back of it.
  let whole: HealthSample | null = null;
  for (let attempt = 1; ; attempt += 1) {
    const since = performance.now();
    const left = endsAt - Date.now();
    const observed = left > 0 ? await once(timeoutMs, left, ask, rejected) : null;
    const sample = { check: check.name, ...(observed ?? CUT_SHORT), at: Date.now(), ms: performance.now() - since, attempts: attempt };
    if (!observed) return whole ?? sample;
    if (observed.outcome === 'passed' || attempt > check.retries) return sample;
    whole = sample;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** Of an attempt that the next look does not wait for. */
export const CUT_SHORT: Observed = { outcome: 'unknown', observed: 'it did not end in the pause between two looks' };

/** One attempt; null when the pause ended before it did. */
async function once(timeoutMs: number, leftMs: number, ask: Ask, rejected: 'failed' | 'unknown'): Promise<Observed | null> {
  const controller = new AbortController();
  const late = Promise.withResolvers<Observed>();
  const boundMs = Math.min(timeoutMs, leftMs);
  const isCut = (): boolean => controller.signal.aborted && boundMs < timeoutMs;
  const abort = setTimeout(() => controller.abort(new Error(`no answer within ${boundMs} ms`)), boundMs);
  const leave = setTimeout(() => late.resolve({ outcome: rejected, observed: `no answer within ${boundMs} ms` }), boundMs + GRACE_MS);
  try {
    const observed = await Promise.race([ask(controller.signal), late.promise]);
    return isCut() && observed.outcome !== 'passed' ? null : observed;
  } catch (error) {
    if (isCut()) return null;
    const reason: unknown = controller.signal.aborted ? controller.signal.reason : error;
    return { outcome: rejected, observed: redacted(reason instanceof Error ? reason.message : String(reason)) };
  } finally {
    clearTimeout(abort);
    clearTimeout(leave);
  }
}
