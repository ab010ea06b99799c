/** Programs called `openssl` and `java` that hang, babble or know other options: each was not asked, and nobody waits for it. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askEngines } from '../../../adapters/engines/ask-engines.ts';
import { runProgram } from '../../../adapters/engines/run-program.ts';
import { readCertificate } from '../../../core/certificate/path/certificate-body.ts';
import { DAY, makeAuthority } from '../../fixtures/pki.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ask-engines-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function script(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('a program is run within bounds', () => {
  const bounds = { ms: 400, bytes: 1000 };
  const run = (text: string, within = bounds) => runProgram(script('program', text), [], process.env, within);
  const within = async (text: string, ms: number, allowed = bounds): Promise<unknown> => {
    const begin = performance.now();
    const ended = await run(text, allowed);
    expect(performance.now() - begin).toBeLessThan(ms);
    return ended;
  };

  test('one that ends: its code and its words', async () => {
    expect(await run('echo said; echo told >&2; exit 3')).toEqual({ code: 3, out: 'said\n', err: 'told\n' });
  });
  test('one that ignores SIGTERM is killed', async () => {
    const mark = join(folder, 'pid');
    expect(await within(`trap '' TERM; echo $$ > ${mark}; while :; do sleep 0.1; done`, 4000)).toBeNull();
    await expect.poll(() => spawnSync('sh', ['-c', `kill -0 $(cat ${mark})`]).status).not.toBe(0);
  });
  test('one whose child keeps the output open is not waited for', async () => {
    expect(await within('sleep 8 & exit 0', 4000)).toBeNull();
  });
  test('one that never stops talking is cut off', async () => {
    expect(await within('while :; do echo 0123456789; done', 4000, { ...bounds, ms: 20_000 })).toBeNull();
  });
  test('one that is not there', async () => {
    expect(await runProgram(join(folder, 'nowhere'), [], process.env, bounds)).toBeNull();
  });
});

describe('what counts as an answer of OpenSSL', () => {
  const recent = { notBefore: Date.now() - DAY, notAfter: Date.now() + DAY };
  const authority = makeAuthority('Asked', { root: recent, intermediate: recent });
  const ask = async (verify: string) => {
    script('openssl', `[ "$1" = version ] && { echo 'OpenSSL 1.1.1k  FIPS 25 Mar 2021'; exit 0; }\n${verify}`);
    const [openssl] = await askEngines(
      {
        leaf: readCertificate(authority.leaf('node1.example', recent).der),
        intermediates: [readCertificate(authority.intermediate.der)],
        roots: [readCertificate(authority.root.der)],
        at: Date.now(),
      },
      join(folder, 'no.jar'),
      { PATH: `${folder}:/usr/bin:/bin` },
    );
    return openssl;
  };
  const engine = 'OpenSSL 1.1.1k';

  test('an option that it does not know is no refusal', async () => {
    const answer = await ask("echo 'verify: Option unknown option -no-CAstore' >&2; exit 1");
    expect(answer).toMatchObject({ engine, verdict: 'not-asked', reason: 'it ended with 1: verify: Option unknown option -no-CAstore' });
  });
  test('a depth and a reason are a refusal', async () => {
    const answer = await ask("echo 'error 10 at 1 depth lookup: certificate has expired' >&2; exit 2");
    expect(answer).toMatchObject({ engine, verdict: 'refuse', reason: 'certificate has expired (as sslserver)' });
  });
  test('a refusal that ends with 0, as old ones do, is still one', async () => {
    const answer = await ask("echo 'error 18 at 0 depth lookup:self signed certificate'; echo OK; exit 0");
    expect(answer).toMatchObject({ engine, verdict: 'refuse', reason: 'self signed certificate (as sslserver)' });
  });
  test('an end without an OK accepts nothing', async () => {
    expect(await ask('exit 0')).toMatchObject({ engine, verdict: 'not-asked', reason: 'it ended with 0: no reason given' });
  });
  test('an OK accepts', async () => {
    expect(await ask('echo leaf.pem: OK')).toMatchObject({ engine, verdict: 'accept', reason: null });
  });
});
