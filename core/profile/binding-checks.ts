/** What of a node's checks binds, and what only advises. */
import type { CheckResult, NodeVerification } from '../verify/findings.ts';
import { outcomeOf, rootCauseOf } from '../verify/outcome.ts';
import type { Mode, Profile } from './profile.ts';

/** A node's verification with the checks of its load: advising by nature, and binding where the profile requires them. */
export function withLoadChecks(
  verification: NodeVerification,
  load: readonly CheckResult[],
  modes: Profile['checks']['load'],
): NodeVerification {
  const modeOf = (name: string): Mode | undefined => (modes as Readonly<Record<string, Mode>>)[name];
  const off = load.filter(({ check }) => modeOf(check) === 'off').map(({ check }) => check);
  const judged = load.flatMap(({ advisory, ...check }): CheckResult[] => {
    const mode = modeOf(check.check);
    return mode === 'off' ? [] : [mode === 'required' ? check : { ...check, advisory: true }];
  });
  const checks = [...verification.checks, ...judged];
  const isOff = [...(verification.off ?? []), ...off];
  return {
    ...verification,
    checks,
    outcome: outcomeOf(checks),
    rootCause: rootCauseOf(checks),
    ...(isOff.length > 0 ? { off: isOff } : {}),
  };
}

/** Only what counts for a verdict. */
export function withoutAdvice(verification: NodeVerification): NodeVerification {
  return { ...verification, checks: verification.checks.filter(({ advisory }) => advisory !== true) };
}
