/** `ringward cluster`: registers a cluster once, lists and shows what is registered. */
import type { Registration } from '../core/cluster/registration.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { AddVerb } from './verb.ts';

export const addCluster: AddVerb = (program, run) => {
  const cluster = program.command('cluster').description('register, list and show clusters');
  cluster
    .command('register')
    .description('store a cluster.yaml; registering again replaces it, a running deployment keeps its own')
    .argument('<cluster.yaml>')
    .option('--dry-run', 'only check the file', false)
    .action((file: string, options: { dryRun: boolean }, command) => run(command, register, { file, ...options }));
  cluster
    .command('list')
    .description('every registered cluster')
    .action((options: object, command) => run(command, list, options));
  cluster
    .command('show')
    .description('one registered cluster, in full')
    .argument('<name>')
    .option('--profile', 'the rules in force, each with where it comes from', false)
    .action((name: string, options: { profile: boolean }, command) => run(command, show, { name, ...options }));
  cluster
    .command('compare')
    .description('in what the rules and the trust of two clusters differ, and what of it matters; ends 2 when something does')
    .argument('<one>')
    .argument('<other>')
    .option('--all', 'also what differs because their environments do', false)
    .action((one: string, other: string, options: { all: boolean }, command) =>
      run(command, async (context, given) => (await import('./cluster-profile.ts')).compare(context, given), {
        names: [one, other] as const,
        ...options,
      }),
    );
};

async function register(context: Context, { file, dryRun }: { file: string; dryRun: boolean }): Promise<ExitCode> {
  const { readClusterFile } = await import('./cluster-file.ts');
  const registration = await readClusterFile(context.terminal, file);
  if (!dryRun) await (await context.installation()).register(registration, context.terminal.now());
  await context.print({
    ...shown([registration]),
    value: registration,
    summary: dryRun ? 'The file is good; nothing was stored.' : `${registration.cluster} is registered.`,
  });
  return EXIT.good;
}

async function list(context: Context): Promise<ExitCode> {
  const registrations = await (await context.installation()).registrations();
  await context.print({
    ...shown(registrations),
    ...(registrations.length === 0 ? { summary: 'No cluster yet: ringward cluster register cluster.yaml' } : {}),
  });
  return EXIT.good;
}

function shown(registrations: readonly Registration[]) {
  return {
    value: registrations,
    columns: ['cluster', 'environment', 'nodes', 'files', 'ports', 'alarms'],
    rows: registrations.map(({ cluster, environment, nodes, files, ports, alarms }) => [
      cluster,
      environment,
      String(nodes.length),
      String(files.length),
      `${ports.client} ${ports.internode} ${ports.jmx}`,
      String(alarms.length),
    ]),
  };
}

async function show(context: Context, { name, profile }: { name: string; profile: boolean }): Promise<ExitCode> {
  const registration = await (await context.installation()).registration(name);
  if (profile) return (await import('./cluster-profile.ts')).showProfile(context, registration);
  const { environment, cassandra, files, canary } = registration;
  await context.print({
    value: registration,
    columns: ['node', 'address', 'datacenter', 'rack', 'seed'],
    rows: registration.nodes.map(({ node, address, datacenter, rack, seed }) => [node, address, datacenter, rack, seed ? 'seed' : '']),
    summary: [
      `${name} (${environment}), service ${cassandra.service}, ${cassandra.yaml}`,
      ...files.map(({ path, kind }) => `${kind}: ${path}`),
      `The canary reads at ${canary.consistency} in ${canary.localDatacenter}; -o yaml shows limits and alarms, --profile the rules in force.`,
    ].join('\n'),
  });
  return EXIT.good;
}
