/** How the stand's clients connect: mutual TLS, LOCAL_QUORUM, and nothing that would hide an error. */

import type { ClientOptions } from 'cassandra-driver';
import { policies, types } from 'cassandra-driver';
import { CLIENT, clientCredentials } from '../pki/material.ts';
import type { Ring } from '../ring/topology.ts';
import { CLIENT_PORT, DATACENTER } from '../ring/topology.ts';

/** Levels that a load can ask for. */
export const CONSISTENCIES = ['ONE', 'LOCAL_ONE', 'QUORUM', 'LOCAL_QUORUM', 'ALL'] as const;
export type Consistency = (typeof CONSISTENCIES)[number];

/** Driver options for the ring's application: each failure of a request reaches the caller, as nothing is tried again. */
export async function connection(ring: Ring, consistency: Consistency = 'LOCAL_QUORUM'): Promise<ClientOptions> {
  const { key, cert, ca } = await clientCredentials(ring.pki, CLIENT);
  const level = {
    ONE: types.consistencies.one,
    LOCAL_ONE: types.consistencies.localOne,
    QUORUM: types.consistencies.quorum,
    LOCAL_QUORUM: types.consistencies.localQuorum,
    ALL: types.consistencies.all,
  };
  return {
    contactPoints: ring.nodes.map((node) => node.address),
    protocolOptions: { port: CLIENT_PORT },
    localDataCenter: DATACENTER,
    sslOptions: { key, cert, ca: [ca], rejectUnauthorized: true },
    queryOptions: { consistency: level[consistency] },
    policies: {
      retry: new policies.retry.FallthroughRetryPolicy(),
      speculativeExecution: new policies.speculativeExecution.NoSpeculativeExecutionPolicy(),
      reconnection: new policies.reconnection.ConstantReconnectionPolicy(1000),
    },
    socketOptions: { readTimeout: 5000, connectTimeout: 5000 },
  };
}
