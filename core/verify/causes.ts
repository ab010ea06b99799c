/** What is wrong with a whole cluster, by causes: one for each node, and what other nodes only see of it left out. */
import { EXPLAINS, FINDING_CODES, type FindingCodeName, SYMPTOMS } from './codes.ts';
import { failureModeOf } from './failure-modes.ts';
import type { Finding, NodeVerification, VantagePoint } from './findings.ts';

export interface Cause {
  readonly code: FindingCodeName;
  readonly severity: Finding['severity'];
  readonly nodes: readonly string[];
  /** One sentence: what it means, expected, observed, where. */
  readonly sentence: string;
  /** Names of the checks that found it, and the kinds of vantage point that saw it. */
  readonly checks: readonly string[];
  readonly seenBy: readonly VantagePoint[];
  /** What to do about it. */
  readonly action: string;
  /** Row of the table of failure modes, or null for a finding outside of it. */
  readonly row: number | null;
}

/** The causes of a cluster, gravest first; empty when nothing above a notice was found. Pure. */
export function causesOf(verifications: readonly NodeVerification[]): Cause[] {
  const perNode = verifications.flatMap((verification) => {
    const cause = causeOfNode(verification);
    return cause ? [cause] : [];
  });
  const explaining = perNode.filter(({ code }) => isCause(code));
  const kept = perNode.filter(({ code }) => isCause(code) || !explaining.some((other) => explains(other, code)));
  const byCode = Map.groupBy(kept, ({ code }) => code as FindingCodeName);
  return [...byCode]
    .map(([code, findings]): Cause => {
      const first = findings[0] as Finding;
      const { meaning, action } = FINDING_CODES[code];
      const nodes = findings.map(({ node }) => node);
      const latent = latentSentence(verifications.filter(({ node }) => nodes.includes(node)));
      const sentence = `${meaning} Expected ${first.expected}; observed ${first.observed} (${first.node}, ${first.where}).${latent}`;
      return {
        code,
        severity: first.severity,
        nodes,
        sentence,
        ...finders(verifications, code),
        action,
        row: failureModeOf(code)?.row ?? null,
      };
    })
    .toSorted((a, b) => FINDING_CODES[a.code].rank - FINDING_CODES[b.code].rank);
}

/** ` The failure is latent: …` where old connections of these nodes hide it; else nothing. */
export function latentSentence(verifications: readonly NodeVerification[]): string {
  const hidden = verifications
    .flatMap(({ checks }) => checks.flatMap(({ findings }) => findings))
    .find(({ code }) => code === ('FAILURE_IS_LATENT' satisfies FindingCodeName));
  return hidden ? ` The failure is latent: ${hidden.observed}.` : '';
}

/** Codes that are told once and harm nobody, by node. */
export function noticesOf(verifications: readonly NodeVerification[]): { readonly code: string; readonly nodes: readonly string[] }[] {
  const notices = verifications
    .flatMap(({ checks }) => checks.flatMap(({ findings }) => findings))
    .filter(({ severity }) => severity === 'notice');
  return [...Map.groupBy(notices, ({ code }) => code)].map(([code, found]) => ({
    code,
    nodes: [...new Set(found.map(({ node }) => node))],
  }));
}

/** Which checks have a finding of this code, and from where. */
function finders(verifications: readonly NodeVerification[], code: string): Pick<Cause, 'checks' | 'seenBy'> {
  const having = verifications
    .flatMap(({ checks }) => checks)
    .map(({ check, findings }) => ({ check, seenBy: findings.filter((finding) => finding.code === code).map(({ seenBy }) => seenBy) }))
    .filter(({ seenBy }) => seenBy.length > 0);
  return { checks: [...new Set(having.map(({ check }) => check))], seenBy: [...new Set(having.flatMap(({ seenBy }) => seenBy))] };
}

/**
 * The finding nearest to the cause: a proof before a warning, what lies in the node before what is seen of it. A warning takes
 * the place of a symptom only where it is known to explain it.
 */
function causeOfNode({ checks }: NodeVerification): Finding | null {
  const findings = checks
    .flatMap((check) => check.findings)
    .filter(({ severity, code }) => severity !== 'notice' && code in FINDING_CODES)
    .toSorted((a, b) => rankOf(a) - rankOf(b));
  const proof = findings.find(({ severity, code }) => severity === 'proof' && isCause(code));
  const symptom = findings.find(({ severity }) => severity === 'proof');
  const warning = findings.find(
    ({ severity, code }) => severity === 'warning' && isCause(code) && (!symptom || explains({ code }, symptom.code)),
  );
  const explainer =
    proof &&
    findings.find(
      (other) => other.severity === 'warning' && EXPLAINS[other.code as FindingCodeName]?.includes(proof.code as FindingCodeName),
    );
  return explainer ?? proof ?? warning ?? symptom ?? findings[0] ?? null;
}

/** A proven cause anywhere explains what others see; a warning only what it is known to bring. */
function explains(cause: { readonly code: string; readonly severity?: Finding['severity'] }, symptom: string): boolean {
  return cause.severity === 'proof' || (EXPLAINS[cause.code as FindingCodeName]?.includes(symptom as FindingCodeName) ?? false);
}

function isCause(code: string): boolean {
  return !SYMPTOMS.has(code as FindingCodeName);
}

function rankOf({ code }: Finding): number {
  return FINDING_CODES[code as FindingCodeName].rank;
}
