/** A terminal and an installation in memory: time passes only by `sleep`, and what happens meanwhile is a script. */
import type { Installation } from '../../adapters/stack/installation.ts';
import { EXPECTED_OUTPUTS } from '../../adapters/stack/outputs.ts';
import type { ExecutionState } from '../../adapters/step-functions/starts.ts';
import { runRingward } from '../../cli/run.ts';
import type { Terminal } from '../../cli/terminal.ts';
import type { CataloguedBackup } from '../../core/backup/catalogue.ts';
import type { Baseline } from '../../core/baseline/baseline.ts';
import type { BaselineOverride } from '../../core/baseline/override.ts';
import { Registration } from '../../core/cluster/registration.ts';
import { refuseImpossible, type Standing } from '../../core/decision-point/point.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';
import type { DeploymentRecord } from '../../core/intake/deployment-record.ts';
import type { KeptArtifact } from '../../core/profile/consistency.ts';
import { withApproval, withControl } from '../../core/roll-back/course/say.ts';

export const NODES = ['i-00000000000000001', 'i-00000000000000002', 'i-00000000000000003'] as const;
export const START = Date.UTC(2026, 10, 24, 3, 0, 0);

export const registration = Registration.parse({
  schema: 1,
  cluster: 'payments',
  environment: 'production',
  nodes: NODES.map((node, index) => ({ node, address: `10.0.1.${index + 1}`, seed: index === 0 })),
  files: [{ path: '/etc/cassandra/tls/node.pem', kind: 'keystore' }],
  cassandra: { home: '/usr/share/cassandra', yaml: '/etc/cassandra/cassandra.yaml' },
  canary: { identitySecret: 'ringward/canary/payments' },
});

export function record(state: DeploymentRecord['state'], more: Partial<DeploymentRecord> = {}): DeploymentRecord {
  const nodes = NODES.map((node) => ({
    node,
    artifacts: [{ path: '/etc/cassandra/tls/node.pem', sha256: 'a'.repeat(64), kind: 'keystore' as const }],
  }));
  return {
    cluster: 'payments',
    deployment: 'd-1',
    state,
    epoch: 1,
    detail: {
      schema: 1,
      deploymentId: 'd-1',
      cluster: 'payments',
      change: 'leaf-renewal',
      nodes,
      activation: 'reload',
      requestedBy: 'pipeline',
    },
    startingAt: START - 5000,
    executions: [],
    version: 1,
    ...more,
  };
}

export function verdict(what: 'keep' | 'roll-back' | 'hold', reason: string): NonNullable<DeploymentRecord['verdict']> {
  return { verdict: what, reason, nodes: [], evidence: [], vantagePoints: [], nextStep: `next after ${what}`, decidedAt: START, epoch: 1 };
}

export function backup(node: string, status: CataloguedBackup['status'], reason?: string): CataloguedBackup {
  const nothing = {
    manifestSha256: '',
    manifest: [],
    ciphertextSha256: '',
    ciphertextBytes: 0,
    encryptedKey: '',
    recipientKeyId: '',
    bucket: '',
    key: '',
    storeLeaves: [],
    servedLeaves: {},
    certificates: {},
  };
  return {
    backupId: `b-${node}`,
    cluster: 'payments',
    deployment: 'd-1',
    node,
    at: START,
    epoch: 1,
    status,
    ...(reason === undefined ? {} : { reason }),
    ...nothing,
  };
}

/** Everything that a test may set, and what was done to it. */
export class World {
  now = START;
  out = '';
  err = '';
  tty = { out: false, err: false, in: false };
  env: Record<string, string> = { AWS_REGION: 'us-east-1' };
  typed = '';
  files = new Map<string, string>();
  registrations: Registration[] = [registration];
  records: DeploymentRecord[] = [];
  kept: KeptArtifact[] = [];
  timeline: { at: number; area: string; what: string; node?: string }[] = [];
  backups: CataloguedBackup[] = [];
  baselines: Baseline[] = [];
  baselineOverrides: BaselineOverride[] = [];
  unreadable: { kind: 'baseline' | 'override'; node: string; version: number; why: string }[] = [];
  /** Of the current epoch. */
  point: Standing | null = null;
  reports = new Map<string, string>();
  letters: { id: string; sentAt: number; receiptHandle: string; body: unknown }[] = [];
  returned: string[] = [];
  redriven: string[] = [];
  started: { machine: string; input: unknown; name: string }[] = [];
  executions: ExecutionState[] = [];
  planned: unknown = null;
  opened = 0;
  failToOpen: Error | null = null;
  overrides: { -readonly [K in keyof Installation]?: Installation[K] } = {};
  /** What happens at the n-th sleep. */
  script: (() => void)[] = [];
  readonly controller = new AbortController();

