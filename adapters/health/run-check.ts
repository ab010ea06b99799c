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

/** @param rejected what a rejection says: `failed` where not to be reached is itself the answer, `unknown` where we could not ask */
export async function runCheck(check: HealthCheck, ask: Ask, rejected: 'failed' | 'unknown'): Promise<HealthSample> {
  for (let attempt = 1; ; attempt += 1) {
    const since = performance.now();
    const observed = await once(check.timeoutSeconds * 1000, ask, rejected);
    const sample = { check: check.name, ...observed, at: Date.now(), ms: performance.now() - since, attempts: attempt };
    if (observed.outcome === 'passed' || attempt > check.retries) return sample;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

async function once(timeoutMs: number, ask: Ask, rejected: 'failed' | 'unknown'): Promise<Observed> {
  const controller = new AbortController();
  const late = Promise.withResolvers<Observed>();
  const abort = setTimeout(() => controller.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  const leave = setTimeout(() => late.resolve({ outcome: rejected, observed: `no answer within ${timeoutMs} ms` }), timeoutMs + GRACE_MS);
  try {
    return await Promise.race([ask(controller.signal), late.promise]);
  } catch (error) {
    const reason: unknown = controller.signal.aborted ? controller.signal.reason : error;
    return { outcome: rejected, observed: redacted(reason instanceof Error ? reason.message : String(reason)) };
  } finally {
    clearTimeout(abort);
    clearTimeout(leave);
  }
}
