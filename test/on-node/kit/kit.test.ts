/** The offline kit of a node: a person looks, plans, goes back, resumes and undoes, without any controller. */
import { appendFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sha256Hex } from '../../../core/canonical.ts';
import { openAuthority } from '../../../stand/pki/authority.ts';
import { leafOf } from '../../fixtures/keystore-pem.ts';
import { KitHost } from './kit-host.ts';

let kit: KitHost;
let good: string;
let bad: string;

beforeAll(async () => {
  kit = await KitHost.make();
  good = kit.host.read('node.pem');
  bad = await kit.host.keystore('bad', await openAuthority(join(kit.host.folder, 'evil'), 'Test'));
});
afterAll(async () => await kit?.remove());
beforeEach(async () => await kit.reset());

const both = (pem: string) => [leafOf(pem), leafOf(pem)];
const steps = () =>
  kit.host
    .journal()
    .filter(({ phase, state }) => phase === 'step' && state === 'done')
    .map(({ step }) => step);
const AS_RESTART = [
  'stop-accepting',
  'stop-service',
  'restore-certificates',
  'restore-configuration',
  'start-service',
  'prove',
  'restore-traffic',
];

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

describe('going back', () => {
  test('hot: plan changes nothing, roll-back does it, the old leaf is served, and what was overwritten is kept', async () => {
    await kit.backup('b-1');
    await kit.deploy(bad);
    expect(await kit.served()).toEqual(both(bad));
    for (const dry of ['plan', 'roll-back']) {
      const { code, out } = await kit.kitCommand(dry);
      expect([code, out]).toEqual([0, expect.stringContaining('kit roll-back --backup b-1 --yes')]);
      expect(out).toContain('hot: only certificate files differ');
    }
    expect(kit.host.read('node.pem')).toBe(bad);
    const { code, out } = await kit.kitCommand('roll-back --yes');
    expect([code, out]).toEqual([0, expect.stringContaining('PROVEN     every expected port serves its leaf')]);
    expect(await kit.served()).toEqual(both(good));
    expect(steps().slice(-1)).toEqual(['restore-hot']);
    expect(await kit.kitCommand('plan')).toMatchObject({ code: 4, out: expect.stringContaining('Nothing') });
    expect((await kit.kitCommand('status')).code).toBe(0);
    expect((await kit.kitCommand('prove --backup b-1')).code).toBe(0);
  });

  test('a changed configuration: by restart, the phases in their order, another process, clients on at the end', async () => {
    const yaml = readFileSync(kit.host.yaml, 'utf8');
    kit.kit = { announced: [{ path: kit.host.yaml, sha256: sha256Hex(`${yaml}# deployed\n`) }] };
    await kit.backup('b-1');
    writeFileSync(kit.host.yaml, `${yaml}# deployed\n`);
    const { code, out } = await kit.kitCommand('roll-back --yes');
    expect([code, out]).toEqual([0, expect.stringContaining('by restart:')]);
    expect(steps().slice(-7)).toEqual(AS_RESTART);
    expect(readFileSync(kit.host.yaml, 'utf8')).toBe(yaml);
    expect(await kit.served()).toEqual(both(good));
    expect(existsSync(join(kit.host.folder, 'run/systemd/system/cassandra.service.d/50-ringward.conf'))).toBe(false);
  });

  test('a node that does not even start is brought back; a mode that was changed comes back too', async () => {
    await kit.backup('b-1');
    await kit.stop();
    kit.host.write('node.pem', 'no keystore', 0o600);
    expect((await kit.kitCommand('roll-back --yes')).code).toBe(0);
    expect(await kit.served()).toEqual(both(good));
    expect((statSync(kit.host.path('node.pem')).mode & 0o777).toString(8)).toBe('640');
    await kit.type(`chmod 600 ${kit.host.path('node.pem')}`);
    const { code, out } = await kit.kitCommand('roll-back --yes');
    expect([code, out]).toEqual([0, expect.stringContaining('other rights: 0600')]);
    expect((statSync(kit.host.path('node.pem')).mode & 0o777).toString(8)).toBe('640');
  });
});

