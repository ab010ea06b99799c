/**
 * Connections outlive the certificate that they were made with, so a ring can look well while every new connection fails. Where new ones are
 * refused, this check says which old ones still hide it, and for how long at least they have been open. It judges nothing else.
 */
import { addressOnly } from '../../cluster/addresses.ts';
import { openFor, samplesOfProcess } from '../../load/open-links.ts';
import { type Check, conclude, finding, withoutObservation } from '../check.ts';
import { saysOfPort } from '../client-port.ts';
import type { Finding } from '../findings.ts';
import { judgeHandshake } from '../handshake.ts';
import type { VerificationSnapshot } from '../snapshot.ts';
import { linkOutcome, linksOf } from './peer-handshakes.ts';

export const latentFailure: Check = (snapshot) => {
  const name = 'latent-failure';
  const { observation, earlierLoads } = snapshot;
  if (!observation) return withoutObservation(name, snapshot);
  const refusedPeers = peersRefused(snapshot);
  const clientsRefused = newClientsAreRefused(snapshot);
  if (refusedPeers.length === 0 && !clientsRefused)
    return conclude(name, snapshot, { failing: [], missing: [], passed: 'No new connection is refused for a certificate.' });
  const { load } = observation;
  if (!load?.links) return conclude(name, snapshot, { failing: [], missing: ['which connections are open is not known'], passed: '' });
  const { links } = load;
  const about = {
    expected: 'new connections as good as the open ones',
    seenBy: 'node' as const,
    how: 'sockets of the process',
    at: load.at,
  };
  const failing: Finding[] = [];
  const toPeers = refusedPeers.flatMap(({ node, address }) =>
    links.internode.filter(({ peer }) => peer === address).map((link) => ({ ...link, node })),
  );
  if (toPeers.length > 0) {
    const ids = toPeers.flatMap(({ ids: of }) => of);
    const open = toPeers.reduce((sum, one) => sum + one.open, 0);
    const observed = `links still open to ${toPeers.map(({ node }) => node).join(', ')}: ${open}, ${ageInWords(openFor(ids, earlierLoads, load), load.uptimeMs)}; new ones are refused`;
    failing.push(
      finding(snapshot, 'FAILURE_IS_LATENT', { ...about, where: `internode:${snapshot.registration.ports.internode}`, observed }),
    );
  }
  // Whoever dials at this moment has a socket too, so only connections that were seen before count.
  const old = clientsRefused ? samplesOfProcess(earlierLoads, load).flatMap((sample) => sample.links?.client.ids ?? []) : [];
  const still = links.client.ids.filter((id) => old.includes(id));
  if (still.length > 0) {
    const observed = `connections of clients still open: ${still.length}, ${ageInWords(openFor(still, earlierLoads, load), load.uptimeMs)}; new ones are refused`;
    failing.push(finding(snapshot, 'FAILURE_IS_LATENT', { ...about, where: `client:${snapshot.registration.ports.client}`, observed }));
  }
  return conclude(name, snapshot, { failing, missing: [], passed: 'New connections are refused, and no old one hides it.' });
};

/** Other nodes between which and this one a new link is refused for a certificate, in either direction. */
function peersRefused(snapshot: VerificationSnapshot): { readonly node: string; readonly address: string }[] {
  const refused = linksOf(snapshot).filter((link) => {
    const outcome = link.fact && link.listener === 'internode' ? linkOutcome(snapshot, link) : 'ok';
    return outcome === 'PEER_REFUSES_NODE' || outcome === 'NODE_REFUSES_PEER';
  });
  const others = new Set(refused.map(({ other }) => other));
  return snapshot.registration.nodes.flatMap(({ node, address }) => (others.has(node) ? [{ node, address: addressOnly(address) }] : []));
}

/** By the node itself, or by the client's network. */
function newClientsAreRefused(snapshot: VerificationSnapshot): boolean {
  const { observation, client, node } = snapshot;
  const own = (observation?.listeners ?? []).flatMap((fact) => saysOfPort(snapshot, fact, node.node, node.node) ?? []);
  return [...own, ...(client?.wire.filter((fact) => fact.node === node.node) ?? [])].some((fact) => {
    const { certificateRejected, dialerRefused } = judgeHandshake(fact);
    return fact.listener === 'client' && (certificateRejected || dialerRefused);
  });
}

/** @param ms least age, or null where no earlier look saw the connection @param uptimeMs of the process: no connection is older */
function ageInWords(ms: number | null, uptimeMs: number | undefined): string {
  const most = uptimeMs === undefined ? '' : `, at most ${seconds(uptimeMs)}`;
  return ms === null ? `how long is not known${most}` : `the oldest for at least ${seconds(ms)}${most}`;
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
