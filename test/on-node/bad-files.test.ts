/** Files as no deployment should leave them: large, empty, directories, pipes, dangling, changing while they are read; and a yaml that is none. Facts come back in bounded time, or an error of ours. */
import { execFileSync, spawn } from 'node:child_process';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import type { NodeObservation } from '../../core/node/facts.ts';
import type { Answer, Host } from './host.ts';
import { useHost } from './use-host.ts';

let host: Host;
let good: string;

useHost((made) => {
  host = made.installCassandra();
  good = host.read('node.pem');
});
beforeEach(() => {
  rmSync(host.path('node.pem'), { recursive: true, force: true });
  host.write('node.pem', good);
  writeFileSync(host.yaml, host.configuration());
});

const LONGEST_MS = 20_000;
async function observe(): Promise<Answer<NodeObservation> & { ms: number }> {
  const since = performance.now();
  const answer = await host.step<NodeObservation>('observe', { depth: 'full', peers: [] });
  return { ...answer, ms: performance.now() - since };
}
const keystoreOf = ({ result }: Answer<NodeObservation>) => result.stores.find(({ kind }) => kind === 'keystore');
const remove = (): void => rmSync(host.path('node.pem'), { recursive: true, force: true });
const der = (pem: string): Buffer => Buffer.from(/-----BEGIN CERTIFICATE-----([^-]+)/.exec(pem)?.[1] ?? '', 'base64');
const pem = (bytes: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64').replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;

describe('a keystore', () => {
  test.each<[string, () => void]>([
    ['of 10 MB without a word of PEM', () => host.write('node.pem', 'x'.repeat(10_000_000))],
    ['of 10 MB after a good one', () => host.write('node.pem', good + '\n'.repeat(10_000_000))],
    ['that is empty', () => host.write('node.pem', '')],
    [
      'that is a directory',
      () => {
        remove();
        execFileSync('mkdir', [host.path('node.pem')]);
      },
    ],
    [
      'that is a dangling link',
      () => {
        remove();
        symlinkSync('/nowhere/at/all.pem', host.path('node.pem'));
      },
    ],
    [
      'that is a link to itself',
      () => {
        remove();
        symlinkSync(host.path('node.pem'), host.path('node.pem'));
      },
    ],
    [
      'that is a pipe nobody writes to',
      () => {
        remove();
        execFileSync('mkfifo', [host.path('node.pem')]);
      },
    ],
    [
      'that is an endless device',
      () => {
        remove();
        symlinkSync('/dev/zero', host.path('node.pem'));
      },
    ],
  ])('%s: told as a fact, in bounded time', async (what, make) => {
    make();
    const answer = await observe();
    expect(answer.ms).toBeLessThan(LONGEST_MS);
    if (answer.ok) {
      const store = keystoreOf(answer);
      if (what !== 'of 10 MB after a good one') expect(store).toMatchObject({ loads: false, keyMatchesLeaf: null });
    } else expect(answer.error.code).toMatch(/^[A-Z_]+$/);
  });

  test('with bytes after the certificate’s end: never taken for the good one', async () => {
    host.write(
      'node.pem',
      good.replace(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/, pem(Buffer.concat([der(good), Buffer.from('trailing')]))),
    );
    const answer = await observe();
    expect(answer.ok).toBe(true);
    const [leaf] = keystoreOf(answer)?.chain ?? [];
    const known = Object.entries(answer.result.certificates).find(([hash]) => hash === leaf);
    // Either it is not read at all, or what is read is told byte by byte, so that the judge can refuse it.
    if (known) expect(Buffer.from(known[1], 'base64').equals(der(good))).toBe(keystoreOf(answer)?.loads === true);
  });

  test('that changes while it is read: one version or the other, or an error; never a mixture that matches', async () => {
    const other = await host.keystore('changing');
    const path = host.path('node.pem');
    host.write('other.pem', other);
    const script = `while :; do cp '${path}.a' '${path}'; cp '${path}.b' '${path}'; done`;
    writeFileSync(`${path}.a`, good);
    writeFileSync(`${path}.b`, other);
    const writer = spawn('sh', ['-c', script]);
    try {
      for (let i = 0; i < 3; i += 1) {
        const answer = await observe();
        const store = answer.ok ? keystoreOf(answer) : undefined;
        // Key of one and leaf of the other must show as such.
        if (store?.loads && store.keyMatchesLeaf) expect(store.chain).toHaveLength(2);
      }
    } finally {
      writer.kill('SIGKILL');
    }
  });
});

describe('a cassandra.yaml', () => {
  test.each([
    ['that is no YAML', 'server_encryption_options: [unclosed'],
    ['of 10 MB', `# ${'x'.repeat(10_000_000)}\n`],
    ['that is empty', ''],
    ['that is a list', '- one\n- two\n'],
    [
      'that grows without end by its aliases',
      [
        'a: &a ["x","x","x","x","x","x","x","x","x"]',
        ...'bcdefghij'.split('').map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[i]}`).join(',')}]`),
      ].join('\n'),
    ],
    [
      'with a class to make',
      'server_encryption_options: !!javax.script.ScriptEngineManager [!!java.net.URLClassLoader [[!!java.net.URL ["http://127.0.0.1:1/"]]]]\n',
    ],
    ['with a setting that Cassandra does not know', 'no_such_setting: true\nserver_encryption_options: {internode_encryption: all}\n'],
    ['whose options are of the wrong type', 'server_encryption_options: 7\nclient_encryption_options: [1, 2]\n'],
  ])('%s: told, in bounded time', async (_, text) => {
    writeFileSync(host.yaml, text);
    const answer = await observe();
    expect(answer.ms).toBeLessThan(LONGEST_MS);
    if (!answer.ok) expect(answer.error.code).toMatch(/^[A-Z_]+$/);
    else expect(answer.result.stores.filter(({ loads }) => loads === true)).toEqual([]);
  });
});
