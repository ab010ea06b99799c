/** Turns the issues of a schema into one error that a tired person understands: field, value, fix, and the key that was probably meant. */
import { z } from 'zod';
import { RingwardError } from './catalogue.ts';

type Issue = z.core.$ZodIssue;

/** Parses `input`, or throws FIELD_INVALID about its first issue (with the count of the others). */
export function parseOrExplain<S extends z.ZodType>(schema: S, input: unknown, what: string): z.infer<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  // A misspelt key also makes its right name missing: the misspelling is the thing to tell.
  const issues = parsed.error.issues.flatMap(innermost);
  const first = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  const more = issues.length > 1 ? ` (${issues.length - 1} more to mend)` : '';
  if (!first) throw new RingwardError('FIELD_INVALID', { message: `The ${what} does not fit its schema.` });
  throw first.code === 'unrecognized_keys' ? unknownKey(schema, first, what, more) : wrongValue(first, input, what, more);
}

/** The issue of a union's likeliest branch instead of "no branch fits". */
function innermost(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const [branch] = [...issue.errors].sort((a, b) => a.length - b.length);
  const inner = issue.errors.at(-1)?.[0] ?? branch?.[0];
  return inner ? [{ ...inner, path: [...issue.path, ...inner.path] } as Issue] : [issue];
}

function unknownKey(schema: z.ZodType, issue: Extract<Issue, { code: 'unrecognized_keys' }>, what: string, more: string): RingwardError {
  const key = issue.keys[0] ?? '';
  const known = keysAt(schema, issue.path);
  const meant = nearest(key, known);
  return new RingwardError('FIELD_INVALID', {
    message: `The ${what} has a key that is not known${more}.`,
    field: dotted([...issue.path, key]),
    fix: meant ? `Did you mean "${meant}"?` : `Known keys: ${known.join(', ') || 'none'}.`,
  });
}

function wrongValue(issue: Issue, input: unknown, what: string, more: string): RingwardError {
  const value = valueAt(input, issue.path);
  const field = dotted(issue.path);
  if (value === undefined && issue.path.length > 0) {
    return new RingwardError('FIELD_INVALID', {
      message: `The ${what} lacks a field${more}.`,
      field,
      value: 'missing',
      fix: `Give ${field}${expectation(issue)}.`,
    });
  }
  return new RingwardError('FIELD_INVALID', {
    message: `The ${what} has a field that does not fit${more}.`,
    field: field || what,
    value: brief(value),
    fix: `It should be${expectation(issue).replace(/^:/, '') || ' another value'}.`,
  });
}

function expectation(issue: Issue): string {
  if (issue.code === 'invalid_type') return `: ${issue.expected}`;
  if (issue.code === 'invalid_value') return `: one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
  return issue.message ? `: ${issue.message.replace(/^Invalid input: expected /, '')}` : '';
}

/** Keys that the schema knows at a path; wrappers such as defaults are looked through. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let here: unknown = bare(schema);
  for (const step of path) {
    if (here instanceof z.ZodArray) here = bare(here.element as z.ZodType);
    else if (here instanceof z.ZodRecord) here = bare(here.valueType as z.ZodType);
    else if (here instanceof z.ZodObject) here = bare(here.shape[String(step)] as z.ZodType | undefined);
    else return [];
  }
  return here instanceof z.ZodObject ? Object.keys(here.shape) : [];
}

function bare(schema: z.ZodType | undefined): unknown {
  let here: unknown = schema;
  while (here instanceof z.ZodOptional || here instanceof z.ZodDefault || here instanceof z.ZodPrefault || here instanceof z.ZodNullable)
    here = here.def.innerType;
  return here;
}

/** The known key within a third of its letters, at least two. */
export function nearest(key: string, known: readonly string[]): string | null {
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(key.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best && best.distance <= Math.max(2, Math.floor(best.candidate.length / 3)) ? best.candidate : null;
}

/** Levenshtein; keys are short, and of a longer one only the first 64 letters can matter. */
function editDistance(one: string, other: string): number {
  const a = one.slice(0, 64);
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === other[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let here = input;
  for (const step of path) {
    if (here === null || typeof here !== 'object' || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<PropertyKey, unknown>)[step];
  }
  return here;
}

function dotted(path: readonly PropertyKey[]): string {
  return path.map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i === 0 ? '' : '.'}${String(step)}`)).join('');
}

/** A value short enough for one line; an object or list is named, not quoted. */
export function brief(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value !== null && typeof value === 'object') return 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
