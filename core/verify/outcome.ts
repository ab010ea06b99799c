/** What the checks of a node come to together: its outcome, and the one root cause. */
import { EXPLAINS, FINDING_CODES, type FindingCodeName } from './codes.ts';
import type { CheckResult, Finding, NodeVerification } from './findings.ts';

/** One failure fails the node; one unknown keeps it from passing (I8). No check that binds is unknown; what advises does not count. */
export function outcomeOf(all: readonly CheckResult[]): NodeVerification['outcome'] {
  const checks = all.filter(({ advisory }) => advisory !== true);
  if (checks.some(({ outcome }) => outcome === 'failed')) return 'failed';
  return checks.length > 0 && checks.every(({ outcome }) => outcome === 'passed') ? 'passed' : 'unknown';
}

/**
 * The finding nearest to the cause among those of failed checks; the rest are its consequences. A warning is
 * named only if nothing is proven, or if it explains what is.
 */
export function rootCauseOf(all: readonly CheckResult[]): NonNullable<NodeVerification['rootCause']> | null {
  const checks = all.filter(({ advisory }) => advisory !== true);
  const failed = checks.filter(({ outcome }) => outcome === 'failed');
  const seen = failed.flatMap(({ check, findings }) =>
    findings.filter(({ severity }) => severity !== 'notice').map((finding) => ({ check, finding })),
  );
  const proofs = seen.filter(({ finding }) => finding.severity === 'proof');
  const told = checks.flatMap(({ check, findings }) => findings.map((finding) => ({ check, finding })));
  const explaining = told.filter(({ finding }) =>
    EXPLAINS[finding.code as FindingCodeName]?.some((code) => proofs.some((proof) => proof.finding.code === code)),
  );
  const [root] = [...(proofs.length > 0 ? [...proofs, ...explaining] : seen)].sort((a, b) => rankOf(a.finding) - rankOf(b.finding));
  if (!root) return null;
  const { code, expected, observed, where } = root.finding;
  return {
    code,
    check: root.check,
    sentence: `${meaningOf(root.finding)} Expected ${expected}; observed ${observed} (${where}).`,
    consequences: [...new Set(seen.map(({ finding }) => finding.code))].filter((other) => other !== code),
  };
}

function rankOf(finding: Finding): number {
  return FINDING_CODES[finding.code as FindingCodeName].rank;
}

function meaningOf(finding: Finding): string {
  return FINDING_CODES[finding.code as FindingCodeName].meaning;
}
