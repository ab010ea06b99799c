/** Ten thousand mutated events: each is read as what it says, or refused by an error of ours that names what to mend. Seeded. */
import { expect, test } from 'vitest';
import { ERRORS, RingwardError } from '../../../core/errors/catalogue.ts';
import { DeploymentDetail, HumanStart } from '../../../core/events/deployment-events.ts';
import { checkAgainstRegistration } from '../../../core/intake/check-against-registration.ts';
import { readStart, type Start } from '../../../core/intake/read-start.ts';
import { seededRandom } from '../../../stand/random.ts';
import { NOW } from '../../fixtures/pki.ts';
import { hash, KEYSTORE, NODES, registration } from '../../fixtures/ring.ts';

const detail = {
  schema: 1,
  deploymentId: 'd-1',
  cluster: registration.cluster,
  change: 'leaf-renewal',
  activation: 'reload',
  requestedBy: 'puppet',
  nodes: NODES.map((node) => ({
    node,
    leafFingerprint: `SHA256:${hash('a')}`,
    artifacts: [{ path: KEYSTORE, sha256: hash('d'), kind: 'keystore' }],
  })),
};
const envelope = {
  version: '0',
  id: 'e-1',
  source: 'ringward.deployer',
  account: '1',
  time: '2026-11-24T03:00:00Z',
  region: 'us-east-1',
  resources: [],
};
const SEEDS: readonly object[] = [
  { ...envelope, 'detail-type': 'Certificate Deployment Starting', detail },
  { ...envelope, 'detail-type': 'Certificate Deployment Completed', detail },
  {
    ...envelope,
    source: 'aws.cloudwatch',
    'detail-type': 'CloudWatch Alarm State Change',
    resources: ['arn:aws:cloudwatch:us-east-1:1:alarm:payments-errors'],
    detail: { alarmName: 'payments-errors', state: { value: 'ALARM', reason: 'Threshold crossed' } },
  },
  { cluster: registration.cluster, deployment: 'latest', scope: 'node', nodes: [NODES[0]], mode: 'automated', reason: 'because' },
];

const HOSTILE: readonly unknown[] = [
  null,
  true,
  -1,
  1e308,
  '',
  ' ',
  '\u0000',
  '../../etc/shadow',
  "'; DROP TABLE deployments; --",
  '$(reboot)',
  '{% $states.context %}',
  'x'.repeat(100_000),
  '💣'.repeat(500),
  [],
  [[[[[[]]]]]],
  {},
  { $ref: '#' },
  JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
];
const KEYS = ['__proto__', 'constructor', 'toString', 'length', 'nodes', 'detail', 'cluster', 'x', ''];

type Random = () => number;
const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;

/** Every object and array within a value, itself first. */
function containers(value: unknown): (Record<string, unknown> | unknown[])[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value as Record<string, unknown>, ...Object.values(value).flatMap(containers)];
}

/** One change of structure: a value replaced, a key taken away, doubled, misspelt or moved, an element repeated. */
function bend(event: unknown, random: Random): void {
  const at = pick(random, containers(event));
  if (at === undefined) return;
  const keys = Object.keys(at);
  const key = pick(random, keys) ?? 'x';
  const holder = at as Record<string, unknown>;
  const kind = random();
  if (kind < 0.4) holder[key] = structuredClone(pick(random, HOSTILE));
  else if (kind < 0.6 && !Array.isArray(at)) delete holder[key];
  else if (kind < 0.7)
    Object.defineProperty(holder, pick(random, Array.isArray(at) ? KEYS.filter((one) => one !== 'length') : KEYS), {
      value: structuredClone(pick(random, HOSTILE)),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  else if (kind < 0.85 && typeof holder[key] === 'string') holder[key] = flip(holder[key], random);
  else if (Array.isArray(at)) at.push(...at);
  else holder[`${key}${pick(random, ['s', ' ', '-', 'X'])}`] = holder[key];
}

function flip(text: string, random: Random): string {
  const at = Math.floor(random() * (text.length + 1));
  return text.slice(0, at) + String.fromCharCode(Math.floor(random() * 0x2100)) + text.slice(at + Math.floor(random() * 2));
}

function mutated(random: Random): unknown {
  const event = structuredClone(pick(random, SEEDS));
  if (random() < 0.15) {
    // As text: what still is JSON comes through.
    try {
      return JSON.parse(flip(JSON.stringify(event), random));
    } catch {
      return structuredClone(pick(random, HOSTILE));
    }
  }
  for (let i = 0; i <= random() * 4; i += 1) bend(event, random);
  return event;
}

/** What was read must be what its schema allows, whatever it was read from. */
function holds(start: Start): boolean {
  if (start.kind === 'human') return HumanStart.safeParse(start.request).success;
  return start.kind === 'alarm'
    ? start.alarm !== '' && Number.isFinite(start.at)
    : DeploymentDetail.safeParse(start.detail).success && Number.isFinite(start.at);
}

test('10,000 mutated events: read or refused, by our own classified errors alone', { timeout: 60_000 }, () => {
  const random = seededRandom(20_261_125);
  const seen = { read: 0, refused: 0, slowest: 0 };
  for (let i = 0; i < 10_000; i += 1) {
    const input = mutated(random);
    const since = performance.now();
    try {
      const start = readStart(input, NOW);
      if (start.kind !== 'human' && start.kind !== 'alarm' && start.detail.nodes)
        checkAgainstRegistration(start.detail, start.detail.nodes, registration);
      if (!holds(start)) expect.fail(`read as something that its schema refuses: ${JSON.stringify(input).slice(0, 500)}`);
      seen.read += 1;
    } catch (error) {
      if (!(error instanceof RingwardError)) throw error;
      expect(Object.keys(ERRORS)).toContain(error.code);
      expect(error.fix).not.toBe('');
      // A hostile value is told briefly, or the error itself would be the weapon.
      expect(error.message.length).toBeLessThan(10_000);
      seen.refused += 1;
    }
    seen.slowest = Math.max(seen.slowest, performance.now() - since);
  }
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  expect(seen.read).toBeGreaterThan(300);
  expect(seen.refused).toBeGreaterThan(5000);
  expect(seen.slowest).toBeLessThan(1000);
});
