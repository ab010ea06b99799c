/** `ringward watch`: look at a whole cluster now, from every vantage point, and name what is wrong. */
import type { HumanStart } from '../core/events/deployment-events.ts';
import type { HealthResult } from '../core/health/judge-health.ts';
import type { Cause } from '../core/verify/causes.ts';
import type { Drift } from '../core/watch/drift.ts';
import type { Expiring } from '../core/watch/expiry.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { AddVerb } from './verb.ts';

interface Found {
  readonly outcome: 'passed' | 'failed' | 'unknown';
  readonly causes: readonly Cause[];
  readonly health: readonly HealthResult[];
  readonly drift: readonly Drift[];
  readonly expiring: readonly Expiring[];
  readonly open: readonly string[];
  readonly baseline?: { readonly overrides: readonly string[] };
}

export const addWatch: AddVerb = (program, run) => {
  program
    .command('watch')
    .description('look at a cluster now: every check of every node, drift since it was last well, and what expires soon; changes nothing')
    .requiredOption('--cluster <name>', 'registered cluster')
    .addHelpText(
      'after',
      '\nExample: ringward watch --cluster payments --json\nExit codes: 0 all is well · 2 something was found · 1 error.',
    )
    .action((options: { cluster: string }, command) => run(command, watch, options));
};

async function watch(context: Context, { cluster }: { readonly cluster: string }): Promise<ExitCode> {
  const installation = await context.installation();
  await installation.registration(cluster);
  const start: HumanStart = { cluster, deployment: 'latest', scope: 'cluster', mode: 'automated' };
  context.say('asking every node, its peers and the client …');
  const { status, output, error, cause } = await installation.answer('watch-cluster', start);
  if (status !== 'SUCCEEDED') {
    const reason = [error, cause].filter(Boolean).join(': ');
    await context.print({ value: { outcome: 'failed', reason }, columns: ['outcome', 'reason'], rows: [['failed', reason]] });
    return EXIT.error;
  }
  const found = output as Found;
  const rows = [
    ...found.causes.map((one) => [
      context.tone(one.severity, one.severity === 'proof' ? 'bad' : 'attention'),
      one.code,
      one.nodes.join(', '),
      `${one.sentence} → ${one.action}`,
    ]),
    ...found.health
      .filter(({ outcome }) => outcome !== 'passed')
      .map((one) => [context.tone('health', one.outcome === 'failed' ? 'bad' : 'attention'), one.outcome, one.check, one.observed]),
    ...found.drift.map((one) => ['drift', one.what, one.node, `${one.where}: was ${one.was.slice(0, 16)}, is ${one.is.slice(0, 16)}`]),
    ...found.expiring.map((one) => [
      'expires',
      one.authority ? 'authority' : 'leaf',
      `${one.places.length} places`,
      `${one.subject} at ${new Date(one.notAfter).toISOString()}`,
    ]),
    ...found.open.map((one) => ['open', '', '', one]),
    ...(found.baseline?.overrides ?? []).map((one) => ['override', 'baseline', '', one]),
  ];
  const well = found.outcome === 'passed' && found.causes.length + found.drift.length + found.expiring.length === 0;
  await context.print({
    value: output,
    columns: ['found', 'what', 'where', 'detail'],
    rows,
    summary: well ? context.tone(`${cluster}: all is well.`, 'good') : `${cluster}: ${found.outcome}; ${rows.length} lines to look at.`,
  });
  return well ? EXIT.good : EXIT.attention;
}
