import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import { crc32 } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { DAY, type Made, makeAuthority, NOW, pemOf } from '../fixtures/pki.ts';
import { registration, World } from './world.ts';

const keyOf = (made: Made): string => made.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
const ours = makeAuthority('Ours');
const evil = makeAuthority('Evil');
const client = ours.leaf('client');

const SUPPORTED = Buffer.from([0x84, 0, 0, 0, 6, 0, 0, 0, 2, 0, 0]);
const servers: Server[] = [];

/** What each port answers to a question of its own protocol; nothing for another. */
const answers = {
  client: (asked: Buffer) => (asked[0] === 4 && asked[4] === 5 ? SUPPORTED : null),
  internode: (asked: Buffer) => {
    const start = crc32(Buffer.from([0xfa, 0x2d, 0x55, 0xca]));
    const end = asked.length - 4;
    if (asked.readUInt32BE(0) !== 0xca552dfa || asked.readUInt32BE(end) !== crc32(asked.subarray(0, end), start)) return null;
    const accept = Buffer.alloc(12);
    accept.writeInt32BE(13, 0);
    accept.writeInt32BE(13, 4);
    accept.writeUInt32BE(crc32(accept.subarray(0, 8), start), 8);
    return accept;
  },
  jmx: (asked: Buffer) => (asked.subarray(0, 4).toString() === 'JRMI' ? Buffer.from([0x4e]) : null),
};

async function serve(
  leaf: Made,
  options: TlsOptions & { listener?: keyof typeof answers; chain?: Made[]; silent?: boolean } = {},
): Promise<string> {
  const { listener = 'client', chain = [ours.intermediate], silent = false, ...more } = options;
  const server = createServer({ key: keyOf(leaf), cert: pemOf(leaf, ...chain), ...more }, (socket: TLSSocket) => {
    socket.on('error', () => undefined);
    socket.on('data', (asked: Buffer) => {
      const answer = silent ? null : answers[listener](asked);
      if (answer !== null) socket.write(answer);
    });
  });
  server.on('tlsClientError', () => undefined);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `${listener}=127.0.0.1:${(server.address() as { port: number }).port}`;
}

function world(): World {
  const one = new World();
  one.files
    .set('root.pem', pemOf(ours.root))
    .set('client.pem', pemOf(client) + pemOf(ours.intermediate))
    .set('client.key', keyOf(client));
  return one;
}

const identity = ['--cert', 'client.pem', '--key', 'client.key'];

