/**
 * The ground on which failure modes are provoked: one node of the ring whose files may be overwritten, an authority that can
 * issue anything, and the way back to what was. The product sees the ring's registration and nothing of this.
 */
import { chmod, mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Installation } from '../../adapters/stack/installation.ts';
import type { Cause } from '../../core/verify/causes.ts';
import { putCanaryIdentity } from '../../stand/local-aws/deploy.ts';
import { CANARY_SECRET } from '../../stand/local-aws/index.ts';
import type { Authority, Identity, LeafRequest } from '../../stand/pki/authority.ts';
import { CANARY, CLIENT, clientCredentials, type Material, openMaterial, pemKeystore } from '../../stand/pki/material.ts';
import type { Progress } from '../../stand/progress.ts';
import { leafNames } from '../../stand/ring/node-folder.ts';
import { untilReady } from '../../stand/ring/readiness.ts';
import { nodetool, systemctl } from '../../stand/ring/service.ts';
import { CLIENT_PORT, CLUSTER, INTERNODE_PORT, PATHS, type Ring, type RingNode } from '../../stand/ring/topology.ts';
import { served } from '../../stand/wire.ts';

/** What the watch answered, as far as the bench reads it. */
export interface Answer {
  readonly outcome: 'passed' | 'failed' | 'unknown';
  readonly causes: readonly Cause[];
  readonly notices: readonly { readonly code: string; readonly nodes: readonly string[] }[];
  readonly open: readonly string[];
}

export class Ground {
  readonly ring: Ring;
  readonly material: Material;
  readonly endpoint: string;
  private readonly installation: Installation;
  private readonly originals = new Map<string, { readonly bytes: Buffer; readonly mode: number } | null>();
  private made = 0;

  private constructor(ring: Ring, material: Material, endpoint: string, installation: Installation) {
    this.ring = ring;
    this.material = material;
    this.endpoint = endpoint;
    this.installation = installation;
  }

  static async open(ring: Ring, endpoint: string): Promise<Ground> {
    const { openInstallation } = await import('../../adapters/stack/installation.ts');
    return new Ground(ring, await openMaterial(ring.pki), endpoint, await openInstallation('Ringward'));
  }

  /** The node that suffers; the last, as it is no seed. */
  get target(): RingNode {
    return this.ring.nodes.at(-1) as RingNode;
  }

  get others(): readonly RingNode[] {
    return this.ring.nodes.slice(0, -1);
  }

  get passwordFile(): string {
    return join(this.material.folder, 'keystore.password');
  }

  /** A new leaf for the target, with its usual names unless the wish says otherwise. */
  async leaf(wish: Partial<LeafRequest> = {}, authority: Authority = this.material.authority): Promise<Identity> {
    const folder = join(this.ring.pki, 'failure-modes');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    this.made += 1;
    return authority.issue(join(folder, `leaf-${this.made}`), { ...leafNames(this.target), ...wish });
  }

  /** A PEM keystore with the ring's password. */
  async keystore(identity: Identity, chain: readonly string[] = [this.material.authority.intermediate]): Promise<string> {
    return pemKeystore(identity, chain, this.passwordFile);
  }

  async write(path: string, content: string | Buffer, node: RingNode = this.target): Promise<void> {
    await this.remember(node.folder + path);
    await writeFile(node.folder + path, content);
  }

  async read(path: string, node: RingNode = this.target): Promise<string> {
    return readFile(node.folder + path, 'utf8');
  }

  async mode(path: string, mode: number): Promise<void> {
    await this.remember(this.target.folder + path);
    await chmod(this.target.folder + path, mode);
  }

  /** As if the file had been written that long ago. */
  async age(path: string, minutes: number): Promise<void> {
    const then = new Date(Date.now() - minutes * 60_000);
    await utimes(this.target.folder + path, then, then);
  }

