/** The offline kit looks at its node: status, backups, help; and it runs though its program is damaged. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../../../core/canonical.ts';
import { leafOf } from '../../fixtures/keystore-pem.ts';
import { type KitHost, useKitHost } from './kit-host.ts';

let kit: KitHost;
let good: string;
let bad: string;

useKitHost((made) => {
  ({ kit, good, bad } = made);
});

describe('looking', () => {
  test('a node that is well: status ends with 0, and nothing is changed by looking', async () => {
    await kit.backup('b-1');
    const journal = readFileSync(join(kit.host.home, 'journal.jsonl'), 'utf8');
    const { code, out } = await kit.kitCommand('status');
    expect(out).not.toContain('NOT WELL');
    expect(code).toBe(0);
    for (const part of ['Service    cassandra is active, pid', 'as in the newest backup', 'b-1  ', 'newest epoch 6', 'sees 1 up, 0 down'])
      expect(out).toContain(part);
    expect(readFileSync(join(kit.host.home, 'journal.jsonl'), 'utf8')).toBe(journal);
  });

  test('a bad leaf on the ports, a service that does not run, an other journal: each is said, and status ends with 3', async () => {
    await kit.backup('b-1');
    await kit.deploy(bad);
    const served = await kit.kitCommand('status');
    expect([served.code, served.out]).toEqual([3, expect.stringContaining('NOT WELL   client')]);
    expect(served.out).toContain('differs from the newest backup');
    await kit.stop();
    appendFileSync(join(kit.host.home, 'journal.jsonl'), 'not a line\n');
    const stopped = await kit.kitJson<{ wrong: string[] }>('status');
    expect(stopped.wrong).toContain('Cassandra does not run');
    expect(stopped.wrong).toContain("the journal's chain of hashes is broken");
  });

  test('backups: each is verified as it lies there now', async () => {
    await kit.backup('b-1');
    await kit.backup('b-2', 'd-2');
    writeFileSync(join(kit.host.home, 'snapshots/b-1/files/0001'), 'damaged');
    const { backups } = await kit.kitJson<{ backups: Record<string, unknown>[] }>('backups');
    expect(backups).toMatchObject([
      { backupId: 'b-2', deployment: 'd-2', verified: true, leaves: { client: leafOf(good), internode: leafOf(good) } },
      { backupId: 'b-1', verified: false, reason: expect.stringContaining('missing or damaged') },
    ]);
  });

  test('a damaged manifest costs the look nothing else; a damaged kit.json says where another one lies', async () => {
    await kit.backup('b-1');
    writeFileSync(join(kit.host.home, 'snapshots/b-1/manifest.json'), '[{');
    expect(await kit.kitCommand('status')).toMatchObject({ code: 0, out: expect.stringContaining('in no backup') });
    expect((await kit.kitCommand('backups')).code).toBe(3);
    writeFileSync(join(kit.host.home, 'kit/kit.json'), '{');
    const damaged = await kit.kitCommand('status');
    expect([damaged.code, damaged.out]).toEqual([10, expect.stringContaining('What to do: Copy kit.json of the newest folder in')]);
  });

  test('without a kit, or with wrong arguments, it says what to do', async () => {
    const none = await kit.type(`sh ${join(import.meta.dirname, '../../../on-node/ringward-node.sh')} kit status`, {
      RINGWARD_HOME: kit.host.home,
      RINGWARD_JAR: join(import.meta.dirname, '../../../dist/ringward-node.jar'),
    });
    expect([none.code, none.out]).toEqual([10, expect.stringMatching(/^KIT_MISSING: .*\nWhat to do: /)]);
    await kit.backup('b-1');
    for (const [wrong, said] of [
      ['', 'a verb is missing'],
      ['format', "'format' is none of"],
      ['plan --force', "'--force' is no option"],
      ['plan --hot --restart', 'exclude each other'],
      ['plan --despite all', '--despite takes one of'],
    ] as const)
      expect(await kit.kitCommand(wrong)).toMatchObject({ code: 2, out: expect.stringContaining(said) });
    expect(await kit.kitCommand('help')).toMatchObject({ code: 0, out: expect.stringContaining('kit roll-back --yes') });
  });
});

test('the program of the kit is gone or damaged: another one here that is what its name says takes its place', async () => {
  await kit.backup('b-1');
  const program = readFileSync(join(kit.host.home, 'kit/program'), 'utf8').trim();
  const jar = join(kit.host.home, 'programs', `${program}.jar`);
  const bytes = readFileSync(jar);
  const other = Buffer.concat([bytes, Buffer.from('PK')]);
  writeFileSync(jar, 'damaged');
  expect(await kit.kitCommand('help')).toMatchObject({ code: 1, out: expect.stringContaining('is not on this node') });
  writeFileSync(join(kit.host.home, 'programs', `${sha256Hex(bytes)}.jar`), bytes);
  writeFileSync(join(kit.host.home, 'kit/program'), `${sha256Hex(other)}\n`);
  expect((await kit.kitCommand('help')).code).toBe(0);
});
