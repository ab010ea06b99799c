/** A profile whose rules contradict each other is refused when it is registered, with the field, its value and what to do. */

import { Environment } from '../cluster/environment.ts';
import { contradictionsOf } from '../decide/measured/policy.ts';
import { RingwardError } from '../errors/catalogue.ts';
import type { Health } from '../health/health-check.ts';
import { type Explained, explainProfile, type ProfileSource, profileOf, rootOf } from './effective.ts';
import { INDISPENSABLE } from './indispensable.ts';
import type { Profile } from './profile.ts';

interface Contradiction {
  readonly when: boolean;
  /** Of the profile in force; told as where it stands in cluster.yaml. */
  readonly field: string;
  readonly message: string;
  readonly fix: string;
}

/** Throws PROFILE_CONTRADICTORY about the first contradiction, and PROFILE_UNKNOWN. */
export function refuseContradictions(source: ProfileSource, health: Health): void {
  refuseReservedNames(source);
  refuseForeignRoot(source);
  const profile = profileOf(source);
  const found = [
    ...betweenNumbers(profile),
    ...ofStaging(profile, source.environment),
    ...ofDecisionPoint(profile),
    ...ofChecks(profile, rootOf(source)),
    ...ofHealth(profile, health),
  ].find(({ when }) => when);
  if (!found) return;
  const explained = explainProfile(source).find(({ field }) => field === found.field);
  throw new RingwardError('PROFILE_CONTRADICTORY', {
    message: found.message,
    field: explained?.at ?? found.field,
    value: shownValue(explained, found.field, health),
    fix: found.fix,
  });
}

const shownValue = (explained: Explained | undefined, field: string, health: Health): string =>
  field === 'health.checks' ? `${health.checks.length} checks` : String(explained?.value ?? 'as given');

function refuseReservedNames({ profiles = {} }: ProfileSource): void {
  const taken = Object.keys(profiles).find((name) => Environment.safeParse(name).success);
  if (taken !== undefined)
    throw new RingwardError('PROFILE_CONTRADICTORY', {
      message: 'A profile of your own has the name of a built-in one.',
      field: `profiles.${taken}`,
      value: taken,
      fix: 'Give it another name, and let it extend the built-in one.',
    });
}

/** What is called production is judged by production's rules, and a site for disasters by its own. */
function refuseForeignRoot(source: ProfileSource): void {
  const { environment, profile } = source;
  const root = rootOf(source);
  if (root === environment || profile === undefined || environment === 'development' || environment === 'staging') return;
  throw new RingwardError('PROFILE_CONTRADICTORY', {
    message: `The environment is ${environment}, and its profile stands on ${root}.`,
    field: 'profile.extends',
    value: String(profile.extends),
    fix: `Extend ${environment}, or a profile that does; or register the cluster as ${root}.`,
  });
}

function betweenNumbers({ limits, measured }: Profile): Contradiction[] {
  const { soakSeconds, performanceSeconds, verificationSeconds } = limits;
  return [
    {
      when: soakSeconds >= Math.min(performanceSeconds, verificationSeconds),
      field: 'limits.soakSeconds',
      message: 'The soak would never end before its deadline, so nothing could be kept.',
      fix: `Below performanceSeconds (${performanceSeconds}) and verificationSeconds (${verificationSeconds}).`,
    },
    {
      when: verificationSeconds > LONGEST_WATCH_SECONDS,
      field: 'limits.verificationSeconds',
      message: 'The watch would outlive its execution, which leaves an hour for it.',
      fix: `At most ${LONGEST_WATCH_SECONDS}.`,
    },
    ...contradictionsOf(measured).map(({ path, message, fix }) => ({ when: true, field: ['measured', ...path].join('.'), message, fix })),
    {
      when: measured.probes === 'required' && measured.warmUpS + measured.graceS + measured.soakS >= verificationSeconds,
      field: 'measured.soakS',
      message: 'The soak of measurements would never end before the deadline, so nothing could be kept.',
      fix: `With warmUpS and graceS below verificationSeconds (${verificationSeconds}).`,
    },
    {
      when: measured.healthFailingSeconds >= measured.horizonS,
      field: 'measured.healthFailingSeconds',
      message: 'Health checks could not fail for that long before the horizon ends.',
      fix: `Below horizonS (${measured.horizonS}).`,
    },
  ];
}

