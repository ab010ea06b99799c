/** The state is in the exit code; docs/guide/command-line.md lists the same. */
export const EXIT = {
  good: 0,
  error: 1,
  /** Needs attention, or differs from what is expected. */
  attention: 2,
  rolledBack: 3,
  rollbackFailed: 4,
  timedOut: 124,
  /** Ctrl-C: the command let go; what it followed goes on. */
  detached: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
