import { describe, expect, test } from 'vitest';
import { judgeBefore } from '../../../core/backup/before.ts';
import { backupStatement } from '../../../core/backup/statement.ts';
import { backupOf, hash, KEYSTORE, NODES, oldLeaves, TRUSTSTORE, YAML } from '../../fixtures/ring.ts';

test('the statement of a backup is exactly its six members, sorted', () => {
  const more = {
    backupId: 'b-1',
    cluster: 'payments',
    node: 'i-1',
    manifestSha256: hash('a'),
    ciphertextSha256: hash('b'),
    at: 7,
    bucket: 'not signed',
  };
  expect(backupStatement(more)).toBe(
    `{"at":7,"backupId":"b-1","ciphertextSha256":"${hash('b')}","cluster":"payments","manifestSha256":"${hash('a')}","node":"i-1"}`,
  );
});

describe('is a backup of before?', () => {
  const announced = {
    node: NODES[0],
    artifacts: [
      { path: KEYSTORE, sha256: hash('d'), kind: 'keystore' as const },
      { path: TRUSTSTORE, sha256: hash('2'), kind: 'truststore' as const },
    ],
  };
  const packed = backupOf(0);
  const [own, other] = oldLeaves.map(({ sha256 }) => sha256);
  if (!own || !other) throw new Error('fixture');
  const withKeystore = (sha256: string) => packed.manifest.map((entry) => (entry.path === KEYSTORE ? { ...entry, sha256 } : entry));

  test('yes when the ports serve what is stored and the announced files are others; an unchanged truststore does not matter', () => {
    expect(judgeBefore(packed, announced)).toEqual({ before: true });
    expect(judgeBefore(packed, null)).toEqual({ before: true });
  });

  test.each([
    [
      'the stored leaf is not the served one',
      { ...packed, storeLeaves: [{ path: KEYSTORE, leaf: other }] },
      announced,
      /client port served/,
    ],
    ['one port serves another leaf', { ...packed, servedLeaves: { client: own, internode: other } }, announced, /internode port served/],
    ['it holds the announced keystore', { ...packed, manifest: withKeystore(hash('d')) }, announced, /already holds/],
    ['nothing is known of the ports', { ...packed, servedLeaves: {} }, announced, /no port showed/],
    ['no leaf could be read from the stores', { ...packed, storeLeaves: [] }, announced, /no leaf/],
    [
      'it holds the announced configuration of a deployment without a keystore',
      packed,
      { node: NODES[0], artifacts: [{ path: YAML, sha256: hash('1'), kind: 'configuration' as const }] },
      /already holds/,
    ],
  ])('no when %s', (_, late, event, reason) => {
    const judgement = judgeBefore(late, event);
    expect(judgement.before === false && judgement.reason).toMatch(reason);
  });
});
