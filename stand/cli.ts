#!/usr/bin/env node
/** `npm run stand -- …`: a real Cassandra ring with a local AWS, on this machine alone. */
import { Command, InvalidArgumentError } from 'commander';
import { down, readStand, status, up } from './stand.ts';
import type { StandStatus } from './stand.ts';
import { progressOn } from './progress.ts';

const progress = progressOn(process.stderr, performance.now());
const program = new Command('stand')
  .description('A real three-node Cassandra ring with mutual TLS, and a local AWS with Ringward on it, on this machine alone.')
  .addHelpText('after', '\nExit codes: 0 good · 1 error · 2 the stand is not (wholly) up.\nTwo stands live side by side on different nets: --net 7 takes 127.0.7.1, 127.0.7.2 and 127.0.7.3.');

const wholeNumber = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number is wanted.');
  return Number(text);
};
const withNet = (command: Command) => command.option('--net <n>', 'which stand, 0 to 255: addresses 127.0.<n>.x', wholeNumber, 0);

withNet(program.command('up'))
  .description('bring up what is not up yet; quick when all is')
  .option('--nodes <k>', 'number of nodes, 1 to 9', wholeNumber)
  .option('--ring-only', 'the ring without the local AWS', false)
  .option('--ssm-faults <spec>', 'what SSM does wrong, such as "delay=2s,loss=0.1,duplicates=0.2,late-ids=0.3"')
  .option('--json', 'print the status as JSON', false)
  .action(async (options: { net: number; nodes?: number; ringOnly: boolean; ssmFaults?: string; json: boolean }) => {
    const { net, nodes, ringOnly, ssmFaults, json } = options;
    const found = await up({ net, nodes: nodes ?? readStand(net)?.nodes ?? 3, ringOnly, ...(ssmFaults === undefined ? {} : { ssmFaults }) }, progress);
    progress('the stand is up');
    print(found, json);
  });

withNet(program.command('down'))
  .description('end the stand’s processes and remove its folder')
  .action(async ({ net }: { net: number }) => {
    await down(net, progress);
    progress('the stand is down');
  });

withNet(program.command('status'))
  .description('what is there: nodes, endpoint, tables, state machines')
  .option('--json', 'as JSON', false)
  .action(async ({ net, json }: { net: number; json: boolean }) => {
    const found = await status(net);
    print(found, json);
    if (!found.up) process.exitCode = 2;
  });

function print(found: StandStatus, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(found)}\n`);
    return;
  }
  const lines = [
    `stand on net ${found.net}: ${found.up ? 'up' : 'not up'}`,
    ...found.nodes.map((node) => `  ${node.node}  ${node.address}  ${node.state}${node.pid === null ? '' : `  pid ${node.pid}`}  ${node.folder}`),
    `  cluster.yaml  ${found.clusterFile}`,
    ...(found.endpoint ? [`  AWS  ${found.endpoint}`] : []),
    ...Object.entries(found.stateMachines).map(([name, arn]) => `  ${name}  ${arn}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`stand: ${(error as Error).message}\n`);
  if (process.env['STAND_TRACE']) process.stderr.write(`${(error as Error).stack}\n`);
  process.exitCode = 1;
}
