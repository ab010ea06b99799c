/** Whose code runs: a function, a program on a node, an execution. What is ended neither gets an answer nor wakes up again. */
import { AsyncLocalStorage } from 'node:async_hooks';

/** Something that can be ended from outside, with all that it started. */
export class Life {
  readonly name: string;
  readonly #parent: Life | undefined;
  #ended = false;

  constructor(name: string, parent?: Life) {
    this.name = name;
    this.#parent = parent;
  }

  get isAlive(): boolean {
    return !this.#ended && (this.#parent?.isAlive ?? true);
  }

  /** As `kill -9`: at once, and nothing of it goes on. */
  end(): void {
    this.#ended = true;
  }
}

/** Who looks at the world from outside; it never ends. */
const OUTSIDE = new Life('outside');
const lives = new AsyncLocalStorage<Life>();

export const lifeHere = (): Life => lives.getStore() ?? OUTSIDE;

/** Runs something as one life. */
export const liveAs = <T>(life: Life, run: () => T): T => lives.run(life, run);

/** What a dead caller waits for. */
export const never = <T>(): Promise<T> => new Promise<T>(() => undefined);
