/** This node is NORMAL, sees every other one live, and they see it: necessary, never sufficient, since old links stay up. */
import { addressOnly } from '../../cluster/addresses.ts';
import { type Check, conclude, finding, withoutObservation } from '../check.ts';
import type { Finding } from '../findings.ts';

export const ringView: Check = (snapshot) => {
  const name = 'ring-view';
  const { observation, registration, node } = snapshot;
  if (!observation) return withoutObservation(name, snapshot);
  const { ring } = observation;
  const failing: Finding[] = [];
  const told: Finding[] = [];
  const missing: string[] = [];
  const seen = { where: 'ring', seenBy: 'node' as const, how: 'StorageService over JMX on the node', at: observation.at };
  if (!ring) missing.push(`the node’s view of the ring is not known${observation.ringError ? `: ${observation.ringError}` : ''}`);
  else {
    if (ring.operationMode !== 'NORMAL')
      failing.push(finding(snapshot, 'RING_NOT_NORMAL', { ...seen, expected: 'NORMAL', observed: ring.operationMode }));
    const live = new Set(ring.live.map(addressOnly));
    const down = registration.nodes.filter(({ address }) => !live.has(addressOnly(address)));
    if (down.length > 0)
      failing.push(
        finding(snapshot, 'RING_NODE_DOWN', {
          ...seen,
          expected: `${registration.nodes.length} nodes live`,
          observed: `not live: ${down.map(({ node: id, address }) => `${id} (${address})`).join(', ')}`,
        }),
      );
    if (ring.schemaVersions.length > 1)
      told.push(
        finding(snapshot, 'SCHEMA_DISAGREES', { ...seen, expected: 'one schema version', observed: ring.schemaVersions.join(', ') }),
      );
  }
  const blind = snapshot.others.filter(({ observation: view }) => {
    const live = view?.ring?.live.map(addressOnly);
    return live !== undefined && !live.includes(addressOnly(node.address));
  });
  const sees = new Set(ring?.live.map(addressOnly));
  const oneWay = blind.filter(({ node: id }) => {
    const address = registration.nodes.find((one) => one.node === id)?.address;
    return address !== undefined && sees.has(addressOnly(address));
  });
  if (ring?.operationMode === 'NORMAL' && oneWay.length > 0) {
    const observed = `this node sees ${oneWay.map(({ node: id }) => id).join(', ')}, which see it as down`;
    failing.push(finding(snapshot, 'RING_VIEWS_DIFFER', { ...seen, expected: 'nodes that see each other', observed }));
  }
  for (const other of snapshot.others) {
    const view = other.observation?.ring;
    if (!view || view.live.map(addressOnly).includes(addressOnly(node.address))) continue;
    failing.push(
      finding(snapshot, 'NODE_SEEN_DOWN', {
        where: 'ring',
        expected: 'live',
        observed: `not live for ${other.node}`,
        seenBy: 'peer',
        how: `ring view of ${other.node}`,
        toldBy: other.node,
        at: other.observation?.at ?? 0,
      }),
    );
  }
  return conclude(name, snapshot, { failing, told, missing, passed: `NORMAL, and all ${registration.nodes.length} nodes are live.` });
};
