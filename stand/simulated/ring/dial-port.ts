/** Dials a port of the simulated ring as a call that can go wrong. */
import type { HandshakeFact } from '../../../core/node/facts.ts';
import type { Call, Carry } from '../aws/call.ts';
import { Halted } from '../node/step-failure.ts';
import type { VirtualClock } from '../time/virtual-clock.ts';
import { CLIENT_PORT, type Dialler, INTERNODE_PORT, type SimulatedRing } from './ring.ts';

/** A connection takes so long, ms. */
const HANDSHAKE_MS = 3;
/** A dial of the node's program gives up after so long, ms. */
const DIAL_MS = 2000;

export interface Dialled {
  readonly from: 'function' | 'node';
  readonly place: string;
  readonly dialler: Dialler;
  readonly address: string;
  readonly listener: 'client' | 'internode';
}

export async function dialPort(
  { ring, clock, carry }: { readonly ring: SimulatedRing; readonly clock: VirtualClock; readonly carry: Carry },
  { from, place, dialler, address, listener }: Dialled,
): Promise<HandshakeFact> {
  const target = `${listener} of ${address}`;
  const base = { listener, address, port: listener === 'client' ? CLIENT_PORT : INTERNODE_PORT, chain: [] };
  const seen = async (): Promise<HandshakeFact> => {
    await clock.sleep(HANDSHAKE_MS);
    return ring.dial(dialler, address, listener);
  };
  const call: Call = {
    place,
    from,
    service: 'tls',
    operation: 'handshake',
    target,
    reads: `${place} ${target}`,
    perform: seen,
    failure: () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
    unanswered: async () => {
      await clock.sleep(DIAL_MS);
      return { ...base, handshake: 'unreachable', read: 'none', error: 'SocketTimeoutException' };
    },
  };
  // To the node's program a peer that shows its chain and hangs up refuses it: its alert may have been overtaken by the reset.
  const carried = carry(call).catch(async (error: Error) => {
    if (from === 'function' || error instanceof Halted) throw error;
    return { ...(await seen()), handshake: 'refused', read: 'none', error: error.message };
  });
  return (await carried) as HandshakeFact;
}
