/**
 * What must be true of the program on a host, whether it is the real one (Java, on files) or the simulated one: statements that need no
 * Cassandra. Each side makes a host with good files, a keystore among them, and nothing running.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import type { NodeReply } from '../../core/node/protocol.ts';
import type { NodeFile, NodeRequest, NodeStep } from '../../core/node/requests.ts';
import { NODE_RESULTS, type NodeState, type PackResult, type RestoreResult } from '../../core/node/results.ts';
import { recipient } from '../on-node/pack-store.ts';

/** A host as a test holds it. */
export interface HostUnderContract {
  readonly keystore: string;
  readonly files: readonly NodeFile[];
  /** A request of its own id, in epoch 1. */
  readonly request: (step: NodeStep, fields?: object) => NodeRequest;
  /** Runs the program. The reply is null when it ended without one. */
  readonly run: (request: NodeRequest, how?: How) => Promise<{ readonly code: number | null; readonly reply: NodeReply | null }>;
  /** Writes another keystore, as a careless deployer does. */
  readonly spoil: () => void;
  /** SHA-256 of a file as it lies there; null when there is none. */
  readonly hashOf: (path: string) => string | null;
  /** A process of the service that listens nowhere. */
  readonly setRunning: (running: boolean) => void;
  /** `phase state` of each line of the journal. */
  readonly journal: () => string[];
  /** All that the program left on the host is gone, and the files are the good ones again. */
  readonly renew: () => void;
  readonly remove: () => void;
}

export interface How {
  readonly allow?: 'observe';
  readonly crashAt?: string;
}

/** Points at which the real program can be ended, of those that a restore of files reaches. */
const POINTS = [
  'lock-taken',
  'epoch-after-record',
  'journal-torn-write',
  'swap-after-verify',
  'swap-after-keep',
  'swap-after-stage',
  'swap-before-rename',
  'swap-after-rename',
  'swap-done',
  'reply-before-store',
  'reply-after-store',
];

