/** Host names and addresses as certificates and people write them (RFC 9525, 6; RFC 4291, 2.2). */

/** A wildcard stands for the whole left-most label alone, and never for a top-level domain's. */
export function coversHost(pattern: string, host: string): boolean {
  if (pattern === host) return true;
  const dot = host.indexOf('.');
  return pattern.startsWith('*.') && dot > 0 && pattern.slice(1) === host.slice(dot) && pattern.split('.').length > 2;
}

/** The 4 or 16 octets of an address; null for what is none. */
export function addressBytes(text: string): Uint8Array | null {
  const four = text.split('.');
  if (four.length === 4 && four.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return Uint8Array.from(four, Number);
  const halves = text.split('::');
  if (!text.includes(':') || halves.length > 2) return null;
  const groups = (half: string | undefined): number[] =>
    half ? half.split(':').map((group) => (/^[0-9a-f]{1,4}$/i.test(group) ? Number.parseInt(group, 16) : Number.NaN)) : [];
  const [head, tail] = [groups(halves[0]), groups(halves[1])];
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const all = [...head, ...Array.from({ length: missing }, () => 0), ...tail];
  return all.some(Number.isNaN) ? null : Uint8Array.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}
