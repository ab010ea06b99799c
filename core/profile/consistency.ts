/**
 * Was this very artifact kept in staging before? A renewal has another leaf in each environment: there the same kind of artifact
 * counts, of the same issuer, key and chain.
 */
import { z } from 'zod';
import { canonicalHash } from '../canonical.ts';
import { type Certificate, tryParseCertificate } from '../certificate/parse.ts';
import { Environment } from '../cluster/environment.ts';
import type { DeployedNode, DeploymentDetail } from '../events/deployment-events.ts';
import type { NodeObservation } from '../node/facts.ts';
import { keystoreOf, truststoreOf } from '../verify/snapshot.ts';

/** What must be alike in two environments. */
export const ArtifactShape = z.object({
  change: z.string(),
  /** Kinds of file that are written, sorted. */
  artifacts: z.array(z.string()),
  /** Subject of whoever signed the leaf; null where no leaf could be read. */
  issuer: z.string().nullable(),
  /** Such as `rsa 2048`. */
  key: z.string().nullable(),
  /** Keys of the authorities after the leaf, such as `rsa 4096`. */
  chain: z.array(z.string()),
  /** How many authorities the nodes trust, where a truststore is written; else null. */
  trusts: z.number().int().nullable(),
});
export type ArtifactShape = z.infer<typeof ArtifactShape>;

/** An artifact that was verified and kept; one for each environment and shape, the newest. */
export const KeptArtifact = z.object({
  environment: Environment,
  shape: z.string(),
  of: ArtifactShape,
  cluster: z.string(),
  deployment: z.string(),
  at: z.number(),
  /** Leaves that were kept in this shape, newest first (hex). */
  leaves: z.array(z.string()),
  /** Subjects of the authorities that the nodes trusted then. */
  anchors: z.array(z.string()),
});
export type KeptArtifact = z.infer<typeof KeptArtifact>;

/** What one node got. */
export interface DeployedShape {
  readonly of: ArtifactShape;
  readonly leaf: string | null;
  readonly anchors: readonly string[];
}

/** Leaves that are remembered of one shape. */
const MOST_LEAVES = 50;
const MOST_ANCHORS = 30;

/** The distinct shapes that a deployment has on its nodes; a node that did not answer tells nothing. */
export function shapesOf(
  change: DeploymentDetail['change'],
  deployed: readonly DeployedNode[],
  observations: ReadonlyMap<string, NodeObservation>,
): DeployedShape[] {
  return deployed.flatMap(({ node, artifacts }) => {
    const observation = observations.get(node);
    if (!observation) return [];
    const store = keystoreOf(observation, 'client') ?? keystoreOf(observation, 'internode');
    const trusted = truststoreOf(observation, 'client') ?? truststoreOf(observation, 'internode');
    const [leaf, ...authorities] = (store?.chain ?? []).map((hash) => certificateOf(observation, hash));
    const of: ArtifactShape = {
      change,
      artifacts: [...new Set(artifacts.map(({ kind }) => kind))].toSorted(),
      issuer: leaf?.issuer ?? null,
      key: leaf ? keyOf(leaf) : null,
      chain: authorities.map((authority) => (authority ? keyOf(authority) : 'unknown')),
      trusts: artifacts.some(({ kind }) => kind === 'truststore') ? (trusted?.chain.length ?? null) : null,
    };
    const anchors = (trusted?.chain ?? []).flatMap((hash) => certificateOf(observation, hash)?.subject ?? []);
    return [{ of, leaf: store?.chain[0] ?? null, anchors: [...new Set(anchors)].toSorted() }];
  });
}

function certificateOf(observation: NodeObservation, hash: string): Certificate | null {
  const der = observation.certificates[hash];
  return der === undefined ? null : tryParseCertificate(der);
}

const keyOf = ({ keyType, keyBits }: Certificate): string => (keyBits === null ? keyType : `${keyType} ${keyBits}`);
const nameOf = (shape: ArtifactShape): string => canonicalHash(shape).slice(0, 32);

/** What is to be remembered of a deployment that was kept: one entry a shape, the leaves of before after its own. */
export function keptArtifacts(
  where: Pick<KeptArtifact, 'environment' | 'cluster' | 'deployment' | 'at'>,
  shapes: readonly DeployedShape[],
  before: readonly KeptArtifact[],
): KeptArtifact[] {
  return [...Map.groupBy(shapes, ({ of }) => nameOf(of))].map(([shape, alike]) => {
    const leaves = [...alike.flatMap(({ leaf }) => leaf ?? []), ...(before.find((one) => one.shape === shape)?.leaves ?? [])];
    return {
      ...where,
      shape,
      of: (alike[0] as DeployedShape).of,
      leaves: [...new Set(leaves)].slice(0, MOST_LEAVES),
      anchors: [...new Set(alike.flatMap(({ anchors }) => anchors))].toSorted().slice(0, MOST_ANCHORS),
    };
  });
}

