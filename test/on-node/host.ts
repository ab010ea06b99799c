/**
 * A Cassandra host in a folder, without Cassandra: certificate files, a yaml, a `systemctl` of its own, and the real
 * jar run as a process. Every reply is parsed by the protocol's schema, and no output may hold key material.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { readReplyLine } from '../../adapters/ssm/reply-line.ts';
import type { NodeFile, NodeRequest, NodeStep } from '../../core/node/requests.ts';
import { NODE_RESULTS } from '../../core/node/results.ts';
import type { Authority } from '../../stand/pki/authority.ts';
import { openAuthority } from '../../stand/pki/authority.ts';
import { freePort } from '../fixtures/free-port.ts';

const root = resolve(import.meta.dirname, '../..');
export const JAR = join(root, 'dist/ringward-node.jar');
/** Cassandra's own jars, as set-up installs them. */
const CASSANDRA_LIB = resolve(process.env.RINGWARD_CASSANDRA_LIB ?? join(root, '.cache/cassandra/lib'));
const JAVA_FLAGS = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto', '-Xmx96m', '-XX:-UsePerfData', '-jar', JAR];

/** Builds the jar when its sources are newer. */
export function buildJar(): void {
  execFileSync(process.execPath, [join(root, 'on-node/build.mjs')], { stdio: ['ignore', 'ignore', 'inherit'] });
}

const SYSTEMCTL = `#!/bin/sh
# One unit; its process is a sleep. "systemctl start" fails while the file start-fails is there.
here=$(dirname "$0")
pid=$(cat "$here/pid" 2>/dev/null || echo 0)
[ "$pid" = 0 ] || kill -0 "$pid" 2>/dev/null || pid=0
case $1 in
  show) [ "$pid" = 0 ] && echo ActiveState=inactive || echo ActiveState=active; echo "MainPID=$pid" ;;
  start) [ ! -e "$here/start-fails" ] || { echo "no such luck" >&2; exit 1; }
    [ "$pid" != 0 ] || { sleep 300 >/dev/null 2>&1 </dev/null & echo $! > "$here/pid"; } ;;
  stop) [ "$pid" = 0 ] || kill "$pid" ;;
  daemon-reload) ;;
  *) exit 2 ;;
esac
`;

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A reply, already known to fit the schema of its step. */
export interface Answer<R> {
  readonly code: number | null;
  readonly ok: boolean;
  readonly result: R;
  readonly error: { readonly code: string; readonly message: string; readonly fix: string };
}

/** Distinguishes a step's own fields from those of every request. */
type StepFields = Readonly<Record<string, unknown>>;

export class Host {
  readonly folder: string;
  readonly tls: string;
  readonly yaml: string;
  readonly home: string;
  readonly authority: Authority;
  files: NodeFile[];
  clientPort = 0;
  internodePort = 0;
  private requests = 0;
  /** Texts that no output may hold. */
  private readonly secrets: string[] = [];

  private constructor(folder: string, authority: Authority) {
    this.folder = folder;
    this.authority = authority;
    this.tls = join(folder, 'etc/cassandra/tls');
    this.yaml = join(folder, 'etc/cassandra/cassandra.yaml');
    this.home = join(folder, 'var/lib/ringward');
    this.files = [
      { path: join(this.tls, 'node.pem'), kind: 'keystore' },
      { path: join(this.tls, 'ca.pem'), kind: 'truststore' },
      { path: this.yaml, kind: 'configuration' },
    ];
  }

  static async make(): Promise<Host> {
    const folder = mkdtempSync(join(tmpdir(), 'ringward-host-'));
    const host = new Host(folder, await openAuthority(join(folder, 'authority'), 'Test'));
    for (const path of [host.tls, join(folder, 'bin')]) mkdirSync(path, { recursive: true });
    writeFileSync(join(folder, 'bin/systemctl'), SYSTEMCTL, { mode: 0o755 });
    host.write('node.pem', await host.keystore('first'), 0o640);
    copyFileSync(host.authority.root, host.path('ca.pem'));
    writeFileSync(host.yaml, host.configuration(), { mode: 0o600 });
    host.clientPort = await freePort();
    host.internodePort = await freePort();
    return host;
  }

  path(name: string): string {
    return join(this.tls, name);
  }

