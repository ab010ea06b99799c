/** The contract, held by the simulated ring. */

import { readReplyLine } from '../../adapters/ssm/reply-line.ts';
import { sha256Hex } from '../../core/canonical.ts';
import type { NodeReply } from '../../core/node/protocol.ts';
import type { NodeFile, NodeRequest, NodeStep } from '../../core/node/requests.ts';
import type { PackResult } from '../../core/node/results.ts';
import { linesOf } from '../../stand/simulated/node/journal.ts';
import { CONFIGURATION, type Host, KEYSTORE, TRUSTSTORE } from '../../stand/simulated/ring/host.ts';
import { bareWorld, deployFiles, WITNESS } from '../../stand/simulated/scenario.ts';
import type { SimulatedWorld } from '../../stand/simulated/world.ts';
import { recipient } from '../on-node/pack-store.ts';
import { type How, programContract } from './program-contract.ts';
import { ringContract } from './ring-contract.ts';

const FILES: readonly NodeFile[] = [
  { path: KEYSTORE, kind: 'keystore' },
  { path: TRUSTSTORE, kind: 'truststore' },
  { path: CONFIGURATION, kind: 'configuration' },
];

/** One node of a simulated ring, spoken to as the agent speaks to the program. */
class Node {
  world: SimulatedWorld;
  #requests = 0;
  constructor() {
    this.world = bareWorld('hot', 1, { seed: 1 });
  }
  get host(): Host {
    return this.world.ring.state.hosts[0] as Host;
  }
  request(step: NodeStep, fields: object = {}): NodeRequest {
    const { node, address } = this.host;
    const base = { protocol: 1, requestId: `r-${++this.#requests}`, cluster: 'test', deployment: 'd-1', node, epoch: 1, address };
    const cassandra = { home: '/usr/share/cassandra', yaml: CONFIGURATION, service: 'cassandra' };
    const ports = { clientPort: 9042, internodePort: 7000, jmx: { address, port: 7199 } };
    return { ...base, ...ports, cassandra, files: FILES, step, ...fields } as unknown as NodeRequest;
  }
  async run(request: NodeRequest, { allow, crashAt }: How = {}): Promise<{ readonly code: number; readonly reply: NodeReply | null }> {
    let reached = false;
    this.world.endsProgram = (_node, _step, point) => {
      if (reached || point !== crashAt) return false;
      reached = true;
      return true;
    };
    const { code, stdout } = await this.world.inside(() => this.world.runProgram(this.host.node, request, allow ?? 'act'));
    return { code, reply: stdout === '' ? null : readReplyLine(stdout) };
  }
}

programContract('simulated', async () => {
  let node = new Node();
  return {
    keystore: KEYSTORE,
    files: FILES,
    request: (step, fields) => node.request(step, fields),
    run: (request, how) => node.run(request, how),
    spoil: () => deployFiles(node.world, 'hot'),
    hashOf: (path) => {
      const file = node.host.disk.files.get(path);
      return file ? sha256Hex(file.text) : null;
    },
    setRunning: (running) => (running ? node.world.ring.start(node.host) : node.world.ring.stop(node.host)),
    journal: () => linesOf(node.host.disk).map(({ phase, state }) => `${phase} ${state}`),
    renew: () => {
      node = new Node();
    },
    remove: () => undefined,
  };
});

ringContract('simulated', async () => {
  let node = new Node();
  let packed: PackResult;
  async function renew(): Promise<void> {
    node = new Node();
    await node.world.inside(async () => {
      node.world.ring.start(node.host);
      await node.world.pass(10_000);
    });
    const { reply } = await node.run(node.request('pack', { backupId: 'b-1', recipient }));
    if (!reply?.ok) throw new Error(JSON.stringify(reply));
    packed = reply.result as PackResult;
  }
  await renew();
  return {
    keystore: KEYSTORE,
    get backup() {
      return { backupId: packed.backupId, manifestSha256: packed.manifestSha256 };
    },
    get oldLeaf() {
      return packed.servedLeaves.client ?? '';
    },
    run: async (step, fields) => {
      const { reply } = await node.run(node.request(step, fields));
      if (!reply) throw new Error(`${step} ended without a reply`);
      return reply;
    },
    deploy: async () => {
      deployFiles(node.world, 'hot');
      node.world.ring.reload(node.host);
    },
    served: async (listener) => node.world.look(WITNESS, node.host.address, listener).chain[0] ?? null,
    startedAt: async () => node.host.process?.startedAt ?? null,
    renew,
    remove: async () => undefined,
  };
});
