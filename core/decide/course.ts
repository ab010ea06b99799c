/**
 * The course of a watch: which nodes were bad and well again, how often and when, and what was out of the ordinary.
 *
 * An episode is a stretch in which something speaks against a node that was well before, and after which it is well again. A window that
 * knows nothing of a node neither begins an episode nor ends one (I8). The course is carried on from window to window, so that the
 * list of windows may be shortened.
 */

import { noticed } from '../anomaly/unusual.ts';
import { isProven, voiceOf, wordOf } from '../quorum/agreement.ts';
import { FINDING_CODES, type FindingCodeName } from '../verify/codes.ts';
import type { Finding, NodeVerification } from '../verify/findings.ts';
import { activationDueAt } from '../verify/snapshot.ts';
import { openAccusation } from './against-measured.ts';
import type { DeploymentEvidence } from './deployment-evidence.ts';
import type { Course, Flapping, Stretch } from './episodes.ts';
import { summariseWindow } from './this-window.ts';
import { tallyOfLook } from './votes-of-look.ts';

/** A state of an execution holds 256 KiB: of so many nodes the course is told, the worst first, and so many episodes of each. */
const MOST_NODES = 20;
const MOST_EPISODES = 10;
const LONGEST_TEXT = 200;

/** The course up to this window, with it. Evidence from before the activation was due says nothing. */
export function courseOf(evidence: DeploymentEvidence): Course {
  const before = evidence.earlier.at(-1)?.course ?? begun(evidence);
  const dueAt = activationDueAt(evidence.activation, evidence.completedAt, evidence.limits.activationGraceSeconds);
  if (evidence.now < dueAt) return before;
  const looked = evidence.verifications.filter(({ lookedAt, at }) => (lookedAt ?? at) >= dueAt);
  const ill = new Set(looked.filter(isIll).map(({ node }) => node));
  const well = new Set(looked.filter(isWell).map(({ node }) => node));
  const ended = before.ill.filter(({ node }) => well.has(node));
  return {
    notYetWell: before.notYetWell.filter((node) => !well.has(node)),
    ill: stretches(before, ill, well, evidence).toSorted(worseFirst).slice(0, MOST_NODES),
    flapping: withEpisodes(before.flapping, ended, evidence.now),
    whole: wholeAfter(
      before.whole,
      ill.size > 0 || isHealthFailing(evidence) || openAccusation(evidence).length > 0,
      summariseWindow(evidence).outcome === 'good',
    ),
    unusual: noticed(before.unusual, evidence.unusual ?? [], evidence.now),
  };
}

const begun = ({ verifications, deployedNodes }: DeploymentEvidence): Course => ({
  notYetWell: [...new Set([...deployedNodes, ...verifications.map(({ node }) => node)])],
  ill: [],
  flapping: [],
  whole: { state: 'not-yet-well', episodes: 0 },
  unusual: [],
});

/** Something was seen against it; a check without evidence says nothing. */
function isIll({ checks }: NodeVerification): boolean {
  return checks.some(
    ({ outcome, findings }) => outcome === 'failed' || (outcome === 'unknown' && findings.some(({ severity }) => severity !== 'notice')),
  );
}

const isWell = ({ outcome, checks }: NodeVerification): boolean =>
  outcome === 'passed' && checks.length > 0 && checks.every((check) => check.outcome === 'passed');

const isHealthFailing = ({ window, health }: DeploymentEvidence): boolean =>
  window > 0 && health?.well === false && health.results.some(({ outcome, before }) => outcome === 'failed' && before !== 'failed');

function stretches(before: Course, ill: ReadonlySet<string>, well: ReadonlySet<string>, evidence: DeploymentEvidence): Stretch[] {
  const against = ill.size > 0 ? saidAgainst(evidence) : new Map<string, readonly Finding[]>();
  const going = before.ill.filter(({ node }) => !well.has(node)).map((stretch) => withFindings(stretch, against.get(stretch.node) ?? []));
  const fresh = [...ill]
    .filter((node) => !before.ill.some((one) => one.node === node))
    .map((node) =>
      withFindings(
        { node, since: evidence.now, relapse: !before.notYetWell.includes(node), findings: [], proven: false },
        against.get(node) ?? [],
      ),
    );
  return [...going, ...fresh];
}

/** What counts against each node in this look, by voters of this epoch. */
export function saidAgainst(evidence: DeploymentEvidence): ReadonlyMap<string, readonly Finding[]> {
  return new Map(tallyOfLook(evidence).nodes.map(({ node, counted }) => [node, byCause(counted)]));
}

function withFindings(stretch: Stretch, added: readonly Finding[]): Stretch {
  const all = [...stretch.findings, ...added];
  const proven = stretch.proven || isProven(all.flatMap((finding) => wordOf(finding) ?? []));
  // Those that prove it come from two hosts: one host's second kind must not take the place of another's.
  const kinds = [...new Set(all.map(({ seenBy }) => seenBy))];
  const kept = kinds.flatMap((kind) => {
    const ofKind = all.filter(({ seenBy }) => seenBy === kind);
    return (ofKind.find((finding) => voiceOf(finding) !== stretch.node) ?? ofKind[0]) as Finding;
  });
  return { ...stretch, proven, findings: kept.map(shortened) };
}

const byCause = (findings: readonly Finding[]): Finding[] =>
  findings.toSorted((a, b) => FINDING_CODES[a.code as FindingCodeName].rank - FINDING_CODES[b.code as FindingCodeName].rank);

function shortened(finding: Finding): Finding {
  const short = (text: string): string => (text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT - 1)}…` : text);
  return { ...finding, expected: short(finding.expected), observed: short(finding.observed), how: short(finding.how) };
}

function withEpisodes(flapping: readonly Flapping[], ended: readonly Stretch[], now: number): Flapping[] {
  const all = new Map(flapping.map((one) => [one.node, one]));
  for (const { node, since, relapse, findings, proven } of ended) {
    if (!relapse) continue;
    const known = all.get(node) ?? { node, times: 0, episodes: [], findings: [], proven: false };
    all.set(node, {
      node,
      times: known.times + 1,
      episodes: [...known.episodes, { from: since, to: now, proven }].slice(-MOST_EPISODES),
      findings: known.proven || findings.length === 0 ? known.findings : findings,
      proven: known.proven || proven,
    });
  }
  return [...all.values()].toSorted((a, b) => Number(b.proven) - Number(a.proven) || b.times - a.times).slice(0, MOST_NODES);
}

const worseFirst = (a: Stretch, b: Stretch): number => Number(b.proven) - Number(a.proven) || a.since - b.since;

function wholeAfter(before: Course['whole'], ill: boolean, well: boolean): Course['whole'] {
  if (ill) return before.state === 'well' ? { ...before, state: 'ill' } : before;
  if (!well) return before;
  return before.state === 'ill' ? { state: 'well', episodes: before.episodes + 1 } : { ...before, state: 'well' };
}
