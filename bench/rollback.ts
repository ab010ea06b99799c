/**
 * `npm run bench -- rollback`: the product's way back beside the script that people write, interleaved in one run
 * on one ring; then whole deployments of a bad certificate under client load.
 */
import { join } from 'node:path';
import { type Journey, runJourney } from '../stand/demo/journey.ts';
import type { Progress } from '../stand/progress.ts';
import type { RingNode } from '../stand/ring/topology.ts';
import { type Figure, figure, type Spread, spreadOf, table } from './figures.ts';
import { priceOf } from './list-price.ts';
import { type BenchRing, onRing } from './ring.ts';
import { NodeUnderTest } from './rollback-runs.ts';
import { countUsage } from './usage.ts';

export interface RollbackBenchOptions {
  readonly net: number;
  /** Pairs of runs of each comparison. */
  readonly runs: number;
  /** Whole deployments, for detection, clients and price. */
  readonly deployments: number;
}

export interface BenchResult {
  readonly figures: readonly Figure[];
  /** For people. */
  readonly text: string;
}

const JOURNEY_MS = 300_000;

export async function benchRollback(options: RollbackBenchOptions, progress: Progress): Promise<BenchResult> {
  return await onRing(options.net, progress, async (on) => {
    const { openInstallation } = await import('../adapters/stack/installation.ts');
    const installation = await openInstallation('Ringward');
    // Not the seed: the same node for both comparisons, so that they differ in nothing else.
    const node = await NodeUnderTest.make(on.ring, on.ring.nodes.at(-1) as RingNode, installation);
    const part = await nodePart(node, options.runs, progress);
    const workflow = await wholeWorkflow(node, options.runs, progress);
    const deployments = await wholeDeployments(on, options.deployments, progress);
    const figures = [
      figure('hotNodeRatio', part.product.median / part.byHand.median, 'x', '<=', 0.7),
      figure('workflowRatio', workflow.product.median / workflow.byHand.median, 'x', '<=', 1.5),
      ...deployments.figures,
    ];
    return { figures, text: `${comparisonTable([part, workflow])}\n\n${deployments.text}` };
  });
}

interface Comparison {
  readonly what: string;
  readonly product: Spread;
  readonly byHand: Spread;
}

/** Both sides in turn, each from the same bad start; who goes first changes from pair to pair. */
async function interleaved(
  what: string,
  runs: number,
  progress: Progress,
  product: () => Promise<number>,
  byHand: () => Promise<number>,
): Promise<Comparison> {
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    if (run % 2 === 1) theirs.push(await byHand());
    ours.push(await product());
    if (run % 2 === 0) theirs.push(await byHand());
    progress(
      `${what} ${run + 1}/${runs}: ringward ${Math.round(ours.at(-1) as number)} ms, by hand ${Math.round(theirs.at(-1) as number)} ms`,
    );
  }
  return { what, product: spreadOf(ours), byHand: spreadOf(theirs) };
}

async function nodePart(node: NodeUnderTest, runs: number, progress: Progress): Promise<Comparison> {
  progress('a deployment is announced, so that the node has a verified backup');
  const deployment = await node.backedUp();
  const fromBad = (way: () => Promise<number>) => async () => {
    await node.break();
    return await way();
  };
  return await interleaved(
    'node part',
    runs,
    progress,
    fromBad(() => node.byNodeProgram(deployment)),
    fromBad(() => node.byHand()),
  );
}

async function wholeWorkflow(node: NodeUnderTest, runs: number, progress: Progress): Promise<Comparison> {
  return await interleaved(
    'whole workflow',
    runs,
    progress,
    async () => {
      // A deployment is rolled back once, so each run has one of its own.
      const deployment = await node.backedUp();
      await node.break();
      return await node.byWorkflow(deployment);
    },
    async () => {
      await node.break();
      return await node.byHand();
    },
  );
}

