/**
 * A host on which something runs that is as much of Cassandra as the way back meets (test/fixtures/cassandra-double), so that the
 * kit's commands are carried out whole: reload, drain, stop, start, proof on the wire. They are typed as a person types them.
 */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, vi } from 'vitest';
import type { PackResult } from '../../../core/node/results.ts';
import { openAuthority } from '../../../stand/pki/authority.ts';
import { freePort } from '../../fixtures/free-port.ts';
import { leafOf } from '../../fixtures/keystore-pem.ts';
import { buildJar, Host, JAR } from '../host.ts';
import { recipient } from '../pack-store.ts';

const DOUBLE = resolve(import.meta.dirname, '../../fixtures/cassandra-double/CassandraDouble.java');

/** One unit whose process is the double; a drop-in that keeps clients off is obeyed at its start. */
const systemctl = (start: string): string => `#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
alive() { grep -qs '^State:.[^Z]' "/proc/$pid/status"; }
pid=$(cat "$here/pid" 2>/dev/null || echo 0)
alive || pid=0
case $1 in
  show) [ "$pid" = 0 ] && echo ActiveState=inactive || echo ActiveState=active; echo "MainPID=$pid" ;;
  start) [ "$pid" = 0 ] || exit 0
    clients=on
    ! grep -qs start_native_transport=false "$RINGWARD_UNIT_DIR/cassandra.service.d/50-ringward.conf" || clients=off
    setsid ${start} $clients >>"$here/cassandra.log" 2>&1 </dev/null & echo $! > "$here/pid" ;;
  stop) [ "$pid" = 0 ] || kill "$pid"; while [ "$pid" != 0 ] && alive; do sleep 0.05; done; rm -f "$here/pid" ;;
  daemon-reload) ;;
  *) exit 2 ;;
esac
`;

/** How a command ended that a person typed. */
export interface Typed {
  readonly code: number | null;
  readonly out: string;
}

export class KitHost {
  readonly host: Host;
  /** Fields that a controller's request to pack carries for the kit. */
  kit: Record<string, unknown> = {};
  /** Newest epoch of the controller. */
  epoch = 5;
  private readonly env: Record<string, string>;
  private jmxPort = 0;
  private readonly good: string;
  private readonly configuration: string;

  private constructor(host: Host) {
    this.host = host;
    this.good = host.read('node.pem');
    this.configuration = readFileSync(host.yaml, 'utf8');
    this.env = {
      PATH: `${join(host.folder, 'bin')}:${process.env.PATH}`,
      RINGWARD_UNIT_DIR: join(host.folder, 'run/systemd/system'),
    };
  }

  static async make(): Promise<KitHost> {
    buildJar();
    const host = (await Host.make()).installCassandra();
    const made = new KitHost(host);
    made.jmxPort = await freePort();
    const classes = join(host.folder, 'double');
    mkdirSync(classes);
    execFileSync('javac', ['-nowarn', '-cp', JAR, '-d', classes, DOUBLE], { stdio: ['ignore', 'ignore', 'inherit'] });
    const jmx = { port: made.jmxPort, 'rmi.port': made.jmxPort, host: '127.0.0.1', authenticate: false, ssl: false };
    const options = Object.entries(jmx).map(([key, value]) => `-Dcom.sun.management.jmxremote.${key}=${value}`);
    const flags = '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx64m -Djava.rmi.server.hostname=127.0.0.1';
    const program = `-cp ${JAR}:${classes} io.ringward.node.CassandraDouble`;
    const start = `java ${flags} ${options.join(' ')} ${program} ${host.tls} ${host.clientPort} ${host.internodePort}`;
    writeFileSync(join(host.folder, 'bin/systemctl'), systemctl(start), { mode: 0o755 });
    writeFileSync(join(host.folder, 'bin/nodetool'), `#!/bin/sh\nexec java ${flags} ${program} nodetool "$@"\n`, { mode: 0o755 });
    return made;
  }

  /** Starts the service, if it does not run, and waits until the internode port answers. */
  async start(): Promise<void> {
    await this.type('systemctl start cassandra');
    for (let i = 0; i < 200; i++) {
      if ((await this.served())[1]) return;
      await pause(50);
    }
    throw new Error(readFileSync(join(this.host.folder, 'bin/cassandra.log'), 'utf8'));
  }

  async stop(): Promise<void> {
    await this.type('systemctl stop cassandra');
  }

