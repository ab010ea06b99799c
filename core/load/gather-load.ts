/** Puts the samples of watches and of a soak's windows together, so that the four checks can be judged at each window. */
import { z } from 'zod';
import type { Baseline } from '../baseline/baseline.ts';
import { baselineFor, type OtherNode } from '../baseline/baseline-for.ts';
import type { BaselineMetric } from '../baseline/metric.ts';
import type { BaselineOverride } from '../baseline/override.ts';
import type { Environment } from '../cluster/environment.ts';
import type { NodeObservation } from '../node/facts.ts';
import type { ClientObservation } from '../verify/client-observation.ts';
import type { CheckResult, Finding } from '../verify/findings.ts';
import { judgeLoad, type LoadLimits, loadBefore, type Usual } from './judge-load.ts';
import { LoadSample } from './load-sample.ts';
import { missingClients } from './missing-clients.ts';

/** The newest samples of each node, oldest first. */
export const LoadHistory = z.record(z.string(), z.array(LoadSample));
export type LoadHistory = z.infer<typeof LoadHistory>;

/** What the windows of one soak have shown so far, by node. */
export const SoakLoad = z.record(z.string(), z.object({ samples: z.array(LoadSample), connections: z.array(z.number()) }));
export type SoakLoad = z.infer<typeof SoakLoad>;

/** Samples that are kept of each node between deployments. */
const KEPT = 6;
/** Windows of a soak that are kept; the oldest stays, as the reference of all others. */
const MOST_WINDOWS = 400;

export function withSamples(history: LoadHistory, observations: ReadonlyMap<string, NodeObservation>): LoadHistory {
  const added = [...observations].flatMap(([node, { load }]) =>
    load ? [[node, [...(history[node] ?? []), load].slice(-KEPT)] as const] : [],
  );
  return { ...history, ...Object.fromEntries(added) };
}

/** @param fresh the nodes were asked in this window; else their samples are known already */
export function withLoads(
  soak: SoakLoad,
  observations: ReadonlyMap<string, NodeObservation>,
  client: ClientObservation | null,
  fresh: boolean,
): SoakLoad {
  const added = [...observations].map(([node, { load }]) => {
    const known = soak[node] ?? { samples: [], connections: [] };
    const measured = (client?.wire ?? []).flatMap((fact) =>
      fact.node === node && fact.handshake === 'complete' && fact.ms !== undefined ? [fact.ms] : [],
    );
    const samples = fresh && load && known.samples.length < MOST_WINDOWS ? [...known.samples, load] : known.samples;
    return [node, { samples, connections: [...known.connections, ...measured].slice(-MOST_WINDOWS) }] as const;
  });
  return { ...soak, ...Object.fromEntries(added) };
}

/** The newest sample of each node before a look: of the soak so far, else of the watches before it. */
export function newestCounters(history: LoadHistory, soak: SoakLoad): ReadonlyMap<string, LoadSample> {
  const nodes = [...new Set([...Object.keys(history), ...Object.keys(soak)])];
  return new Map(
    nodes.flatMap((node) => {
      const newest = soak[node]?.samples.at(-1) ?? history[node]?.at(-1);
      return newest ? [[node, newest] as const] : [];
    }),
  );
}

/** What has been learnt of a cluster, and what people have set in its place. */
export interface KnownBaselines<E extends Environment = Environment> {
  readonly environment: E;
  readonly cluster: string;
  readonly versions: readonly Baseline<E>[];
  readonly overrides: readonly BaselineOverride[];
}

/** The four checks of one node. The first sample of the soak ends the window of before: it comes seconds after the activation. */
export function loadChecks(
  node: string,
  history: LoadHistory,
  soak: SoakLoad,
  limits: LoadLimits,
  at: number,
  known?: KnownBaselines,
): CheckResult[] {
  const { samples = [], connections = [] } = soak[node] ?? {};
  const before = beforeSoak(node, history, soak);
  const evidence = { node, before: sameProcess(before), during: samples, connections, at };
  return [
    ...judgeLoad(known ? { ...evidence, usual: usualOf(node, history, soak, at, known) } : evidence, limits),
    clientsBack(node, before, soak, at),
  ];
}

