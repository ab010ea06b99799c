/** Everything in every store that expires soon, authorities included: told long before anybody is paged. */
import { tryParseCertificate } from '../certificate/parse.ts';
import type { NodeObservation } from '../node/facts.ts';

export interface Expiring {
  readonly subject: string;
  /** `SHA256:hex`. */
  readonly fingerprint: string;
  readonly authority: boolean;
  /** ms since the epoch. */
  readonly notAfter: number;
  /** `node path`, everywhere it lies. */
  readonly places: readonly string[];
}

/** Certificates in stores or on ports that expire within `noticeMs` of `now` or have expired, the soonest first. */
export function expiringSoon(observations: ReadonlyMap<string, NodeObservation>, now: number, noticeMs: number): Expiring[] {
  const places = new Map<string, Set<string>>();
  const ders = new Map<string, string>();
  for (const [node, { stores, listeners, certificates }] of observations) {
    const seen = [
      ...stores.map(({ path, chain }) => ({ where: `${node} ${path}`, chain })),
      ...listeners.map(({ listener, port, chain }) => ({ where: `${node} ${listener}:${port}`, chain })),
    ];
    for (const [hash, der] of Object.entries(certificates)) ders.set(hash, der);
    for (const { where, chain } of seen) for (const hash of chain) places.set(hash, (places.get(hash) ?? new Set()).add(where));
  }
  return [...places]
    .flatMap(([hash, where]) => {
      const certificate = tryParseCertificate(ders.get(hash) ?? '');
      if (!certificate || certificate.notAfter - now > noticeMs) return [];
      const { subject, fingerprint, authority, notAfter } = certificate;
      return [{ subject, fingerprint, authority, notAfter, places: [...where].toSorted() }];
    })
    .toSorted((a, b) => a.notAfter - b.notAfter);
}
