/** Durations, outcomes and fingerprints in words, the same on the page and on the terminal. */
import type { Report, ReportedNode } from './model.ts';

/** `840 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`. */
export function duration(ms: number): string {
  const size = Math.abs(ms);
  if (size < 1000) return `${Math.round(ms)} ms`;
  if (size < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const sign = ms < 0 ? '-' : '';
  const seconds = Math.round(size / 1000);
  if (seconds < 3600) return `${sign}${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${sign}${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** A moment as it stands to another: `+4.2 s`. */
export function relative(at: number, to: number): string {
  return `${at < to ? '−' : '+'}${duration(Math.abs(at - to))}`;
}

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** A moment to read: RFC 3339 in UTC with a space, whole seconds. */
export function moment(ms: number): string {
  return `${iso(ms).slice(0, 19).replace('T', ' ')}Z`;
}

/** What a person at 3 a.m. should do. */
export function actOrSleep(outcome: Report['outcome']): 'Act' | 'Sleep' {
  return outcome === 'kept' || outcome === 'rolled-back' ? 'Sleep' : 'Act';
}

export const OUTCOME_WORDS: Readonly<Record<Report['outcome'], string>> = {
  kept: 'Kept: the new certificate stays',
  'rolled-back': 'Rolled back: the certificate of before is served again, proven',
  held: 'Held: nothing was changed, a person decides',
  'handed-over': 'Handed over: the rollback did not end in proof on every node',
  refused: 'Refused: going back is not safe',
};

export const NODE_OUTCOME_WORDS: Readonly<Record<ReportedNode['outcome'], string>> = {
  'old-verified': 'old certificate, verified',
  'new-verified': 'new certificate, verified',
  'handed-over': 'handed to a person',
  untouched: 'not part of the deployment',
  unknown: 'not settled',
};

/** `SHA256:` and the hex digits in groups of four. */
export function grouped(fingerprint: string): string {
  const hex = fingerprint.replace(/^SHA256:/, '');
  return hex.replace(/(.{4})(?=.)/g, '$1 ');
}

/** `SHA256:` and the first twelve digits, for a line of the terminal. */
export function short(fingerprint: string | null): string {
  return fingerprint === null ? 'unknown' : `${fingerprint.slice(0, 19)}…`;
}
