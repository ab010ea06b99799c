/** The contract of a node of a ring, held by a real Cassandra under the real program; every port is asked by openssl. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { z } from 'zod';
import { readReplyLine } from '../../adapters/ssm/reply-line.ts';
import type { NodeReply } from '../../core/node/protocol.ts';
import type { NodeStep } from '../../core/node/requests.ts';
import type { NodeState, PackResult } from '../../core/node/results.ts';
import { activate, prepare, putInPlace } from '../../stand/deployer.ts';
import { heal } from '../../stand/heal.ts';
import { CLIENT_PORT, CLUSTER, INTERNODE_PORT, JMX_PORT, PATHS, REPOSITORY, type Ring, type RingNode } from '../../stand/ring/topology.ts';
import { existingRing } from '../../stand/stand.ts';
import { served } from '../../stand/wire.ts';
import { ringContract } from '../contract/ring-contract.ts';
import { buildJar, JAR } from '../on-node/host.ts';
import { recipient } from '../on-node/pack-store.ts';

/** A stand of its own: the shared one is under Ringward already. */
const NET = 24;

const stand = (...args: string[]): void => {
  execFileSync(process.execPath, [join(REPOSITORY, 'stand/cli.ts'), ...args, '--net', String(NET)], {
    cwd: REPOSITORY,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
};

let requests = 0;

/** One step by the program, without SSM between. Throws where it ends without a reply. */
function run({ folder, address }: RingNode, step: NodeStep, fields: object): NodeReply {
  const at = (path: string): string => folder + path;
  const request = {
    protocol: 1,
    requestId: `contract-${++requests}`,
    cluster: CLUSTER,
    deployment: 'd-contract',
    node: 'i-contract',
    epoch: 1,
    address,
    clientPort: CLIENT_PORT,
    internodePort: INTERNODE_PORT,
    cassandra: { home: at(PATHS.home), yaml: at(PATHS.yaml), service: 'cassandra' },
    jmx: { address, port: JMX_PORT, tlsProperties: at(PATHS.nodetoolTls) },
    files: [
      { path: at(PATHS.keystore), kind: 'keystore' },
      { path: at(PATHS.truststore), kind: 'truststore' },
      { path: at(PATHS.yaml), kind: 'configuration' },
    ],
    step,
    ...fields,
  };
  const env = {
    ...process.env,
    PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
    RINGWARD_HOME: at(PATHS.ringwardHome),
    RINGWARD_UNIT_DIR: at(PATHS.unitDir),
  };
  const { stdout, stderr } = spawnSync('java', ['-Xmx96m', '-jar', JAR], { env, input: JSON.stringify(request), encoding: 'utf8' });
  if (stdout === '') throw new Error(`${step} ended without a reply: ${stderr}`);
  return readReplyLine(stdout);
}

function resultOf<R>(reply: NodeReply): R {
  if (!reply.ok) throw new Error(`${reply.step}: ${reply.error.code}: ${reply.error.message}`);
  return reply.result as R;
}

ringContract('real', async () => {
  buildJar();
  stand('up', '--ring-only', '--nodes', '1');
  const ring: Ring = existingRing(NET);
  const node = ring.nodes[0] as RingNode;
  const packed = resultOf<PackResult>(run(node, 'pack', { backupId: 'b-contract', recipient }));
  const leafOf = async (listener: 'client' | 'internode'): Promise<string | null> => {
    const { leaf } = await served(node.address, listener === 'client' ? CLIENT_PORT : INTERNODE_PORT, ring.pki);
    return leaf?.replace('SHA256:', '') ?? null;
  };
  return {
    keystore: node.folder + PATHS.keystore,
    backup: { backupId: packed.backupId, manifestSha256: packed.manifestSha256 },
    oldLeaf: packed.servedLeaves.client ?? '',
    run: async (step, fields) => run(node, step, fields),
    deploy: async () => {
      // A good renewal is another leaf as well, and shows nothing that a bad one would not.
      const renewal = await prepare('none', ring, [node]);
      await putInPlace(renewal);
      await activate(renewal, ring);
    },
    served: leafOf,
    startedAt: async () => resultOf<z.infer<typeof NodeState>>(run(node, 'state', {})).service.startedAt,
    renew: async () => {
      const [client, internode] = [await leafOf('client'), await leafOf('internode')];
      if (client !== packed.servedLeaves.client || internode !== packed.servedLeaves.internode) await heal(ring, [node], () => undefined);
    },
    remove: async () => stand('down'),
  };
});
