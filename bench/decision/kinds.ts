/** Every kind of deployment that the bench knows. */
import type { Kind } from './kind.ts';
import { FOUND } from './kinds-found.ts';
import { KEPT } from './kinds-kept.ts';

export const ALL_KINDS: readonly Kind[] = [...KEPT, ...FOUND];

/** Throws a RangeError for a name that is none. */
export function kindNamed(name: string): Kind {
  const kind = ALL_KINDS.find((one) => one.name === name);
  if (!kind) throw new RangeError(`no kind "${name}"; there are: ${ALL_KINDS.map((one) => one.name).join(', ')}`);
  return kind;
}
