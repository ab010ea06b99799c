/** What a survey of the ring told: nodes with their tokens, keyspaces with their replication and the consistency levels in use. Plain JSON. */
import { z } from 'zod';

/** Cassandra's levels by the names of its protocol (`org.apache.cassandra.db.ConsistencyLevel`). */
export const ConsistencyLevel = z.enum([
  'ANY',
  'ONE',
  'TWO',
  'THREE',
  'QUORUM',
  'ALL',
  'LOCAL_QUORUM',
  'EACH_QUORUM',
  'SERIAL',
  'LOCAL_SERIAL',
  'LOCAL_ONE',
]);
export type ConsistencyLevel = z.infer<typeof ConsistencyLevel>;

/** A whole number as `system.peers` and `nodetool ring` write it: of 64 bits with Murmur3, of 127 with RandomPartitioner. */
const Token = z.string().regex(/^(0|-?[1-9]\d{0,38})$/, 'a token: a whole number in decimal digits');

/** A node by its broadcast address. */
export const RingNode = z.strictObject({
  address: z.string().min(1),
  hostId: z.string().optional(),
  datacenter: z.string().min(1),
  rack: z.string().min(1),
  /** Every token that it owns; none for a node that only coordinates. */
  tokens: z.array(Token),
  up: z.boolean(),
});
export type RingNode = z.infer<typeof RingNode>;

export const SurveyedKeyspace = z.strictObject({
  name: z.string().min(1),
  /** As in `system_schema.keyspaces`: `class`, and the strategy's options. */
  replication: z.record(z.string(), z.string()),
  /** Levels that clients read or write with. Without any, nothing of the keyspace can be lost. */
  levels: z.array(ConsistencyLevel),
});
export type SurveyedKeyspace = z.infer<typeof SurveyedKeyspace>;

/** A ring at one moment. Only nodes that own their tokens already: while one joins, leaves or moves, writes need more than is told here. */
export const RingTopology = z.strictObject({
  /** When it was seen, ms. */
  at: z.number().int().nonnegative(),
  /** Tokens of other partitioners are no numbers. */
  partitioner: z.string().regex(/(^|\.)(Murmur3Partitioner|RandomPartitioner)$/, 'Murmur3Partitioner or RandomPartitioner'),
  // A node's number has 16 bits in the tables of `replicas.ts`.
  nodes: z.array(RingNode).min(1).max(65_000),
  keyspaces: z.array(SurveyedKeyspace),
});
export type RingTopology = z.infer<typeof RingTopology>;
