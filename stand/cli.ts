#!/usr/bin/env node
/** `npm run stand -- …`: a real Cassandra ring with a local AWS, on this machine alone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { activate, prepare, putInPlace } from './deployer.ts';
import { FAILURE_NAMES, findFailure } from './failures.ts';
import { heal } from './heal.ts';
import type { Consistency } from './load/connection.ts';
import { CONSISTENCIES } from './load/connection.ts';
import { LOAD_DEFAULTS, newConnectionErrors, startLoad } from './load/load.ts';
import { progressOn } from './progress.ts';
import { findNode } from './ring/topology.ts';
import type { StandStatus } from './stand.ts';
import { down, existingRing, readStand, status, up } from './stand.ts';

const progress = progressOn(process.stderr, performance.now());
const program = new Command('stand')
  .description('A real three-node Cassandra ring with mutual TLS, and a local AWS with Ringward on it, on this machine alone.')
  .addHelpText(
    'after',
    '\nExit codes: 0 good · 1 error · 2 the stand is not (wholly) up.\nTwo stands live side by side on different nets: --net 7 takes 127.0.7.1, 127.0.7.2 and 127.0.7.3.',
  );

const wholeNumber = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number is wanted.');
  return Number(text);
};
const withNet = (command: Command) => command.option('--net <n>', 'which stand, 0 to 255: addresses 127.0.<n>.x', wholeNumber, 0);

withNet(program.command('up'))
  .description('bring up what is not up yet; quick when all is')
  .option('--nodes <k>', 'number of nodes, 1 to 9', wholeNumber)
  .option('--ring-only', 'the ring without the local AWS', false)
  .option('--ssm-faults <spec>', 'what SSM does wrong, such as "delay=200-800,loss=0.1,duplicate=0.2" (milliseconds, shares)')
  .option('--json', 'print the status as JSON', false)
  .action(async (options: { net: number; nodes?: number; ringOnly: boolean; ssmFaults?: string; json: boolean }) => {
    const { net, nodes, ringOnly, ssmFaults, json } = options;
    const found = await up(
      { net, nodes: nodes ?? readStand(net)?.nodes ?? 3, ringOnly, ...(ssmFaults === undefined ? {} : { ssmFaults }) },
      progress,
    );
    progress('the stand is up');
    printStatus(found, json);
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
    printStatus(found, json);
    if (!found.up) process.exitCode = 2;
  });

withNet(program.command('break'))
  .description('deploy a failure as a careless deployer would: write over the files, then reload or restart')
  .argument('<failure>', FAILURE_NAMES.join(' | '))
  .option('--node <n>', 'only this node: its number, id or address')
  .option('--json', 'print what was deployed as JSON, without contents', false)
  .action(async (failureName: string, { net, node, json }: { net: number; node?: string; json: boolean }) => {
    const { name, failure } = findFailure(failureName);
    const ring = existingRing(net);
    const deployment = await prepare(name, ring, node === undefined ? undefined : [findNode(ring, node)]);
    await putInPlace(deployment);
    progress(`${name} (${failure.about}) is in place on ${deployment.nodes.map((one) => one.address).join(', ')}`);
    const activated = await activate(deployment, ring);
    const command = failure.activation === 'reload' ? 'nodetool reloadssl' : 'systemctl restart';
    for (const { node: id, exitCode, output } of activated)
      progress(`${id}: ${command} ended with ${exitCode}${output ? `: ${output.split('\n')[0]}` : ''}`);
    if (json)
      print({
        failure: name,
        activation: failure.activation,
        nodes: deployment.nodes.map((one) => ({
          ...one,
          artifacts: one.artifacts.map(({ path, sha256, kind }) => ({ path, sha256, kind })),
        })),
        activated,
      });
  });

withNet(program.command('heal'))
  .description('put the good files back, reload or start what needs it, and prove it on the wire of both ports')
  .option('--node <n>', 'only this node: its number, id or address')
  .option('--json', 'print what was done as JSON', false)
  .action(async ({ net, node, json }: { net: number; node?: string; json: boolean }) => {
    const ring = existingRing(net);
    const healed = await heal(ring, node === undefined ? ring.nodes : [findNode(ring, node)], progress);
    if (json) print(healed);
  });

withNet(program.command('load'))
  .description('read and write through the real driver, and open fresh connections beside it; exit code 2 when anything failed')
  .option('--seconds <s>', 'how long', wholeNumber, 10)
  .addOption(new Option('--consistency <level>', 'consistency level').choices(CONSISTENCIES).default(LOAD_DEFAULTS.consistency))
  .option('--rate <n>', 'queries per second', wholeNumber, LOAD_DEFAULTS.rate)
  .option('--json', 'print the counts as JSON', false)
  .action(
    async ({
      net,
      seconds,
      consistency,
      rate,
      json,
    }: {
      net: number;
      seconds: number;
      consistency: Consistency;
      rate: number;
      json: boolean;
    }) => {
      const load = await startLoad(existingRing(net), { consistency, rate });
      progress(`load at ${consistency}, ${rate} queries a second, for ${seconds} s`);
      await sleep(seconds * 1000);
      const result = await load.stop();
      const { queries, queryErrors, latencyMs, probes } = result;
      const refused = newConnectionErrors(probes);
      if (queryErrors.length + refused > 0) process.exitCode = 2;
      if (json) print(result);
      else {
        const ms = (value: number) => `${value.toFixed(1)} ms`;
        process.stdout.write(
          `open connections  ${queries} queries, ${queryErrors.length} errors, median ${ms(latencyMs.median)}, p99 ${ms(latencyMs.p99)}\nnew connections   ${probes.length}, ${refused} errors\n`,
        );
        for (const error of new Set([...queryErrors, ...probes.filter((probe) => !probe.ok)].map((one) => one.error)))
          process.stdout.write(`  ${error}\n`);
      }
    },
  );

function print(data: unknown): void {
  process.stdout.write(`${JSON.stringify(data)}\n`);
}

function printStatus(found: StandStatus, json: boolean): void {
  if (json) {
    print(found);
    return;
  }
  const lines = [
    `stand on net ${found.net}: ${found.up ? 'up' : 'not up'}`,
    ...found.nodes.map(
      (node) => `  ${node.node}  ${node.address}  ${node.state}${node.pid === null ? '' : `  pid ${node.pid}`}  ${node.folder}`,
    ),
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
  if (process.env.STAND_TRACE) process.stderr.write(`${(error as Error).stack}\n`);
  process.exitCode = 1;
}
