/** The table of client runtimes against what real ones answered (recorded with their versions), and the words for a person. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCertificate } from '../../../core/certificate/path/certificate-body.ts';
import { type AskedRuntime, askRuntimes, inWords, type RuntimeAnswer, refuses } from '../../../core/certificate/runtimes/ask-runtimes.ts';
import { isBefore, KNOWN_RUNTIMES, RUNTIME_NAMES, RUNTIMES, readRuntime } from '../../../core/certificate/runtimes/runtime.ts';
import { type FaultName, type Refuses, type Row, RUNTIME_TABLE } from '../../../core/certificate/runtimes/table.ts';
import { DAY, NOW } from '../../fixtures/pki.ts';
import { type RuntimeCase, runtimeCases } from '../../fixtures/runtimes/cases.ts';
import { GO, PROFILES } from '../../fixtures/runtimes/measure.ts';

const measured = JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/runtimes/measured.json'), 'utf8')) as {
  readonly versions: Readonly<Record<string, string>>;
  readonly answers: Readonly<Record<string, Readonly<Record<string, string | null>>>>;
};
const cases = runtimeCases(NOW);
const profiles = { ...PROFILES, go: GO };
const bodies = (made: RuntimeCase['chain']) => made.map(({ der }) => readCertificate(der));

/** Names are dialled, and everyone looks at them: so were the runtimes asked. */
function ask(one: RuntimeCase, asked: Omit<AskedRuntime, 'checksNames'>, checksNames: boolean | undefined = true): RuntimeAnswer {
  const question = { chain: bodies(one.chain), anchors: bodies(one.trust), at: NOW, names: [one.dialled] };
  const [answer] = askRuntimes(question, [{ ...asked, checksNames }]);
  if (!answer) throw new Error('fixture');
  return answer;
}
const named = (name: string): RuntimeCase => {
  const found = cases.find((one) => one.name === name);
  if (!found) throw new Error(`no case ${name}`);
  return found;
};

describe.each(Object.entries(profiles))('%s', (name, { stands }) => {
  test('each case as it was measured', () => {
    const said = measured.answers[name] ?? {};
    expect(Object.keys(said)).toEqual(cases.map((one) => one.name));
    const wrong = cases.flatMap((one) => {
      const { verdict, reasons } = ask(one, stands);
      return (verdict === 'accept') === (said[one.name] === null)
        ? []
        : [`${one.name}: we ${verdict} (${reasons.map(({ words }) => words).join(', ')}), it said ${said[one.name]}`];
    });
    expect(wrong).toEqual([]);
  });
});

test('the versions that were measured are those of the table', () => {
  for (const runtime of RUNTIME_NAMES) expect(measured.versions[runtime]).toContain(RUNTIMES[runtime].measured);
});

const FAULTS = Object.keys(RUNTIME_TABLE) as FaultName[];
/** What each case is refused for by anybody. */
const faultsOfCase = (one: RuntimeCase): ReadonlySet<FaultName> =>
  new Set(KNOWN_RUNTIMES.flatMap((asked) => ask(one, asked).reasons.map(({ name }) => name)));
const faults = new Map(cases.map((one) => [one.name, faultsOfCase(one)]));

test.each(FAULTS)('%s: a case was measured for it, and the good ones lack it', (fault) => {
  const having = cases.filter((one) => faults.get(one.name)?.has(fault));
  expect(having.length).toBeGreaterThan(0);
  // Where runtimes differ and nothing else is wrong, the recording has both answers; Java before 15 is not here to be measured.
  const { refuses: who } = RUNTIME_TABLE[fault];
  const differs = Object.keys(who).length < RUNTIME_NAMES.length && fault !== 'ed25519-key';
  for (const one of having.filter(({ name }) => differs && faults.get(name)?.size === 1)) {
    const said = Object.values(measured.answers).map((of) => of[one.name] === null);
    expect([...new Set(said)].toSorted()).toEqual([false, true]);
  }
  for (const one of cases.filter(({ name }) => name.startsWith('good'))) expect(faults.get(one.name)?.has(fault)).toBe(false);
});

test.each<[FaultName, string, boolean]>([
  ['ed25519-key', 'java@14', true],
  ['ed25519-key', 'java@15', false],
  ['rsa-below-2048', 'node@22.12', false],
  ['rsa-below-2048', 'node@24.0.1', true],
  ['anchor-not-self-signed', 'python@3.12', true],
  ['anchor-not-self-signed', 'python@3.13', false],
  ['key-identifier-missing', 'python@3.9', false],
  ['key-identifier-missing', 'python@3.14', true],
  ['sha1-signature', 'java', false],
  ['rsa-below-1024', 'go@1.23', false],
])('%s, %s: refuses %s', (fault, text, refused) => {
  const asked = readRuntime(text);
  expect(asked && refuses(fault, asked)).toBe(refused);
});

