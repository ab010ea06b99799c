/**
 * The trigger "health checks fail for more than five minutes" (user story): a plain timer over checks that passed before the deployment.
 *
 * A health check sees many things that no certificate causes, so its timer alone asks a person. The deployment goes back where evidence
 * of another kind agrees: what a look found against a node from another vantage point, or a second health check of another kind, one of the two of the ring
 * itself: an application that crashed fails by HTTP, by TCP and at its load balancer, and the ring is well.
 */
import { asksRing, isJudgedByNodes } from '../../health/health-check.ts';
import type { HealthResult, HealthStanding } from '../../health/judge-health.ts';
import { FINDING_CODES, type FindingCodeName } from '../../verify/codes.ts';
import type { Finding, NodeVerification, VantagePoint } from '../../verify/findings.ts';
import type { Verdict } from '../verdict.ts';

/** Of the profile; both in seconds. */
export interface HealthTimer {
  /** Exactly this long is not longer. */
  readonly failingSeconds: number;
  /** After the activation is due: what fails until then counts from its end. */
  readonly graceSeconds: number;
}

/** What of the evidence this is about. */
export interface HealthSeen {
  readonly health?: HealthStanding;
  /** Absent where no profile judges: then no timer runs. */
  readonly healthTimer?: HealthTimer;
  readonly verifications: readonly NodeVerification[];
  readonly deployedNodes: readonly string[];
}

export interface HealthVerdict {
  /** Whether evidence of another kind agrees. */
  readonly confirmed: boolean;
  /** Those that the agreeing evidence names, else all of the deployment. */
  readonly nodes: readonly string[];
  /** Strongest first: what fails for longest, then what agrees. */
  readonly findings: readonly Finding[];
  readonly kinds: readonly VantagePoint[];
  readonly reason: string;
}

/** A check that fails since the deployment and counts. */
interface Failing {
  readonly result: HealthResult;
  /** From when it counts, ms. */
  readonly from: number;
  /** From then to its newest run that failed, ms: between runs nothing is known. */
  readonly lasted: number;
}

/** When the timer of what fails now is over, ms; null where none runs, or too little of the score fails for it to matter. */
export function healthTimerEnds(seen: HealthSeen, dueAt: number): number | null {
  const failing = failingSince(seen, dueAt);
  const enough = failing.findIndex((_, i) => matters(seen, failing.slice(0, i + 1)));
  const last = failing[enough];
  return last && seen.healthTimer ? last.from + seen.healthTimer.failingSeconds * 1000 : null;
}

/** Null while no timer is over. */
export function failingHealth(seen: HealthSeen, dueAt: number): HealthVerdict | null {
  const timer = seen.healthTimer;
  if (timer === undefined) return null;
  const failing = failingSince(seen, dueAt);
  const long = failing.filter(({ lasted }) => lasted > timer.failingSeconds * 1000);
  if (!matters(seen, long)) return null;
  const [first] = long;
  if (!first) return null;
  // Whoever cannot see from where the check is made would agree with it whatever the cause.
  const agreeing = findingsSince(seen, dueAt).filter(({ seenBy }) => long.some(({ result: { kind } }) => seenBy !== vantagePointOf(kind)));
  // Once is chance: what agrees has failed again.
  const others = failing.filter(({ result: { kind }, lasted }) => {
    return kind !== first.result.kind && lasted > 0 && (asksRing(kind) || asksRing(first.result.kind));
  });
  const confirmed = agreeing.length > 0 || others.length > 0;
  const named = [...new Set(agreeing.filter(namesItsNode).map(({ node }) => node))];
  const nodes = named.length > 0 ? named : seen.deployedNodes;
  const shown = [...long, ...others.filter((one) => !long.includes(one))];
  const findings = [...shown.map((one) => asFinding(one, nodes)), ...agreeing];
  return {
    confirmed,
    nodes,
    findings,
    kinds: [...new Set(findings.map(({ seenBy }) => seenBy))],
    reason: reasonOf(long, timer, agreeing, others),
  };
}

