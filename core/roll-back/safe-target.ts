/** Is the old certificate still a place to go back to? (I10) */
import type { CataloguedBackup } from '../backup/catalogue.ts';
import { judgeChain } from '../certificate/chain.ts';
import { type Certificate, tryParseCertificate } from '../certificate/parse.ts';
import type { RegisteredNode } from '../cluster/registration.ts';
import { truststoreOf } from '../verify/snapshot.ts';
import { differenceToBackup } from './difference.ts';
import type { RollbackRequest } from './request.ts';

export type Safety = { readonly safe: true } | { readonly safe: false; readonly why: string };

/** The leaves that the reloading ports served before must be valid now and until the soak after the rollback ends. */
export function leafLifetime(backup: CataloguedBackup, now: number, soakMs: number): Safety {
  for (const leaf of oldLeaves(backup)) {
    const certificate = certificateOf(backup.certificates, leaf);
    if (!certificate)
      return {
        safe: false,
        why: `the old leaf SHA256:${leaf} cannot be read from the backup’s catalogue entry, so its validity is not known`,
      };
    if (certificate.notAfter < now) return { safe: false, why: `the old leaf expired at ${new Date(certificate.notAfter).toISOString()}` };
    if (certificate.notAfter < now + soakMs)
      return {
        safe: false,
        why: `the old leaf expires at ${new Date(certificate.notAfter).toISOString()}, within the soak after the rollback`,
      };
  }
  return { safe: true };
}

/**
 * Every other node must accept the old leaf with the truststore that it will have after the rollback. A node whose
 * truststore goes back in the same plan is left out, as is one whose truststore was not seen or holds nothing.
 */
export function peersTrustOldLeaf(
  backup: CataloguedBackup,
  registered: RegisteredNode,
  request: RollbackRequest,
  wanted: ReadonlySet<string>,
): Safety {
  const leafHash = backup.servedLeaves.internode ?? backup.servedLeaves.client;
  const leaf = leafHash === undefined ? null : certificateOf(backup.certificates, leafHash);
  if (!leaf) return { safe: true };
  const pool = Object.keys(backup.certificates).flatMap((hash) => certificateOf(backup.certificates, hash) ?? []);
  // Only authorities may help: another node's leaf in the pool never does.
  const presented = [leaf, ...pool.filter(({ authority }) => authority)];
  for (const [node, observation] of request.observations) {
    if (node === registered.node) continue;
    const truststore = truststoreOf(observation, 'internode');
    if (!truststore || truststore.chain.length === 0) continue;
    const theirs = request.backups.find(
      (other) => other.node === node && other.deployment === request.deployment && other.status === 'verified',
    );
    if (theirs && wanted.has(node) && differenceToBackup(observation, theirs).certificates.includes(truststore.path)) continue;
    const anchors = truststore.chain.flatMap((hash) => certificateOf(observation.certificates, hash) ?? []);
    if (anchors.length === 0) continue;
    if (judgeChain(presented, anchors, request.now).path.length === 0) {
      return {
        safe: false,
        why: `${node} no longer trusts the authority of the old leaf (${leaf.issuer}); its truststore ${truststore.path} holds ${anchors.map(({ subject }) => subject).join(', ')}`,
      };
    }
  }
  return { safe: true };
}

function oldLeaves(backup: CataloguedBackup): string[] {
  const { client, internode } = backup.servedLeaves;
  return [...new Set([client, internode].filter((leaf) => leaf !== undefined))];
}

function certificateOf(certificates: Readonly<Record<string, string>>, sha256: string): Certificate | null {
  const der = certificates[sha256];
  const certificate = der === undefined ? null : tryParseCertificate(der);
  return certificate?.sha256 === sha256 ? certificate : null;
}
