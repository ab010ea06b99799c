/** The leaves of before with their chains, as the backup's catalogue entry holds them. */
import type { CataloguedBackup } from '../../backup/catalogue.ts';
import { judgeChain } from '../../certificate/chain.ts';
import { type Certificate, tryParseCertificate } from '../../certificate/parse.ts';

/** Hashes of the leaves that the reloading ports served before. */
export function oldLeaves({ servedLeaves: { client, internode } }: CataloguedBackup): string[] {
  return [...new Set([client, internode].filter((leaf) => leaf !== undefined))];
}

/** Parsed; null when it is no certificate, or filed under another hash than its own. */
export function certificateOf(certificates: Readonly<Record<string, string>>, sha256: string): Certificate | null {
  const der = certificates[sha256];
  const certificate = der === undefined ? null : tryParseCertificate(der);
  return certificate?.sha256 === sha256 ? certificate : null;
}

/** The leaf, and every authority of the backup; another node's leaf in the heap never helps. Empty when the leaf cannot be read. */
export function chainOf({ certificates }: CataloguedBackup, leaf: string | undefined): Certificate[] {
  const first = leaf === undefined ? null : certificateOf(certificates, leaf);
  if (!first) return [];
  return [
    first,
    ...Object.keys(certificates)
      .flatMap((hash) => certificateOf(certificates, hash) ?? [])
      .filter(({ authority }) => authority),
  ];
}

/** From the leaf up to the highest authority that the backup holds, as valid as it can be at this moment (ms). */
export function pathOf(chain: readonly Certificate[], at: number): readonly Certificate[] {
  const highest = chain.filter(
    ({ authority, issuerDer, subjectDer }) => authority && (issuerDer === subjectDer || !chain.some((one) => one.subjectDer === issuerDer)),
  );
  return judgeChain(chain, highest, at).path;
}
