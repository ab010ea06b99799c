/** A small break of the product, as data. */
export interface Mutant {
  /** Short, unique, for `--only`. */
  readonly name: string;
  /** What is broken by it, in the words of the product. */
  readonly breaks: string;
  /** File that is changed, relative to the repository. */
  readonly file: string;
  /** Text that stands there exactly once. */
  readonly find: string;
  readonly replace: string;
  /** The test that must turn red; `title` as the test run tells it. */
  readonly test: { readonly file: string; readonly title: string };
}