export function programContract(side: string, make: () => Promise<HostUnderContract>): void {
  describe(`the program on a host: ${side}`, () => {
    let host: HostUnderContract;
    beforeAll(async () => {
      host = await make();
    });
    beforeEach(() => host.renew());
    afterAll(() => host?.remove());

    async function done<R>(request: NodeRequest): Promise<R> {
      const { reply } = await host.run(request);
      if (!reply?.ok) throw new Error(`${request.step}: ${JSON.stringify(reply)}`);
      return NODE_RESULTS[request.step].parse(reply.result) as R;
    }
    async function codeOf(request: NodeRequest, how?: How): Promise<string> {
      const { reply } = await host.run(request, how);
      return reply === null ? 'no reply' : reply.ok ? 'ok' : reply.error.code;
    }
    const state = () => done<z.infer<typeof NodeState>>(host.request('state'));
    const pack = () => done<PackResult>(host.request('pack', { backupId: 'b-1', recipient }));
    /** The host with a backup of its good files, and a bad keystore in place. */
    async function spoiled() {
      const { backupId, manifestSha256 } = await pack();
      const good = host.hashOf(host.keystore);
      host.spoil();
      const backup = { backupId, manifestSha256 };
      return { good, bad: host.hashOf(host.keystore), backup, fields: { backup, paths: [host.keystore] } };
    }

    test('a restore brings the backup’s bytes back, and says what it overwrote', async () => {
      const { good, bad, fields } = await spoiled();
      expect(bad).not.toBe(good);
      const { restored, proven } = await done<RestoreResult>(host.request('restore-certificates', fields));
      expect(restored).toEqual([{ path: host.keystore, before: bad, after: good }]);
      expect([host.hashOf(host.keystore), proven]).toEqual([good, false]);
    });

    test('each phase is journaled before it is done', async () => {
      const { fields } = await spoiled();
      const before = host.journal().length;
      await done(host.request('restore-certificates', fields));
      const phases = ['keep begin', 'keep done', 'stage begin', 'stage done', 'rename begin', 'rename done'];
      expect(host.journal().slice(before)).toEqual(['step begin', ...phases, 'step done']);
    });

    test('a request that comes twice acts once, whatever happened in between, and is answered the same', async () => {
      const { fields } = await spoiled();
      const request = host.request('restore-certificates', fields);
      const first = await done(request);
      host.spoil();
      const [entries, bad] = [(await state()).journal.entries, host.hashOf(host.keystore)];
      expect(await done(request)).toEqual(first);
      expect([(await state()).journal.entries, host.hashOf(host.keystore)]).toEqual([entries, bad]);
    });

    test('an id that served another step is refused', async () => {
      const { fields } = await spoiled();
      const request = host.request('restore-certificates', fields);
      await done(request);
      expect(await codeOf({ ...request, step: 'restore-configuration' } as NodeRequest)).toBe('FIELD_INVALID');
    });

    test('a backup that is packed again is the same backup, though the files have changed', async () => {
      const first = await pack();
      host.spoil();
      expect(await pack()).toEqual(first);
    });

    test('an older epoch acts no more, a newer one is remembered, and observing asks for none', async () => {
      const { bad, good, fields } = await spoiled();
      await done(host.request('open-restore', { ...fields, epoch: 7 }));
      const late = host.request('restore-certificates', { ...fields, epoch: 6 });
      expect([await codeOf(late), host.hashOf(host.keystore), (await state()).epoch]).toEqual(['EPOCH_STALE', bad, 7]);
      await done({ ...late, epoch: 7 });
      expect(host.hashOf(host.keystore)).toBe(good);
    });

    test('what is no step, and what the observing document does not allow, is refused and leaves nothing', async () => {
      expect(await codeOf(host.request('format-disk' as NodeStep))).toBe('FIELD_INVALID');
      expect(await codeOf(host.request('pack', { backupId: 'b-1', recipient }), { allow: 'observe' })).toBe('FIELD_INVALID');
      expect(await state()).toMatchObject({ epoch: 0, journal: { entries: 0 }, snapshots: [], lock: { held: false }, open: null });
    });

    test.each<[string, string, (good: { backupId: string; manifestSha256: string }) => object]>([
      ['no snapshot', 'SNAPSHOT_MISSING', (backup) => ({ backup: { ...backup, backupId: 'b-unknown' } })],
      ['another manifest', 'BACKUP_MISMATCH', (backup) => ({ backup: { ...backup, manifestSha256: 'a'.repeat(64) } })],
      ['a path that is not registered', 'PATH_NOT_REGISTERED', () => ({ paths: ['/etc/passwd'] })],
    ])('%s is refused, and the files stay as they are', async (_, code, change) => {
      const { bad, backup, fields } = await spoiled();
      expect(await codeOf(host.request('restore-certificates', { ...fields, ...change(backup) }))).toBe(code);
      expect(host.hashOf(host.keystore)).toBe(bad);
      expect((await state()).open).toBeNull();
    });

    test('files never change under a running Cassandra on the restart way', async () => {
      const { bad, fields } = await spoiled();
      host.setRunning(true);
      expect(await codeOf(host.request('restore-certificates', fields))).toBe('SERVICE_NOT_STOPPED');
      host.setRunning(false);
      expect(host.hashOf(host.keystore)).toBe(bad);
    });

    test('a hot restore that nobody reloads has the files back, and claims no reload', async () => {
      const { good, fields } = await spoiled();
      expect(await codeOf(host.request('restore-hot', { ...fields, expect: {} }))).toBe('RELOAD_FAILED');
      expect(host.hashOf(host.keystore)).toBe(good);
    });

    test('phases 1 and 2 find nothing to do where nothing runs', async () => {
      for (const request of [host.request('stop-accepting'), host.request('stop-service', { drainTimeoutMs: 1000, stopTimeoutMs: 1000 })])
        expect(await done(request)).toMatchObject({ service: { pid: null }, nativeTransport: null });
    });

    test('a one-time key that was not used is offered again, and says so itself', async () => {
      const { fields } = await spoiled();
      const keys = [];
      for (let i = 0; i < 2; i++) keys.push(await done<{ oneTimeKey: { spki: string } }>(host.request('open-restore', fields)));
      expect(keys[1]?.oneTimeKey.spki).toBe(keys[0]?.oneTimeKey.spki);
    });

    test.each(POINTS)('ended at %s, then asked again: the same end, the journal whole, nothing left open (I6)', async (point) => {
      const { good, fields } = await spoiled();
      const request = host.request('restore-certificates', { ...fields, epoch: 2 });
      expect(await host.run(request, { crashAt: point })).toEqual({ code: 137, reply: null });
      await done(request);
      expect(host.hashOf(host.keystore)).toBe(good);
      expect(await state()).toMatchObject({ epoch: 2, open: null, lock: { held: false }, journal: { intact: true } });
    });
  });
}