describe('refusals, each with its reason and a way forward; nothing is changed', () => {
  const refused = async (args: string, why: string | RegExp): Promise<string> => {
    const before = [kit.host.read('node.pem'), readFileSync(kit.host.yaml, 'utf8'), readFileSync(join(kit.host.home, 'epoch'), 'utf8')];
    const { code, out } = await kit.kitCommand(args);
    expect([code, out]).toEqual([10, expect.stringMatching(why)]);
    expect([kit.host.read('node.pem'), readFileSync(kit.host.yaml, 'utf8'), readFileSync(join(kit.host.home, 'epoch'), 'utf8')]).toEqual(
      before,
    );
    return out;
  };

  test('a file that a person changed since the deployment: three hashes, and --overwrite names it', async () => {
    kit.kit = { announced: [{ path: kit.host.path('node.pem'), sha256: sha256Hex(bad) }] };
    await kit.backup('b-1');
    await kit.deploy(bad);
    expect((await kit.kitCommand('plan')).out).toContain('is what was deployed');
    const byHand = `${bad}# mended by a person\n`;
    kit.host.write('node.pem', byHand);
    const out = await refused('roll-back --yes', /CHANGED BY SOMEBODY ELSE/);
    for (const hash of [good, bad, byHand].map(sha256Hex)) expect(out).toContain(hash.slice(0, 12));
    await refused(`roll-back --yes --overwrite ${kit.host.path('other.pem')}`, /other\.pem is not in the backup/);
    expect((await kit.kitCommand(`roll-back --yes --overwrite ${kit.host.path('node.pem')}`)).code).toBe(0);
    expect(await kit.served()).toEqual(both(good));
    expect((await kit.kitCommand('undo --yes')).code).toBe(3);
    expect(kit.host.read('node.pem')).toBe(byHand);
  });

  test('a configuration that differs where nothing was announced', async () => {
    await kit.backup('b-1');
    appendFileSync(kit.host.yaml, '# by somebody\n');
    await refused('plan', /cassandra\.yaml was CHANGED BY SOMEBODY ELSE/);
    await refused('plan --hot', /the hot way cannot undo this/);
  });

  test('a backup whose leaf has expired, and one that is damaged', async () => {
    const day = 86_400_000;
    const names = { commonName: 'x', ip: ['127.0.0.1'], notBefore: new Date(Date.now() - 9 * day), notAfter: new Date(Date.now() - day) };
    const expired = await kit.host.authority.issue(join(kit.host.folder, 'identities/expired'), names);
    const [key, leaf, ca] = [expired.key, expired.certificate, kit.host.authority.intermediate].map((file) => readFileSync(file, 'utf8'));
    kit.host.keepSecret(key as string);
    kit.host.write('node.pem', `${key}${leaf}${ca}`, 0o640);
    await kit.backup('b-old');
    kit.host.write('node.pem', bad, 0o640);
    await refused('roll-back --yes', /b-old is no way back: the leaf SHA256:[0-9a-f]+… expired at/);
    writeFileSync(join(kit.host.home, 'snapshots/b-old/files/0001'), 'damaged');
    await refused('roll-back --yes', /b-old is no way back: .*missing or damaged/);
    await refused('roll-back --yes --backup b-none', /SNAPSHOT_MISSING/);
  });

  test('a backup that was made too late, and --despite not-before', async () => {
    kit.host.write('node.pem', await kit.host.keystore('late'), 0o640);
    await kit.backup('b-late');
    await kit.deploy(bad);
    await refused('plan', /the files were changed already/);
    expect((await kit.kitCommand('plan --despite not-before')).out).toContain('overruled by --despite not-before');
  });

  test('a restart while another node is down, and --despite others-down', async () => {
    kit.kit = { peers: [{ node: 'i-2', address: '127.0.0.1', clientPort: 1, internodePort: 1 }] };
    await kit.backup('b-1');
    await kit.deploy(bad);
    writeFileSync(kit.host.path('peer-down'), '');
    await refused('plan --restart', /while it sees \[10\.0\.0\.9\] down/);
    expect((await kit.kitCommand('plan --restart --despite others-down')).code).toBe(0);
    // The hot way interrupts nobody.
    expect((await kit.kitCommand('plan')).code).toBe(0);
  });
});

describe('fenced against the controller coming back', () => {
  test('whatever is not newer than the epoch by hand is refused; a newer execution passes', async () => {
    await kit.backup('b-1');
    await kit.deploy(bad);
    const { epoch } = await kit.kitJson<{ epoch: number }>('roll-back --yes');
    expect(epoch).toBe(kit.epoch + 1);
    const ask = async (of: number) =>
      (await kit.host.step('open-restore', { epoch: of, backup: { backupId: 'b-1', manifestSha256: 'a'.repeat(64) } })).error;
    expect(await ask(epoch - 1)).toMatchObject({ code: 'EPOCH_STALE', message: expect.stringContaining(`older than epoch ${epoch}`) });
    expect(await ask(epoch)).toMatchObject({ code: 'EPOCH_STALE', message: expect.stringContaining('by hand') });
    // A person acts again under the same epoch, as nobody came between.
    await kit.deploy(bad);
    expect((await kit.kitJson<{ epoch: number }>('roll-back --yes')).epoch).toBe(epoch);
    expect((await ask(epoch + 1)).code).toBe('');
    await kit.deploy(bad);
    expect((await kit.kitJson<{ epoch: number }>('roll-back --yes')).epoch).toBe(epoch + 2);
  });
});