function ofStaging({ consistency }: Profile, environment: Environment): Contradiction[] {
  return [
    {
      when: consistency.requireStaging && !consistency.expectStaging,
      field: 'consistency.requireStaging',
      message: 'Staging is required, and nobody looks whether staging kept the artifact.',
      fix: 'Set expectStaging: true beside it, or requireStaging: false.',
    },
    {
      when: consistency.expectStaging && environment === 'staging',
      field: 'consistency.expectStaging',
      message: 'Staging would wait for itself.',
      fix: 'Set expectStaging: false in the profile of a staging cluster.',
    },
  ];
}

/** What an execution has for watching and asking: it may run for two hours, of which a rollback may take one. A test holds it against the state machine. */
const LONGEST_WATCH_SECONDS = 3600;

function ofDecisionPoint({ decisionPoint, rollBack, limits }: Profile): Contradiction[] {
  const asks = (['node', 'cluster'] as const).find((scope) => rollBack[scope] === 'hold');
  const most = LONGEST_WATCH_SECONDS - limits.verificationSeconds;
  return [
    {
      when: decisionPoint.default === 'roll-back' && asks !== undefined,
      field: 'decisionPoint.default',
      message: `A rollback that nobody answered about would happen by itself, and rollBack.${asks} has a person asked.`,
      fix: 'Set default: hold; or let rollBack.node and rollBack.cluster be automatic.',
    },
    {
      when: decisionPoint.seconds > Math.max(0, most),
      field: 'decisionPoint.seconds',
      message: 'A person would be waited for beyond the end of the execution.',
      fix: `At most ${Math.max(0, most)}: verificationSeconds (${limits.verificationSeconds}) and the wait together at most ${LONGEST_WATCH_SECONDS}.`,
    },
  ];
}

function ofChecks({ checks }: Profile, root: Environment): Contradiction[] {
  const indispensable = INDISPENSABLE[root];
  const ground = profileOf({ environment: root, profile: {}, limits: {} }).checks;
  const groups = ['node', 'load', 'health'] as const;
  const needed = groups.flatMap((group) => (group === 'load' ? [] : indispensable[group].map((name) => ({ group, name: name as string }))));
  const modeOf = (of: Profile['checks'], group: (typeof groups)[number], name: string): string | undefined =>
    (of[group] as Readonly<Record<string, string>>)[name];
  return [
    ...needed.map(({ group, name }) => ({
      when: modeOf(checks, group, name) !== 'required',
      field: `checks.${group}.${name}`,
      message: `Without the ${group === 'health' ? 'health check' : 'check'} ${name} nothing is verified in ${root}.`,
      fix: 'Set it to required, or leave it out.',
    })),
    ...groups.flatMap((group) =>
      Object.keys(checks[group]).map((name) => ({
        when: modeOf(checks, group, name) === 'off' && modeOf(ground, group, name) === 'required',
        field: `checks.${group}.${name}`,
        message: `The built-in profile ${root} requires the check ${name}, and it is switched off.`,
        fix: 'Set it to advisory: it is still told, and neither for nor against a verdict.',
      })),
    ),
  ];
}

/** A kind of health check that is required must be registered: silence is no evidence (I8). */
function ofHealth({ checks }: Profile, health: Health): Contradiction[] {
  return Object.entries(checks.health)
    .filter(([, mode]) => mode === 'required')
    .map(([kind]) => ({
      when: !health.checks.some((check) => check.kind === kind),
      field: 'health.checks',
      message: `The profile requires a health check of the kind ${kind}, and none is registered.`,
      fix: `Add one under health.checks: { kind: ${kind}, name: ${kind} }.`,
    }));
}
