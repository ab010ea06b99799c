/** Probes a ring as its clients would: fresh handshakes, and requests of the real driver, at a rate that may change from moment to moment. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ProbeKind } from '../../core/decide/measured/probe-row.ts';
import type { ProbingRate } from '../../core/decide/measured/rate.ts';
import { RequestLine } from '../cassandra/request-line.ts';
import type { CanaryIdentity } from '../secrets-manager/canary-identity.ts';
import { freshHandshake } from '../tls/handshake.ts';

/** One probe that has ended. */
export interface Probed {
  readonly node: string;
  readonly kind: ProbeKind;
  readonly ok: boolean;
  readonly ms: number;
  /** Ms since the epoch, by our clock. */
  readonly endedAt: number;
}

export interface Probing {
  readonly nodes: readonly { readonly node: string; readonly address: string }[];
  readonly port: number;
  readonly localDatacenter: string;
  readonly consistency: string;
  readonly identity: CanaryIdentity;
  /** Bounds each probe as a whole, ms; what takes longer has failed. */
  readonly timeoutMs: number;
  /** Asked before each moment: probes per second in all, of each kind. */
  readonly rate: () => ProbingRate;
  readonly ended: (probe: Probed) => void;
  /** Asked in each moment. Probes under way are waited for, so the end comes at most `timeoutMs` later. */
  readonly isOver: () => boolean;
}

const MOMENT_MS = 50;
/** Probes under way at the same time, of all kinds: beyond it a ring that answers nothing is not asked more. */
const MOST_UNDER_WAY = 256;

export async function probeRing(probing: Probing): Promise<void> {
  const { nodes, identity, port, localDatacenter, consistency, timeoutMs } = probing;
  const lines = nodes.map(({ address }) => new RequestLine(`${address}:${port}`, { localDatacenter, consistency, timeoutMs }, identity));
  const underWay = new Set<Promise<void>>();
  const ask: Readonly<Record<ProbeKind, (at: number) => Promise<number | null>>> = {
    tls: (at) => handshakeMs(nodes[at]?.address ?? '', probing),
    cql: (at) => lines[at]?.requestMs() ?? Promise.resolve(null),
  };
  const begin = (kind: ProbeKind, at: number): void => {
    const node = nodes[at]?.node ?? '';
    const probe = within(timeoutMs, ask[kind](at)).then((ms) => {
      probing.ended({ node, kind, ok: ms !== null, ms: ms ?? timeoutMs, endedAt: Date.now() });
      underWay.delete(probe);
    });
    underWay.add(probe);
  };
  const due: Record<ProbeKind, number> = { tls: 0, cql: 0 };
  const next: Record<ProbeKind, number> = { tls: 0, cql: 0 };
  try {
    for (let last = performance.now(); !probing.isOver(); await pause(MOMENT_MS)) {
      const now = performance.now();
      const rate = probing.rate();
      for (const kind of ['tls', 'cql'] as const) {
        due[kind] = Math.min(due[kind] + (rate[kind] * (now - last)) / 1000, MOST_UNDER_WAY);
        for (; due[kind] >= 1 && underWay.size < MOST_UNDER_WAY; due[kind]--) begin(kind, next[kind]++ % nodes.length);
      }
      last = now;
    }
    await Promise.all(underWay);
  } finally {
    await Promise.all(lines.map((line) => line.close()));
  }
}

/** Null when it is not there in time. */
async function within(timeoutMs: number, answer: Promise<number | null>): Promise<number | null> {
  const late = new AbortController();
  const timer = pause(timeoutMs, null, { signal: late.signal }).catch(() => null);
  const first = await Promise.race([answer.catch(() => null), timer]);
  late.abort();
  return first;
}

/** Until the end of the handshake; null where a client with these authorities would not have been served. */
async function handshakeMs(address: string, { port, identity, timeoutMs }: Probing): Promise<number | null> {
  const { fact } = await freshHandshake(
    { listener: 'client', address, port },
    { identity: { key: identity.privateKey, certificate: identity.certificate }, authorities: identity.authorities, timeoutMs },
  );
  const good = fact.handshake === 'complete' && fact.read === 'answered' && fact.trusted === true;
  return good ? (fact.ms ?? null) : null;
}
