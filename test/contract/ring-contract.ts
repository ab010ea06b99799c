/**
 * What must be true of a node of a ring under Ringward, real or simulated: statements that need a Cassandra which serves. Each side makes a
 * ring of at least one node that serves good certificates and is backed up.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { NodeReply } from '../../core/node/protocol.ts';
import type { ExpectedLeaves, NodeStep } from '../../core/node/requests.ts';
import { NODE_RESULTS, type PhaseResult, type RestoreResult } from '../../core/node/results.ts';

/** One node of a ring as a test holds it. */
export interface NodeOfRing {
  readonly keystore: string;
  readonly backup: { readonly backupId: string; readonly manifestSha256: string };
  /** The leaf that client and internode port served when the backup was made. */
  readonly oldLeaf: string;
  readonly run: (step: NodeStep, fields: object) => Promise<NodeReply>;
  /** Puts another leaf in place and reloads; resolves when it is served. */
  readonly deploy: () => Promise<void>;
  /** Leaf that a fresh connection sees; null when nobody answers. Asked of another tool than the product. */
  readonly served: (listener: 'client' | 'internode') => Promise<string | null>;
  /** Start of the process, ms; null when there is none. */
  readonly startedAt: () => Promise<number | null>;
  /** All is as it was when it was made. */
  readonly renew: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

const DRAIN = { drainTimeoutMs: 60_000, stopTimeoutMs: 60_000 };
const START = { startTimeoutMs: 120_000 };

export function ringContract(side: string, make: () => Promise<NodeOfRing>): void {
  describe(`a node of a ring: ${side}`, () => {
    let node: NodeOfRing;
    beforeAll(async () => {
      node = await make();
    });
    beforeEach(() => node.renew());
    afterAll(() => node?.remove());

    async function done<R>(step: NodeStep, fields: object = {}): Promise<R> {
      const reply = await node.run(step, fields);
      if (!reply.ok) throw new Error(`${step}: ${JSON.stringify(reply.error)}`);
      return NODE_RESULTS[step].parse(reply.result) as R;
    }
    async function codeOf(step: NodeStep, fields: object = {}): Promise<string> {
      const reply = await node.run(step, fields);
      return reply.ok ? 'ok' : reply.error.code;
    }
    const both = (leaf: string): ExpectedLeaves => ({ client: leaf, internode: leaf });
    const files = () => ({ backup: node.backup, paths: [node.keystore] });
    const ports = async () => [await node.served('client'), await node.served('internode')];

    test('the hot way serves the old leaf again on both ports, and no process ended', async () => {
      const before = await node.startedAt();
      await node.deploy();
      expect(await ports()).not.toContain(node.oldLeaf);
      const result = await done<RestoreResult>('restore-hot', { ...files(), expect: both(node.oldLeaf) });
      expect(result).toMatchObject({ proven: true, reload: { ok: true } });
      expect([await ports(), await node.startedAt()]).toEqual([[node.oldLeaf, node.oldLeaf], before]);
    });

    test('a leaf that the ports do not come to serve is no success', async () => {
      expect(await codeOf('restore-hot', { ...files(), expect: { client: 'a'.repeat(64) } })).toBe('RELOAD_FAILED');
    });

    test('the seven phases: clients off, stopped, files back, started with clients off, proven, clients on', async () => {
      const before = await node.startedAt();
      await node.deploy();
      expect(await done<PhaseResult>('stop-accepting')).toMatchObject({ nativeTransport: false, operationMode: 'NORMAL' });
      expect([await node.served('client'), await node.startedAt()]).toEqual([null, before]);
      expect(await done<PhaseResult>('stop-service', DRAIN)).toMatchObject({ service: { pid: null } });
      expect([await ports(), await node.startedAt()]).toEqual([[null, null], null]);
      await done('restore-certificates', files());
      await done('restore-configuration', { ...files(), paths: [] });
      expect(await done<PhaseResult>('start-service', START)).toMatchObject({ nativeTransport: false, operationMode: 'NORMAL' });
      expect(await ports()).toEqual([null, node.oldLeaf]);
      expect(await done<PhaseResult>('prove', { expect: { internode: node.oldLeaf }, peers: [] })).toMatchObject({ proven: true });
      expect(await node.served('client')).toBeNull();
      expect(await done<PhaseResult>('restore-traffic', { expect: both(node.oldLeaf) })).toMatchObject({
        proven: true,
        nativeTransport: true,
      });
      expect(await ports()).toEqual([node.oldLeaf, node.oldLeaf]);
      expect(await node.startedAt()).toBeGreaterThan(before ?? Number.POSITIVE_INFINITY);
    });

    test('a phase out of its order is refused, or finds that there is nothing to do', async () => {
      expect(await codeOf('restore-certificates', files())).toBe('SERVICE_NOT_STOPPED');
      expect(await done<PhaseResult>('start-service', START)).toMatchObject({ did: expect.stringContaining('running already') });
      expect(await done<PhaseResult>('restore-traffic', { expect: both(node.oldLeaf) })).toMatchObject({
        did: expect.stringContaining('on already'),
        proven: true,
      });
      await done('stop-accepting');
      expect(await done<PhaseResult>('stop-accepting')).toMatchObject({ did: expect.stringContaining('off already') });
      await done('stop-service', DRAIN);
      expect(await done<PhaseResult>('stop-service', DRAIN)).toMatchObject({ did: expect.stringContaining('nothing to drain') });
      expect(await codeOf('restore-traffic', { expect: both(node.oldLeaf) })).toBe('SERVICE_NOT_STARTED');
      await done('start-service', START);
      await done('restore-traffic', { expect: both(node.oldLeaf) });
    });
  });
}