describe('finish or undo what was broken off', () => {
  test.each(['swap-before-rename', 'reload-before', 'journal-before-fsync#9'])('killed at %s: status says so, resume ends it', async (point) => {
    await kit.backup('b-1');
    await kit.deploy(bad);
    expect((await kit.kitCommand('roll-back --yes', { RINGWARD_CRASH_AT: point })).code).toBe(137);
    const { code, out } = await kit.kitCommand('status');
    expect([code, out]).toEqual([3, expect.stringContaining('NOT WELL   half-done: a rollback by hand to b-1')]);
    expect((await kit.kitCommand('resume')).code).toBe(0);
    const resumed = await kit.kitCommand('resume --yes');
    expect([resumed.code, resumed.out]).toEqual([0, expect.stringContaining('PROVEN')]);
    expect(await kit.served()).toEqual(both(good));
    expect(await kit.kitCommand('resume --yes')).toMatchObject({ code: 4 });
    expect(kit.host.leftovers()).toEqual([]);
  });

  test.each(['traffic-after-stop', 'stop-after', 'swap-done', 'start-before', 'start-normal'])(
    'by restart, killed at %s: resume ends it, and undo puts back what was there before all of it',
    async (point) => {
      await kit.backup('b-1');
      await kit.deploy(bad);
      expect((await kit.kitCommand('roll-back --restart --yes', { RINGWARD_CRASH_AT: point })).code).toBe(137);
      expect((await kit.kitCommand('resume --yes')).code).toBe(0);
      expect(await kit.served()).toEqual(both(good));
      expect((await kit.kitCommand('undo --yes')).code).toBe(3);
      expect(kit.host.read('node.pem')).toBe(bad);
      expect(await kit.served()).toEqual(both(bad));
    },
  );

  test('a controller’s rollback that died in the swap: resume finishes it, undo takes it back', async () => {
    const backup = await kit.backup('b-1');
    const request = () =>
      kit.host.request('restore-hot', {
        epoch: kit.epoch,
        jmx: { address: '127.0.0.1', port: 1 },
        backup: { backupId: 'b-1', manifestSha256: backup.manifestSha256 },
        paths: [kit.host.path('node.pem')],
        expect: {},
      });
    await kit.deploy(bad);
    await kit.host.runRaw(JSON.stringify(request()), { RINGWARD_CRASH_AT: 'swap-after-rename' });
    const { code, out } = await kit.kitCommand('status');
    expect([code, out]).toEqual([3, expect.stringContaining(`a rollback of d-1 (epoch ${kit.epoch}) to b-1, hot, was broken off in restore-hot`)]);
    // The files are swapped, and nothing was reloaded: undo brings the deployed ones back.
    expect((await kit.kitCommand('undo --yes')).code).toBe(3);
    expect(kit.host.read('node.pem')).toBe(bad);
    rmSync(join(kit.host.home, 'snapshots/by-hand-kept-d-1-6'), { recursive: true });
    await kit.host.runRaw(JSON.stringify({ ...request(), epoch: 9 }), { RINGWARD_CRASH_AT: 'swap-after-rename' });
    expect((await kit.kitCommand('resume --yes')).code).toBe(0);
    expect(await kit.served()).toEqual(both(good));
  });

  test('a drain that fails stops there: the files are untouched, and undo lets clients on again', async () => {
    await kit.backup('b-1');
    await kit.deploy(bad);
    writeFileSync(kit.host.path('drain-fails'), '');
    const failed = await kit.kitCommand('roll-back --restart --yes');
    expect([failed.code, failed.out]).toEqual([10, expect.stringMatching(/DRAIN_FAILED[\s\S]*Nothing was overwritten/)]);
    expect(kit.host.read('node.pem')).toBe(bad);
    expect(await kit.served()).toEqual([null, leafOf(bad)]);
    expect((await kit.kitCommand('undo --yes')).code).toBe(3);
    expect(await kit.served()).toEqual(both(bad));
    rmSync(kit.host.path('drain-fails'));
    expect((await kit.kitCommand('roll-back --restart --yes')).code).toBe(0);
    expect(await kit.served()).toEqual(both(good));
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
