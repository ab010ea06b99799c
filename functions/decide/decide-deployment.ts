/** Judges all evidence of one window together and decides: keep, roll back, hold, or watch on. */
import { settleAtPoint } from '../../adapters/decision-point/settle-at-point.ts';
import { loadBackups } from '../../adapters/dynamodb/backups.ts';
import { loadBaselines, type StoredBaselines } from '../../adapters/dynamodb/baselines.ts';
import { loadRegistration } from '../../adapters/dynamodb/clusters.ts';
import { conclude, loadVerdict, loadVotes } from '../../adapters/dynamodb/decisions.ts';
import { announcedNodes, loadRecord } from '../../adapters/dynamodb/deployments.ts';
import { loadKept, saveKept } from '../../adapters/dynamodb/kept-artifacts.ts';
import { recordTimeline } from '../../adapters/dynamodb/timeline.ts';
import { announce } from '../../adapters/eventbridge/announce.ts';
import { tellBreakers } from '../../adapters/eventbridge/tell-breakers.ts';
import { readEvidence, writeEvidence } from '../../adapters/s3/evidence.ts';
import { keepSoakHealth, loadHealth, loadHealthBefore } from '../../adapters/s3/health.ts';
import { loadLook } from '../../adapters/s3/looks.ts';
import { measuredView } from '../../adapters/s3/measured-view.ts';
import { unusualIn } from '../../core/anomaly/unusual-loads.ts';
import { standingsOf } from '../../core/backup/standing.ts';
import { notAsked } from '../../core/breaker/breaker.ts';
import type { Environment } from '../../core/cluster/environment.ts';
import { courseOf } from '../../core/decide/course.ts';
import { decideUnderProfile, underProfile } from '../../core/decide/decide-under-profile.ts';
import { summariseWindow } from '../../core/decide/this-window.ts';
import type { Depth, Verdict } from '../../core/decide/verdict.ts';
import { tallyOfLook } from '../../core/decide/votes-of-look.ts';
import { type WindowSummary, withCourse } from '../../core/decide/window-summary.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import { type HealthPlace, placesToAsk } from '../../core/health/health-check.ts';
import { judgeHealth } from '../../core/health/judge-health.ts';
import { LoadHistory, loadChecks, newestCounters, SoakLoad, withLoads } from '../../core/load/gather-load.ts';
import { loadLimitsOf } from '../../core/load/judge-load.ts';
import {
  healthStandingKey,
  type Look,
  loadHistoryKey,
  soakLoadKey,
  tallyKey,
  verificationsKey,
  wellStateKey,
} from '../../core/observe/evidence-keys.ts';
import { withLoadChecks } from '../../core/profile/binding-checks.ts';
import { type DeployedShape, keptArtifacts, shapesOf, stagingStanding } from '../../core/profile/consistency.ts';
import { nameOfProfile, profileOf } from '../../core/profile/effective.ts';
import { healthOf, requiredKinds } from '../../core/profile/health-in-force.ts';
import { attestationBy } from '../../core/quorum/attested.ts';
import type { Vote } from '../../core/quorum/vote.ts';
import type { VantagePoint } from '../../core/verify/findings.ts';
import { policyOf } from '../../core/verify/policy.ts';
import { activationOfWatch, gatherSnapshot, lookedAt } from '../../core/verify/snapshot.ts';
import { verifyNode } from '../../core/verify/verify-node.ts';
import { wellState } from '../../core/watch/drift.ts';

interface Input extends Look {
  readonly cluster: string;
  readonly deployment: string;
  readonly epoch: number;
  readonly since: number;
  readonly earlier: readonly WindowSummary[];
  readonly depth: Depth;
  /** Places of health checks that were to be asked before this window; absent in the first. */
  readonly toCheck?: readonly HealthPlace[];
  /** When the nodes were asked last, ms; absent in the first window. */
  readonly observedAt?: number;
  /** Until when a person is asked, ms; absent where nobody was. */
  readonly askedUntil?: number;
}

