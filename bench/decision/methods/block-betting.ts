/**
 * Testing by betting on blocks of 3 s, for the cluster and each node: failing handshakes and reads against their threshold share, response
 * times by rank and sign against the blocks of the baseline moved up to the threshold (Waudby-Smith, Ramdas: Estimating Means by
 * Betting, 2020; Vovk, Nouretdinov, Gammerman: Testing Exchangeability On-line, 2003). It rolls back when the weighted sum of all accounts reaches 1/α.
 */
import { BlockAccount } from './block-account.ts';
import { type Baseline, type BlockCounts, BlockReader } from './block-reader.ts';

const ALPHA = 0.001;
const CLUSTER_CAP = 7;
const NODE_CAP = 4;
const TLS_SHARE = 0.1;
const TLS_EXPERTS = [0.12, 0.15, 0.2, 0.3, 0.5, 0.9];
const ERRORS_ABOVE = 0.2;
const CQL_EXPERTS = [0.25, 0.35, 0.5, 0.9];
const FACTOR = Math.log(1.5);
const RANK_EXPERTS = [0.1, 0.2, 0.35, 0.5, 0.7, 0.85];
const SIGN_EXPERTS = [0.7, 0.85, 0.95];
/** Shares of the evidence: failing handshakes, failing reads, response time of both; in each the cluster, and all nodes together. */
const WEIGHTS = { tls: 0.4, cql: 0.1, latency: 0.25 };
const CLUSTER = 0.4;
const NODES = 0.6;
/** A node whose account has this is named. */
const SUSPECT = 20;

interface Stream {
  readonly tls: BlockAccount;
  readonly cql: BlockAccount;
  /** By rank and by sign, for handshakes and for reads. */
  readonly rank: readonly BlockAccount[];
  readonly sign: readonly BlockAccount[];
}

/** Seconds and nodes of a rollback. */
export interface Found {
  readonly decisionS: number;
  readonly scope: readonly number[];
}

export class BlockBetting {
  readonly #reader: BlockReader;
  readonly #streams: readonly Stream[];
  #found: Found | null = null;

  /** Of so many nodes; nothing before the end of the grace counts (seconds after t = 0). */
  constructor(nodes: number, graceS: number) {
    this.#reader = new BlockReader(nodes, graceS * 1000, (block, endS) => this.#judge(block, endS));
    this.#streams = Array.from({ length: nodes + 1 }, (_, stream) => {
      const cap = stream === nodes ? CLUSTER_CAP : NODE_CAP;
      const pair = (experts: number) => [new BlockAccount(experts, CLUSTER_CAP), new BlockAccount(experts, CLUSTER_CAP)];
      return {
        tls: new BlockAccount(TLS_EXPERTS.length, cap),
        cql: new BlockAccount(CQL_EXPERTS.length, cap),
        rank: pair(RANK_EXPERTS.length),
        sign: pair(SIGN_EXPERTS.length),
      };
    });
  }

  /** Rows in the order of their times; ms negative for a failure. Afterwards perhaps `found`. */
  offer(tMs: number, node: number, kind: number, answer: number): void {
    this.#reader.offer(tMs, node, kind, answer);
  }

  /** All rows before this time have been offered. */
  advance(tMs: number): void {
    this.#reader.advance(tMs);
  }

  get found(): Found | null {
    return this.#found;
  }

  state(): object {
    const accounts = this.#streams.map(({ tls, cql, rank, sign }) => [tls, cql, ...rank, ...sign].map((account) => account.state()));
    return { accounts, reader: this.#reader.state() };
  }

  #judge(block: BlockCounts, endS: number): void {
    if (this.#found) return;
    const { baseline, nodes } = this.#reader;
    let evidence = 0;
    const suspicions = this.#streams.map((stream, index) => {
      betOnShares(stream, block, index, baseline);
      const latency = [0, 1].map((kind) =>
        betOnLatency(stream, block.medians[kind]?.[index] as number, baseline.blocks[kind]?.[index], kind),
      );
      const sum =
        WEIGHTS.tls * stream.tls.value +
        WEIGHTS.cql * stream.cql.value +
        WEIGHTS.latency * ((latency[0] as number) + (latency[1] as number));
      evidence += sum * (index === nodes ? CLUSTER : NODES / nodes);
      return Math.max(stream.tls.value, stream.cql.value, ...latency);
    });
    if (evidence < 1 / ALPHA) return;
    const cluster = suspicions[nodes] as number;
    const named = suspicions.slice(0, nodes).some((value) => value > cluster);
    const scope = named ? suspicions.slice(0, nodes).flatMap((value, node) => (value >= SUSPECT ? [node] : [])) : [];
    this.#found = { decisionS: endS, scope };
  }
}

/** Likelihood ratio of f failures among n for the share p1 over the share p0. */
function likelihoodRatio(failed: number, probes: number, p0: number, p1: number): number {
  return (p1 / p0) ** failed * ((1 - p1) / (1 - p0)) ** (probes - failed);
}

function betOnShares({ tls, cql }: Stream, block: BlockCounts, stream: number, { errors }: Baseline): void {
  const at = (kind: number): [failed: number, probes: number] => [
    block.failed[kind]?.[stream] as number,
    block.probes[kind]?.[stream] as number,
  ];
  const [failed, probes] = at(0);
  tls.bet((expert) => likelihoodRatio(failed, probes, TLS_SHARE, TLS_EXPERTS[expert] as number));
  const [errored, reads] = at(1);
  const p0 = errors + ERRORS_ABOVE;
  cql.bet((expert) => likelihoodRatio(errored, reads, p0, Math.min(0.99, Math.max(CQL_EXPERTS[expert] as number, p0 * 1.02))));
}

/** Bets on one kind's median in one block (NaN: too few answers), and says the value of the evidence so far. */
function betOnLatency({ rank, sign }: Stream, median: number, sorted: Float64Array | undefined, kind: number): number {
  if (!sorted || sorted.length === 0) return 1;
  const [byRank, bySign] = [rank[kind] as BlockAccount, sign[kind] as BlockAccount];
  if (Number.isNaN(median)) {
    byRank.bet(() => 1);
    bySign.bet(() => 1);
  } else {
    const value = median - FACTOR;
    const logU = Math.log((1 + countAtLeast(sorted, value)) / (sorted.length + 1));
    byRank.bet((expert) => (RANK_EXPERTS[expert] as number) * Math.exp(((RANK_EXPERTS[expert] as number) - 1) * logU));
    const above = value > (sorted[(sorted.length - 1) >> 1] as number);
    bySign.bet((expert) => 2 * (above ? (SIGN_EXPERTS[expert] as number) : 1 - (SIGN_EXPERTS[expert] as number)));
  }
  return (byRank.value + bySign.value) / 2;
}

function countAtLeast(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return sorted.length - low;
}
