/** Tables of all methods side by side, and the figures with their goals. */
import { type Figure, figure, table } from '../figures.ts';
import { ADAPTIVE, FIXED, METHODS } from './judge.ts';
import type { Kind } from './kind.ts';
import { kindNamed } from './kinds.ts';
import type { LargeCluster } from './large-cluster.ts';
import { latencyAt, type Tally } from './tally.ts';

type Tallies = ReadonlyMap<string, Tally>;

const methodOf = (tally: Tally, name: string) => tally.methods[METHODS.indexOf(name)] as Tally['methods'][number];

/** All tallies of a group, in the order of the kinds. */
const ofGroup = (tallies: Tallies, group: Kind['group']): Tally[] =>
  [...tallies.values()].filter(({ kind }) => kindNamed(kind).group === group);

const perThousand = (part: number, of: number): number => (of === 0 ? 0 : (part / of) * 1000);
const percent = (part: number, of: number): number => (of === 0 ? 0 : (part / of) * 100);
const seconds = (value: number): string => (Number.isFinite(value) ? String(Math.round(value)) : '–');
const short = (value: number): string => (value === 0 ? '0' : value < 10 ? value.toPrecision(2) : value.toFixed(0));

/** Of the kinds that must be kept: rollbacks for nothing, in each thousand. */
export function keptTable(tallies: Tallies): string {
  const rows = [...ofGroup(tallies, 'kept'), ...ofGroup(tallies, 'apart')].map((tally) => [
    kindNamed(tally.kind).group === 'apart' ? `(${tally.kind})` : tally.kind,
    String(tally.worlds),
    ...tally.methods.map(({ rolledBack, judged }) => (judged === 0 ? '' : short(perThousand(rolledBack, judged)))),
  ]);
  return rows.length === 0 ? '' : `False rollbacks per thousand:\n${table([['kind', 'worlds', ...METHODS], ...rows])}`;
}

/** Of the kinds that must be found: seconds from the onset, median/p95, and the share that was missed. */
export function foundTable(tallies: Tallies): string {
  const rows = ofGroup(tallies, 'found').map((tally) => [
    tally.kind,
    String(tally.worlds),
    ...tally.methods.map((method) => {
      if (method.judged === 0) return '';
      const missed = percent(method.judged - method.afterS.length, method.judged);
      const times = `${seconds(latencyAt(method, 0.5))}/${seconds(latencyAt(method, 0.95))}`;
      return missed === 0 ? times : `${times} (${short(missed)} %)`;
    }),
  ]);
  return rows.length === 0
    ? ''
    : `Seconds from the onset until found, median/p95 (missed):\n${table([['kind', 'worlds', ...METHODS], ...rows])}`;
}

/** Of the decider under measurement: its verdicts, its scopes, its probes. */
export function deciderTable(tallies: Tallies): string {
  const rows = [...tallies.values()].map(({ kind, worlds, verdicts, keptBefore, scopesRight, rate, replayMs, redrawn }) => [
    kind,
    ...(['keep', 'hold', 'roll-back'] as const).map((verdict) => short(percent(verdicts[verdict], worlds))),
    keptBefore === 0 ? '' : short(percent(keptBefore, worlds)),
    scopesRight === 0 ? '' : short(percent(scopesRight, worlds)),
    rate.watches === 0 ? '' : `${short(rate.before / rate.watches)} ${short(rate.after / rate.watches)} ${short(rate.most)}`,
    short(replayMs / worlds),
    short(percent(redrawn, worlds)),
  ]);
  const head = [
    'kind',
    'kept %',
    'held %',
    'rolled back %',
    'scope right %',
    'probes/s before, after, most',
    'ms a trace',
    'worlds redrawn %',
  ];
  return `The decider itself:\n${table([head, ...rows])}`;
}

