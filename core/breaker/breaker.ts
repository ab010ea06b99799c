/**
 * A circuit breaker for one source of evidence of one cluster: closed, open, half-open.
 *
 * An open one means "not asked, known to be broken": the evidence is missing, which is neither success nor failure (I8). After a while one
 * caller may try; what it finds closes the breaker or opens it for longer. Pure: time and the caller's name are arguments.
 */
import { z } from 'zod';

/** Where evidence comes from: the nodes by SSM, the client's look, and the two places of health checks. */
export const Source = z.enum(['nodes', 'client', 'endpoints', 'services']);
export type Source = z.infer<typeof Source>;

export const Breaker = z.object({
  cluster: z.string(),
  source: Source,
  state: z.enum(['closed', 'open', 'half-open']),
  /** Failures since the last success. */
  failures: z.int().min(0),
  /** Those that failed since then: nodes, or the source itself. */
  failing: z.array(z.string()),
  /** How often it has opened since the last success. */
  openings: z.int().min(0),
  /** Since when it is not closed, ms; null while it is. */
  brokenSince: z.number().nullable(),
  /** Open: when somebody may try. Half-open: when the trial counts as lost. ms */
  until: z.number(),
  /** Half-open: who tries. */
  trial: z.string().nullable(),
  /** Of the newest failure. */
  error: z.string(),
  /** What people were told last. */
  told: z.enum(['closed', 'open']),
  version: z.int().min(0),
});
export type Breaker = z.infer<typeof Breaker>;

export interface BreakerPolicy {
  /** Failures without a success between them that open it. */
  readonly failures: number;
  /** How many different ones must have failed: one broken node is no broken source. */
  readonly different: number;
  /** For how long it opens first; each further time twice as long, ms. */
  readonly openMs: number;
  readonly mostOpenMs: number;
  /** A trial without an outcome counts as lost after this, ms: longer than any function may run. */
  readonly trialMs: number;
}

/** Half of the nodes, and never one of several alone. */
export function policyFor(source: Source, nodes: number): BreakerPolicy {
  const different = source === 'nodes' && nodes > 1 ? Math.max(2, Math.ceil(nodes / 2)) : 1;
  return { failures: 3, different, openMs: 30_000, mostOpenMs: 600_000, trialMs: 180_000 };
}

export const closedBreaker = (cluster: string, source: Source): Breaker => ({
  cluster,
  source,
  state: 'closed',
  failures: 0,
  failing: [],
  openings: 0,
  brokenSince: null,
  until: 0,
  trial: null,
  error: '',
  told: 'closed',
  version: 0,
});

/** `trial` holds only once `next` is stored: of two callers the store takes one. */
export type Permit = { readonly permit: 'ask' } | { readonly permit: 'trial'; readonly next: Breaker } | { readonly permit: 'refused' };

/** Whether `caller` may ask the source now. */
export function mayAsk(breaker: Breaker, caller: string, now: number, { trialMs }: BreakerPolicy): Permit {
  if (breaker.state === 'closed') return { permit: 'ask' };
  if (now < breaker.until) return { permit: 'refused' };
  return { permit: 'trial', next: { ...breaker, state: 'half-open', trial: caller, until: now + trialMs } };
}

/** What asking led to; `who` is what was asked, such as one node. */
export type Heard = { readonly ok: true } | { readonly ok: false; readonly who: string; readonly error: string };

/** The breaker after `caller` has asked; the same object where nothing changes. */
export function afterAsking(breaker: Breaker, caller: string, heard: Heard, now: number, policy: BreakerPolicy): Breaker {
  if (heard.ok) return isPristine(breaker) ? breaker : { ...closedBreaker(breaker.cluster, breaker.source), ...keptOf(breaker) };
  if (breaker.state === 'open' || (breaker.state === 'half-open' && breaker.trial !== caller)) return breaker;
  const failing = [...new Set([...breaker.failing, heard.who])];
  const failed = { ...breaker, failures: breaker.failures + 1, failing, error: heard.error.slice(0, 300) };
  const opens = breaker.state === 'half-open' || (failed.failures >= policy.failures && failing.length >= policy.different);
  if (!opens) return failed;
  const openings = breaker.openings + 1;
  const until = now + openFor(openings, policy);
  return { ...failed, state: 'open', openings, brokenSince: breaker.brokenSince ?? now, until, trial: null };
}

/** How long the how-manieth opening in a row lasts, ms. */
export const openFor = (openings: number, { openMs, mostOpenMs }: BreakerPolicy): number =>
  Math.min(mostOpenMs, openMs * 2 ** Math.min(openings - 1, 30));

/** What must be told to people, or null: it opened, or it closed again. A trial is neither. */
export function toTell({ state, told }: Pick<Breaker, 'state' | 'told'>): 'open' | 'closed' | null {
  const is = state === 'closed' ? 'closed' : 'open';
  return is === told ? null : is;
}

/** In words, for a reason or a report. */
export function notAsked({ source, brokenSince, error }: Pick<Breaker, 'source' | 'brokenSince' | 'error'>): string {
  return `${WORDS[source]}: known to be broken since ${new Date(brokenSince ?? 0).toISOString()} (${error})`;
}

const WORDS: Readonly<Record<Source, string>> = {
  nodes: 'the nodes by SSM',
  client: 'the client',
  endpoints: 'health checks of endpoints',
  services: 'health checks of services',
};

const isPristine = ({ state, failures }: Breaker): boolean => state === 'closed' && failures === 0;
const keptOf = ({ told, version }: Breaker): Pick<Breaker, 'told' | 'version'> => ({ told, version });