export async function handler(input: Input): Promise<Record<string, unknown>> {
  const [registration, record, backups] = await Promise.all([loadRegistration(input.cluster), loadRecord(input), loadBackups(input)]);
  if (!record) throw new RingwardError('DEPLOYMENT_UNKNOWN', { field: 'deployment', value: input.deployment });
  const rounds = [input.window, input.observedIn ?? input.window, input.triedIn ?? input.window];
  const [standing, votes, broken] = await Promise.all([
    loadVerdict(input),
    loadVotes(input, rounds),
    tellBreakers(input.cluster, { deployment: input.deployment, epoch: input.epoch }),
  ]);
  // A repeated call does not judge again: the verdict of an epoch stands once it is written.
  if (standing) return tell(input, standing);
  const { accept, attested } = attestationBy(votes);
  const [{ observations, client }, announced, history, soakSoFar, baselines] = await Promise.all([
    loadLook(input, registration, accept),
    announcedNodes(record.detail),
    readEvidence(loadHistoryKey(input.cluster)),
    input.window === 0 ? undefined : readEvidence(soakLoadKey(input)),
    baselinesOrNone({ environment: registration.environment, cluster: input.cluster }),
  ]);
  const profile = profileOf(registration);
  const { environment } = registration;
  const shapes = shapesOf(record.detail.change, announced, observations);
  // Read anew in each window: what staging keeps meanwhile counts. A memory that cannot be read keeps nobody from going back (I9).
  const staging = profile.consistency.expectStaging ? stagingStanding(shapes, await loadKept('staging').catch(() => null)) : null;
  const now = Date.now();
  const fresh = input.depth !== 'client';
  const { activation, dueAt } = activationOfWatch(record, input.since, registration.limits.activationGraceSeconds);
  const observedAt = fresh ? Math.min(now, lookedAt(observations, null)) : (input.observedAt ?? 0);
  const loadsBefore = LoadHistory.parse(history ?? {});
  const soakBefore = SoakLoad.parse(soakSoFar ?? {});
  const verifications = registration.nodes.map(({ node }) =>
    verifyNode(
      gatherSnapshot({
        purpose: 'deployed',
        nodeId: node,
        registration,
        observations,
        client,
        earlierLoads: [...(loadsBefore[node] ?? []), ...(soakBefore[node]?.samples ?? [])],
        deployed: announced.find((deployed) => deployed.node === node) ?? null,
        before: backups.find((backup) => backup.node === node) ?? null,
        activation,
        completedAt: input.since,
      }),
      policyOf(registration.limits, profile.checks.node),
      now,
    ),
  );
  const counters = newestCounters(loadsBefore, soakBefore);
  const samples = await loadHealth(input, { registration, observations, counters, fresh, asked: input.toCheck ?? [] }, now);
  const [healthBefore, healthDuring] = await Promise.all([
    loadHealthBefore(input.cluster, record.startingAt ?? record.completedAt ?? input.since),
    keepSoakHealth(input, samples),
  ]);
  const health = judgeHealth(healthOf(registration), healthBefore, healthDuring, requiredKinds(profile));
  const measured = await measuredView(input, { measured: profile.measured, dueAt, observations, now });
  const soak = withLoads(soakBefore, observations, client, fresh);
  const limits = loadLimitsOf(registration.limits);
  const judged = verifications.map((one) =>
    withLoadChecks(one, loadChecks(one.node, loadsBefore, soak, limits, now, baselines), profile.checks.load),
  );
  await Promise.all([
    writeEvidence(verificationsKey(input), judged),
    writeEvidence(soakLoadKey(input), soak),
    writeEvidence(healthStandingKey(input), health),
  ]);
  const rules = {
    cluster: input.cluster,
    name: nameOfProfile(registration),
    profile,
    staging,
  };
  const seen = {
    deployedNodes: announced.map(({ node }) => node),
    change: record.detail.change,
    activation,
    completedAt: input.since,
    window: input.window,
    depth: input.depth,
    observedAt,
    verifications: judged,
    notAsked: broken.map(notAsked),
    votes: votesOfLook(attested(), input),
    health,
    startedByAlarm: record.executions.some(({ kind, epoch }) => kind === 'alarm' && epoch === input.epoch),
    ...(measured === null ? {} : { measured }),
    unusual: unusualIn({ health, soak }, baselines, now),
    earlier: input.earlier,
    backups: standingsOf(
      announced.map(({ node }) => node),
      backups,
    ),
    limits: registration.limits,
    epoch: input.epoch,
    now,
  };
  const of = { cluster: input.cluster, deployment: input.deployment, epoch: input.epoch };
  const evidence = underProfile(seen, rules);
  const looked = decideUnderProfile(seen, rules);
  const { decision, askedUntil } = await settleAtPoint(of, looked, { evidence, rules, askedUntil: input.askedUntil });
  const counted = tallyOfLook(evidence);
  await Promise.all([writeEvidence(tallyKey(input), { votes: evidence.votes, ...counted }), tellMissing(input, counted.missing)]);
  if (decision.decision === 'watch') {
    await recordTimeline(of, { area: 'decide', what: `watching: ${decision.why}`, epoch: input.epoch });
    return {
      decision: 'watch',
      why: decision.why,
      lookAgainAt: new Date(decision.lookAgainAt).toISOString(),
      window: input.window + 1,
      depth: decision.depth,
      observedAt,
      accused: [],
      // What a port serves before the activation is due says nothing of the deployment.
      probe: measured !== null && decision.lookAgainAt > dueAt,
      observedIn: decision.depth === 'client' ? (input.observedIn ?? input.window) : input.window + 1,
      triedIn: decision.depth === 'full' ? input.window + 1 : (input.triedIn ?? input.window),
      // What the client alone saw is looked at by everybody at once: no slow endpoint comes before that.
      toCheck: decision.lookAgainAt > now ? placesToAsk(healthOf(registration)) : [],
      earlier: withCourse(input.earlier, summariseWindow(evidence), courseOf(evidence)),
      ...(askedUntil === undefined ? {} : { askedUntil }),
    };
  }
  const { verdict } = decision;
  const { verdict: written } = await conclude(of, verdict);
  // What a person keeps in spite of open evidence is no proof: not to other environments, and not to later watches.
  if (written.verdict === 'keep' && !written.asked?.answer) {
    // What is kept is what later watches hold the cluster against, or each renewal would be told as drift from then on.
    await writeEvidence(wellStateKey(input.cluster), wellState(observations, now)).catch((error: unknown) =>
      console.error(JSON.stringify({ message: 'the well state was not written', ...of, error: String(error) })),
    );
    const where = { environment, cluster: input.cluster, deployment: input.deployment, at: now };
    await remember(where, shapes).catch((error: unknown) => note(of, `what was kept could not be remembered: ${String(error)}`));
  }
  return tell(input, written);
}

