/** Cassandra writes an address as `/10.0.0.1`, `host/10.0.0.1:7000` or `10.0.0.1`: the bare address, for comparing. */
export function addressOnly(written: string): string {
  const afterName = written.slice(written.lastIndexOf('/') + 1);
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(afterName);
  if (bracketed?.[1]) return bracketed[1];
  // One colon separates a port; more of them are an IPv6 address without one.
  return afterName.split(':').length === 2 ? afterName.slice(0, afterName.indexOf(':')) : afterName;
}
