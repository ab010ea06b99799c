import { describe, expect, test } from 'vitest';
import type { RingwardError } from '../../../core/errors/catalogue.ts';
import { checkAgainstRegistration } from '../../../core/intake/check-against-registration.ts';
import { readStart } from '../../../core/intake/read-start.ts';
import { completedEvent } from '../../fixtures/deployment-event.ts';
import { NOW } from '../../fixtures/pki.ts';
import { hash, KEYSTORE, NODES, registration, TRUSTSTORE, YAML } from '../../fixtures/ring.ts';

describe('check-against-registration', () => {
  const start = readStart(completedEvent, NOW);
  if (start.kind !== 'completed') throw new Error('fixture');
  const [node] = start.detail.nodes ?? [];
  if (!node) throw new Error('fixture');
  const artifact = (path: string, kind: 'keystore' | 'truststore' | 'configuration' = 'keystore') => ({ path, kind, sha256: hash('d') });
  const refuse = (nodes: Parameters<typeof checkAgainstRegistration>[1], bent = {}) => {
    try {
      checkAgainstRegistration({ ...start.detail, ...bent }, nodes, registration);
    } catch (error) {
      return error as RingwardError;
    }
    return null;
  };

  test('what is registered passes', () => {
    expect(refuse([node, { node: NODES[1], artifacts: [artifact(TRUSTSTORE, 'truststore'), artifact(YAML, 'configuration')] }])).toBeNull();
  });

  test.each([
    ['an unknown node', [{ ...node, node: 'i-0000000z' }], {}, 'NODE_UNKNOWN', 'detail.nodes[0].node'],
    ['another address', [{ ...node, address: '10.9.9.9' }], {}, 'FIELD_INVALID', 'detail.nodes[0].address'],
    [
      'a path outside',
      [node, { node: NODES[1], artifacts: [artifact('/etc/passwd')] }],
      {},
      'PATH_NOT_REGISTERED',
      'detail.nodes[1].artifacts[0].path',
    ],
    [
      'a path with ..',
      [{ ...node, artifacts: [artifact(`/etc/cassandra/tls/../tls/node.pem`)] }],
      {},
      'PATH_NOT_REGISTERED',
      'detail.nodes[0].artifacts[0].path',
    ],
    [
      'another kind',
      [{ ...node, artifacts: [artifact(KEYSTORE, 'truststore')] }],
      {},
      'FIELD_INVALID',
      'detail.nodes[0].artifacts[0].kind',
    ],
    ['a node twice', [node, node], {}, 'FIELD_INVALID', 'detail.nodes[1].node'],
    [
      'a path twice',
      [{ ...node, artifacts: [artifact(KEYSTORE), artifact(KEYSTORE)] }],
      {},
      'FIELD_INVALID',
      'detail.nodes[0].artifacts[1].path',
    ],
    ['another environment', [node], { environment: 'staging' }, 'FIELD_INVALID', 'detail.environment'],
    ['no node', [], {}, 'FIELD_INVALID', 'detail.nodes'],
  ] as const)('%s is refused', (_, nodes, bent, code, field) => {
    expect(refuse(nodes as never, bent)).toMatchObject({ code, field });
  });
});
