/** The leaves of before with their chains, as the backup's catalogue entry holds them. */
import type { CataloguedBackup } from '../../backup/catalogue.ts';
import { judgeChain } from '../../certificate/chain.ts';
import { type Certificate, tryParseCertificate } from '../../certificate/parse.ts';

/** Hashes of the leaves that the reloading ports served before. */
export function oldLeaves({ servedLeaves: { client, internode } }: CataloguedBackup): string[] {
  return [...new Set([client, internode].filter((leaf) => leaf !== undefined))];
}

/** Several rules read the same certificates; each is parsed once for as long as its heap is about. */
const PARSED = new WeakMap<Readonly<Record<string, string>>, Map<string, Certificate | null>>();
/** Authorities are the same ones in every node's heap: one object each, so that signatures among them are looked at once too. */
const AUTHORITIES = new Map<string, Certificate>();
const AUTHORITIES_KEPT = 512;

/** Parsed; null when it is no certificate, or filed under another hash than its own. */
export function certificateOf(certificates: Readonly<Record<string, string>>, sha256: string): Certificate | null {
  const parsed = PARSED.get(certificates) ?? new Map<string, Certificate | null>();
  PARSED.set(certificates, parsed);
  const known = parsed.get(sha256);
  if (known !== undefined) return known;
  const read = parse(certificates[sha256], sha256);
  parsed.set(sha256, read);
  return read;
}

/** Every one of them, or none: a part of a store says nothing about the whole. */
export function readAll(certificates: Readonly<Record<string, string>>, hashes: readonly string[]): Certificate[] {
  const read = hashes.map((hash) => certificateOf(certificates, hash));
  return read.every((one) => one !== null) ? read : [];
}

function parse(der: string | undefined, sha256: string): Certificate | null {
  const authority = AUTHORITIES.get(sha256);
  if (der === undefined) return null;
  if (authority?.der === der) return authority;
  const certificate = tryParseCertificate(der);
  if (certificate?.sha256 !== sha256) return null;
  if (AUTHORITIES.size >= AUTHORITIES_KEPT) AUTHORITIES.clear();
  if (certificate.authority) AUTHORITIES.set(sha256, certificate);
  return certificate;
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
