/**
 * The rule by which a node counts as proven bad: two kinds of vantage point say so, and two hosts.
 *
 * A kind alone is never enough, however many of it speak; and one host that speaks as two kinds (a node that tells what it holds, and
 * what came of its own dialling) is one voice, since one that lies could say both.
 */
import { SUPPORTS } from '../verify/codes.ts';
import type { Finding, VantagePoint } from '../verify/findings.ts';

/** What one voice says against a node. */
export interface Word {
  readonly code: string;
  readonly kind: VantagePoint;
  /** The host that said it; kinds of one host are one voice. */
  readonly by: string;
  /** A support counts beside the proofs that it supports, and with no other. */
  readonly weight: 'proof' | 'support';
}

/** Codes that say nothing against a node by themselves, but support a proof. */
export function supports(code: string): readonly string[] {
  return Object.hasOwn(SUPPORTS, code) ? (SUPPORTS[code as keyof typeof SUPPORTS] ?? []) : [];
}

/** What of these words counts: the proofs, and what supports them. */
export function countedWords<W extends Word>(words: readonly W[]): W[] {
  const proven = new Set(words.filter(({ weight }) => weight === 'proof').map(({ code }) => code));
  return words.filter(({ weight, code }) => weight === 'proof' || supports(code).some((supported) => proven.has(supported)));
}

/** Whether what counts of these words, all about one node, proves it bad. */
export function isProven(words: readonly Word[]): boolean {
  const counted = countedWords(words);
  if (!counted.some(({ weight }) => weight === 'proof')) return false;
  return counted.some((one) => counted.some((other) => other.kind !== one.kind && other.by !== one.by));
}

/** Who told a finding: a peer's is another node's word, the client is one, and a node speaks for itself. */
export function voiceOf({ seenBy, node, toldBy }: Pick<Finding, 'seenBy' | 'node' | 'toldBy'>): string {
  if (seenBy === 'client') return CLIENT;
  return seenBy === 'node' ? node : (toldBy ?? 'a peer');
}

/** The one client vantage point. */
export const CLIENT = 'client';

/** A finding as a word; null for one that says nothing against its node. */
export function wordOf(finding: Finding): Word | null {
  const weight = finding.severity === 'proof' ? 'proof' : supports(finding.code).length > 0 ? 'support' : null;
  return weight && { code: finding.code, kind: finding.seenBy, by: voiceOf(finding), weight };
}
