/** The runbook that a backup leaves on its node: what it says of this node, and that its commands, typed as they stand, bring the node back. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { both, type KitHost, useKitHost } from './kit-host.ts';
import { commandsOf, MAIN_CHAPTERS } from './runbook-commands.ts';

let kit: KitHost;
let good: string;
let bad: string;

useKitHost((made) => {
  ({ kit, good, bad } = made);
});
beforeEach(async () => {
  kit.kit = {
    seed: true,
    peersLeftOut: 7,
    peers: [
      { node: 'i-2', address: '127.0.0.12', clientPort: 1, internodePort: 1, seed: true },
      { node: 'i-3', address: '127.0.0.13', clientPort: 1, internodePort: 1, seed: false },
    ],
  };
  await kit.backup('b-1');
});

const read = (name: string) => readFileSync(join(kit.host.home, 'kit', name), 'utf8');

describe('what it says', () => {
  test('this node, its files with their copies, its ports, its peers with seeds last; nothing is left to be filled in', () => {
    const text = read('RUNBOOK.txt');
    expect(text).not.toMatch(/\{\{|\}\}/);
    for (const { path } of kit.host.files) expect(text).toContain(`    ${path}  (`);
    for (const part of [
      'Way back by hand: node i-1 (127.0.0.1) of test',
      'with backup b-1, before deployment d-1',
      `    127.0.0.1:${kit.host.clientPort}  client (CQL)`,
      'This node IS a seed: it comes last.',
      '    and 7 more: nodetool status lists them all',
      join(kit.host.home, 'snapshots/b-1/files/0002'),
    ])
      expect(text).toContain(part);
    expect(text.indexOf('127.0.0.13  i-3')).toBeLessThan(text.indexOf('127.0.0.12  i-2  SEED'));
    for (const line of text.split('\n')) if (!/^ {4}/.test(line)) expect(line.length, line).toBeLessThan(230);
  });

  test('root alone may read it; kit.json holds neither key nor password', () => {
    for (const name of ['RUNBOOK.txt', 'RUNBOOK.html', 'kit.json', 'ringward-node.sh', 'program', 'java'])
      expect([name, statSync(join(kit.host.home, 'kit', name)).mode & 0o077]).toEqual([name, 0]);
    for (const name of ['RUNBOOK.txt', 'RUNBOOK.html', 'kit.json']) kit.host.expectNoSecret(read(name));
    expect(JSON.parse(read('kit.json'))).toEqual(JSON.parse(readFileSync(join(kit.host.home, 'snapshots/b-1/kit.json'), 'utf8')));
  });

  test('the page for printing stands alone, is light, dark and on paper, and holds the same commands', () => {
    const page = read('RUNBOOK.html');
    expect(page).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
    expect(page).not.toMatch(/<script|<link|src=|href=|url\(|\{\{/);
    for (const style of ['prefers-color-scheme: dark', '@media print', 'viewport']) expect(page).toContain(style);
    const unescaped = (text: string) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
    const shown = [...page.matchAll(/<pre class="command"><code>([^<]*)<\/code>/g)].map(([, command]) => unescaped(command as string));
    expect(shown).toEqual([...commandsOf(read('RUNBOOK.txt')).values()].flat());
    const opened = [...page.matchAll(/<(p|ul|li|pre|h1|h2|code)\b/g)].length;
    expect([...page.matchAll(/<\/(p|ul|li|pre|h1|h2|code)>/g)].length).toBe(opened);
  });

  test('a newer backup makes it anew, and a kit that cannot be written costs no backup', async () => {
    await kit.backup('b-2', 'd-2');
    expect(read('RUNBOOK.txt')).toContain('roll-back --backup b-2 --yes');
    await kit.type(`rm -r ${join(kit.host.home, 'kit')}; touch ${join(kit.host.home, 'kit')}`);
    expect((await kit.backup('b-3', 'd-3')).backupId).toBe('b-3');
    expect(kit.host.journal().filter(({ phase }) => phase === 'kit')).toContainEqual(
      expect.objectContaining({ state: 'failed', deployment: 'd-3' }),
    );
  });
});

describe('its commands, typed as they stand and in their order', () => {
  /** Types the commands of these chapters; ends with their exit codes. */
  const typeChapters = async (...chapters: readonly number[]): Promise<(number | null)[]> => {
    const commands = commandsOf(read('RUNBOOK.txt'));
    const codes: (number | null)[] = [];
    for (const command of chapters.flatMap((chapter) => commands.get(chapter) ?? [])) codes.push((await kit.type(command)).code);
    return codes;
  };

  test('chapters 1 to 4 bring a node back that serves a leaf of another authority', async () => {
    await kit.deploy(bad);
    expect(await kit.served()).toEqual(both(bad));
    // status says that something is not well; all others end well.
    expect(await typeChapters(...MAIN_CHAPTERS)).toEqual([3, 0, 0, 0, 0]);
    expect(await kit.served()).toEqual(both(good));
    expect(kit.host.read('node.pem')).toBe(good);
  });

  test('the same when the node does not run at all', async () => {
    await kit.stop();
    kit.host.write('node.pem', 'no keystore', 0o640);
    expect(await typeChapters(...MAIN_CHAPTERS)).toEqual([3, 0, 0, 0, 0]);
    expect(await kit.served()).toEqual(both(good));
  });

  test('chapter 6 finishes what was broken off', async () => {
    await kit.deploy(bad);
    const [rollBack = ''] = commandsOf(read('RUNBOOK.txt')).get(3) ?? [];
    expect((await kit.type(rollBack, { RINGWARD_CRASH_AT: 'swap-after-rename' })).code).toBe(137);
    const [resume = '', undo = ''] = commandsOf(read('RUNBOOK.txt')).get(6) ?? [];
    expect((await kit.type(resume)).code).toBe(0);
    expect(await kit.served()).toEqual(both(good));
    expect((await kit.type(undo)).code).toBe(3);
    expect(await kit.served()).toEqual(both(bad));
  });

  test('chapter 8 needs no program of ours: files by rename with their rights, reload by nodetool, a look by openssl', async () => {
    await kit.deploy(bad);
    const commands = commandsOf(read('RUNBOOK.txt')).get(8) ?? [];
    expect(commands.join('\n')).not.toContain('ringward-node.sh');
    const typed = [];
    for (const command of commands) typed.push(await kit.type(command));
    expect(typed.map(({ code }) => code)).toEqual(commands.map(() => 0));
    expect(await kit.served()).toEqual(both(good));
    const shown = typed.slice(-2).map(({ out }) => /Fingerprint=([0-9A-F:]+)/.exec(out)?.[1]?.replaceAll(':', '').toLowerCase());
    expect(shown).toEqual(both(good));
    expect((statSync(kit.host.path('node.pem')).mode & 0o777).toString(8)).toBe('640');
    const kept = join(kit.host.home, 'kept-by-hand', kit.host.path('node.pem').slice(1).replaceAll('/', '+'));
    expect(readFileSync(kept, 'utf8')).toBe(bad);
    // Typed once more, it keeps what was there first.
    for (const command of commands) await kit.type(command);
    expect(readFileSync(kept, 'utf8')).toBe(bad);
    expect(kit.host.leftovers()).toEqual([]);
  });
});
