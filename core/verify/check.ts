/** The form of every check, and how its findings become an outcome. */
import { FINDING_CODES, type FindingCodeName } from './codes.ts';
import type { CheckResult, Finding, VantagePoint } from './findings.ts';
import type { VerificationPolicy } from './policy.ts';
import type { VerificationSnapshot } from './snapshot.ts';

/** A check is pure; `now` is our clock, ms. None relies on another. */
export type Check = (snapshot: VerificationSnapshot, policy: VerificationPolicy, now: number) => CheckResult;

/** A finding with the severity that the table of codes gives it. */
export function finding(
  snapshot: VerificationSnapshot,
  code: FindingCodeName,
  about: {
    readonly where: string;
    readonly expected: string;
    readonly observed: string;
    readonly seenBy: VantagePoint;
    readonly how: string;
    readonly toldBy?: string;
    readonly at: number;
    /** Milder than the table's, where the same held before the deployment. */
    readonly severity?: 'warning';
  },
): Finding {
  return { code, severity: FINDING_CODES[code].severity, node: snapshot.node.node, ...about };
}

/** What a check found: facts that make it fail, facts merely told, and evidence that is missing. */
export interface Judged {
  readonly failing: readonly Finding[];
  readonly told?: readonly Finding[];
  readonly missing: readonly string[];
  /** The sentence when all is well. */
  readonly passed: string;
}

/** A failing fact outweighs missing evidence; missing evidence is `unknown`, never `passed` (I8). */
export function conclude(check: string, snapshot: VerificationSnapshot, judged: Judged): CheckResult {
  const findings = [...judged.failing, ...(judged.told ?? [])];
  const [worst] = judged.failing;
  const base = { check, node: snapshot.node.node, findings };
  if (worst)
    return {
      ...base,
      outcome: 'failed',
      summary: `${FINDING_CODES[worst.code as FindingCodeName].meaning} Expected ${worst.expected}; observed ${worst.observed} (${worst.where}).`,
    };
  if (judged.missing.length > 0) return { ...base, outcome: 'unknown', summary: judged.missing.join('; ') };
  return { ...base, outcome: 'passed', summary: judged.passed };
}

/** The answer of a check that needs the node's own observation when there is none. */
export function withoutObservation(check: string, snapshot: VerificationSnapshot): CheckResult {
  return conclude(check, snapshot, {
    failing: [],
    missing: [`no observation of the node: ${snapshot.observationError ?? 'none'}`],
    passed: '',
  });
}

/** `SHA256:hex`, or words when there is none. */
export function shown(sha256: string | undefined): string {
  return sha256 === undefined ? 'none' : `SHA256:${sha256}`;
}