test('versions are compared number by number, and a runtime that is not known is none', () => {
  expect([isBefore('3.9', '3.13'), isBefore('3.13', '3.13'), isBefore('24', '24.0.1'), isBefore('8', '15')]).toEqual([
    true,
    false,
    true,
    true,
  ]);
  expect([readRuntime('node'), readRuntime('node@22')]).toEqual([
    { runtime: 'node', version: '24' },
    { runtime: 'node', version: '22' },
  ]);
  expect(['perl', 'node@', 'node@x', '', 'node@1;2'].map(readRuntime)).toEqual([null, null, null, null, null]);
});

test('one path that a runtime takes is enough: a self-signed root beside the intermediate in the truststore', () => {
  expect(ask(named('anchor both self-signed and not'), { runtime: 'node', version: '24' }).verdict).toBe('accept');
  expect(ask(named('anchor not self-signed'), { runtime: 'node', version: '24' }).reasons).toEqual([
    { name: 'anchor-not-self-signed', words: 'the trusted authority is no self-signed root (CN=Ring Issuing)' },
  ]);
});

test('a client that looks at no names does not refuse for one; by default each does what its drivers do', () => {
  const one = named('name of another host');
  const verdict = (asked: AskedRuntime['runtime'], checksNames?: boolean) =>
    askRuntimes({ chain: bodies(one.chain), anchors: bodies(one.trust), at: NOW, names: [one.dialled] }, [
      { runtime: asked, version: RUNTIMES[asked].measured, checksNames },
    ])[0]?.verdict;
  expect(RUNTIME_NAMES.map((name) => verdict(name))).toEqual(['refuse', 'accept', 'refuse', 'refuse', 'refuse']);
  expect([verdict('openssl', true), verdict('java', false)]).toEqual(['refuse', 'accept']);
});

test('in words: who refuses and why, who accepts, and clients by their names', () => {
  const weak = named('leaf with RSA of 1,024 bits');
  const answers = [
    ask(weak, { client: 'checkout', runtime: 'java', version: '17' }),
    ask(weak, { client: 'edge', runtime: 'node', version: '24' }),
    ask(weak, { runtime: 'openssl', version: '3.0' }),
    ask(weak, { runtime: 'node', version: '22' }),
  ];
  expect(inWords(answers)).toBe(
    'edge (node 24), openssl 3.0 would refuse it: RSA key of 1,024 bits (CN=node1); checkout (java 17), node 22 would accept it',
  );
  expect(inWords([])).toBeNull();
  expect(ask(named('leaf with RSA of 768 bits'), { runtime: 'node', version: '24' }).reasons).toHaveLength(1);
});

test('no certificate at all, and a moment after everything', () => {
  const [nothing] = askRuntimes({ chain: [], anchors: [], at: NOW, names: [] }, [{ runtime: 'go', version: '1.26' }]);
  expect(nothing).toMatchObject({ verdict: 'refuse', reasons: [{ name: 'no-path' }] });
  const one = named('good, EC');
  const late = { chain: bodies(one.chain), anchors: bodies(one.trust), at: NOW + 1000 * DAY, names: [] };
  const said = askRuntimes(late, [
    { runtime: 'java', version: '17' },
    { runtime: 'go', version: '1.26' },
  ]).map(({ reasons }) => reasons.map(({ name }) => name));
  expect(said.map((names) => names.includes('anchor-expired'))).toEqual([false, true]);
});

test('the guide has every row of the table', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../../docs/guide/client-runtimes.md'), 'utf8');
  const cell = (when: Refuses | undefined): string => {
    if (when === undefined || when === true) return when ? '✗' : '';
    return 'before' in when ? `before ${when.before}` : `from ${when.since}`;
  };
  const rows = guide
    .split('\n')
    .filter((line) => /^\| `[a-z0-9-]+` \|/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((text) => text.trim()),
    );
  const expected = Object.entries<Row>(RUNTIME_TABLE).map(([name, { refuses: who }]) => [
    `\`${name}\``,
    ...RUNTIME_NAMES.map((one) => cell(who[one])),
  ]);
  expect(rows).toEqual(expected);
});
