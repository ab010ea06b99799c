/**
 * What is out of the ordinary, though within every limit: it is told, and lengthens the watch. It never speaks against a node.
 *
 * One look proves nothing: what is unusual in look after look for half a minute is told, and stays told when it passes.
 */

/** What one look found unusual. */
export interface Unusual {
  /** Instance id; absent where it is not a node's. */
  readonly node?: string;
  /** Such as `cpu`, or the name of a health check. */
  readonly what: string;
  /** Observed and usual, in words. */
  readonly words: string;
}

/** The same, over the looks so far; times in ms. */
export interface UnusualSoFar extends Unusual {
  readonly since: number;
  readonly until: number;
  /** Looks on end. */
  readonly looks: number;
}

/** Until it is told: so many looks on end, and so long. A pause for garbage is over by then. */
const LEAST_LOOKS = 3;
const LEAST_MS = 30_000;
/** The state of an execution carries no more; more of them say nothing new. */
const MOST = 12;
/** In a sentence. */
const SHOWN = 3;

/** It lasted for long enough, now or before. */
export const isTold = ({ looks, since, until }: UnusualSoFar): boolean => looks >= LEAST_LOOKS && until - since >= LEAST_MS;

/** What was noticed before, with what this look found. */
export function noticed(before: readonly UnusualSoFar[], found: readonly Unusual[], now: number): UnusualSoFar[] {
  const same = (one: Unusual, other: Unusual): boolean => one.node === other.node && one.what === other.what;
  const going = found.map((one): UnusualSoFar => {
    const known = before.find((other) => same(one, other));
    return { ...one, since: known?.since ?? now, until: now, looks: (known?.looks ?? 0) + 1 };
  });
  const over = before.filter((one) => isTold(one) && !found.some((other) => same(one, other)));
  return [...over, ...going].toSorted((a, b) => Number(isTold(b)) - Number(isTold(a)) || a.since - b.since).slice(0, MOST);
}

/** `Unusual, though within its limits: cpu of i-0: …, from … to ….` */
export function unusualSentence(unusual: readonly UnusualSoFar[]): string | null {
  const told = unusual
    .filter(isTold)
    .map(
      ({ node, what, words, since, until }) =>
        `${what}${node === undefined ? '' : ` of ${node}`}: ${words}, from ${new Date(since).toISOString()} to ${new Date(until).toISOString()}`,
    );
  const more = told.length > SHOWN ? `; and ${told.length - SHOWN} more` : '';
  return told.length === 0 ? null : `Unusual, and by itself nothing against the deployment: ${told.slice(0, SHOWN).join('; ')}${more}.`;
}
