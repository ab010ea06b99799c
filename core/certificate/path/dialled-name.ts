/** Does the leaf bear the name that is dialled (RFC 9525, 6)? The common name does not count. */
import type { CertificateBody } from './certificate-body.ts';
import { DerError } from './der-reader.ts';
import { subjectAltNames } from './extensions.ts';
import { type ChainFinding, chainFinding } from './finding.ts';

export interface DialledName {
  readonly form: 'dns' | 'ip';
  readonly value: string;
}

/** `dns:host` or `ip:address`. Null for a text that is neither. */
export function readDialledName(text: string): DialledName | null {
  const [, form, value = ''] = /^(dns|ip):(.+)$/.exec(text) ?? [];
  if (form === 'ip') return addressBytes(value) ? { form, value } : null;
  return form === 'dns' && /^(?!-)[a-z0-9-_.]{1,253}$/i.test(value) && !/^[\d.]+$/.test(value) ? { form, value } : null;
}

/** What is wrong with the leaf's names for this one, or null. */
export function coversNames(leaf: CertificateBody, name: DialledName): ChainFinding | null {
  const rule = 'RFC 9525, 6';
  try {
    const names = subjectAltNames(leaf);
    if (!names.some(({ form }) => form === 'dns' || form === 'ip'))
      return chainFinding('NAMES_MISSING', leaf, `a subject alternative name for ${name.value}`, 'no DNS name and no address', rule);
    const wanted = name.form === 'ip' ? addressBytes(name.value) : null;
    const covered = names.some((one) => {
      if (one.form === 'ip') return wanted !== null && Buffer.compare(one.value, wanted) === 0;
      return one.form === 'dns' && name.form === 'dns' && coversHost(one.value.toLowerCase(), name.value.toLowerCase().replace(/\.$/, ''));
    });
    const shown = names.flatMap((one) => (one.form === 'dns' ? [one.value] : one.form === 'ip' ? [[...one.value].join('.')] : []));
    return covered ? null : chainFinding('NAME_NOT_COVERED', leaf, `a name for ${name.value}`, shown.join(', '), rule);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    return chainFinding('NAME_NOT_COVERED', leaf, `a name for ${name.value}`, error.message, rule);
  }
}

/** A wildcard stands for the whole left-most label alone, and never for a top-level domain's. */
function coversHost(pattern: string, host: string): boolean {
  if (pattern === host) return true;
  const dot = host.indexOf('.');
  return pattern.startsWith('*.') && dot > 0 && pattern.slice(1) === host.slice(dot) && pattern.split('.').length > 2;
}

/** The 4 or 16 octets of an address; null for what is none. */
function addressBytes(text: string): Uint8Array | null {
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