/** How a deployment stands to what staging kept; `kept` where it, or what is like it in every respect, was. */
export interface StagingStanding {
  readonly kept: boolean;
  readonly how: 'same-artifact' | 'same-shape' | 'differs' | 'never' | 'unknown';
  /** For a tired person. */
  readonly sentence: string;
  /** To the nearest that staging kept, the weightiest first. */
  readonly differences: readonly string[];
}

/**
 * The worst of all nodes' standings: what one node got and staging never kept is news to the cluster.
 * @param kept what staging kept; null where that could not be read, which is neither yes nor no (I8)
 */
export function stagingStanding(shapes: readonly DeployedShape[], kept: readonly KeptArtifact[] | null): StagingStanding {
  if (kept === null)
    return {
      kept: false,
      how: 'unknown',
      sentence: 'What staging kept could not be read, so it is not known whether it kept this.',
      differences: [],
    };
  if (shapes.length === 0)
    return {
      kept: false,
      how: 'unknown',
      sentence: 'What was deployed is not known yet, so nothing is known of it in staging.',
      differences: [],
    };
  const order = ['never', 'differs', 'same-shape', 'same-artifact'];
  const standings = shapes.map((shape) => standingOf(shape, kept)).toSorted((a, b) => order.indexOf(a.how) - order.indexOf(b.how));
  return standings[0] as StagingStanding;
}

function standingOf({ of, leaf }: DeployedShape, kept: readonly KeptArtifact[]): StagingStanding {
  const same =
    leaf === null
      ? undefined
      : kept.find((one) => one.leaves.includes(leaf) && differencesOf(of, one.of).every(({ field }) => field === 'change'));
  const seen = ({ deployment, cluster, at }: KeptArtifact): string => `${deployment} on ${cluster}, ${new Date(at).toISOString()}`;
  if (same) return { kept: true, how: 'same-artifact', sentence: `Staging kept this very certificate: ${seen(same)}.`, differences: [] };
  const nearest = kept
    .map((one) => ({ one, differences: differencesOf(of, one.of) }))
    .toSorted((a, b) => weightOf(a.differences) - weightOf(b.differences) || b.one.at - a.one.at)[0];
  if (!nearest)
    return {
      kept: false,
      how: 'never',
      sentence: 'This artifact was never seen in staging: no deployment was ever kept there.',
      differences: [],
    };
  if (nearest.differences.length === 0)
    return {
      kept: true,
      how: 'same-shape',
      sentence: `Staging kept its like, of the same issuer, key and chain: ${seen(nearest.one)}.`,
      differences: [],
    };
  const differences = nearest.differences.map(({ sentence }) => sentence);
  return {
    kept: false,
    how: 'differs',
    sentence: `This artifact was never seen in staging; the nearest kept there (${seen(nearest.one)}) differs: ${differences.join('; ')}.`,
    differences,
  };
}

interface ShapeDifference {
  readonly field: keyof ArtifactShape;
  readonly weight: number;
  readonly sentence: string;
}

const weightOf = (differences: readonly ShapeDifference[]): number => differences.reduce((sum, { weight }) => sum + weight, 0);

/** The weightiest first: trust breaks rings, keys break handshakes, the rest changes how far it reaches. */
function differencesOf(of: ArtifactShape, kept: ArtifactShape): ShapeDifference[] {
  const compared: readonly (readonly [keyof ArtifactShape, number, string])[] = [
    ['issuer', 32, 'signed by'],
    ['trusts', 16, 'authorities trusted'],
    ['chain', 8, 'authorities sent along'],
    ['key', 4, 'key of the leaf'],
    ['artifacts', 2, 'files written'],
    ['change', 1, 'kind of change'],
  ];
  const shown = (value: string | number | readonly string[] | null): string =>
    Array.isArray(value) ? value.join(', ') || 'none' : String(value ?? 'unknown');
  return compared
    .filter(([field]) => shown(of[field]) !== shown(kept[field]))
    .map(([field, weight, words]) => ({ field, weight, sentence: `${words} ${shown(of[field])}, in staging ${shown(kept[field])}` }));
}
