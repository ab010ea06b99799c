/** Single runs of the way back of one node, by the product and by hand, each from the same bad start and proven by openssl. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { GetDocumentCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Installation } from '../adapters/stack/installation.ts';
import { requestBase } from '../core/node/build-request.ts';
import type { NodeReply } from '../core/node/protocol.ts';
import type { NodeRequest } from '../core/node/requests.ts';
import { detailOf, send } from '../stand/demo/events.ts';
import { activate, type PreparedDeployment, prepare, putInPlace } from '../stand/deployer.ts';
import { runOnNode } from '../stand/local-aws/node-shell.ts';
import { type CommandDocument, resolveParameters, scriptOf } from '../stand/local-aws/ssm-document.ts';
import { findJdk } from '../stand/ring/java.ts';
import { nodeEnvironment } from '../stand/ring/service.ts';
import { CLIENT_PORT, CLUSTER, INTERNODE_PORT, PATHS, REPOSITORY, type Ring, type RingNode } from '../stand/ring/topology.ts';
import { served } from '../stand/wire.ts';

const BY_HAND = join(REPOSITORY, 'bench/rollback-by-hand.sh');
const POLL_MS = 25;
const BACKUP_MS = 120_000;

/** One node with a bad certificate at hand, and the ways back from it. */
export class NodeUnderTest {
  readonly node: RingNode;
  readonly #ring: Ring;
  readonly #installation: Installation;
  readonly #bad: PreparedDeployment;
  readonly #oldLeaf: string;
  readonly #folder: string;
  #turn = 0;

  private constructor(ring: Ring, node: RingNode, installation: Installation, bad: PreparedDeployment, oldLeaf: string, folder: string) {
    this.#ring = ring;
    this.node = node;
    this.#installation = installation;
    this.#bad = bad;
    this.#oldLeaf = oldLeaf;
    this.#folder = folder;
  }

  /** The node must serve a good leaf now; a copy of its keystore is what the way back by hand goes back to. */
  static async make(ring: Ring, node: RingNode, installation: Installation): Promise<NodeUnderTest> {
    const folder = join(ring.folder, 'bench');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await copyFile(node.folder + PATHS.keystore, join(folder, 'old.pem'));
    const { leaf } = await served(node.address, CLIENT_PORT, ring.pki);
    if (leaf === null) throw new Error(`${node.address}:${CLIENT_PORT} serves no certificate → npm run stand -- heal`);
    return new NodeUnderTest(ring, node, installation, await prepare('other-ca', ring, [node]), leaf, folder);
  }