async function check(contacts: string[], args: string[] = []): Promise<{ exit: number; ports: Record<string, unknown>[]; world: World }> {
  const one = world();
  const exit = await one.run('check', '-o', 'json', '--ca', 'root.pem', ...args, '--contact', ...contacts);
  return { exit, ports: one.out === '' ? [] : JSON.parse(one.out), world: one };
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

test('three good ports, each asked in its own protocol, without AWS', async () => {
  const leaf = ours.leaf('127.0.0.1');
  const mutual = { requestCert: true, rejectUnauthorized: true, ca: pemOf(ours.root) };
  const contacts = [
    await serve(leaf, mutual),
    await serve(leaf, { ...mutual, listener: 'internode' }),
    await serve(leaf, { listener: 'jmx' }),
  ];
  const { exit, ports, world: seen } = await check(contacts, identity);
  expect(ports).toEqual(
    ['client', 'internode', 'jmx'].map((listener) =>
      expect.objectContaining({
        listener,
        outcome: 'good',
        trusted: true,
        nameCovers: true,
        read: 'answered',
        problems: [],
        leaf: expect.objectContaining({ fingerprint: `SHA256:${leaf.sha256}` }),
      }),
    ),
  );
  expect(exit).toBe(0);
  expect(seen.opened).toBe(0);
});

describe('what is wrong is seen on the wire, and ends 2', () => {
  test.each<[string, () => Promise<string>, RegExp]>([
    ['an expired leaf', () => serve(ours.leaf('127.0.0.1', { notBefore: NOW - 3 * DAY, notAfter: NOW - DAY })), /^LEAF_EXPIRED/],
    ['a leaf that is not yet valid', () => serve(ours.leaf('127.0.0.1', { notBefore: NOW + DAY })), /^LEAF_NOT_YET_VALID/],
    ['a leaf of another authority', () => serve(evil.leaf('127.0.0.1'), { chain: [evil.intermediate] }), /^CHAIN_ISSUER_UNKNOWN/],
    ['a missing intermediate', () => serve(ours.leaf('127.0.0.1'), { chain: [] }), /^CHAIN_(INTERMEDIATE_MISSING|ISSUER_UNKNOWN)/],
    ['a name that is not ours', () => serve(ours.leaf('node7.example.com')), /does not name 127\.0\.0\.1/],
    ['a leaf for clients only', () => serve(ours.leaf('127.0.0.1', { purposes: ['client'] })), /does not allow servers/],
    ['a leaf that expires in two days', () => serve(ours.leaf('127.0.0.1', { notAfter: NOW + 2 * DAY })), /expires in 2 days/],
    ['a port that says nothing', () => serve(ours.leaf('127.0.0.1'), { silent: true }), /read was timed-out/],
    ['a port where nobody answers', async () => '127.0.0.1:1', /^nobody answers: .*ECONNREFUSED/],
    [
      'a port of another protocol',
      () => serve(ours.leaf('127.0.0.1'), { listener: 'jmx' }).then((contact) => contact.replace('jmx=', 'client=')),
      /read was timed-out/,
    ],
  ])('%s', async (_name, contact, problem) => {
    const { exit, ports } = await check([await contact()], ['--timeout', '0.5']);
    expect(ports[0]).toMatchObject({ outcome: 'attention', problems: expect.arrayContaining([expect.stringMatching(problem)]) });
    expect(exit).toBe(2);
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'a client without a certificate is refused (%s), and told what to give',
    async (maxVersion) => {
      const contact = await serve(ours.leaf('127.0.0.1'), {
        requestCert: true,
        rejectUnauthorized: true,
        ca: pemOf(ours.root),
        maxVersion,
      });
      const { exit, ports } = await check([contact]);
      expect(exit).toBe(2);
      expect(ports[0]?.problems).toEqual([expect.stringMatching(/(handshake|read) was refused: .*alert.*--cert and --key/)]);
    },
  );

  test('one bad port among good ones', async () => {
    const good = await serve(ours.leaf('127.0.0.1'));
    const { exit, ports } = await check([good, '127.0.0.1:1', good]);
    expect(exit).toBe(2);
    expect(ports.map(({ outcome }) => outcome)).toEqual(['good', 'attention', 'good']);
  });
});

test('--cluster-file dials every port of every node', async () => {
  const one = world();
  one.files.set(
    'cluster.yaml',
    stringify({
      ...registration,
      nodes: registration.nodes.slice(0, 2).map((node, index) => ({ ...node, address: `127.0.0.${index + 1}` })),
      ports: { client: 1, internode: 2, jmx: 3 },
    }),
  );
  expect(await one.run('check', '--ca', 'root.pem', '--cluster-file', 'cluster.yaml', '-o', 'json')).toBe(2);
  expect(JSON.parse(one.out).map(({ listener, port }: { listener: string; port: number }) => `${listener}:${port}`)).toEqual([
    'client:1',
    'internode:2',
    'client:1',
    'internode:2',
  ]);
});

describe('arguments that cannot work are named', () => {
  test.each([
    [['--contact', 'no-port', '--ca', 'root.pem'], /"no-port" is not host:port/],
    [['--contact', 'smtp=h:25', '--ca', 'root.pem'], /client, internode, jmx/],
    [['--ca', 'root.pem'], /nothing to dial/],
    [['--contact', 'h:1', '--ca', 'root.pem', '--cert', 'client.pem'], /belong together/],
    [['--contact', 'h:1', '--ca', 'client.key'], /no certificate in the file of authorities/],
    [['--contact', 'h:1'], /--ca root.pem/],
  ])('%j', async (args, expected) => {
    const one = world();
    expect(await one.run('check', ...args)).toBe(1);
    expect(one.err).toMatch(expected);
  });
});
