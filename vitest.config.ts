import { defineConfig } from 'vitest/config';

const everywhere = { environment: 'node' } as const;

/**
 * `core`: the pure part, in seconds. `parts`: what needs a process, a JVM or a socket of its own.
 * `ring`: whole journeys on the real ring, one file after the other.
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
          exclude: ['test/core/**', 'test/ring/**', 'test/mutants/**'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          ...everywhere,
          name: 'ring',
          include: ['test/ring/**/*.test.ts'],
          globalSetup: ['test/ring/global-setup.ts'],
          setupFiles: ['test/ring/use-stand.ts'],
          fileParallelism: false,
          // After everything else: a ring on two processors should not compete with the other tests.
          sequence: { groupOrder: 1 },
          // Real processes and clocks on a busy machine: what fails twice is broken, what fails once is told in the output.
          retry: 1,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
