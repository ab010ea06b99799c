import { defineConfig } from 'vitest/config';

const everywhere = { environment: 'node' } as const;

/** On the real ring, one file after the other. */
const onRing = {
  ...everywhere,
  globalSetup: ['test/ring/global-setup.ts'],
  setupFiles: ['test/ring/use-stand.ts'],
  fileParallelism: false,
};

/**
 * `core`: the pure part, in seconds. `parts`: what needs a process, a JVM or a socket of its own.
 * `ring`: whole journeys on the real ring, one file after the other. `long`: the same with production's own times.
 */
export default defineConfig({
  test: {
    projects: [
      { test: { ...everywhere, name: 'core', include: ['test/core/**/*.test.ts'], testTimeout: 10_000 } },
      {
        test: {
          ...everywhere,
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: ['test/core/**', 'test/ring/**', 'test/long/**', 'test/mutants/**'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          ...onRing,
          name: 'ring',
          include: ['test/ring/**/*.test.ts'],
          // After everything else: a ring on two processors should not compete with the other tests.
          sequence: { groupOrder: 1 },
          // Real processes and clocks on a busy machine: what fails twice is broken, what fails once is told in the output.
          retry: 1,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
      // Only by `npm run test:long`: production's own times, and watches of minutes.
      ...(process.env['RINGWARD_LONG'] === '1'
        ? [{ test: { ...onRing, name: 'long', include: ['test/long/**/*.test.ts'], testTimeout: 900_000, hookTimeout: 600_000 } }]
        : []),
    ],
  },
});
