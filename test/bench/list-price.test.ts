import { describe, expect, test } from 'vitest';
import { figure, spreadOf } from '../../bench/figures.ts';
import { PRICES, priceOf, type Usage } from '../../bench/list-price.ts';
import { usageOf } from '../../bench/usage.ts';
import type { RequestRecord } from '../../stand/local-aws/request-log.ts';

const nothing = Object.fromEntries(Object.keys(PRICES).map((what) => [what, 0])) as unknown as Usage;

describe('the list price', () => {
  test('of nothing is nothing', () => {
    expect(priceOf(nothing).usd).toBe(0);
  });

  test('adds what was used, dearest first', () => {
    const { usd, lines } = priceOf({ ...nothing, stateTransitions: 1000, lambdaRequests: 1_000_000, kmsRequests: 10_000 });
    expect(usd).toBeCloseTo(0.025 + 0.2 + 0.15, 10);
    expect(lines.slice(0, 3).map(({ what }) => what)).toEqual(['lambdaRequests', 'kmsRequests', 'stateTransitions']);
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('%d is no count', (count) => {
    expect(() => priceOf({ ...nothing, s3Reads: count })).toThrow('s3Reads');
  });

  test('every price has its source', () => {
    for (const { usd, source } of Object.values(PRICES)) {
      expect(usd).toBeGreaterThan(0);
      expect(source).toMatch(/^https:\/\/aws\.amazon\.com\/.+pricing/);
    }
  });
});

describe('usage', () => {
  const request = (service: string, operation: string, bent: Partial<RequestRecord> = {}): RequestRecord => ({
    at: 0,
    by: 'function',
    service,
    operation,
    status: 200,
    requestBytes: 100,
    responseBytes: 100,
    ...bent,
  });

  test('counts units by size, states by entry, and leaves out who only follows', () => {
    const usage = usageOf(
      [
        request('DynamoDB_20120810', 'PutItem', { requestBytes: 1025 }),
        request('DynamoDB_20120810', 'UpdateItem', { responseBytes: 3000 }),
        request('DynamoDB_20120810', 'Query', { responseBytes: 4097 }),
        request('DynamoDB_20120810', 'Query', { by: 'other', responseBytes: 400_000 }),
        request('S3', 'PUT', { by: 'node' }),
        request('S3', 'GET'),
        request('AWSEvents', 'PutEvents', { by: 'other' }),
        request('TrentService', 'Decrypt'),
      ],
      [
        { billedMs: 500, memoryMb: 512 },
        { billedMs: 1500, memoryMb: 512 },
      ],
      [{ type: 'TaskStateEntered' }, { type: 'TaskStateExited' }, { type: 'MapStateEntered' }, { type: 'TaskFailed' }],
    );
    expect(usage).toEqual({
      ...nothing,
      stateTransitions: 3,
      lambdaRequests: 2,
      lambdaGbSeconds: 1,
      dynamoWriteUnits: 5,
      dynamoReadUnits: 2,
      s3Writes: 1,
      s3Reads: 2,
      eventsPublished: 1,
      kmsRequests: 1,
    });
  });
});

describe('figures', () => {
  test('the median and the spread', () => {
    expect(spreadOf([5, 1, 3])).toEqual({ median: 3, least: 1, most: 5, count: 3 });
    expect(spreadOf([4, 1, 3, 2]).median).toBe(2.5);
    expect(() => spreadOf([])).toThrow(RangeError);
  });

  test('are held against their goal', () => {
    expect(figure('a', 0.7, 'x', '<=', 0.7).ok).toBe(true);
    expect(figure('a', 0.71, 'x', '<=', 0.7).ok).toBe(false);
    expect(figure('a', 1, 'errors', '=', 0).ok).toBe(false);
    expect(figure('a', 3, 'runs', '>=', 2).ok).toBe(true);
  });
});
