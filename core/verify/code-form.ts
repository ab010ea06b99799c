/** The form of a finding code, and the words that many of them share. */
import type { Finding, VantagePoint } from './findings.ts';

export interface FindingCode {
  readonly severity: Finding['severity'];
  readonly meaning: string;
  readonly seenFrom: readonly VantagePoint[];
  readonly action: string;
  /** The lower, the nearer to the cause: of several findings the lowest is named as the root cause. */
  readonly rank: number;
}

/** Keeps the names of a table as a type, and its values checked. */
export const define = <T extends Record<string, FindingCode>>(codes: T): T => codes;
export const ANYWHERE: readonly VantagePoint[] = ['node', 'peer', 'client'];
export const NODE: readonly VantagePoint[] = ['node'];
export const PEER: readonly VantagePoint[] = ['peer'];
export const CLIENT: readonly VantagePoint[] = ['client'];
export const ROLL_BACK = 'Roll back to the certificate of before.';
