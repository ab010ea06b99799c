/** A person goes back on the node itself, hot and by restart; afterwards no older execution acts there. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../../../core/canonical.ts';
import { both, type KitHost, useKitHost } from './kit-host.ts';

let kit: KitHost;
let good: string;
let bad: string;

useKitHost((made) => {
  ({ kit, good, bad } = made);
});

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

test('a configuration with other rights and the same bytes needs no restart', async () => {
  await kit.backup('b-1');
  await kit.type(`chmod 644 ${kit.host.yaml}`);
  const { code, out } = await kit.kitCommand('roll-back --yes');
  expect([code, out]).toEqual([0, expect.stringContaining('hot: ')]);
  expect((statSync(kit.host.yaml).mode & 0o777).toString(8)).toBe('600');
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
