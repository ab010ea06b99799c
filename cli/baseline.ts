/** `ringward baseline`: what is usual of a cluster, learning it now, a person's value in its place, and what has moved. */
import { hostname, userInfo } from 'node:os';
import { InvalidArgumentError, Option } from 'commander';
import { baselineFor, isEvidence } from '../core/baseline/baseline-for.ts';
import { BaselineMetric, METRICS, WHOLE_CLUSTER, written } from '../core/baseline/metric.ts';
import { inForce, overrideSentence, readOverride } from '../core/baseline/override.ts';
import type { Registration } from '../core/cluster/registration.ts';
import { RingwardError } from '../core/errors/catalogue.ts';
import type { HumanStart } from '../core/events/deployment-events.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { AddVerb } from './verb.ts';

const DAY_MS = 86_400_000;
/** A drift that was noticed longer ago than this needs no attention. */
const RECENT_MS = 14 * DAY_MS;

interface OfCluster {
  readonly cluster: string;
}
interface ShowOptions extends OfCluster {
  readonly node?: string;
  readonly metric?: BaselineMetric;
  readonly at?: number;
}
interface OverrideOptions extends OfCluster {
  readonly node?: string;
  readonly metric: BaselineMetric;
  readonly value: string;
  readonly reason: string;
  readonly approver: string;
  readonly expires: string;
}

