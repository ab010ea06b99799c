/** A way back that was broken off, by whomever: a person finishes it, or takes it back. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { leafOf } from '../../fixtures/keystore-pem.ts';
import { both, type KitHost, useKitHost } from './kit-host.ts';

let kit: KitHost;
let good: string;
let bad: string;

useKitHost((made) => {
  ({ kit, good, bad } = made);
});

describe('finish or undo what was broken off', () => {
  test.each(['swap-before-rename', 'reload-before', 'journal-before-fsync#9'])(
    'killed at %s: status says so, resume ends it',
    async (point) => {
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
    },
  );

  test.each(['traffic-after-stop', 'swap-done', 'start-normal'])(
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
    expect([code, out]).toEqual([
      3,
      expect.stringContaining(`a rollback of d-1 (epoch ${kit.epoch}) to b-1, hot, was broken off in restore-hot`),
    ]);
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
