import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildJar, Host, JAR } from './host.ts';

const onNode = join(import.meta.dirname, '../../on-node');
const wrapper = readFileSync(join(onNode, 'ringward-node.sh'), 'utf8');
let host: Host;
let program: Buffer;
let sha256: string;
let url: string;
let served: Buffer;
let fetches = 0;
const server = createServer((_request, response) => {
  fetches++;
  response.end(served);
});

beforeAll(async () => {
  buildJar();
  host = await Host.make();
  program = readFileSync(JAR);
  sha256 = createHash('sha256').update(program).digest('hex');
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/program.jar?X-Amz-Signature=a%2Fb&c=d`;
});
afterAll(async () => {
  await new Promise((done) => server.close(done));
  host.remove();
});
beforeEach(() => {
  rmSync(host.home, { recursive: true, force: true });
  served = program;
  fetches = 0;
});

async function sh(script: string, env: Record<string, string>) {
  const shell = spawn('/bin/sh', ['-c', script], { env: { PATH: process.env.PATH!, RINGWARD_HOME: host.home, ...env } });
  let stdout = '';
  let stderr = '';
  shell.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  shell.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const code = await new Promise<number | null>((done) => shell.on('close', done));
  return { code, stdout, stderr };
}

/** Bytes in its midst are others. */
function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  for (let i = copy.length >> 1; i < (copy.length >> 1) + 64; i += 1) copy[i] = ~(copy[i] as number) & 0xff;
  return copy;
}

const observing = (depth: 'full' | 'certificates') =>
  Buffer.from(JSON.stringify(host.request('observe', { depth, peers: [], revocationLists: [] }))).toString('base64url');
const encoded = (step: 'state' | 'open-restore') =>
  Buffer.from(JSON.stringify(host.request(step, { backup: { backupId: 'b-1', manifestSha256: 'a'.repeat(64) } }))).toString('base64url');
const parameters = (step: 'state' | 'open-restore' = 'state') => ({
  SSM_Request: encoded(step),
  SSM_ProgramSha256: sha256,
  SSM_ProgramUrl: url,
});
/** The script of a document as SSM would run it, the wrapper in its place, parameters filled in as an old agent does. */
function documentScript(name: 'observe' | 'act', fill: Record<string, string> = {}): string {
  const document = JSON.parse(readFileSync(join(onNode, 'documents', `ringward-${name}.json`), 'utf8')) as {
    mainSteps: { inputs: { runCommand: string[] } }[];
  };
  const script = document.mainSteps[0]!.inputs.runCommand.map((line) =>
    line === '@@ringward-node.sh@@' ? wrapper : line.replace('@@program-sha256@@', sha256),
  ).join('\n');
  return script.replaceAll(/\{\{ (\w+) \}\}/g, (_all, parameter: string) => fill[parameter] ?? '');
}

describe('the wrapper', () => {
  test('fetches the program by its hash once, keeps it root-only, and runs it', async () => {
    const first = await sh(wrapper, parameters());
    expect(first.stderr).toBe('');
    expect(JSON.parse(first.stdout)).toMatchObject({ ok: true, step: 'state' });
    expect((await sh(wrapper, parameters())).code).toBe(0);
    expect(fetches).toBe(1);
    expect(readdirSync(join(host.home, 'programs'))).toEqual([`${sha256}.jar`]);
  });

  test('the first whole look leaves an archive of classes; a damaged one costs nothing but time, and says nothing on stdout', async () => {
    const look = { ...parameters(), SSM_Request: observing('full'), RINGWARD_ALLOW: 'observe' };
    const archives = () => readdirSync(join(host.home, 'programs')).filter((name) => !name.endsWith('.jar'));
    await sh(wrapper, { ...look, SSM_Request: observing('certificates') });
    expect(archives()).toEqual([]);
    expect((await sh(wrapper, look)).code).toBe(0);
    const [name = ''] = archives();
    const archive = join(host.home, 'programs', name);
    const made = readFileSync(archive);
    expect(archives()).toEqual([`${sha256}.${createHash('sha256').update(made).digest('hex')}.jsa`]);
    const second = await sh(wrapper, look);
    expect([second.code, JSON.parse(second.stdout)]).toMatchObject([0, { ok: true, step: 'observe' }]);
    expect(readFileSync(archive).equals(made)).toBe(true);
    for (const damaged of [Buffer.alloc(0), made.subarray(0, made.length >> 1), flipped(made)]) {
      for (const one of archives()) rmSync(join(host.home, 'programs', one));
      writeFileSync(archive, damaged);
      const { code, stdout } = await sh(wrapper, look);
      expect([code, JSON.parse(stdout)]).toMatchObject([0, { ok: true, step: 'observe' }]);
      // It is made anew.
      expect(archives()).toHaveLength(1);
      expect(readFileSync(join(host.home, 'programs', archives()[0] as string)).equals(damaged)).toBe(false);
    }
  });

  test('exit code 10 for a named error', async () => {
    const { code, stdout } = await sh(wrapper, { ...parameters(), SSM_Request: 'e30' });
    expect([code, (JSON.parse(stdout) as { ok: boolean }).ok]).toEqual([10, false]);
  });

  test('a program with another hash is never run, nor kept', async () => {
    served = Buffer.concat([program, Buffer.from('x')]);
    const { code, stdout, stderr } = await sh(wrapper, parameters());
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`expected ${sha256}`);
    expect(readdirSync(join(host.home, 'programs'))).toEqual([]);
  });

  test('a kept program that was altered is fetched again', async () => {
    mkdirSync(join(host.home, 'programs'), { recursive: true });
    writeFileSync(join(host.home, 'programs', `${sha256}.jar`), 'altered');
    expect((await sh(wrapper, parameters())).code).toBe(0);
    expect(fetches).toBe(1);
  });

  test.each(['', 'xyz', `../../${'a'.repeat(58)}`])('the hash %j is refused', async (hash) => {
    const { code, stderr } = await sh(wrapper, { ...parameters(), SSM_ProgramSha256: hash });
    expect([code, stderr]).toEqual([1, 'ringward: SSM_ProgramSha256 must be 64 hex digits\n']);
  });

  test('by hand, without AWS', async () => {
    copyFileSync(JAR, join(host.folder, 'kit.jar'));
    const { code } = await sh(wrapper, { RINGWARD_JAR: join(host.folder, 'kit.jar'), SSM_Request: encoded('state') });
    expect([code, fetches]).toEqual([0, 0]);
  });
});

describe('the SSM documents', () => {
  test('with environment variables, as today’s agents run it', async () => {
    expect((await sh(documentScript('act'), parameters('open-restore'))).code).toBe(0);
  });

  test('with text filled in, as agents before 3.3.2746 run it', async () => {
    const fill = { Request: encoded('open-restore'), ProgramUrl: url };
    expect((await sh(documentScript('act', fill), {})).code).toBe(0);
  });

  test('whoever sends one chooses no program: a hash that is sent along is overwritten', async () => {
    const other = { ...parameters(), SSM_ProgramSha256: 'a'.repeat(64) };
    expect((await sh(documentScript('observe'), other)).code).toBe(0);
    expect(readdirSync(join(host.home, 'programs'))).toEqual([`${sha256}.jar`]);
  });

  test('the observing one lets nothing act', async () => {
    const { code, stdout } = await sh(documentScript('observe'), parameters('open-restore'));
    expect([code, stdout]).toEqual([10, expect.stringContaining('observing alone')]);
    expect((await sh(documentScript('observe'), parameters())).code).toBe(0);
    expect(existsSync(join(host.home, 'journal.jsonl'))).toBe(false);
  });

  test.each(['observe', 'act'])('%s: every parameter has a pattern that lets no shell text through, and fits into 64 KB', (name) => {
    const text = readFileSync(join(onNode, 'documents', `ringward-${name}.json`), 'utf8');
    const document = JSON.parse(text) as {
      schemaVersion: string;
      parameters: Record<string, { allowedPattern: string; interpolationType?: string }>;
    };
    expect(document.schemaVersion).toBe('2.2');
    for (const [parameter, { allowedPattern, interpolationType }] of Object.entries(document.parameters)) {
      const pattern = new RegExp(allowedPattern);
      for (const evil of ['$(reboot)', '`reboot`', "'; reboot #", '"; reboot', 'a\nreboot', '{{ x }}', ''])
        expect(pattern.test(evil), `${parameter}: ${evil}`).toBe(false);
      expect(interpolationType).toBe(parameter === 'executionTimeout' ? undefined : 'ENV_VAR');
    }
    expect(new RegExp(document.parameters.Request!.allowedPattern).test(encoded('state'))).toBe(true);
    expect(new RegExp(document.parameters.ProgramUrl!.allowedPattern).test(url)).toBe(true);
    expect(text.length + wrapper.length).toBeLessThan(64_000);
  });
});
