/**
 * A profile: the rules by which the deployments of one environment are verified and judged. Every field has production's value
 * as its default; a layer names only what is otherwise.
 */
import { z } from 'zod';
import { HEALTH_KINDS } from '../health/health-check.ts';
import { LOAD_CHECKS, NODE_CHECKS } from '../verify/check-names.ts';
import { Limits } from './limits.ts';
import { Measured } from './measured.ts';

/** `required`: it must pass before "keep" · `advisory`: told, and neither for nor against a verdict · `off`: not run, and the report says so. */
export const Mode = z.enum(['required', 'advisory', 'off']);
export type Mode = z.infer<typeof Mode>;

/** `required`: one of the kind is registered, and every one passes · `weighed`: by its weight in the score, as registered. */
export const HealthMode = z.enum(['required', 'weighed', 'advisory', 'off']);
export type HealthMode = z.infer<typeof HealthMode>;

function each<K extends string, V extends z.ZodType>(names: readonly K[], mode: V): z.ZodObject<Record<K, V>, z.core.$strict> {
  return z.strictObject(Object.fromEntries(names.map((name) => [name, mode])) as Record<K, V>);
}

const RollBackRule = z.enum(['automatic', 'hold']);
const people = z.int().min(0).max(5);

export const Profile = z.strictObject({
  limits: Limits.prefault({}),
  measured: Measured.prefault({}),
  checks: z
    .strictObject({
      node: each(NODE_CHECKS, Mode.default('required')).prefault({}),
      /** Nobody waits for a performance check by default: they advise. */
      load: each(LOAD_CHECKS, Mode.default('advisory')).prefault({}),
      health: each(HEALTH_KINDS, HealthMode.default('weighed')).prefault({}),
    })
    .prefault({}),
  /** May Ringward go back by itself, or does it hold and ask? `cluster`: every node of the deployment (of more than one) · `node`: some. */
  rollBack: z.strictObject({ node: RollBackRule.default('automatic'), cluster: RollBackRule.default('automatic') }).prefault({}),
  /** How many people must approve a rollback that a person starts, by its scope. */
  approvals: z.strictObject({ node: people.default(1), cluster: people.default(2) }).prefault({}),
  consistency: z
    .strictObject({
      /** What staging never kept is told, and its soak lasts longer. */
      expectStaging: z.boolean().default(true),
      /** What staging never kept is held where it would be kept. */
      requireStaging: z.boolean().default(false),
      /** How much longer the soak of what staging never kept lasts; never so long that it could not end. */
      unseenSoakFactor: z.number().min(1).max(10).default(1.5),
    })
    .prefault({}),
  stability: z
    .strictObject({
      /** How much longer the soak lasts after each episode, in which something was bad and well again; never so long that it could not end. */
      episodeSoakFactor: z.number().min(1).max(5).default(1.5),
      /** After so many episodes of one node the deployment is not waited for any longer; 0: never. */
      mostEpisodes: z.int().min(0).max(20).default(3),
      /** How much longer the soak lasts where something is unusual, though within its limits. */
      unusualSoakFactor: z.number().min(1).max(5).default(1.5),
    })
    .prefault({}),
  /** Where a person could settle what would be held: waits for an answer for so long, 0: for none; then the default happens. */
  decisionPoint: z
    .strictObject({ seconds: z.number().min(0).max(3600).default(0), default: z.enum(['hold', 'roll-back']).default('hold') })
    .prefault({}),
});
export type Profile = z.infer<typeof Profile>;

/** A part of something: any of its fields, at any depth. */
export type Layer<T> = T extends string | number | boolean | undefined ? T : { readonly [K in keyof T]?: Layer<T[K]> | undefined };
export type ProfileLayer = Layer<Profile>;

/** The same fields without their defaults, none of them needed. */
function layerOf(schema: z.ZodObject): z.ZodObject {
  const fields = Object.entries(schema.shape).map(([name, field]) => {
    let bare: unknown = field;
    while (bare instanceof z.ZodDefault || bare instanceof z.ZodPrefault || bare instanceof z.ZodOptional) bare = bare.def.innerType;
    const inner = bare instanceof z.ZodObject ? layerOf(bare) : (bare as z.ZodType);
    return [name, inner.optional()] as const;
  });
  return z.strictObject(Object.fromEntries(fields));
}

export const LimitsLayer = layerOf(Limits) as unknown as z.ZodType<Layer<Limits>>;

/** Under `profile` and `profiles` of cluster.yaml. */
export type DeclaredProfile = ProfileLayer & { readonly extends?: string | undefined };
export const DeclaredProfile = z.strictObject({
  /** A built-in profile, or one of `profiles`; the environment's own by default. */
  extends: z.string().min(1).max(63).optional(),
  ...layerOf(Profile).shape,
}) as unknown as z.ZodType<DeclaredProfile>;
