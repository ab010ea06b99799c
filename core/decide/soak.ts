/** How long everything must stay well before "keep": longer for what is not yet trusted, and never so long that it could not end. */
import { isTold } from '../anomaly/unusual.ts';
import type { StagingStanding } from '../profile/consistency.ts';
import type { Profile } from '../profile/profile.ts';
import { activationDueAt } from '../verify/snapshot.ts';
import { measuredEpisodes } from './against-measured.ts';
import type { DeploymentEvidence } from './deployment-evidence.ts';
import type { Course } from './episodes.ts';
import { goodStreak, summariseWindow } from './this-window.ts';

interface SoakRules {
  readonly profile: Profile;
  readonly staging: StagingStanding | null;
}

/** Share of the shortest deadline that a lengthened soak may take, so that it can still end. */
const MOST_OF_DEADLINE = 0.9;

/** Seconds of soak of an undisturbed watch; longer for what staging never kept. */
export function soakOf({ profile, staging }: SoakRules): number {
  const { soakSeconds } = profile.limits;
  if (staging === null || staging.kept) return soakSeconds;
  return Math.max(soakSeconds, Math.min(soakSeconds * profile.consistency.unseenSoakFactor, mostOf(profile)));
}

const mostOf = ({ limits }: Profile): number => MOST_OF_DEADLINE * Math.min(limits.performanceSeconds, limits.verificationSeconds);

/** The same, longer after each episode, and where something is unusual; a soak that would end in time is never made one that would not. */
export function soakAfter(rules: SoakRules, course: Course, evidence: DeploymentEvidence): number {
  const { episodeSoakFactor, unusualSoakFactor } = rules.profile.stability;
  const plain = soakOf(rules);
  const longer = plain * episodeSoakFactor ** episodesOf(course, evidence) * (course.unusual.some(isTold) ? unusualSoakFactor : 1);
  return Math.max(plain, Math.floor(Math.min(longer, mostOf(rules.profile), secondsLeft(rules.profile, evidence))));
}

/** As many as were seen by checks, or by probes: both see the same ones. */
const episodesOf = (course: Course, evidence: DeploymentEvidence): number => Math.max(course.whole.episodes, measuredEpisodes(evidence));

/** From the first good window of this streak to the nearest deadline, less one pause between windows. */
function secondsLeft({ limits }: Profile, evidence: DeploymentEvidence): number {
  const streak = goodStreak(evidence);
  if (streak === null) return Number.POSITIVE_INFINITY;
  const dueAt = activationDueAt(evidence.activation, evidence.completedAt, limits.activationGraceSeconds);
  const windows = [...evidence.earlier, summariseWindow(evidence)];
  const firstGood = windows.find(({ at, outcome }) => outcome === 'good' && at >= dueAt)?.at ?? streak;
  const deadline = Math.min(evidence.completedAt + limits.verificationSeconds * 1000, firstGood + limits.performanceSeconds * 1000);
  return (deadline - streak) / 1000 - limits.windowSeconds;
}

/** Why the soak is longer than the profile's, one sentence each; empty where it is not. */
export function whyLonger(rules: SoakRules, course: Course, evidence: DeploymentEvidence): string[] {
  const { soakSeconds } = evidence.limits;
  if (soakSeconds <= soakOf(rules)) return [];
  const episodes = episodesOf(course, evidence);
  const reasons = [
    ...(episodes > 0 ? [`after ${episodes === 1 ? 'one episode' : `${episodes} episodes`}`] : []),
    ...(course.unusual.some(isTold) ? ['as something is unusual'] : []),
  ];
  return [`The soak is of ${soakSeconds} s instead of ${soakOf(rules)} s, ${reasons.join(' and ')}.`];
}
