/** Every certificate of the evidence, and what files are known to hold, by hash: whose file it is does not matter. */
import { canonicalHash } from '../canonical.ts';
import { judgeChain } from '../certificate/chain.ts';
import { type Certificate, tryParseCertificate } from '../certificate/parse.ts';
import type { NodeObservation } from '../node/facts.ts';
import type { AuthorityEvidence } from './evidence.ts';
import type { Authority, AuthorityKey, Leaf } from './state.ts';

export interface Known {
  /** Every certificate that stands in a truststore, by its hash. */
  readonly authorities: Readonly<Record<string, Authority>>;
  /** Those of the hashes that can be read. */
  anchors(hashes: readonly string[]): string[];
  /** Certificates of the file with this hash, in its order; null where nobody has shown such a file. */
  content(file: string): readonly string[] | null;
  /** The leaf of a chain as it is shown; null where there is none that can be read. */
  leaf(chain: readonly string[]): Leaf | null;
  /** The leaf with those authorities of a heap of certificates that lead upwards from it. */
  leafOfPool(leaf: string, pool: readonly string[]): Leaf | null;
  /** Authorities that these certificates are. */
  keysOf(certificates: readonly Certificate[]): AuthorityKey[];
  /** The leaf of certificates that are none of the evidence. */
  leafOf(chain: readonly Certificate[]): Leaf | null;
  certificate(hash: string): Certificate | null;
}

/** A trust anchor is a name and a key (RFC 5280, 6.1.1 (d)). */
const keyOf = ({ subjectDer, spkiSha256 }: Certificate): AuthorityKey => canonicalHash([subjectDer, spkiSha256]);

export function knownOf({ observations, backups, client, now }: AuthorityEvidence): Known {
  const certificates = new Map<string, Certificate | null>();
  const heaps = [...observations.values(), ...backups, ...(client ? [client] : [])].map((one) => one.certificates);
  for (const [hash, der] of heaps.flatMap((heap) => Object.entries(heap))) {
    if (certificates.get(hash)) continue;
    const parsed = tryParseCertificate(der);
    // A certificate filed under another hash than its own is no evidence for that hash.
    certificates.set(hash, parsed?.sha256 === hash ? parsed : null);
  }
  const certificate = (hash: string): Certificate | null => certificates.get(hash) ?? null;
  const read = (hashes: readonly string[]): Certificate[] => hashes.flatMap((hash) => certificate(hash) ?? []);
  const contents = contentsOf([...observations.values()]);
  const truststores = [...observations.values()].flatMap(({ stores }) => stores.filter(({ kind }) => kind === 'truststore'));
  const told = [
    ...truststores.map(({ chain }) => chain),
    ...backups.flatMap(({ storeAnchors }) => storeAnchors?.map(({ anchors }) => anchors) ?? []),
  ];
  const anchors = [...new Map(read(told.flat()).map((anchor) => [anchor.sha256, anchor])).values()];
  const representatives = [...new Map(anchors.map((anchor) => [keyOf(anchor), anchor])).entries()];
  const leafOf = (chain: readonly Certificate[]): Leaf | null => {
    const leaf = chain.find(({ authority }) => !authority) ?? chain[0];
    if (!leaf) return null;
    // A name that nothing in the chain is issued by cannot end it: that spares most signatures.
    const names = new Set(chain.flatMap(({ issuerDer, subjectDer }) => [issuerDer, subjectDer]));
    const accepting = representatives.filter(
      ([, anchor]) => names.has(anchor.subjectDer) && judgeChain(chain, [anchor], now).path.length > 0,
    );
    return { sha256: leaf.sha256, issuers: accepting.map(([key]) => key) };
  };
  const leaves = new Map<string, Leaf | null>();
  const once = (chain: readonly string[]): Leaf | null => {
    const same = chain.join();
    if (!leaves.has(same)) leaves.set(same, leafOf(read(chain)));
    return leaves.get(same) ?? null;
  };
  return {
    authorities: Object.fromEntries(
      anchors.map((anchor) => [anchor.sha256, { sha256: anchor.sha256, key: keyOf(anchor), subject: anchor.subject, der: anchor.der }]),
    ),
    anchors: (hashes) => [...new Set(read(hashes).map(({ sha256 }) => sha256))],
    content: (file) => contents.get(file) ?? null,
    leaf: once,
    leafOfPool: (leaf, pool) =>
      once([
        leaf,
        ...read(pool)
          .filter(({ authority }) => authority)
          .map(({ sha256 }) => sha256),
      ]),
    keysOf: (some) => some.map(keyOf),
    leafOf,
    certificate,
  };
}

/** A store that nothing could be read of tells nothing of its file. */
function contentsOf(observations: readonly NodeObservation[]): Map<string, readonly string[]> {
  const contents = new Map<string, readonly string[]>();
  for (const { files, stores } of observations) {
    for (const { path, chain } of stores) {
      const file = files.find((one) => one.path === path)?.sha256;
      if (file !== undefined && chain.length > 0) contents.set(file, chain);
    }
  }
  return contents;
}