  write(name: string, text: string, mode = 0o600): void {
    rmSync(this.path(name), { force: true });
    writeFileSync(this.path(name), text, { mode });
    chmodSync(this.path(name), mode);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  /** Key, leaf and intermediate in one PEM; its key becomes a secret that no output may hold. */
  async keystore(name: string, authority = this.authority): Promise<string> {
    const identity = await authority.issue(join(this.folder, 'identities', name), { commonName: name, ip: ['127.0.0.1'] });
    const key = readFileSync(identity.key, 'utf8');
    this.keepSecret(key);
    return key + readFileSync(identity.certificate, 'utf8') + readFileSync(authority.intermediate, 'utf8');
  }

  /** The private scalar in hex, and in base64 at each of its three offsets. (An EC key's PEM holds the public point too, which is no secret.) */
  keepSecret(pem: string): void {
    const scalar = Buffer.from(createPrivateKey(pem).export({ format: 'jwk' }).d!, 'base64url');
    this.secrets.push(scalar.toString('hex'));
    for (const offset of [0, 1, 2]) {
      const inside = Buffer.concat([Buffer.alloc(offset), scalar])
        .toString('base64')
        .slice(4, -4);
      this.secrets.push(inside, inside.replaceAll('+', '-').replaceAll('/', '_'));
    }
  }

  configuration(store: Readonly<Record<string, string>> = {}): string {
    const lines = Object.entries({
      keystore: this.path('node.pem'),
      truststore: this.path('ca.pem'),
      require_client_auth: 'true',
      ...store,
    });
    const factory = store.store_type
      ? ''
      : '  ssl_context_factory: {class_name: org.apache.cassandra.security.PEMBasedSslContextFactory}\n';
    const section = `${factory}${lines.map(([key, value]) => `  ${key}: ${value}`).join('\n')}\n`;
    return `cluster_name: test\nserver_encryption_options:\n  internode_encryption: all\n${section}client_encryption_options:\n  enabled: true\n${section}`;
  }

  request(step: NodeStep, fields: StepFields = {}): NodeRequest {
    this.requests++;
    return {
      protocol: 1,
      requestId: `r-${this.requests}`,
      cluster: 'test',
      deployment: 'd-1',
      node: 'i-1',
      epoch: 1,
      address: '127.0.0.1',
      clientPort: this.clientPort,
      internodePort: this.internodePort,
      cassandra: { home: this.folder, yaml: this.yaml, service: 'cassandra' },
      jmx: { address: '127.0.0.1', port: 1 },
      files: this.files,
      step,
      ...fields,
    } as unknown as NodeRequest;
  }

  /** Gives the host Cassandra's own classes. */
  installCassandra(): this {
    if (!existsSync(CASSANDRA_LIB))
      throw new Error(`no Cassandra jars in ${CASSANDRA_LIB} → run npm run build, or set RINGWARD_CASSANDRA_LIB`);
    execFileSync('ln', ['-s', CASSANDRA_LIB, join(this.folder, 'lib')]);
    return this;
  }

  /** Runs the jar with a request as it is, and holds its output against the secrets. */
  async runRaw(input: string, env: Readonly<Record<string, string>> = {}): Promise<Ran> {
    const java = spawn('java', JAVA_FLAGS, {
      env: {
        ...process.env,
        RINGWARD_HOME: this.home,
        RINGWARD_UNIT_DIR: join(this.folder, 'run/systemd/system'),
        RINGWARD_ALLOW: 'act',
        PATH: `${join(this.folder, 'bin')}:${process.env.PATH}`,
        ...env,
      },
    });
    let stdout = '';
    let stderr = '';
    java.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    java.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    java.stdin.on('error', () => undefined);
    java.stdin.end(input);
    const code = await new Promise<number | null>((done) => java.on('close', done));
    this.expectNoSecret(`${stdout}${stderr}`);
    return { code, stdout, stderr };
  }

  /** Throws when a text holds a piece of any private key of this host. */
  expectNoSecret(text: string): void {
    for (const secret of this.secrets) if (text.includes(secret)) throw new Error('the output holds a piece of a private key');
  }

  async send<R = Record<string, unknown>>(request: NodeRequest, env: Readonly<Record<string, string>> = {}): Promise<Answer<R>> {
    const allowed = request.step.endsWith('-truststore') ? { RINGWARD_ALLOW: 'trust' } : {};
    const sent = Buffer.from(JSON.stringify(request)).toString('base64url');
    const { code, stdout, stderr } = await this.runRaw(sent, { ...allowed, ...env });
    if (!stdout.endsWith('\n') || stdout.indexOf('\n') !== stdout.length - 1) throw new Error(`not one line: ${stdout}${stderr}`);
    const reply = readReplyLine(stdout);
    const result = reply.ok ? NODE_RESULTS[request.step].parse(reply.result) : undefined;
    return { code, ok: reply.ok, result: result as R, error: reply.ok ? { code: '', message: '', fix: '' } : reply.error };
  }

  async step<R = Record<string, unknown>>(
    step: NodeStep,
    fields: StepFields = {},
    env: Readonly<Record<string, string>> = {},
  ): Promise<Answer<R>> {
    return await this.send<R>(this.request(step, fields), env);
  }

  /** Journal lines as objects. */
  journal(): Record<string, unknown>[] {
    return readFileSync(join(this.home, 'journal.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Names that a crash might have left beside the certificate files or snapshots. */
  leftovers(): string[] {
    const snapshots = join(this.home, 'snapshots');
    return [this.tls, dirname(this.yaml), ...(existsSync(snapshots) ? [snapshots] : [])]
      .flatMap((folder) => readdirSync(folder))
      .filter((name) => name.startsWith('.'));
  }

  remove(): void {
    const pidFile = join(this.folder, 'bin/pid');
    if (existsSync(pidFile)) {
      try {
        process.kill(Number(readFileSync(pidFile, 'utf8')));
      } catch {
        // It has ended already.
      }
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