/** Votes of the round that each kind looked in. */
function votesOfLook(votes: readonly Vote[], { window, observedIn }: Input): Vote[] {
  return votes.filter(({ kind, round }) => round === (kind === 'client' ? window : (observedIn ?? window)));
}

async function tell(input: Input, verdict: Verdict): Promise<Record<string, unknown>> {
  const of = { cluster: input.cluster, deployment: input.deployment, epoch: input.epoch };
  const { reason, nextStep, decidedAt } = verdict;
  await note(of, `verdict ${verdict.verdict}: ${reason}`, decidedAt);
  await announce('Ringward Verdict Decided', { ...of, verdict: verdict.verdict, reason, nextStep });
  return { decision: 'decided', verdict: verdict.verdict, reason, nextStep, toRollBack: verdict.nodes };
}

/** Into the timeline. The verdict is written: whatever tells of it must not keep it from being carried out. */
async function note(
  of: { readonly cluster: string; readonly deployment: string; readonly epoch: number },
  what: string,
  at?: number,
): Promise<void> {
  await recordTimeline(of, { area: 'decide', what, epoch: of.epoch, ...(at === undefined ? {} : { at }) }).catch((error: unknown) =>
    console.error(JSON.stringify({ message: 'not in the timeline', what, ...of, error: String(error) })),
  );
}

/** Told once, when a kind of vantage point falls silent, and not in each window. */
async function tellMissing(input: Input, missing: readonly VantagePoint[]): Promise<void> {
  const before = input.earlier.at(-1)?.missing ?? [];
  const fresh = missing.filter((kind) => !before.includes(kind));
  if (fresh.length === 0) return;
  const of = { cluster: input.cluster, deployment: input.deployment, epoch: input.epoch };
  const what = `nobody votes from: ${fresh.join(', ')}; ${missing.length > 1 ? 'two kinds are needed, so nothing is rolled back' : 'the other two kinds decide'}`;
  await recordTimeline(of, { area: 'decide', what, epoch: input.epoch });
  await announce('Ringward Vantage Point Missing', { ...of, window: input.window, missing });
}

/** The environments after this one ask for it. */
async function remember(where: Parameters<typeof keptArtifacts>[0], shapes: readonly DeployedShape[]): Promise<void> {
  await saveKept(keptArtifacts(where, shapes, await loadKept(where.environment)));
}

/** They advise: without them the window of before serves, and the verdict waits for nothing (I9). */
async function baselinesOrNone(of: {
  readonly environment: Environment;
  readonly cluster: string;
}): Promise<Pick<StoredBaselines<Environment>, 'environment' | 'cluster' | 'versions' | 'overrides'>> {
  try {
    return await loadBaselines(of);
  } catch (error) {
    console.error(JSON.stringify({ message: 'baselines were not read', ...of, error: String(error) }));
    return { ...of, versions: [], overrides: [] };
  }
}
