import { afterAll, beforeAll } from 'vitest';
import { buildJar, Host } from './host.ts';

/**
 * The opening of a file of tests: the jar is built, one host stands for all of them, and is taken away after the last.
 * @param take is given the host before the first test
 */
export function useHost(take: (host: Host) => void | Promise<void>): void {
  let host: Host | undefined;
  beforeAll(async () => {
    buildJar();
    host = await Host.make();
    await take(host);
  });
  afterAll(() => host?.remove());
}