/** The tables' content for programs; what was missed is null in a time. */
export function rowsForPrograms(tallies: Tallies): object[] {
  return [...tallies.values()].map((tally) => {
    const { group, truth } = kindNamed(tally.kind);
    const methods = METHODS.flatMap((method, index): object[] => {
      const of = tally.methods[index] as Tally['methods'][number];
      if (of.judged === 0) return [];
      const worlds = of.judged;
      if (group !== 'found') return [{ method, worlds, falsePerThousand: perThousand(of.rolledBack, worlds) }];
      const at = (share: number) => (Number.isFinite(latencyAt(of, share)) ? latencyAt(of, share) : null);
      return [{ method, worlds, medianS: at(0.5), p95S: at(0.95), missedPercent: percent(worlds - of.afterS.length, worlds) }];
    });
    return { kind: tally.kind, group, truth, methods, verdicts: tally.verdicts };
  });
}

/** Only what was measured: with some kinds left out, the figures that need them are left out too. */
export function figuresOf(tallies: Tallies, large: LargeCluster): Figure[] {
  const figures: Figure[] = [];
  const kept = ofGroup(tallies, 'kept');
  if (kept.length > 0) {
    const falseOf = (name: string, of: readonly Tally[] = kept) =>
      perThousand(
        of.reduce((sum, tally) => sum + methodOf(tally, name).rolledBack, 0),
        of.reduce((sum, tally) => sum + methodOf(tally, name).judged, 0),
      );
    figures.push(
      figure('falsePerThousand', falseOf(FIXED), 'of all that must be kept', '<=', 1),
      figure('falsePerThousandWorstKind', Math.max(...kept.map((tally) => falseOf(FIXED, [tally]))), 'of one kind', '<=', 1),
    );
    if (kept.some((tally) => methodOf(tally, ADAPTIVE).judged > 0)) {
      figures.push(figure('falsePerThousandAdaptive', falseOf(ADAPTIVE), 'of all that must be kept', '<=', 1));
    }
    const healthy = kept.filter(({ kind }) => kind.startsWith('healthy-'));
    if (healthy.length > 0) {
      figures.push(figure('naiveFalsePercent', falseOf(METHODS[0] as string, healthy) / 10, '% of the healthy', '>=', 40));
    }
  }
  const at = (kind: string, method: string, share: number): number | null => {
    const tally = tallies.get(kind);
    return tally && methodOf(tally, method).judged > 0 ? latencyAt(methodOf(tally, method), share) : null;
  };
  const timed = (name: string, kind: string, method: string, goal: number) => {
    const value = at(kind, method, 0.95);
    if (value !== null) figures.push(figure(name, value, 's', '<=', goal));
  };
  timed('latency2xP95S', 'latency-2x', FIXED, 54);
  timed('tlsFailure20P95S', 'tls-failures-20', FIXED, 93);
  timed('latency2xAdaptiveP95S', 'latency-2x', ADAPTIVE, 15);
  timed('tlsFailure20AdaptiveP95S', 'tls-failures-20', ADAPTIVE, 10);
  const speedup = (name: string, other: string, goal: number) => {
    // The smaller one of the two: a mean would hide the slower case.
    const ratios = ['latency-2x', 'tls-failures-20'].flatMap((kind) => {
      const [theirs, ours] = [at(kind, other, 0.5), at(kind, FIXED, 0.5)];
      return theirs === null || ours === null ? [] : [ours === Number.POSITIVE_INFINITY ? 0 : theirs / ours];
    });
    if (ratios.length > 0) figures.push(figure(name, Math.min(...ratios), '× (median, the slower of two faults)', '>=', goal));
  };
  speedup('speedupKayenta', 'Kayenta, 5 points', 10);
  speedup('speedupArgo', 'Argo, limit 3', 4);
  const oneNode = ['one-node-2x', 'one-node-tls'].flatMap((kind) => tallies.get(kind) ?? []);
  if (oneNode.length > 0) {
    const worlds = oneNode.reduce((sum, tally) => sum + tally.worlds, 0);
    const found = oneNode.reduce((sum, tally) => sum + methodOf(tally, FIXED).afterS.length, 0);
    const right = oneNode.reduce((sum, tally) => sum + tally.scopesRight, 0);
    figures.push(
      figure('oneNodeFoundPercent', percent(found, worlds), '% of one-node faults', '>=', 99),
      figure('oneNodeScopePercent', percent(right, found), '% of the found', '>=', 95),
    );
  }
  figures.push(figure('windowMs100Nodes', large.windowMs, 'ms', '<=', 5), figure('stateKiB100Nodes', large.stateKiB, 'KiB', '<=', 64));
  return figures;
}
