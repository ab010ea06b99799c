/** What a check hands back: problems fail it, warnings are shown, the note says what was looked at. */
export interface Outcome {
  readonly problems: readonly string[];
  readonly warnings?: readonly string[];
  /** Such as `74 files`; `nothing yet` tells an empty folder from a checked one. */
  readonly note: string;
}

/** A named check over the whole repository. */
export interface Check {
  readonly name: string;
  readonly about: string;
  /** Checks that must have ended before (they make what this one reads). */
  readonly after?: readonly string[];
  readonly run: () => Promise<Outcome>;
}