  private change(deployment: string, change: (record: DeploymentRecord) => DeploymentRecord): DeploymentRecord {
    const index = this.records.findIndex((one) => one.deployment === deployment);
    const changed = change(this.records[index] as DeploymentRecord);
    this.records = this.records.with(index, changed);
    return changed;
  }

  async run(...args: string[]): Promise<number> {
    return runRingward(args, this.terminal(), async () => this.installation());
  }

  private terminal(): Terminal {
    return {
      out: (text) => {
        this.out += text;
      },
      err: (text) => {
        this.err += text;
      },
      isTty: this.tty,
      env: this.env,
      now: () => this.now,
      sleep: async (ms) => {
        this.now += ms;
        this.script.shift()?.();
      },
      detach: this.controller.signal,
      ask: async () => this.typed,
      readBytes: async (path) => Buffer.from(await this.terminal().readFile(path), 'latin1'),
      readFile: async (path) => {
        const text = this.files.get(path);
        if (text === undefined) throw new Error(`ENOENT: no such file: ${path}`);
        return text;
      },
      readLines: async function* (this: Terminal, path: string) {
        yield* (await this.readFile(path)).split('\n');
      },
      listFiles: async (folder) => {
        const inside = [...this.files.keys()].filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1));
        if (inside.length === 0) throw new Error(`ENOENT: no such folder: ${folder}`);
        return inside.sort();
      },
      writeFile: async (path, text) => void this.files.set(path, text),
    };
  }

  private installation(): Installation {
    this.opened += 1;
    if (this.failToOpen !== null) throw this.failToOpen;
    const ended: ExecutionState = {
      execution: 'arn:x',
      status: 'SUCCEEDED',
      startedAt: 0,
      stoppedAt: 0,
      output: {},
      error: null,
      cause: null,
    };
    return {
      stack: {
        outputs: Object.fromEntries(EXPECTED_OUTPUTS.map((name) => [name, `value-of-${name}`])),
        status: 'CREATE_COMPLETE',
        answeredAt: START,
        receivedAt: START + 400,
      },
      registrations: async () => this.registrations,
      registration: async (cluster) => {
        const found = this.registrations.find((one) => one.cluster === cluster);
        if (found === undefined) throw new RingwardError('CLUSTER_UNKNOWN', { field: 'cluster', value: cluster });
        return found;
      },
      register: async (one) => void this.registrations.push(one),
      kept: async (of) => this.kept.filter(({ environment }) => environment === of),
      deployments: async (cluster) => this.records.filter((one) => one.cluster === cluster),
      timeline: async () => this.timeline,
      backups: async () => this.backups,
      baselines: async (of) => ({ ...of, versions: this.baselines, overrides: this.baselineOverrides, unreadable: this.unreadable }),
      override: async (override) => void this.baselineOverrides.push(override),
      decisionPoint: async () => this.point,
      decide: async (_of, answer) => {
        if (!this.point) throw new RingwardError('DECISION_NOT_WAITING', { field: 'deployment', value: 'd-1' });
        refuseImpossible(this.point.point, answer);
        const ours = this.point.answer === null;
        const stands = this.point.answer ?? answer;
        this.point = { ...this.point, answer: stands };
        return { point: this.point.point, answer: stands, ours };
      },
      control: async ({ deployment }, said) => this.change(deployment, (record) => withControl(record, said)),
      approve: async ({ deployment }, said) => this.change(deployment, (record) => withApproval(record, said)),
      report: async (_cluster, _deployment, form) => this.reports.get(form),
      start: async (machine, input, name) => {
        this.started.push({ machine, input, name });
        return `arn:aws:states:us-east-1:000000000000:execution:${machine}:${name}`;
      },
      answer: async (machine, input) => {
        this.started.push({ machine, input, name: 'express' });
        return this.executions.shift() ?? ended;
      },
      execution: async () => (this.executions.length > 1 ? this.executions.shift() : this.executions[0]) ?? ended,
      plan: async () => this.planned as never,
      deadLetters: async () => this.letters,
      returnLetters: async (letters) => void this.returned.push(...letters.map(({ id }) => id)),
      redrive: async (letter) => {
        this.redriven.push(letter.id);
        return `event e-${letter.id}`;
      },
      managedNodes: async (nodes) => nodes.map((node) => ({ node, ping: 'Online', agent: '3.3' })),
      documentStatus: async () => 'Active',
      touchTable: async () => undefined,
      ...this.overrides,
    };
  }
}
