/** Parts of the simulation that a mistake would hide in: conditions of DynamoDB, virtual time, lives, presigned URLs. */
import { describe, expect, test } from 'vitest';
import { holds } from '../../stand/simulated/aws/condition.ts';
import { dynamodb, type Tables } from '../../stand/simulated/aws/dynamodb.ts';
import { pathOfUrl } from '../../stand/simulated/aws/s3.ts';
import { Life, liveAs } from '../../stand/simulated/time/life.ts';
import { VirtualClock } from '../../stand/simulated/time/virtual-clock.ts';

describe('conditions', () => {
  const names = {
    ExpressionAttributeNames: { '#e': 'epoch', '#d': 'decision', '#s': 'state' },
    ExpressionAttributeValues: { ':e': 3, ':s': 'open' },
  };
  test.each<[string, Record<string, unknown> | undefined, boolean]>([
    ['attribute_not_exists(#e) OR #e <= :e', undefined, true],
    ['attribute_not_exists(#e) OR #e <= :e', { epoch: 3 }, true],
    ['attribute_not_exists(#e) OR #e <= :e', { epoch: 4 }, false],
    ['#e = :e AND (attribute_not_exists(#d.#s) OR #d.#s <> :s)', { epoch: 3, decision: { state: 'shut' } }, true],
    ['#e = :e AND (attribute_not_exists(#d.#s) OR #d.#s <> :s)', { epoch: 3, decision: { state: 'open' } }, false],
    ['#e = :e AND (attribute_not_exists(#d.#s) OR #d.#s <> :s)', { epoch: 3 }, true],
    ['#e = :e', undefined, false],
    ['begins_with(#s, :s)', { state: 'opened' }, true],
    ['begins_with(#s, :s)', { state: 'to open' }, false],
  ])('%s of %j: %s', (condition, item, held) => {
    expect(holds(condition, names, item)).toBe(held);
  });

  test('a form that is not simulated is an error, and no answer', () => {
    expect(() => holds('size(#e) = :e', names, {})).toThrow(/not simulated/);
    expect(() => holds('#e = :e :e', names, {})).toThrow(/left over/);
    expect(() => holds('#e ~ :e', names, {})).toThrow(/not simulated/);
  });

  test('a transaction writes all or nothing, and says which condition failed', () => {
    const tables: Tables = new Map([
      ['Deployments', new Map()],
      ['Clusters', new Map()],
    ]);
    const put = (cluster: string) => ({ Put: { TableName: 'Clusters', Item: { cluster } } });
    const check = {
      ConditionCheck: {
        TableName: 'Deployments',
        Key: { cluster: 'c', deployment: 'd' },
        ConditionExpression: 'attribute_exists(cluster)',
      },
    };
    expect(() => dynamodb(tables, 'TransactWriteCommand', { TransactItems: [put('a'), check] })).toThrow(
      expect.objectContaining({
        name: 'TransactionCanceledException',
        CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed' }],
      }),
    );
    expect(tables.get('Clusters')?.size).toBe(0);
    dynamodb(tables, 'PutCommand', { TableName: 'Deployments', Item: { cluster: 'c', deployment: 'd' } });
    dynamodb(tables, 'TransactWriteCommand', { TransactItems: [put('a'), check] });
    expect(tables.get('Clusters')?.size).toBe(1);
  });
});

describe('virtual time', () => {
  test('passes from timer to timer, in order, and costs none', async () => {
    const clock = new VirtualClock(1000);
    const seen: string[] = [];
    const began = performance.now();
    await Promise.all([
      clock.sleep(3_600_000).then(() => seen.push(`late ${clock.now}`)),
      clock.sleep(5).then(() => seen.push(`soon ${clock.now}`)),
      clock.sleep(5).then(() => seen.push(`next ${clock.now}`)),
    ]);
    expect(seen).toEqual(['soon 1005', 'next 1005', 'late 3601000']);
    expect(performance.now() - began).toBeLessThan(1000);
  });

  test('what was ended sleeps for ever, and with it what it had started; a cancelled timer does not fire', async () => {
    const clock = new VirtualClock(0);
    const seen: string[] = [];
    const parent = new Life('parent');
    void liveAs(parent, () => clock.sleep(10).then(() => seen.push('parent')));
    void liveAs(new Life('child', parent), () => clock.sleep(10).then(() => seen.push('child')));
    void liveAs(new Life('other'), () => clock.sleep(10).then(() => seen.push('other')));
    clock.cancel(clock.after(5, () => seen.push('cancelled')));
    parent.end();
    await clock.sleep(20);
    expect(seen).toEqual(['other']);
  });
});

test.each([
  [
    'https://backup-bucket.s3.us-east-1.amazonaws.com/backups/a/1.jwe?versionId=v2&X-Amz-Date=1',
    { path: 'backup-bucket/backups/a/1.jwe', version: 'v2' },
  ],
  ['https://s3.us-east-1.amazonaws.com/b/key%20a', { path: 'b/key a' }],
])('%s', (url, path) => {
  expect(pathOfUrl(url)).toEqual(path);
});
