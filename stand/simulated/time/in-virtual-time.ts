/**
 * Puts the virtual clock and a seeded chance in the place of Node's own for as long as something runs: product code asks
 * `Date`, `setTimeout`, `Math.random` and `randomUUID`, and must not know the difference. One at a time in a process.
 */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import type { VirtualClock, VirtualTimer } from './virtual-clock.ts';

const RealDate = Date;
let installed = false;

/** Runs with this clock and chance; everything is as before afterwards, however it ends. */
export async function inVirtualTime<T>(clock: VirtualClock, random: () => number, run: () => Promise<T>): Promise<T> {
  if (installed) throw new Error('two virtual clocks in one process');
  installed = true;
  const before = {
    Date,
    setTimeout,
    clearTimeout,
    random: Math.random,
    pause: timers.setTimeout,
    randomUUID: crypto.randomUUID,
  };
  class VirtualDate extends RealDate {
    constructor(...parts: []) {
      if (parts.length === 0) super(clock.now);
      else super(...parts);
    }
    static override now(): number {
      return clock.now;
    }
  }
  globalThis.Date = VirtualDate as DateConstructor;
  globalThis.setTimeout = ((fire: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
    clock.after(ms, () => fire(...args))) as unknown as typeof setTimeout;
  globalThis.clearTimeout = ((timer: VirtualTimer | undefined) => clock.cancel(timer)) as unknown as typeof clearTimeout;
  Math.random = random;
  timers.setTimeout = (async (ms = 0, value?: unknown) => {
    await clock.sleep(ms);
    return value;
  }) as typeof timers.setTimeout;
  crypto.randomUUID = () => uuidOf(random);
  Object.defineProperty(performance, 'now', { configurable: true, value: () => clock.now });
  syncBuiltinESMExports();
  try {
    return await run();
  } finally {
    globalThis.Date = before.Date;
    globalThis.setTimeout = before.setTimeout;
    globalThis.clearTimeout = before.clearTimeout;
    Math.random = before.random;
    timers.setTimeout = before.pause;
    crypto.randomUUID = before.randomUUID;
    Reflect.deleteProperty(performance, 'now');
    syncBuiltinESMExports();
    installed = false;
  }
}

function uuidOf(random: () => number): `${string}-${string}-${string}-${string}-${string}` {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}
