/** Pauses: what stops for a while says nothing; what stops again and again does. */
import { expect, test } from 'vitest';
import { answersNothing, passPause } from '../../../../core/decide/measured/pause.ts';
import { binOf, sketchOf } from '../../../../core/decide/measured/sketch.ts';

const cells = (failed: number, ...ms: number[]) => ({ tls: { failed, ms: sketchOf(ms.map(binOf)) }, cql: { failed: 0, ms: [] } });
const level = { tls: binOf(5), cql: binOf(3) };

test('a node answers nothing when every probe fails or takes five times its level; one answer is enough', () => {
  expect(answersNothing(cells(4), level)).toBe(true);
  expect(answersNothing(cells(3, 200), level)).toBe(true);
  expect(answersNothing(cells(3, 6), level)).toBe(false);
  expect(answersNothing({ tls: cells(9).tls, cql: cells(0, 3).tls }, level)).toBe(false);
});

test('too few probes tell nothing about a pause', () => {
  expect(answersNothing(cells(1), level)).toBe(false);
  expect(answersNothing(cells(0), level)).toBe(false);
});

test('a stop of eight seconds is left out, and the next one is not', () => {
  let left = 10;
  const left8 = Array.from({ length: 8 }, () => {
    const pass = passPause(left, true, 1, 10);
    left = pass.left;
    return pass.leaveOut;
  });
  expect(left8).not.toContain(false);
  for (let i = 0; i < 20; i++) left = passPause(left, false, 1, 10).left;
  expect(left).toBeCloseTo(3, 5);
  const again = Array.from({ length: 8 }, () => {
    const pass = passPause(left, true, 1, 10);
    left = pass.left;
    return pass.leaveOut;
  });
  expect(again.filter(Boolean)).toHaveLength(3);
});

test('the allowance never grows beyond itself', () => {
  expect(passPause(10, false, 100, 10)).toEqual({ left: 10, leaveOut: false });
});
