/** `npm run bench -- failure-modes`: each failure mode provoked, looked at by the product, and confirmed by another tool. */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { Registration } from '../../core/cluster/registration.ts';
import { FAILURE_MODES, failureModeOf } from '../../core/verify/failure-modes.ts';
import type { Progress } from '../../stand/progress.ts';
import { type Figure, figure, table } from '../figures.ts';
import { onRing } from '../ring.ts';
import type { CaseResult } from './case-result.ts';
import { generatedCases } from './generated.ts';
import { type Renewal, renewThroughChecks, renewThroughWorkflow } from './good-renewals.ts';
import { type Answer, type CaseGroup, Ground, type RingCase } from './ground.ts';
import { HOT_CASES, LONGEST_VALIDITY_DAYS, REVOCATION_LIST } from './hot-cases.ts';
import { RESTART_GROUPS } from './restart-cases.ts';

export interface FailureModesOptions {
  readonly net: number;
  /** Only these rows; all when empty. */
  readonly rows: readonly number[];
  /** Good renewals through the checks, and through the whole workflow. */
  readonly renewals: number;
  readonly deployments: number;
}

export interface FailureModesResult {
  readonly figures: readonly Figure[];
  readonly text: string;
  readonly cases: readonly CaseResult[];
}

export async function benchFailureModes(options: FailureModesOptions, progress: Progress): Promise<FailureModesResult> {
  const wanted = ({ row }: RingCase) => options.rows.length === 0 || options.rows.includes(row);
  return onRing(options.net, progress, async ({ ring, stand }) => {
    const ground = await Ground.open(ring, stand.endpoint ?? '');
    await register(ground);
    const results: CaseResult[] = [];
    let falseAlarms = await looksWell(ground, progress, 'before the first case');
    for (const group of [{ title: 'files and a reload', cases: HOT_CASES }, ...RESTART_GROUPS]) {
      const cases = group.cases.filter(wanted);
      if (cases.length === 0) continue;
      falseAlarms += await runGroup(ground, { ...group, cases }, results, progress);
    }
    results.push(...generatedCases(options.rows));
    const renewals = await renewThroughChecks(ground, options.renewals, progress);
    const deployments = await renewThroughWorkflow(ground, options.deployments, progress);
    return summarise(results, falseAlarms, renewals, deployments);
  });
}

/** The stand's registration, with a revocation list and a limit of validity. */
async function register(on: Ground): Promise<void> {
  const registration = Registration.parse(parse(await readFile(on.ring.clusterFile, 'utf8')));
  const { openInstallation } = await import('../../adapters/stack/installation.ts');
  const installation = await openInstallation('Ringward');
  const limits = { ...registration.limits, longestValiditySeconds: LONGEST_VALIDITY_DAYS * 86_400 };
  await installation.register({ ...registration, limits, revocation: { lists: [REVOCATION_LIST] } }, Date.now());
  const { revocationList } = await import('../../stand/pki/authority.ts');
  const empty = await revocationList(on.material.authority, []);
  for (const node of on.ring.nodes) await on.write(REVOCATION_LIST, empty, node);
  on.keep();
}

async function runGroup(on: Ground, group: CaseGroup, results: CaseResult[], progress: Progress): Promise<number> {
  progress(`${group.title}: ${group.cases.length} cases`);
  await group.enter?.(on, progress);
  const entered = group.enter ? await looksWell(on, progress, group.title) : 0;
  // Files of the group's own configuration go back at its end, by a restart; those of a case after each case.
  const leave = on.nest();
  for (const one of group.cases) {
    const since = Date.now();
    let result: CaseResult;
    try {
      await one.provoke(on);
      const confirmed = await one.confirm(on, since).catch((error: Error) => `NOT CONFIRMED: ${error.message}`);
      const { answer, ms } = await on.look();
      result = judge(on, one, answer, ms, confirmed);
    } finally {
      await one.undo?.(on);
      await on.heal(one.healBy ?? 'reload');
    }
    results.push(result);
    const said = result.found && result.rightly ? 'found' : result.found ? 'NOT ALONE' : 'MISSED';
    progress(
      `row ${String(one.row).padStart(2)} ${one.title}: ${said} ${result.named.join(', ')} in ${result.ms} ms · ${result.confirmed}`,
    );
  }
  leave();
  if (group.enter) await on.heal('restart');
  return entered + (await looksWell(on, progress, `after ${group.title}`));
}

