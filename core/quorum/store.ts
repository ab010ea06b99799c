/** What is asked of the store that holds votes and verdicts, as data: conditions, transactions, answers. */

/** `decisions`: votes, contradictions, verdicts · `deployments`: the record, which holds the current epoch. */
export type StoreTable = 'decisions' | 'deployments';
export type StoreKey = Readonly<Record<string, string>>;
export type StoreItem = Readonly<Record<string, unknown>>;

/** All that is named must hold of the stored item. */
export interface Condition {
  /** There is no item under this key. */
  readonly absent?: true;
  /** There is one, and these attributes have these values. */
  readonly equals?: Readonly<Record<string, number | string>>;
  /** The attribute (a path with one dot) has another value, or is not there. */
  readonly differs?: Readonly<Record<string, number | string>>;
}

/** Puts an item, or only checks a condition, under one key. */
export interface Operation {
  readonly table: StoreTable;
  readonly key: StoreKey;
  /** Attributes beside the key; left out: nothing is written. */
  readonly put?: StoreItem;
  readonly condition: Condition;
}

export type StoreRequest =
  | { readonly ask: 'read'; readonly table: StoreTable; readonly key: StoreKey }
  /** All operations, or none. */
  | { readonly ask: 'transact'; readonly operations: readonly Operation[] }
  /** Waits before the next attempt: up to this long, drawn at random. */
  | { readonly ask: 'pause'; readonly upToMs: number };

export type StoreAnswer =
  | { readonly answer: 'item'; readonly item: StoreItem | null }
  | { readonly answer: 'committed' }
  /** A condition did not hold: nothing was written. */
  | { readonly answer: 'refused' }
  /** Another transaction at the same items, or too many requests: nothing was written. */
  | { readonly answer: 'busy' }
  /** No answer: it may be written, or not. */
  | { readonly answer: 'lost' }
  | { readonly answer: 'paused' };

/** A conversation with the store, one request after the other; whoever runs it brings the store, the clock and the chance. */
export type Protocol<Result> = Generator<StoreRequest, Result, StoreAnswer>;

/** Whether a condition holds of what is stored: the meaning that every adapter must give it. */
export function holds({ absent, equals, differs }: Condition, item: StoreItem | null): boolean {
  if (absent && item !== null) return false;
  if (equals && !Object.entries(equals).every(([path, value]) => item !== null && attribute(item, path) === value)) return false;
  return !differs || Object.entries(differs).every(([path, value]) => item === null || attribute(item, path) !== value);
}

function attribute(item: StoreItem, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (here, step) => (here !== null && typeof here === 'object' ? (here as Record<string, unknown>)[step] : undefined),
      item,
    );
}
