/** What the judgement of every node shares, reckoned once for a plan: a ring of thousands holds a handful of different truststores. */
import type { Certificate } from '../../certificate/parse.ts';
import type { NodeObservation } from '../../node/facts.ts';
import { diallingKeystoreOf, keystoreOf, truststoreOf } from '../../verify/snapshot.ts';
import { differenceToBackup } from '../difference.ts';
import type { RollbackRequest } from '../request.ts';
import { readAll } from './old-chain.ts';

/** Nodes that trust alike, or show leaves of one issuer alike. */
export interface Alike {
  /** Of a truststore all, of a keystore one leaf with its chain. */
  readonly certificates: readonly Certificate[];
  readonly of: readonly { readonly node: string; readonly path: string }[];
}

export interface PlanRing {
  /** Truststores between nodes as they will be after the rollback: those that go back themselves are left out, and those that hold nothing. */
  readonly trusting: readonly Alike[];
  /** What nodes show each other and will go on to show. */
  readonly showing: readonly Alike[];
  /** Certificates on any list that a node read, or that we were told of. */
  readonly revoked: ReadonlySet<string>;
}

/** `wanted` are the nodes that are asked to go back. */
export function ringOfPlan(request: RollbackRequest, wanted: ReadonlySet<string>): PlanRing {
  const staying = [...request.observations].map(([node, observation]) => {
    const going = filesGoingBack(node, observation, request, wanted);
    return { node, observation, stays: (path: string): boolean => !going.includes(path) };
  });
  const trusting = staying.flatMap(({ node, observation, stays }) => {
    const truststore = truststoreOf(observation, 'internode');
    return truststore && stays(truststore.path)
      ? [{ node, path: truststore.path, same: truststore.chain.join(), ...readable(observation, truststore.chain) }]
      : [];
  });
  const showing = staying.flatMap(({ node, observation, stays }) =>
    [...new Set([keystoreOf(observation, 'internode'), diallingKeystoreOf(observation)])].flatMap((keystore) => {
      if (!keystore || !stays(keystore.path)) return [];
      const shown = readable(observation, keystore.chain);
      return [{ node, path: keystore.path, same: `${shown.certificates[0]?.issuerDer} ${keystore.chain.slice(1).join()}`, ...shown }];
    }),
  );
  const read = [...request.observations.values()].flatMap(({ revocations }) => revocations ?? []).flatMap(({ revoked }) => revoked);
  return {
    trusting: alike(trusting),
    showing: alike(showing),
    revoked: new Set([...read.map(({ certificate }) => certificate), ...(request.revoked ?? [])]),
  };
}

const readable = ({ certificates }: NodeObservation, chain: readonly string[]) => ({
  certificates: readAll(certificates, chain),
});

function alike(
  all: readonly { readonly node: string; readonly path: string; readonly same: string; readonly certificates: Certificate[] }[],
): Alike[] {
  const some = all.filter(({ certificates }) => certificates.length > 0);
  return [...Map.groupBy(some, ({ same }) => same).values()].map((group) => ({
    certificates: group[0]?.certificates ?? [],
    of: group.map(({ node, path }) => ({ node, path })),
  }));
}

/** Certificate files of the node that are put back in the same plan. */
function filesGoingBack(
  node: string,
  observation: NodeObservation,
  { backups, deployment }: RollbackRequest,
  wanted: ReadonlySet<string>,
): readonly string[] {
  if (!wanted.has(node)) return [];
  const theirs = backups.find((other) => other.node === node && other.deployment === deployment && other.status === 'verified');
  return theirs ? differenceToBackup(observation, theirs).certificates : [];
}