function judge(on: Ground, one: RingCase, answer: Answer, ms: number, confirmed: string): CaseResult {
  const named = answer.causes.map(
    ({ code, nodes }) => `${code} on ${nodes.map((node) => on.ring.nodes.find((known) => known.node === node)?.number ?? node).join('+')}`,
  );
  const cause = answer.causes.find(({ code }) => code === one.code);
  const notice = answer.notices.find(({ code }) => code === one.code);
  const found = one.notice ? notice !== undefined : cause !== undefined;
  const nodes = (one.notice ? notice : cause)?.nodes ?? [];
  const rightly = found && answer.causes.length === (one.notice ? 0 : 1) && nodes.length === 1 && nodes[0] === on.target.node;
  const { row, title, code } = one;
  const shown = one.notice ? [...named, `${one.code} (notice)`].filter(() => found || named.length > 0) : named;
  return {
    row,
    title,
    how: 'ring',
    expected: code,
    found,
    rightly,
    named: shown,
    checks: cause?.checks ?? [],
    seenBy: cause?.seenBy ?? [],
    ms,
    confirmed,
  };
}

/** A ring without a fault: every cause that is named is a false alarm. */
async function looksWell(on: Ground, progress: Progress, when: string): Promise<number> {
  const { answer, ms } = await on.look();
  const said = answer.causes.map(({ code, nodes, sentence }) => `${code} on ${nodes.join(', ')}: ${sentence}`);
  progress(
    `${when}: ${answer.outcome}, ${said.length === 0 ? 'nothing named' : `FALSE: ${said.join(' · ')}`}${answer.open.length > 0 ? `; open: ${answer.open.join(' · ')}` : ''} (${ms} ms)`,
  );
  return said.length + (answer.outcome === 'passed' ? 0 : 1);
}

function summarise(
  results: readonly CaseResult[],
  falseAlarms: number,
  renewals: readonly Renewal[],
  deployments: readonly Renewal[],
): FailureModesResult {
  const rows = new Set(results.map(({ row }) => row));
  const sound = results.filter(({ confirmed }) => !confirmed.startsWith('NOT'));
  const onRing = new Set(sound.filter(({ how }) => how === 'ring').map(({ row }) => row)).size;
  const missed = results.filter(({ found }) => !found).length;
  const named = results.filter(({ found, rightly }) => found && !rightly).length;
  const alarmed = [...renewals, ...deployments].filter(({ alarms }) => alarms.length > 0).length;
  const figures = [
    figure('rows', rows.size, 'rows', '>=', FAILURE_MODES.length),
    figure('onRing', onRing, 'rows', '>=', 24),
    figure('missed', missed, 'cases', '=', 0),
    figure('false', falseAlarms + named + alarmed, 'causes', '=', 0),
    figure('goodRenewals', renewals.length, 'renewals', '>=', 50),
    figure('goodDeployments', deployments.length, 'deployments', '>=', 12),
    figure('unconfirmed', results.length - sound.length, 'cases', '=', 0),
  ];
  const lines = results.map((one) => [
    `${one.row} ${failureModeOf(one.expected)?.name ?? one.title}: ${one.title}`,
    one.how,
    one.found ? (one.rightly ? 'found' : 'not alone') : 'MISSED',
    one.named.join(', '),
    one.checks.join(', '),
    `${one.ms} ms`,
  ]);
  return { figures, text: table([['failure mode', 'how', '', 'named', 'checks', 'after'], ...lines]), cases: results };
}
