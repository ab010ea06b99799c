/** Real certificates of the simulated ring: parsed and judged by core, each once, as a run asks for the same ones again and again. */
import { createHash, createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { judgeChain } from '../../../core/certificate/chain.ts';
import { type Certificate, tryParseCertificate } from '../../../core/certificate/parse.ts';

const MINUTE_MS = 60_000;
const known = new Map<string, { readonly der: string; readonly certificate: Certificate | null }>();
const judged = new Map<string, boolean>();
const stores = new Map<string, Store>();

/** What a PEM holds: certificates by hash, in file order, and whether a key is there that belongs to the first. */
export interface Store {
  readonly chain: readonly string[];
  /** Null where there is no key. */
  readonly keyMatchesLeaf: boolean | null;
  /** What it is sealed with; null where it needs no password. */
  readonly password: string | null;
}

/** Reads a PEM file, its first line `# sealed with <password>` where it is a keystore. */
export function readStore(text: string): Store {
  let store = stores.get(text);
  if (!store) {
    const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    const [key] = text.match(/-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/) ?? [];
    const [, password = null] = /^# sealed with (\S+)$/m.exec(text) ?? [];
    store = { chain: blocks.map(learn), keyMatchesLeaf: key === undefined ? null : belongs(key, blocks[0]), password };
    stores.set(text, store);
  }
  return store;
}

function learn(pem: string): string {
  const der = Buffer.from(pem.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64');
  const hash = createHash('sha256').update(der).digest('hex');
  if (!known.has(hash)) known.set(hash, { der: der.toString('base64'), certificate: tryParseCertificate(der.toString('base64')) });
  return hash;
}

function belongs(key: string, leaf: string | undefined): boolean {
  if (leaf === undefined) return false;
  const spki = (of: ReturnType<typeof createPublicKey>): string => of.export({ type: 'spki', format: 'der' }).toString('base64');
  return spki(createPublicKey(createPrivateKey(key))) === spki(new X509Certificate(leaf).publicKey);
}

/** DER (base64) by hash, as observations carry it. */
export function derOf(hashes: Iterable<string>): Record<string, string> {
  return Object.fromEntries([...new Set(hashes)].flatMap((hash) => (known.has(hash) ? [[hash, known.get(hash)?.der as string]] : [])));
}

/** Does a chain (leaf first) lead to one of the anchors now? */
export function accepted(chain: readonly string[], anchors: readonly string[], now: number): boolean {
  const key = `${chain} ${anchors} ${Math.floor(now / MINUTE_MS)}`;
  let verdict = judged.get(key);
  if (verdict === undefined) {
    const certificates = (hashes: readonly string[]) => hashes.flatMap((hash) => known.get(hash)?.certificate ?? []);
    verdict = judgeChain(certificates(chain), certificates(anchors), now).trusted;
    judged.set(key, verdict);
  }
  return verdict;
}
