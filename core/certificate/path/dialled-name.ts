/** Does the leaf bear the name that is dialled (RFC 9525, 6)? The common name does not count. */
import { addressBytes, coversHost } from '../host-and-address.ts';
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
