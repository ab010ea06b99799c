// The local AWS alone, without the ring: node stand/local-aws/cli.ts up|down|status --net 7 --nodes-json nodes.json
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { down, status, up } from './index.ts';
import { LocalAwsError } from './local-aws-error.ts';
import type { ManagedNode } from './node-shell.ts';

const USAGE = `Usage: node stand/local-aws/cli.ts up|down|status [options]

  --net <n>             the stand's number: addresses 127.0.<n>.x (0)
  --nodes-json <file>   JSON list of {node, address, folder, env} that SSM shall know
  --ssm-faults <text>   such as delay=200-800,loss=0.1,duplicate=0.2,late-id=500,seed=7
  --assembly <folder>   the synthesised assembly (cdk.out)
  --stack <name>        the stack in it (Ringward)
  --state <folder>      the stand's state (.stand/net-<n>)`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    net: { type: 'string', default: '0' },
    'nodes-json': { type: 'string' },
    'ssm-faults': { type: 'string' },
    assembly: { type: 'string' },
    stack: { type: 'string' },
    state: { type: 'string' },
    help: { type: 'boolean' },
  },
});

const net = Number(values.net);
const options = { net, stateFolder: values.state ?? join(process.cwd(), '.stand', `net-${net}`) };

async function run(verb: string | undefined): Promise<unknown> {
  if (verb === 'down') return down(options).then(() => status(options));
  if (verb === 'status') return status(options);
  if (verb !== 'up') throw new LocalAwsError(`Unknown verb "${verb ?? ''}"`, USAGE);
  const nodes = values['nodes-json'] ? (JSON.parse(readFileSync(values['nodes-json'], 'utf8')) as ManagedNode[]) : [];
  return up({
    ...options,
    nodes,
    progress: (line) => process.stderr.write(`${line}\n`),
    ...(values['ssm-faults'] === undefined ? {} : { ssmFaults: values['ssm-faults'] }),
    ...(values.assembly === undefined ? {} : { assembly: values.assembly }),
    ...(values.stack === undefined ? {} : { stack: values.stack }),
  });
}

if (values.help) process.stdout.write(`${USAGE}\n`);
else {
  try {
    process.stdout.write(`${JSON.stringify(await run(positionals[0]), null, 2)}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof LocalAwsError ? error.message : String((error as Error).stack)}\n`);
    process.exitCode = 1;
  }
}
