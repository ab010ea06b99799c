/** Addresses that no health check may reach, however they are written. */
import { addressBytes } from '../certificate/host-and-address.ts';

interface Range {
  /** Of an address, in octets. */
  readonly length: 4 | 16;
  readonly octets: readonly number[];
  /** How many bits of them must agree. */
  readonly bits: number;
}

/** They answer with an instance's own credentials, or no application lives on them: link-local, and "this network". */
const NEVER_DIALLED: readonly Range[] = [
  { length: 4, octets: [169, 254], bits: 16 },
  { length: 4, octets: [0], bits: 8 },
  { length: 16, octets: [0xfe, 0x80], bits: 10 },
  { length: 16, octets: [0xfd, 0x00, 0x0e, 0xc2], bits: 32 },
];

const ZEROS = [0, 0, 0, 0, 0, 0, 0, 0];

/** Where an IPv6 address carries an IPv4 one: mapped, translated or compatible (RFC 4291, 7915, 6052, 8215), or 6to4 (RFC 3056). */
const CARRIERS: readonly (Range & { readonly at: number })[] = [
  { length: 16, octets: [...ZEROS, 0, 0, 0xff, 0xff], bits: 96, at: 12 },
  { length: 16, octets: [...ZEROS, 0xff, 0xff, 0, 0], bits: 96, at: 12 },
  { length: 16, octets: [...ZEROS, 0, 0, 0, 0], bits: 96, at: 12 },
  { length: 16, octets: [0x00, 0x64, 0xff, 0x9b], bits: 32, at: 12 },
  { length: 16, octets: [0x20, 0x02], bits: 16, at: 2 },
];

/** Whether a host, as written in a URL or as resolved, is one that no health check may reach (instance metadata, link-local). */
export function isForbiddenAddress(host: string): boolean {
  const octets = octetsOf(host.replace(/^\[|\]$/g, ''));
  if (!octets) return /^metadata\./i.test(host);
  return [octets, ...ipv4Within(octets)].some((one) => NEVER_DIALLED.some((range) => isWithin(one, range)));
}

/** Without a zone (RFC 4007, 11); with an IPv4 tail (RFC 4291, 2.2) as two groups. */
function octetsOf(host: string): Uint8Array | null {
  const [bare = ''] = host.split('%');
  const [, head = '', tail = ''] = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(bare) ?? [];
  const four = addressBytes(tail);
  if (!four) return addressBytes(bare);
  const groups = [0, 2].map((i) => (((four[i] ?? 0) << 8) | (four[i + 1] ?? 0)).toString(16));
  return addressBytes(head + groups.join(':'));
}

function ipv4Within(octets: Uint8Array): Uint8Array[] {
  // The loopback has the form of a compatible address, and is none.
  const isLoopback = octets.length === 16 && octets.every((octet, i) => octet === (i === 15 ? 1 : 0));
  return isLoopback ? [] : CARRIERS.filter((range) => isWithin(octets, range)).map(({ at }) => octets.slice(at, at + 4));
}

function isWithin(address: Uint8Array, { length, octets, bits }: Range): boolean {
  if (address.length !== length) return false;
  return octets.every((octet, i) => {
    const mask = (0xff << Math.max(0, 8 * (i + 1) - bits)) & 0xff;
    return ((address[i] ?? 0) & mask) === (octet & mask);
  });
}