/** A person is asked: the timer is over, and nothing of another kind agrees. */
export function heldForHealth({ reason, findings, kinds }: HealthVerdict): Omit<Verdict, 'decidedAt' | 'epoch'> {
  const nextStep = 'Look at what the health check asks; if it is this deployment after all: ringward rollback.';
  return { verdict: 'hold', nodes: [], reason, evidence: [...findings], vantagePoints: [...kinds], nextStep };
}

/** Of weight 0 is told, and neither for nor against anything, unless the profile requires it. Longest first. */
function failingSince({ health, healthTimer }: HealthSeen, dueAt: number): Failing[] {
  if (!health || !healthTimer) return [];
  const counted = health.results.filter(({ outcome, before, weight, required }) => {
    return outcome === 'failed' && before === 'passed' && (weight > 0 || required === true);
  });
  return counted
    .map((result): Failing => {
      const from = Math.max(result.since ?? Number.POSITIVE_INFINITY, dueAt + healthTimer.graceSeconds * 1000);
      return { result, from, lasted: (result.seenAt ?? Number.NEGATIVE_INFINITY) - from };
    })
    .toSorted((a, b) => a.from - b.from);
}

/** One of these is required; or they alone, with everything else well, leave less than the least score. */
function matters({ health }: HealthSeen, failing: readonly Failing[]): boolean {
  if (!health || failing.length === 0) return false;
  if (failing.some(({ result }) => result.required === true)) return true;
  const weigh = (results: readonly HealthResult[]): number => results.reduce((sum, { weight }) => sum + weight, 0);
  const all = weigh(health.results.filter(({ before }) => before !== 'failed'));
  return (all - weigh(failing.map(({ result }) => result))) / all < health.leastScore;
}

/** Above a notice, of a check that did not pass, looked for since the activation was due; nearest to the cause first. */
function findingsSince({ verifications }: HealthSeen, dueAt: number): Finding[] {
  return verifications
    .filter(({ lookedAt, at }) => (lookedAt ?? at) >= dueAt)
    .flatMap(({ checks }) => checks.filter(({ outcome, advisory }) => outcome !== 'passed' && advisory !== true))
    .flatMap(({ findings }) => findings.filter(({ code, severity }) => severity !== 'notice' && code in FINDING_CODES))
    .toSorted((a, b) => FINDING_CODES[a.code as FindingCodeName].rank - FINDING_CODES[b.code as FindingCodeName].rank);
}

/** Told by a node, or of a pair, about others: whose fault it is, they leave open. */
const OF_OTHERS: ReadonlySet<string> = new Set<FindingCodeName>(['RING_NODE_DOWN', 'NODE_REFUSES_PEER', 'SCHEMA_DISAGREES']);

const namesItsNode = ({ code }: Finding): boolean => !OF_OTHERS.has(code);

function asFinding({ result, from, lasted }: Failing, nodes: readonly string[]): Finding {
  return {
    code: 'HEALTH_FAILING',
    severity: 'warning',
    node: nodes.length === 1 ? (nodes[0] as string) : 'the deployment',
    where: `health check ${result.check}`,
    expected: 'passed, as before the deployment',
    observed: result.observed,
    seenBy: vantagePointOf(result.kind),
    how: `a health check of the kind ${result.kind}, failing since ${new Date(from).toISOString()}`,
    at: from + Math.max(0, lasted),
  };
}

const vantagePointOf = (kind: HealthResult['kind']): VantagePoint => (isJudgedByNodes(kind) ? 'node' : 'client');

function reasonOf(long: readonly Failing[], timer: HealthTimer, agreeing: readonly Finding[], others: readonly Failing[]): string {
  const shown = long.slice(0, 3).map(({ result }) => `${result.check} (${result.observed})`);
  const since = new Date(long[0]?.from ?? 0).toISOString();
  const said = `Health check${long.length > 1 ? 's' : ''} ${shown.join(', ')} fail${long.length > 1 ? '' : 's'} since ${since}, longer than ${timer.failingSeconds} s, and passed before the deployment`;
  const [finding] = agreeing;
  if (finding) return `${said}; ${finding.node} shows ${finding.code} (${finding.observed}, seen from ${finding.seenBy}).`;
  const [other] = others;
  if (other) return `${said}; ${other.result.check}, of another kind (${other.result.kind}), fails too: ${other.result.observed}.`;
  return `${said}; no evidence of another kind agrees, so it may have another cause.`;
}