  /** Announces a deployment to this node alone and waits until its backup is verified. Gives its id. */
  async backedUp(): Promise<string> {
    this.#turn += 1;
    const deployment = `bench-${Date.now()}-${this.#turn}`;
    await send('Certificate Deployment Starting', detailOf(deployment, this.#bad));
    for (const until = Date.now() + BACKUP_MS; Date.now() < until; await pause(100)) {
      const record = (await this.#installation.deployments(CLUSTER)).find((one) => one.deployment === deployment);
      if (record?.state === 'backed-up') return deployment;
      if (record?.state === 'backup-failed')
        throw new Error(`the backup of ${deployment} failed → ringward status --deployment ${deployment}`);
    }
    throw new Error(`the backup of ${deployment} was not verified within ${BACKUP_MS / 1000} s`);
  }

  /** Puts the bad certificate in place and sees it served. */
  async break(): Promise<void> {
    await putInPlace(this.#bad);
    await activate(this.#bad, this.#ring);
    await this.#mustServe(this.#bad.nodes[0]?.leafFingerprint as string);
  }

  /** The script that people write, ms. */
  async byHand(): Promise<number> {
    const { home } = findJdk();
    const args = [BY_HAND, join(this.#folder, 'old.pem'), this.node.folder + PATHS.keystore, this.node.address];
    const ms = await timed(
      () =>
        new Promise<void>((resolve, reject) => {
          execFile('/bin/sh', args, { cwd: this.node.folder, env: nodeEnvironment(this.node, home) }, (error, _stdout, stderr) =>
            error ? reject(new Error(`the way back by hand failed: ${stderr}`)) : resolve(),
          );
        }),
    );
    await this.#mustServe(this.#oldLeaf);
    return ms;
  }

  /** The node's part alone: the acting document's script with a `restore-hot` request, run as SSM's agent would; ms. */
  async byNodeProgram(deployment: string): Promise<number> {
    const { home } = findJdk();
    const { address, folder, node } = this.node;
    const script = await this.#actingScript(deployment);
    const host = { node, address, folder, env: nodeEnvironment(this.node, home) };
    let answer = '';
    const ms = await timed(async () => {
      const outcome = await runOnNode(host, script, join(this.#folder, `ssm-${this.#turn}`)).outcome;
      answer = outcome.stdout;
      if (outcome.exitCode !== 0) throw new Error(`the node's program failed: ${outcome.stdout}${outcome.stderr}`);
    });
    const reply = JSON.parse(answer) as NodeReply;
    if (!reply.ok || !(reply.result as { proven?: boolean }).proven) throw new Error(`the node's program proved nothing: ${answer}`);
    await this.#mustServe(this.#oldLeaf);
    return ms;
  }

  async #actingScript(deployment: string): Promise<ReturnType<typeof scriptOf>> {
    this.#turn += 1;
    const [registration, backups, records, found] = await Promise.all([
      this.#installation.registration(CLUSTER),
      this.#installation.backups(CLUSTER, deployment),
      this.#installation.deployments(CLUSTER),
      new SSMClient({}).send(new GetDocumentCommand({ Name: this.#installation.stack.outputs.ActDocument })),
    ]);
    const { node } = this.node;
    const backup = backups.find((one) => one.node === node && one.status === 'verified');
    const record = records.find((one) => one.deployment === deployment);
    if (!backup || !record) throw new Error(`${deployment} has no verified backup of ${node}`);
    const { client, internode } = backup.servedLeaves;
    const request: NodeRequest = {
      ...requestBase(registration, { deployment, node, epoch: record.epoch, requestId: `bench-${this.#turn}-${Date.now()}` }),
      step: 'restore-hot',
      backup: { backupId: backup.backupId, manifestSha256: backup.manifestSha256 },
      paths: [this.node.folder + PATHS.keystore],
      expect: { ...(client && { client }), ...(internode && { internode }) },
    };
    const document = JSON.parse(found.Content ?? '{}') as CommandDocument;
    const parameters = { ...(await this.#lastParameters()), Request: [Buffer.from(JSON.stringify(request)).toString('base64url')] };
    return scriptOf(document, resolveParameters(document, parameters));
  }

  /** Program, URL and time-out as the product sent them with its latest command. */
  async #lastParameters(): Promise<Readonly<Record<string, readonly string[]>>> {
    const history = await readFile(join(this.#ring.folder, 'local-aws/ssm-history.jsonl'), 'utf8');
    const sent = history
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string; request?: { Parameters?: Record<string, readonly string[]> } })
      .findLast(({ kind, request }) => kind === 'SendCommand' && request?.Parameters?.ProgramUrl);
    if (!sent?.request?.Parameters) throw new Error('the product has sent no command yet');
    return sent.request.Parameters;
  }

  /** The whole workflow: a person's StartExecution of `roll-back` for this node, until the execution has ended with the node verified again; ms. */
  async byWorkflow(deployment: string): Promise<number> {
    const start = {
      cluster: CLUSTER,
      deployment,
      scope: 'node',
      nodes: [this.node.node],
      mode: 'automated',
      reason: 'bench',
      requestedBy: 'bench',
    };
    let output: { readonly outcome?: string } = {};
    const ms = await timed(async () => {
      const execution = await this.#installation.start('roll-back', start, `bench-${deployment}`);
      for (;;) {
        const state = await this.#installation.execution(execution);
        if (state.status !== 'RUNNING') {
          output = (state.output ?? {}) as typeof output;
          if (state.status !== 'SUCCEEDED') throw new Error(`the rollback ended ${state.status}: ${state.error}: ${state.cause}`);
          return;
        }
        await pause(POLL_MS);
      }
    });
    if (output.outcome !== 'rolled-back')
      throw new Error(`the rollback of ${deployment} ended ${output.outcome}: ${JSON.stringify(output)}`);
    await this.#mustServe(this.#oldLeaf);
    return ms;
  }

  async #mustServe(leaf: string): Promise<void> {
    for (const port of [CLIENT_PORT, INTERNODE_PORT]) {
      const seen = await served(this.node.address, port, this.#ring.pki);
      if (seen.leaf !== leaf) throw new Error(`${this.node.address}:${port} serves ${seen.leaf}, not ${leaf}`);
    }
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
