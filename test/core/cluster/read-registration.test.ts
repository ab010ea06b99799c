import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { authoritiesOf } from '../../../core/cluster/client-authorities.ts';
import { versionOf } from '../../../core/cluster/clients.ts';
import { readRegistration } from '../../../core/cluster/read-registration.ts';
import type { RingwardError } from '../../../core/errors/catalogue.ts';
import { good, KEYSTORE, TRUSTSTORE, YAML } from '../../fixtures/ring.ts';

/** Of what is refused for another reason than its form. */
const CODES: Readonly<Record<string, string>> = { 'limits.soakSeconds': 'PROFILE_CONTRADICTORY', 'health.checks[0].node': 'NODE_UNKNOWN' };

describe('read-registration', () => {
  const yaml = {
    schema: 1,
    cluster: 'payments',
    environment: 'production',
    nodes: [
      { node: 'i-0000000a', address: '10.0.0.1' },
      { node: 'i-0000000b', address: '10.0.0.2' },
    ],
    files: [{ path: KEYSTORE, kind: 'keystore' }],
    cassandra: { home: '/usr/share/cassandra', yaml: YAML },
    canary: { identitySecret: 'x' },
  };

  const java = { name: 'billing', runtime: 'java' };
  const privateKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const pem = `-----BEGIN CERTIFICATE-----\n${good.root.base64}\n-----END CERTIFICATE-----\n`;

  test('clients with authorities of their own, and none by default', () => {
    expect(readRegistration(yaml).clients).toEqual([]);
    const [billing, edge] = readRegistration({
      ...yaml,
      clients: [java, { name: 'edge', runtime: 'node', version: '22', authorities: pem }],
    }).clients;
    expect(billing && [versionOf(billing), authoritiesOf(billing)]).toEqual(['17', null]);
    expect(edge && [versionOf(edge), authoritiesOf(edge)?.map(({ fingerprint }) => fingerprint)]).toEqual([
      '22',
      [`SHA256:${good.root.sha256}`],
    ]);
  });

  test('a private key is refused and never shown, however long the text is (I4)', () => {
    for (const authorities of [privateKey, pem + privateKey, pem.repeat(500) + privateKey]) {
      let told = '';
      try {
        readRegistration({ ...yaml, clients: [{ ...java, authorities }] });
      } catch (error) {
        told = JSON.stringify({ ...(error as RingwardError), message: (error as Error).message });
      }
      expect(told).toContain('private key');
      for (const line of privateKey.split('\n').filter((one) => one.length > 20 && !one.includes('-')))
        expect(told).not.toContain(line.slice(0, 20));
    }
  });

  test('the example of docs/guide/cluster-yaml.md can be registered', () => {
    const guide = readFileSync(new URL('../../../docs/guide/cluster-yaml.md', import.meta.url), 'utf8');
    const registration = readRegistration(parse(/```yaml\n([\s\S]*?)```/.exec(guide)?.[1] ?? ''));
    expect(registration).toMatchObject({ cluster: 'payments', profile: { extends: 'production' }, limits: { soakSeconds: 180 } });
  });

  test('fills the defaults in', () => {
    expect(readRegistration(yaml)).toMatchObject({ ports: { client: 9042, internode: 7000, jmx: 7199 }, limits: { soakSeconds: 180 } });
  });

  test.each([
    ['a node twice', { nodes: [...yaml.nodes, { node: 'i-0000000a', address: '10.0.0.3' }] }, 'nodes[2].node', /nodes\[0\].node has it/],
    ['an address twice', { nodes: [...yaml.nodes, { node: 'i-0000000c', address: '10.0.0.2' }] }, 'nodes[2].address', /nodes\[1\].address/],
    ['a file twice', { files: [...yaml.files, ...yaml.files] }, 'files[1].path', /files\[0\]/],
    ['no keystore', { files: [{ path: TRUSTSTORE, kind: 'truststore' }] }, 'files', /Add the keystore/],
    ['a path with ..', { files: [{ path: '/etc/../shadow', kind: 'keystore' }] }, 'files[0].path', /"\.\."/],
    ['a soak that cannot end', { limits: { soakSeconds: 600 } }, 'limits.soakSeconds', /Below performanceSeconds \(600\)/],
    [
      'two health checks of one name',
      {
        health: {
          checks: [
            { name: 'a', kind: 'ring' },
            { name: 'a', kind: 'network' },
          ],
        },
      },
      'health.checks[1].name',
      /health.checks\[0\].name has it/,
    ],
    [
      'a health document on a node that is not registered',
      { health: { checks: [{ name: 'a', kind: 'ssm-document', document: 'doc', version: '1', node: 'i-0000000f' }] } },
      'health.checks[0].node',
      /./,
    ],
    ['a health check of a kind that is none', { health: { checks: [{ name: 'a', kind: 'smtp' }] } }, 'health.checks[0].kind', /./],
    ['a misspelt limit', { limits: { soakSecond: 5 } }, 'limits.soakSecond', /soakSeconds/],
    ['a port out of range', { ports: { client: 70_000 } }, 'ports.client', /./],
    ['a node id that is no SSM id', { nodes: [{ node: 'cassandra-1', address: '10.0.0.1' }] }, 'nodes[0].node', /SSM managed-instance/],
    ['two clients of one name', { clients: [java, java] }, 'clients[1].name', /clients\[0\].name has it/],
    ['a client on a runtime that is none', { clients: [{ ...java, runtime: 'perl' }] }, 'clients[0].runtime', /"openssl"/],
    ['a version that yaml took for a number', { clients: [{ ...java, version: 3.13 }] }, 'clients[0].version', /in quotes/],
    ['a version that is none', { clients: [{ ...java, version: 'latest' }] }, 'clients[0].version', /"3.13"/],
    ['authorities without a certificate', { clients: [{ ...java, authorities: 'none' }] }, 'clients[0].authorities', /public certificates/],
    [
      'an authority that cannot be read',
      { clients: [{ ...java, authorities: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' }] },
      'clients[0].authorities',
      /public certificates/,
    ],
    ['a private key among authorities', { clients: [{ ...java, authorities: privateKey }] }, 'clients[0].authorities', /nothing else/],
  ])('refuses %s', (_, bent, field, fix) => {
    try {
      readRegistration({ ...yaml, ...bent });
    } catch (error) {
      expect(error).toMatchObject({
        code: CODES[field] ?? 'FIELD_INVALID',
        field,
      });
      expect((error as RingwardError).fix).toMatch(fix);
      return;
    }
    expect.unreachable('it was accepted');
  });
});