function comparisonTable(comparisons: readonly Comparison[]): string {
  const ms = ({ median, least, most }: Spread) => [`${Math.round(median)} ms`, `${Math.round(least)}–${Math.round(most)}`];
  return table([
    ['hot rollback of one node', 'ringward', 'spread', 'by hand', 'spread', 'ratio', 'runs'],
    ...comparisons.map(({ what, product, byHand }) => [
      what,
      ...ms(product),
      ...ms(byHand),
      (product.median / byHand.median).toFixed(2),
      `${product.count} + ${byHand.count}`,
    ]),
  ]);
}

/** Deployments of a certificate of another CA to all nodes, from the starting event to the report. */
async function wholeDeployments(
  { ring, stand }: BenchRing,
  count: number,
  progress: Progress,
): Promise<{ readonly figures: readonly Figure[]; readonly text: string }> {
  const journeys: Journey[] = [];
  const prices: ReturnType<typeof priceOf>[] = [];
  for (let run = 0; run < count; run++) {
    const since = Date.now();
    const journey = await runJourney(ring, { failure: 'other-ca', waitAtGate: true, timeoutMs: JOURNEY_MS }, () => undefined);
    mustBeBack(journey);
    journeys.push(journey);
    prices.push(priceOf(await countUsage(join(ring.folder, 'local-aws'), stand.stateMachines, { since, until: Date.now() })));
    progress(
      `deployment ${run + 1}/${count}: verdict after ${detectOf(journey)} ms, back after ${journey.report.rollbackMs} ms, ${journey.load.queryErrors.length} client errors`,
    );
  }
  const detect = spreadOf(journeys.map(detectOf));
  const back = spreadOf(journeys.map(({ report }) => report.rollbackMs ?? Number.NaN));
  const errors = sum(journeys.map(({ load }) => load.queryErrors.length));
  const afterProof = sum(journeys.map(({ newConnectionErrorsAfterProof }) => newConnectionErrorsAfterProof ?? 0));
  const price = prices.toSorted((a, b) => b.usd - a.usd)[0] as ReturnType<typeof priceOf>;
  const queries = sum(journeys.map(({ load }) => load.queries));
  const text = [
    table([
      [`${count} deployments of a bad certificate to ${ring.nodes.length} nodes`, 'median', 'spread'],
      ['verdict after the completed event', `${Math.round(detect.median)} ms`, `${detect.least}–${detect.most}`],
      ['old certificate proven after the completed event', `${Math.round(back.median)} ms`, `${back.least}–${back.most}`],
    ]),
    `clients: ${queries} queries on open connections at LOCAL_QUORUM, no retries: ${errors} failed; new connections after the proof: ${afterProof} failed`,
    `\n${table([['list price of the dearest one', 'count', 'USD'], ...price.lines.map(({ what, count: used, usd }) => [what, shortly(used), usd.toFixed(6)]), ['sum', '', price.usd.toFixed(6)]])}`,
  ].join('\n');
  return {
    text,
    figures: [
      figure('detectMs', Math.round(detect.median), 'ms', '<=', 5000),
      figure('clientErrors', errors + afterProof, 'errors', '=', 0),
      figure('listPriceUsd', Number(price.usd.toFixed(6)), 'USD', '<=', 0.05),
    ],
  };
}

/** A run that ended otherwise measures nothing: its nodes say why. */
function mustBeBack({ deployment, report }: Journey): void {
  if (report.outcome === 'rolled-back') return;
  const why = report.nodes.map(({ node, outcome, why: reason }) => `${node} ${outcome}${reason ? `: ${reason}` : ''}`).join('; ');
  throw new Error(
    `${deployment} ended ${report.outcome}, not rolled-back: ${report.timeline.findLast(({ area }) => area === 'roll-back')?.what ?? why}`,
  );
}

const detectOf = ({ report, completedAt }: Journey): number => report.decidedAt - completedAt;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
const shortly = (count: number): string => (Number.isInteger(count) ? String(count) : count.toFixed(2));
