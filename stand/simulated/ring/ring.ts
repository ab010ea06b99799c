/** The simulated ring: processes that start, reload and stop, ports that are dialled, and what nodes see of each other. */
import { sha256Hex } from '../../../core/canonical.ts';
import type { HandshakeFact, RingFact } from '../../../core/node/facts.ts';
import type { VirtualClock } from '../time/virtual-clock.ts';
import { accepted, readStore } from './certificates.ts';
import { CONFIGURATION, type Context, type Host, KEYSTORE, passwordOf, TRUSTSTORE } from './host.ts';

/** What happened to a node, as somebody who stands beside it would write it down. */
export interface Happening {
  readonly at: number;
  readonly node: string;
  readonly what: 'file-replaced' | 'reloaded' | 'clients-off' | 'clients-on' | 'drained' | 'stopped' | 'started' | 'died' | 'normal';
  /** Path and hashes of a file that was replaced. */
  readonly path?: string;
  readonly before?: string | null;
  readonly after?: string;
  /** Hashes of the files that a process started with. */
  readonly loaded?: Readonly<Record<string, string>>;
}

export interface RingState {
  readonly hosts: Host[];
  readonly history: Happening[];
}

/** Who dials: a chain to show and authorities to trust. */
export interface Dialler {
  readonly chain: readonly string[];
  readonly trust: readonly string[];
}

export const CLIENT_PORT = 9042;
export const INTERNODE_PORT = 7000;
/** From the start of a process until it is NORMAL, ms. */
const START_MS = 1500;

export class SimulatedRing {
  readonly state: RingState;
  readonly clock: VirtualClock;

  constructor(state: RingState, clock: VirtualClock) {
    this.state = state;
    this.clock = clock;
  }

  host(node: string): Host {
    const host = this.state.hosts.find((one) => one.node === node || one.address === node);
    if (!host) throw new Error(`the ring has no node ${node}`);
    return host;
  }

  note(host: Host, happening: Omit<Happening, 'at' | 'node'>): void {
    this.state.history.push({ at: this.clock.now, node: host.node, ...happening });
  }

  /** Writes a file as one rename does. */
  replaceFile(host: Host, path: string, text: string, dress: { readonly mode: string; readonly owner: string }): void {
    const before = host.disk.files.get(path);
    host.disk.files.set(path, { text, ...dress, modifiedAt: this.clock.now });
    this.note(host, { what: 'file-replaced', path, before: before ? sha256Hex(before.text) : null, after: sha256Hex(text) });
  }

  /** Starts Cassandra: it loads its files now, and ends at once where they do not load or nobody lets it in. */
  start(host: Host): void {
    if (host.process) return;
    const yaml = host.disk.files.get(CONFIGURATION)?.text ?? '';
    const password = passwordOf(yaml);
    const context = this.contextOnDisk(host, password);
    const loaded = [...host.disk.files].map(([path, { text }]) => [path, sha256Hex(text)] as const);
    this.note(host, { what: 'started', loaded: Object.fromEntries(loaded) });
    host.starts += 1;
    if (!context || !this.#isLetIn(host, context)) {
      this.note(host, { what: 'died' });
      return;
    }
    const nativeTransport = !host.disk.clientsOff;
    const started = {
      pid: 100 * host.starts + 7,
      startedAt: this.clock.now,
      mode: 'STARTING' as const,
      nativeTransport,
      password,
      context,
    };
    host.process = { ...started, links: new Set() };
    if (nativeTransport) this.note(host, { what: 'clients-on' });
    const process = host.process;
    this.clock.after(START_MS, () => {
      if (host.process !== process) return;
      process.mode = 'NORMAL';
      this.note(host, { what: 'normal' });
    });
  }

  /** A node that is no seed needs somebody to gossip with. */
  #isLetIn(host: Host, context: Context): boolean {
    const others = this.state.hosts.filter((other) => other !== host && other.process);
    return host.seed || others.length === 0 || others.some((other) => this.#mutual(context, other.process?.context));
  }

  #mutual(a: Context, b: Context | undefined): boolean {
    return b !== undefined && accepted(a.chain, b.trust, this.clock.now) && accepted(b.chain, a.trust, this.clock.now);
  }

  stop(host: Host): void {
    if (!host.process) return;
    host.process = null;
    for (const other of this.state.hosts) other.process?.links.delete(host.node);
    this.note(host, { what: 'stopped' });
  }

  /** As `reloadssl`: a context that cannot be built is left as it was, and nobody is told. */
  reload(host: Host): void {
    if (!host.process) return;
    const context = this.contextOnDisk(host, host.process.password);
    if (context) host.process.context = context;
    this.note(host, { what: 'reloaded' });
  }

  /** What the files would show and trust, opened with this password; null where they do not load. */
  contextOnDisk(host: Host, password: string): Context | null {
    const [keystore, truststore] = [KEYSTORE, TRUSTSTORE].map((path) => host.disk.files.get(path)?.text);
    if (keystore === undefined || truststore === undefined) return null;
    const [keys, trust] = [readStore(keystore), readStore(truststore)];
    if (keys.password !== password || keys.keyMatchesLeaf === null || keys.chain.length === 0) return null;
    return { chain: keys.chain, trust: trust.chain };
  }

  /** One fresh connection to a port, and one question over it. */
  dial(dialler: Dialler, address: string, listener: 'client' | 'internode'): HandshakeFact {
    const port = listener === 'client' ? CLIENT_PORT : INTERNODE_PORT;
    const { process } = this.host(address);
    const base = { listener, address, port };
    if (!process || process.mode === 'DRAINED' || (listener === 'client' && !process.nativeTransport))
      return { ...base, chain: [], handshake: 'unreachable', read: 'none', error: 'connection refused' };
    const chain = [...process.context.chain];
    if (!accepted(chain, dialler.trust, this.clock.now))
      return { ...base, chain, handshake: 'failed', read: 'none', trusted: false, error: 'certificate not accepted' };
    if (!accepted(dialler.chain, process.context.trust, this.clock.now))
      return { ...base, chain, handshake: 'complete', read: 'refused', trusted: true, error: 'alert: bad certificate' };
    return { ...base, chain, handshake: 'complete', read: 'answered', trusted: true, protocol: 'TLSv1.3', ms: 4 };
  }

  /** What JMX says of the ring; null while no process answers. Links that stand outlive a certificate; new ones need it. */
  view(host: Host): RingFact | null {
    const { process } = host;
    if (!process || process.mode === 'STARTING') return null;
    const live = this.state.hosts.filter((other) => other === host || (this.#linked(host, other) && this.#linked(other, host)));
    const texts = (hosts: readonly Host[]): string[] => hosts.map(({ address }) => `/${address}:${INTERNODE_PORT}`);
    return {
      operationMode: process.mode,
      live: texts(live),
      unreachable: texts(this.state.hosts.filter((other) => !live.includes(other))),
      joining: [],
      nativeTransport: process.nativeTransport,
      schemaVersions: ['v1'],
    };
  }

  #linked(from: Host, to: Host): boolean {
    if (!from.process || !to.process || to.process.mode === 'DRAINED') return false;
    if (!from.process.links.has(to.node) && this.#mutual(from.process.context, to.process.context)) from.process.links.add(to.node);
    return from.process.links.has(to.node);
  }
}