/** A watch in the middle of the soak says nothing of before it. */
function beforeSoak(node: string, history: LoadHistory, soak: SoakLoad): LoadSample[] {
  const samples = soak[node]?.samples ?? [];
  const began = samples[0]?.at ?? Number.POSITIVE_INFINITY;
  return [...(history[node] ?? []).filter(({ at: seen }) => seen < began), ...samples.slice(0, 1)];
}

function usualOf(node: string, history: LoadHistory, soak: SoakLoad, at: number, known: KnownBaselines): Usual {
  return (metric, window) => {
    const peers = window ? [] : othersBefore(node, metric, history, soak);
    return baselineFor({ ...known, node, metric, at, window, peers });
  };
}

/** Of before the deployment, so that what it does to all nodes alike is not taken for usual. */
function othersBefore(node: string, metric: BaselineMetric, history: LoadHistory, soak: SoakLoad): OtherNode[] {
  const others = [...new Set([...Object.keys(history), ...Object.keys(soak)])].filter((one) => one !== node);
  return others.flatMap((other) => {
    const load = loadBefore(sameProcess(beforeSoak(other, history, soak)))?.load;
    const value = metric === 'throughput' ? load?.throughput : metric === 'cpu' ? load?.cpuShare : null;
    return value === undefined || value === null ? [] : [{ node: other, value }];
  });
}

/** Those who were connected to this node before are connected to some node now. */
function clientsBack(node: string, before: readonly LoadSample[], soak: SoakLoad, at: number): CheckResult {
  const base = { check: 'clients-back', node, advisory: true } as const;
  const now = Object.values(soak).flatMap(({ samples }) => samples.slice(-1));
  if (!before.some(({ clients }) => clients) || now.length === 0 || now.some(({ clients }) => !clients))
    return { ...base, outcome: 'unknown', summary: 'which clients were connected is not known', findings: [] };
  const missing = missingClients(before, now);
  const known = new Set(before.flatMap(({ clients = [] }) => clients.map(({ address, driver }) => `${address} ${driver}`))).size;
  // Whoever a node left out may be one of those that seem to be missing, or one that is: not known, either way.
  const [unheardBefore, unheardNow] = [before, now].map((samples) =>
    Math.max(0, ...samples.map(({ clientsLeftOut = 0 }) => clientsLeftOut)),
  );
  if (missing.length > 0 && unheardNow) {
    const summary = `${missing.length} clients of before are not among those that the nodes tell, and ${unheardNow} more are connected to one`;
    return { ...base, outcome: 'unknown', summary, findings: [] };
  }
  if (missing.length === 0 && unheardBefore) {
    const summary = `all ${known} clients that were told before are connected; ${unheardBefore} more were connected, and not told`;
    return { ...base, outcome: 'unknown', summary, findings: [] };
  }
  if (missing.length === 0) return { ...base, outcome: 'passed', summary: `All ${known} clients of before are connected.`, findings: [] };
  const shown = missing
    .map(({ address, driver, version, tls }) => `${address} (${driver} ${version}, ${tls ? 'TLS' : 'no TLS'})`)
    .join(', ');
  const finding: Finding = {
    code: 'CLIENTS_MISSING',
    severity: 'warning',
    node,
    where: 'clients',
    expected: 'the clients of before',
    observed: `not back: ${shown}`,
    seenBy: 'node',
    how: 'connections that the nodes have, by JMX',
    at,
  };
  return { ...base, outcome: 'failed', summary: `Not back: ${shown}.`, findings: [finding] };
}

/** Where a restart lies between, the process of before is the baseline; else samples up to now count. */
function sameProcess(samples: readonly LoadSample[]): readonly LoadSample[] {
  const last = samples.at(-1);
  const isNew = last && samples.length > 1 && (last.uptimeMs ?? 0) < (samples.at(-2)?.uptimeMs ?? 0);
  return isNew ? samples.slice(0, -1) : samples;
}
