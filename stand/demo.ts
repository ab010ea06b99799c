/** `npm run demo`: a bad certificate reaches a real ring, is found, rolled back and proven; the report is there to read. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import type { Report } from '../core/report/model.ts';
import { summarise } from '../core/report/summarise.ts';
import { problemsOf, resultOf } from './demo/outcome.ts';
import { FAILURE_NAMES, FAILURES, type FailureName } from './failures.ts';
import { heal } from './heal.ts';
import { progressOn } from './progress.ts';
import { REPOSITORY, type Ring, ringOf } from './ring/topology.ts';
import { down, readStand, type StandStatus, up } from './stand.ts';

interface Options {
  readonly failure: FailureName;
  readonly net: number;
  readonly keep?: boolean;
  readonly json?: boolean;
  readonly gate: boolean;
  readonly ssmFaults?: string;
  readonly timeout: number;
}

const program = new Command('demo')
  .description('a certificate deployment on a real three-node ring, from its first event to the report')
  .addOption(new Option('--failure <name>', 'what is wrong with the certificate').choices(FAILURE_NAMES).default('other-ca'))
  .option('--keep', 'leave the stand up afterwards')
  .option('--json', 'print one JSON object as the last line')
  .option('--no-gate', 'the deployer does not wait at the gate; Ringward must hold')
  .option(
    '--ssm-faults <spec>',
    'delay, loss, duplicates and late ids of SSM, such as "delay=200-800,loss=0.1,duplicate=0.2,late-id=500,seed=7"',
  )
  .option('--net <n>', 'third octet of the loopback addresses', Number, 0)
  .option('--timeout <seconds>', 'give up after this long', Number, 420)
  .addHelpText(
    'after',
    `\nFailures:\n${FAILURE_NAMES.map((name) => `  ${name.padEnd(22)}${FAILURES[name].about}`).join('\n')}\n\nExit codes: 0 the outcome was the expected one · 1 error · 2 it was not.`,
  )
  .parse();
const options = program.opts<Options>();
const progress = progressOn(process.stderr, performance.now());

async function run(): Promise<number> {
  const wasUp = readStand(options.net) !== undefined;
  const stand = await up(
    { net: options.net, nodes: 3, ringOnly: false, ...(options.ssmFaults ? { ssmFaults: options.ssmFaults } : {}) },
    progress,
  );
  const ring = ringOf(options.net, stand.nodes.length);
  useStand(stand);
  try {
    register(stand);
    await makeWhole(ring);
    return await show(ring);
  } finally {
    if (!options.keep && !wasUp) await down(options.net, progress);
  }
}

async function show(ring: Ring): Promise<number> {
  // Loaded only now: the clients of AWS read the stand's endpoint from the environment.
  const { runJourney } = await import('./demo/journey.ts');
  progress(`the certificate: ${FAILURES[options.failure].about}`);
  const journey = await runJourney(
    ring,
    { failure: options.failure, waitAtGate: options.gate, timeoutMs: options.timeout * 1000 },
    progress,
  );
  const result = resultOf(journey);
  const problems = problemsOf(journey, options.gate);
  process.stdout.write(`\n${summarise(journey.report as Report).join('\n')}\n\n`);
  process.stdout.write(
    `clients: ${result.clientQueries} queries on open connections, ${result.clientErrors} failed; new connections: ${result.newConnectionErrors} failed, ${result.newConnectionErrorsAfterProof ?? 0} of them after the proof\n`,
  );
  process.stdout.write(
    `from the completed event: verdict after ${result.detectMs} ms${result.rollbackMs === null ? '' : `, old certificate proven after ${result.rollbackMs} ms`}\nreport: ${result.report}\n`,
  );
  process.stdout.write(
    problems.length === 0
      ? 'outcome: as expected\n'
      : `outcome: NOT as expected\n${problems.map((problem) => `  - ${problem}`).join('\n')}\n`,
  );
  if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  return problems.length === 0 ? 0 : 2;
}

/** Every later process and client finds the stand's AWS by the usual variables. */
function useStand({ endpoint = '', region = 'us-east-1', credentials }: StandStatus): void {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials?.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials?.secretAccessKey,
  });
}

function register({ clusterFile }: StandStatus): void {
  const registered = spawnSync(process.execPath, [join(REPOSITORY, 'cli/ringward.ts'), 'cluster', 'register', clusterFile], {
    encoding: 'utf8',
  });
  if (registered.status !== 0) throw new Error(`the cluster could not be registered: ${registered.stderr}${registered.stdout}`);
  progress('cluster "payments" is registered');
}

/** An earlier demo may have left a renewed or a broken certificate; the story begins with a ring that is whole. */
async function makeWhole(ring: Ring): Promise<void> {
  const { witness } = await import('./demo/witness.ts');
  const seen = await witness(ring);
  const broken = seen.filter(
    ({ client, internode }) => !client.handshake || !internode.handshake || client.verification !== 'ok' || internode.verification !== 'ok',
  );
  if (broken.length > 0) await heal(ring, ring.nodes, progress);
}

try {
  process.exitCode = await run();
} catch (error) {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