  private async remember(path: string): Promise<void> {
    if (this.originals.has(path)) return;
    try {
      this.originals.set(path, { bytes: await readFile(path), mode: (await stat(path)).mode & 0o777 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      this.originals.set(path, null);
    }
  }

  /** Everything written so far becomes what `heal` goes back to. */
  keep(): void {
    this.originals.clear();
  }

  /** The same for a while: the returned function brings the originals of before back, for a later `heal`. */
  nest(): () => void {
    const outer = new Map(this.originals);
    this.originals.clear();
    return () => {
      for (const [path, original] of outer) this.originals.set(path, original);
    };
  }

  /** `nodetool reloadssl`, whose exit code says nothing; then one connection to each port, as the new contexts are made only then. */
  async reload(...nodes: readonly RingNode[]): Promise<void> {
    const reloaded = nodes.length > 0 ? nodes : [this.target];
    await Promise.all(reloaded.map((node) => nodetool(node, 'reloadssl')));
    await Promise.all(reloaded.flatMap((node) => [CLIENT_PORT, INTERNODE_PORT].map((port) => served(node.address, port, this.ring.pki))));
  }

  /** Restarts the target; waits until it is ready unless it is meant to die. */
  async restart(wait = true): Promise<void> {
    await systemctl(this.target, 'restart');
    if (wait) await untilReady(this.target, await clientCredentials(this.ring.pki, CLIENT));
  }

  async nodetool(...args: string[]): Promise<void> {
    await nodetool(this.target, ...args);
  }

  /** What the canary trusts; without an argument, what it trusted at first. */
  async clientsTrust(pem?: string): Promise<void> {
    const { cert, key, ca } = await clientCredentials(this.ring.pki, CANARY);
    await putCanaryIdentity(this.endpoint, CANARY_SECRET, { certificate: cert, privateKey: key, authorities: pem ?? ca });
  }

  /** Files as they were, then a reload or a restart of those whose files changed. */
  async heal(by: 'reload' | 'restart'): Promise<void> {
    const touched = new Set<RingNode>();
    for (const [path, original] of this.originals) {
      if (original) {
        await chmod(path, 0o600);
        await writeFile(path, original.bytes);
        await chmod(path, original.mode);
      } else await rm(path, { force: true });
      for (const node of this.ring.nodes) if (path.startsWith(`${node.folder}/`)) touched.add(node);
    }
    this.originals.clear();
    await this.clientsTrust();
    if (by === 'restart') await this.restart();
    await this.reload(...(touched.size > 0 ? touched : [this.target]));
  }

  /** What the product says now, and how long it took, ms. */
  async look(): Promise<{ readonly answer: Answer; readonly ms: number }> {
    const began = performance.now();
    const input = { cluster: CLUSTER, deployment: 'latest', scope: 'cluster', mode: 'automated' };
    const { status, output, error, cause } = await this.installation.answer('watch-cluster', input);
    const ms = Math.round(performance.now() - began);
    if (status !== 'SUCCEEDED') throw new Error(`the watch ended ${status}: ${error ?? ''} ${cause ?? ''}`);
    return { answer: output as Answer, ms };
  }

  /** Lines of the target's log that hold the words, since a moment. */
  async logged(words: RegExp, since: number): Promise<string[]> {
    const lines = (await this.read(PATHS.log)).split('\n').filter((line) => words.test(line));
    return lines.filter((line) => {
      const [moment] = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}/.exec(line) ?? [];
      return moment === undefined || Date.parse(`${moment.replace(' ', 'T').replace(',', '.')}`) >= since - 1000;
    });
  }
}

/** One way to bring a failure about on the ring, and another tool's word that it is there. */
export interface RingCase {
  readonly row: number;
  readonly title: string;
  /** The finding that must be named; a notice is no cause. */
  readonly code: string;
  readonly notice?: true;
  readonly provoke: (on: Ground) => Promise<void>;
  /** What a tool that shares nothing with the product says; throws when the failure is not there. */
  readonly confirm: (on: Ground, since: number) => Promise<string>;
  readonly healBy?: 'reload' | 'restart';
  /** Beyond files: what else must be undone. */
  readonly undo?: (on: Ground) => Promise<void>;
}

/** Cases that need the node to run with another configuration; entered once, left by a restart. */
export interface CaseGroup {
  readonly title: string;
  readonly enter?: (on: Ground, progress: Progress) => Promise<void>;
  readonly cases: readonly RingCase[];
}
