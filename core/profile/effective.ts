/**
 * The profile in force for a cluster: the environment's built-in one, over it the operator's own profiles that it leads through,
 * over them what the cluster says for itself. The uppermost word counts, field by field.
 */

import { Environment } from '../cluster/environment.ts';
import { RingwardError } from '../errors/catalogue.ts';
import { nearest } from '../errors/from-schema.ts';
import { BEFORE_PROFILES, BUILT_IN } from './built-in.ts';
import type { Limits } from './limits.ts';
import { type DeclaredProfile, type Layer, Profile, type ProfileLayer } from './profile.ts';

/** What of a registration the profile comes from. */
export interface ProfileSource {
  readonly environment: Environment;
  readonly profile?: DeclaredProfile | undefined;
  readonly profiles?: Readonly<Record<string, DeclaredProfile>> | undefined;
  /** `limits` of cluster.yaml, or all of them as stored. */
  readonly limits: Layer<Limits>;
}

/** One layer; `at` is where it stands in cluster.yaml, `''` for its top and null for what is built in. */
export interface NamedLayer {
  readonly name: string;
  readonly at: string | null;
  readonly layer: ProfileLayer;
}

/** Two layers as one; what `over` says counts. Associative, and an empty layer changes nothing. */
export function mergeLayers<T extends object>(under: T, over: T): T {
  const merged = new Map<string, unknown>(Object.entries(under));
  for (const [field, value] of Object.entries(over)) {
    const below = merged.get(field);
    if (value !== undefined) merged.set(field, isObject(below) && isObject(value) ? mergeLayers(below, value) : value);
  }
  return Object.fromEntries(merged) as T;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** The built-in profile that everything stands on. Throws PROFILE_UNKNOWN, and PROFILE_CONTRADICTORY for a loop. */
export function rootOf(source: ProfileSource): Environment {
  return source.profile === undefined ? 'production' : chainOf(source).root;
}

/** What a person calls the profile of a cluster by. */
export const nameOfProfile = ({ environment, profile }: Pick<ProfileSource, 'environment' | 'profile'>): string =>
  profile === undefined ? 'production' : (profile.extends ?? environment);

/** Lowest first. Throws as {@link rootOf}. */
export function layersOf(source: ProfileSource): NamedLayer[] {
  const limits: NamedLayer = { name: 'limits of cluster.yaml', at: '', layer: { limits: source.limits } };
  if (source.profile === undefined)
    return [
      { name: 'built-in production', at: null, layer: BUILT_IN.production },
      { name: 'registered before there were profiles', at: null, layer: BEFORE_PROFILES },
      limits,
    ];
  const { root, named } = chainOf(source);
  return [
    { name: `built-in ${root}`, at: null, layer: BUILT_IN[root] },
    ...named,
    { name: 'profile of cluster.yaml', at: 'profile', layer: fieldsOf(source.profile) },
    limits,
  ];
}

function chainOf({ environment, profile = {}, profiles = {} }: ProfileSource): {
  readonly root: Environment;
  readonly named: readonly NamedLayer[];
} {
  const named: NamedLayer[] = [];
  const seen: string[] = [];
  let [field, next] = ['profile.extends', profile.extends ?? environment] as [string, string];
  for (;;) {
    const built = Environment.safeParse(next);
    if (built.success) return { root: built.data, named };
    const declared = Object.hasOwn(profiles, next) ? profiles[next] : undefined;
    if (!declared) throw unknownProfile(field, next, [...Environment.options, ...Object.keys(profiles)]);
    if (seen.includes(next))
      throw new RingwardError('PROFILE_CONTRADICTORY', {
        message: `The profiles extend each other in a circle: ${[...seen, next].join(' → ')}.`,
        field,
        value: next,
        fix: `Let one of them extend a built-in profile: ${Environment.options.join(', ')}.`,
      });
    seen.push(next);
    named.unshift({ name: `profile ${next}`, at: `profiles.${next}`, layer: fieldsOf(declared) });
    [field, next] = [`profiles.${next}.extends`, declared.extends ?? environment];
  }
}

function unknownProfile(field: string, value: string, known: readonly string[]): RingwardError {
  const meant = nearest(value, known);
  const fix = meant ? `Did you mean "${meant}"?` : `Known profiles: ${known.join(', ')}.`;
  return new RingwardError('PROFILE_UNKNOWN', { field, value, fix });
}

const fieldsOf = ({ extends: _under, ...layer }: DeclaredProfile): ProfileLayer => layer;

/** The profile in force. Throws as {@link rootOf}. */
export function profileOf(source: ProfileSource): Profile {
  return Profile.parse(merged(layersOf(source)));
}

const merged = (layers: readonly NamedLayer[]): ProfileLayer =>
  layers.reduce<ProfileLayer>((all, { layer }) => mergeLayers(all, layer), {});

/** One value of a profile, and the layer that it comes from. */
export interface Explained {
  /** Such as `limits.soakSeconds`. */
  readonly field: string;
  readonly value: string | number | boolean;
  readonly from: string;
  /** Where an operator changes it: a path of cluster.yaml. */
  readonly at: string;
}

/** Every value with its source: the uppermost layer that made it what it is. A layer that repeats what is so anyway is no source. */
export function explainProfile(source: ProfileSource): Explained[] {
  const layers = layersOf(source);
  const steps = layers.map(({ name, at }, i) => ({ name, at, values: valuesOf(Profile.parse(merged(layers.slice(0, i + 1)))) }));
  const last = steps.at(-1)?.values ?? new Map();
  return [...last].map(([field, value]) => {
    const changed = steps.findLast(({ values }, i) => i === 0 || steps[i - 1]?.values.get(field) !== values.get(field));
    const at = changed?.at ?? 'profile';
    return { field, value, from: changed?.name ?? '', at: at === '' ? field : `${at}.${field}` };
  });
}

/** Values by their dotted field. */
export function valuesOf(value: object, above = ''): Map<string, string | number | boolean> {
  return new Map(
    Object.entries(value).flatMap(([name, inner]) => {
      const field = above === '' ? name : `${above}.${name}`;
      if (isObject(inner)) return [...valuesOf(inner, field)];
      return inner === undefined ? [] : [[field, inner as string | number | boolean] as const];
    }),
  );
}
