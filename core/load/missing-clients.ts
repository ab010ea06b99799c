/** Clients that were connected before a deployment and have not come back, by host and driver: the first who would call. */
import type { ConnectedClient, LoadSample } from './load-sample.ts';

/** A client counts as back on any node: drivers choose their own. */
export function missingClients(before: readonly LoadSample[], now: readonly LoadSample[]): ConnectedClient[] {
  const key = ({ address, driver, version }: ConnectedClient): string => `${address} ${driver} ${version}`;
  const back = new Set(now.flatMap(({ clients }) => clients ?? []).map(key));
  const missing = new Map<string, ConnectedClient>();
  for (const client of before.flatMap(({ clients }) => clients ?? [])) {
    if (back.has(key(client))) continue;
    const known = missing.get(key(client));
    missing.set(key(client), known ? { ...known, connections: known.connections + client.connections } : client);
  }
  return [...missing.values()].toSorted((a, b) => b.connections - a.connections);
}
