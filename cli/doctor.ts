/** `ringward doctor`: is everything there that Ringward needs? Each line is ok, or says what to do. */
import type { Installation } from '../adapters/stack/installation.ts';
import { EXPECTED_OUTPUTS } from '../adapters/stack/outputs.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { AddVerb } from './verb.ts';

interface Line {
  readonly check: string;
  readonly state: 'ok' | 'attention';
  readonly found: string;
  readonly fix: string;
}

const NODE_AT_LEAST = 24;
/** Beyond this, signatures of requests begin to be refused (AWS: 5 min), and validity of certificates is judged wrongly long before. */
const SKEW_MS = 5000;
const TABLES = EXPECTED_OUTPUTS.filter((output) => output.endsWith('Table'));
const DOCUMENTS = ['ObserveDocument', 'ActDocument'];

export const addDoctor: AddVerb = (program, run) => {
  program
    .command('doctor')
    .description('is everything there that Ringward needs: credentials, stack, tables, documents, nodes, clock')
    .action((options: object, command) => run(command, doctor, options));
};

const ok = (check: string, found: string): Line => ({ check, state: 'ok', found, fix: '' });
const attention = (check: string, found: string, fix: string): Line => ({ check, state: 'attention', found, fix });

async function doctor(context: Context): Promise<ExitCode> {
  const lines: Line[] = [nodeVersion()];
  let installation: Installation | undefined;
  try {
    installation = await context.installation();
  } catch (error) {
    const { message, fix = '' } = error as Error & { fix?: string };
    // The fix has a column of its own.
    lines.push(attention('stack', message.replace(` → ${fix}`, ''), fix));
  }
  if (installation !== undefined) lines.push(...(await ofInstallation(context, installation)));
  const open = lines.filter(({ state }) => state === 'attention');
  await context.print({
    value: { ok: open.length === 0, checks: lines },
    columns: ['state', 'check', 'found', 'what to do'],
    rows: lines.map(({ state, check, found, fix }) => [context.tone(state, state === 'ok' ? 'good' : 'bad'), check, found, fix]),
    summary: open.length === 0 ? 'Everything is there.' : `${open.length} of ${lines.length} need attention.`,
  });
  return open.length === 0 ? EXIT.good : EXIT.attention;
}

function nodeVersion(): Line {
  const version = process.versions.node;
  return Number(version.split('.')[0]) >= NODE_AT_LEAST
    ? ok('Node.js', version)
    : attention('Node.js', version, `run it by Node ${NODE_AT_LEAST}: npm run ringward -- …`);
}

async function ofInstallation(context: Context, installation: Installation): Promise<Line[]> {
  const { stack } = installation;
  const [{ EXPECTED_OUTPUTS }, registrations] = await Promise.all([import('../adapters/stack/outputs.ts'), registered(installation)]);
  const missing = EXPECTED_OUTPUTS.filter((name) => stack.outputs[name] === undefined);
  const groups = await Promise.all([
    ...TABLES.map((name) => tableLine(installation, name)),
    ...DOCUMENTS.map((name) => documentLine(installation, name)),
    ...registrations.clusters.map(({ cluster, nodes }) =>
      nodesLine(
        installation,
        cluster,
        nodes.map(({ node }) => node),
      ),
    ),
  ]);
  return [
    ok('credentials', `accepted for ${context.terminal.env.AWS_REGION ?? 'the configured region'}`),
    /_COMPLETE$/.test(stack.status) && !/ROLLBACK|DELETE/.test(stack.status)
      ? ok('stack', `${context.options.stack} is ${stack.status}`)
      : attention('stack', `${context.options.stack} is ${stack.status}`, 'see its events in CloudFormation, then deploy again'),
    missing.length === 0
      ? ok('outputs', `all ${EXPECTED_OUTPUTS.length} are there`)
      : attention('outputs', `missing: ${missing.join(', ')}`, 'deploy this version of the stack'),
    skewLine(stack.answeredAt, stack.receivedAt),
    ...groups.slice(0, TABLES.length + DOCUMENTS.length),
    registrations.line,
    ...groups.slice(TABLES.length + DOCUMENTS.length),
  ];
}

function skewLine(answeredAt: number | null, receivedAt: number): Line {
  if (answeredAt === null) return attention('clock', 'AWS told no time', 'compare this machine’s clock by hand');
  // The header has whole seconds, so up to one of them is no skew.
  const skew = receivedAt - answeredAt;
  const text = `${(skew / 1000).toFixed(0)} s from AWS`;
  return skew > -SKEW_MS && skew < SKEW_MS + 1000
    ? ok('clock', text)
    : attention('clock', text, 'set this machine’s clock (NTP): validity is judged by it');
}

async function registered(installation: Installation) {
  try {
    const clusters = await installation.registrations();
    const names = clusters.map(({ cluster }) => cluster).join(', ');
    return {
      clusters,
      line:
        clusters.length > 0 ? ok('clusters', names) : attention('clusters', 'none is registered', 'ringward cluster register cluster.yaml'),
    };
  } catch (error) {
    return {
      clusters: [],
      line: attention('clusters', (error as Error).message, 'allow reading the Clusters table, or register the cluster again'),
    };
  }
}

async function tableLine(installation: Installation, name: string): Promise<Line> {
  const table = installation.stack.outputs[name];
  if (table === undefined) return attention(`table ${name}`, 'not in the stack', 'deploy this version of the stack');
  try {
    await installation.touchTable(table);
    return ok(`table ${name}`, table);
  } catch (error) {
    return attention(`table ${name}`, (error as Error).message, 'allow dynamodb:Scan, GetItem and Query on it');
  }
}

async function documentLine(installation: Installation, name: string): Promise<Line> {
  const document = installation.stack.outputs[name];
  if (document === undefined) return attention(`document ${name}`, 'not in the stack', 'deploy this version of the stack');
  try {
    const status = await installation.documentStatus(document);
    return status === 'Active'
      ? ok(`document ${name}`, document)
      : attention(`document ${name}`, `${document} is ${status ?? 'missing'}`, 'deploy the stack again');
  } catch (error) {
    return attention(`document ${name}`, (error as Error).message, 'allow ssm:DescribeDocument');
  }
}

async function nodesLine(installation: Installation, cluster: string, nodes: readonly string[]): Promise<Line> {
  const check = `nodes of ${cluster}`;
  try {
    const managed = await installation.managedNodes(nodes);
    const online = managed.filter(({ ping }) => ping === 'Online').map(({ node }) => node);
    const away = nodes.filter((node) => !online.includes(node));
    if (away.length === 0) return ok(check, `${nodes.length} of ${nodes.length} online in SSM`);
    const why = away.map((node) => `${node}: ${managed.find((one) => one.node === node)?.ping ?? 'not managed'}`).join(', ');
    return attention(
      check,
      `${online.length} of ${nodes.length} online in SSM (${why})`,
      'start the SSM agent there, check its role and the network',
    );
  } catch (error) {
    return attention(check, (error as Error).message, 'allow ssm:DescribeInstanceInformation');
  }
}