  /** A backup as the controller has it made, under its next epoch. */
  async backup(backupId: string, deployment = 'd-1'): Promise<PackResult> {
    const packed = await this.host.step<PackResult>('pack', {
      backupId,
      deployment,
      recipient,
      epoch: ++this.epoch,
      jmx: { address: '127.0.0.1', port: this.jmxPort },
      kit: { drainTimeoutMs: 3000, stopTimeoutMs: 5000, startTimeoutMs: 20_000, peers: [], announced: [], ...this.kit },
    });
    if (!packed.ok) throw new Error(`${packed.error.code}: ${packed.error.message}`);
    return packed.result;
  }

  /** What a careless deployer does: it writes over the keystore and has it reloaded. */
  async deploy(pem: string): Promise<void> {
    writeFileSync(this.host.path('node.pem'), pem);
    chmodSync(this.host.path('node.pem'), 0o640);
    await this.type(`nodetool -h 127.0.0.1 -p ${this.jmxPort} reloadssl`);
  }

  /** Types a command into a root shell on the node, exactly as it stands. */
  async type(command: string, env: Readonly<Record<string, string>> = {}): Promise<Typed> {
    const shell = spawn('/bin/sh', ['-c', command], { cwd: '/', env: { ...this.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    const take = (chunk: Buffer): void => {
      out += chunk.toString();
    };
    shell.stdout.on('data', take);
    shell.stderr.on('data', take);
    const code = await new Promise<number | null>((done) => shell.on('close', done));
    this.host.expectNoSecret(out);
    return { code, out };
  }

  /** `kit …` by the wrapper that the backup left. */
  async kitCommand(args: string, env: Readonly<Record<string, string>> = {}): Promise<Typed> {
    return await this.type(`sh ${join(this.host.home, 'kit/ringward-node.sh')} kit ${args}`, env);
  }

  /** The same for programs; the exit code stands in the answer too. */
  async kitJson<T>(args: string): Promise<T & { readonly exit: number }> {
    const { code, out } = await this.kitCommand(`${args} --json`);
    const answer = JSON.parse(out) as T & { readonly exit: number };
    if (answer.exit !== code) throw new Error(`exit ${code}, told as ${answer.exit}`);
    return answer;
  }

  /** SHA-256 of the leaf that client and internode port serve to openssl; null where none is. */
  async served(): Promise<(string | null)[]> {
    return await Promise.all(
      [this.host.clientPort, this.host.internodePort].map(async (port) => {
        const { out } = await this.type(
          `openssl s_client -connect 127.0.0.1:${port} </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256`,
        );
        return /Fingerprint=([0-9A-F:]+)/.exec(out)?.[1]?.replaceAll(':', '').toLowerCase() ?? null;
      }),
    );
  }

  /** As before every test: the good files served, nothing kept of Ringward. */
  async reset(): Promise<void> {
    await this.stop();
    for (const name of ['drain-fails', 'peer-down']) rmSync(this.host.path(name), { force: true });
    for (const folder of [this.host.home, join(this.host.folder, 'run')]) rmSync(folder, { recursive: true, force: true });
    this.host.write('node.pem', this.good, 0o640);
    writeFileSync(this.host.yaml, this.configuration);
    this.kit = {};
    this.epoch = 5;
    await this.start();
  }

  async remove(): Promise<void> {
    if (existsSync(join(this.host.folder, 'bin/pid'))) await this.stop();
    this.host.remove();
  }
}

/** A host, the keystore that it has, and one of an authority that nobody here trusts; PEM. */
export interface KitAndKeystores {
  readonly kit: KitHost;
  readonly good: string;
  readonly bad: string;
}

/** The opening of a file of tests: one host for all of them, as new before each. */
export function useKitHost(take: (made: KitAndKeystores) => void): void {
  let made: KitHost | undefined;
  // A command is a JVM of its own, and a test types several.
  vi.setConfig({ testTimeout: 180_000 });
  beforeAll(async () => {
    made = await KitHost.make();
    const { host } = made;
    const bad = await host.keystore('bad', await openAuthority(join(host.folder, 'evil'), 'Test'));
    take({ kit: made, good: host.read('node.pem'), bad });
  });
  beforeEach(async () => await made?.reset());
  afterAll(async () => await made?.remove());
}

/** What both reloading ports serve with a keystore, as {@link KitHost.served} tells it. */
export const both = (pem: string): string[] => [leafOf(pem), leafOf(pem)];