const example = (...lines: readonly string[]): string => `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
const metricOption = (): Option => new Option('--metric <metric>', 'one of the seven').choices(BaselineMetric.options);

export const addBaseline: AddVerb = (program, run) => {
  const baseline = program
    .command('baseline')
    .description('what is usual of a cluster: show it, learn it, set it by hand, see what has moved');
  baseline
    .command('show')
    .description('what is expected of each node and metric, and where that comes from')
    .requiredOption('--cluster <name>', 'registered cluster')
    .option('--node <id>', 'instance id or address; * for the whole cluster')
    .addOption(metricOption())
    .option('--at <time>', 'at this moment (ISO 8601) instead of now', parseTime)
    .addHelpText(
      'after',
      `${example('ringward baseline show --cluster payments', 'ringward baseline show --cluster payments --metric throughput --at 2026-12-01T09:00:00Z --json')}\n\nExit codes: 0 known and fresh · 2 something is stale, overridden or not learnt yet · 1 error.`,
    )
    .action((options: ShowOptions, command) => run(command, show, options));
  baseline
    .command('learn')
    .description('learn now from what the watches saw; --look asks the nodes once more before')
    .requiredOption('--cluster <name>', 'registered cluster')
    .option('--look', 'ask nodes and client now (about a second of a processor on each node)', false)
    .addHelpText(
      'after',
      `${example('ringward baseline learn --cluster payments', 'ringward baseline learn --cluster payments --look --json')}\n\nExit codes: 0 learnt, or nothing new · 2 a level has moved, or something is stale or unreadable · 1 error.`,
    )
    .action((options: OfCluster & { look: boolean }, command) => run(command, learnNow, options));
  baseline
    .command('override')
    .description('a value of your own in place of the learnt one, until it expires by itself; a newer one takes its place')
    .requiredOption('--cluster <name>', 'registered cluster')
    .addOption(metricOption().makeOptionMandatory())
    .requiredOption('--value <value>', 'in the metric’s unit: ms, requests a second, bytes a second; shares as 0.12 or 12%')
    .requiredOption('--reason <text>', 'why; it is shown wherever the value is used')
    .requiredOption('--approver <name>', 'who approved it')
    .requiredOption('--expires <time>', 'after this long (90m, 12h, 7d) or at a time (ISO 8601); at most 30 days')
    .option('--node <id>', 'instance id or address; left out, every node')
    .addHelpText(
      'after',
      `${example('ringward baseline override --cluster payments --metric throughput --value 900 --reason "sale until Friday" --approver "M. Berg" --expires 3d', 'ringward baseline override --cluster payments --metric cpu --value 40% --node 10.0.1.7 --reason "reindexing" --approver "M. Berg" --expires 12h')}\n\nExit codes: 0 set · 1 error.`,
    )
    .action((options: OverrideOptions, command) => run(command, override, options));
  baseline
    .command('drift')
    .description('levels that have moved in the last eight weeks, and overrides in force')
    .requiredOption('--cluster <name>', 'registered cluster')
    .addHelpText(
      'after',
      `${example('ringward baseline drift --cluster payments --json')}\n\nExit codes: 0 nothing has moved in the last 14 days · 2 something has · 1 error.`,
    )
    .action((options: OfCluster, command) => run(command, drift, options));
};

async function show(context: Context, options: ShowOptions): Promise<ExitCode> {
  const installation = await context.installation();
  const registration = await installation.registration(options.cluster);
  const stored = await installation.baselines(registration);
  const at = options.at ?? context.terminal.now();
  const every = [...registration.nodes.map(({ node }) => node), WHOLE_CLUSTER];
  const nodes = options.node === undefined ? every : [nodeNamed(registration, options.node)];
  const metrics = options.metric === undefined ? BaselineMetric.options : [options.metric];
  const expected = nodes.flatMap((node) =>
    metrics.map((metric) => ({
      node,
      metric,
      unit: METRICS[metric].unit,
      ...baselineFor({ ...stored, node, metric, at, window: null, peers: [] }),
    })),
  );
  const overrides = inForce(stored.overrides, at);
  const unreadable = stored.unreadable.map(({ why }) => why);
  await context.print({
    value: { cluster: options.cluster, environment: registration.environment, at, expected, overrides, unreadable },
    columns: ['node', 'metric', 'expected', '5 to 95 %', 'source', 'why'],
    rows: expected.map((one) => [
      one.node,
      one.metric,
      one.value === null ? '-' : written(one.metric, one.value),
      one.quantiles === null ? '' : `${written(one.metric, one.quantiles.p05)} to ${written(one.metric, one.quantiles.p95)}`,
      context.tone(one.stale ? 'stale' : one.source, isEvidence(one) ? 'good' : 'attention'),
      one.words,
    ]),
    summary: [...overrides.map(overrideSentence), ...unreadable].join('\n'),
  });
  return expected.every(isEvidence) && overrides.length === 0 && unreadable.length === 0 ? EXIT.good : EXIT.attention;
}

interface LearntNow {
  readonly learnt: readonly string[];
  readonly samples: number;
  readonly drifts: readonly { node: string; metric: BaselineMetric; since: number; factor: number }[];
  readonly stale: readonly { node: string; metric: string; newest: number }[];
  readonly unreadable: readonly string[];
  readonly overrides: readonly string[];
}

async function learnNow(context: Context, { cluster, look }: OfCluster & { readonly look: boolean }): Promise<ExitCode> {
  const installation = await context.installation();
  await installation.registration(cluster);
  const start: HumanStart = { cluster, deployment: 'latest', scope: 'cluster', mode: 'automated', ...(look ? { look } : {}) };
  if (look) context.say('asking every node and the client …');
  const { status, output, error, cause } = await installation.answer('learn-baseline', start);
  if (status !== 'SUCCEEDED') {
    const reason = [error, cause].filter(Boolean).join(': ') || `the execution ended ${status}`;
    await context.print({ value: { outcome: 'failed', reason }, columns: ['outcome', 'reason'], rows: [['failed', reason]] });
    return EXIT.error;
  }
  const learnt = output as LearntNow;
  const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
  await context.print({
    value: output,
    columns: ['what', 'node', 'metric', 'detail'],
    rows: [
      ...learnt.drifts.map((one) => [
        context.tone('drift', 'attention'),
        one.node,
        one.metric,
        `× ${one.factor.toFixed(2)} since ${day(one.since)}`,
      ]),
      ...learnt.stale.map((one) => [context.tone('stale', 'attention'), one.node, one.metric, `newest value of ${day(one.newest)}`]),
      ...learnt.unreadable.map((why) => [context.tone('unreadable', 'bad'), '', '', why]),
      ...learnt.overrides.map((words) => ['override', '', '', words]),
    ],
    summary: `${learnt.samples} new samples; a new version of ${learnt.learnt.length} baselines.`,
  });
  return learnt.drifts.length + learnt.stale.length + learnt.unreadable.length > 0 ? EXIT.attention : EXIT.good;
}

async function override(context: Context, options: OverrideOptions): Promise<ExitCode> {
  const { cluster, metric, reason, approver } = options;
  const now = context.terminal.now();
  const expiresAt = parseExpiry(options.expires, now);
  const value = parseValue(metric, options.value);
  const installation = await context.installation();
  const registration = await installation.registration(cluster);
  const set = readOverride({
    environment: registration.environment,
    cluster,
    node: options.node === undefined ? WHOLE_CLUSTER : nodeNamed(registration, options.node),
    metric,
    value,
    reason,
    approver,
    requestedBy: `${userInfo().username}@${hostname()}`,
    from: now,
    expiresAt,
  });
  await installation.override(set);
  await context.print({
    value: set,
    columns: ['metric', 'node', 'value', 'until', 'approver', 'reason'],
    rows: [[metric, set.node, written(metric, value), new Date(expiresAt).toISOString(), approver, reason]],
    summary: 'It is shown wherever it is used, and ends by itself. To end it sooner, set another that expires soon.',
  });
  return EXIT.good;
}

async function drift(context: Context, { cluster }: OfCluster): Promise<ExitCode> {
  const installation = await context.installation();
  const registration = await installation.registration(cluster);
  const stored = await installation.baselines(registration);
  const now = context.terminal.now();
  const drifts = stored.versions
    .flatMap(({ node, drifts: ofNode }) => ofNode.map((one) => ({ node, ...one })))
    .toSorted((a, b) => b.at - a.at);
  const overrides = inForce(stored.overrides, now);
  const iso = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ');
  await context.print({
    value: { cluster, environment: registration.environment, drifts, overrides },
    columns: ['noticed', 'since', 'node', 'metric', 'moved by'],
    rows: drifts.map((one) => [iso(one.at), iso(one.since), one.node, one.metric, `× ${one.factor.toFixed(2)}`]),
    summary: [drifts.length === 0 ? 'No level has moved.' : '', ...overrides.map(overrideSentence)].filter(Boolean).join('\n'),
  });
  return drifts.some(({ at }) => now - at < RECENT_MS) ? EXIT.attention : EXIT.good;
}

/** Throws NODE_UNKNOWN. */
function nodeNamed({ nodes }: Registration, named: string): string {
  if (named === WHOLE_CLUSTER) return named;
  const found = nodes.find(({ node, address }) => node === named || address === named);
  if (!found) throw new RingwardError('NODE_UNKNOWN', { field: 'node', value: named });
  return found.node;
}

function parseTime(text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new InvalidArgumentError('a time such as 2026-12-01T09:00:00Z.');
  return at;
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: DAY_MS };

function parseExpiry(text: string, now: number): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)([mhd])$/.exec(text) ?? [];
  const at = amount === undefined ? Date.parse(text) : now + Number(amount) * (UNIT_MS[unit] as number);
  if (Number.isNaN(at)) throw argument('expires', text, 'A time such as 2026-12-01T09:00:00Z, or a duration such as 90m, 12h or 7d.');
  return Math.round(at);
}

function parseValue(metric: BaselineMetric, text: string): number {
  const [, number, percent] = /^(\d+(?:\.\d+)?)(%)?$/.exec(text.trim()) ?? [];
  const isShare = METRICS[metric].unit === 'share';
  const value = Number(number) / (percent ? 100 : 1);
  if (number === undefined || (percent && !isShare))
    throw argument('value', text, `A number in ${METRICS[metric].unit}${isShare ? ', such as 0.12 or 12%' : ''}.`);
  if (isShare && value > 1) throw argument('value', text, 'A share is at most 1, or 100%.');
  return value;
}

const argument = (field: string, value: string, fix: string): RingwardError => new RingwardError('ARGUMENT_INVALID', { field, value, fix });
