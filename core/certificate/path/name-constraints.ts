/** Name constraints (RFC 5280, 4.2.1.10 and 6.1.4 g): which names the authorities above allow a certificate to bear. */
import type { CertificateBody } from './certificate-body.ts';
import { type GeneralName, type NameConstraints, subjectAltNames } from './extensions.ts';
import { isWithin } from './name.ts';

/** The first name that breaks a constraint, in words; null when all are allowed. */
export function brokenConstraint(body: CertificateBody, constraints: readonly NameConstraints[]): string | null {
  const names = subjectAltNames(body);
  const emails = names.some(({ form }) => form === 'email')
    ? []
    : body.subject.emails.map((value): GeneralName => ({ form: 'email', value }));
  const subject: GeneralName[] = body.subject.rdns.length > 0 ? [{ form: 'directory', value: body.subject }] : [];
  for (const name of [...subject, ...emails, ...names]) {
    for (const { permitted, excluded } of constraints) {
      const same = (one: GeneralName): boolean => one.form === name.form;
      // A form that we cannot compare, but that is constrained, must not pass.
      if (name.form === 'other') {
        const constrained = [...permitted, ...excluded].some((one) => one.form === 'other' && one.value === name.value);
        if (constrained) return 'a constrained name of a form that cannot be compared';
        continue;
      }
      const inside = excluded.filter(same).find((one) => matches(name, one));
      if (inside) return `${shown(name)} lies in the excluded ${shown(inside)}`;
      const allowed = permitted.filter(same);
      if (allowed.length > 0 && !allowed.some((one) => matches(name, one)))
        return `${shown(name)} lies in none of the permitted ${allowed.map(shown).join(', ')}`;
    }
  }
  return null;
}

function matches(name: GeneralName, constraint: GeneralName): boolean {
  if (name.form === 'directory' && constraint.form === 'directory') return isWithin(name.value, constraint.value);
  if (name.form === 'ip' && constraint.form === 'ip') return matchesAddress(name.value, constraint.value);
  if (typeof name.value !== 'string' || typeof constraint.value !== 'string') return false;
  if (name.form === 'email') return matchesEmail(name.value, constraint.value);
  if (name.form === 'uri') return matchesHost(hostOf(name.value), constraint.value);
  return matchesDns(name.value.toLowerCase(), constraint.value.toLowerCase());
}

/** `host.example` covers itself and everything below it; the empty constraint covers all. */
function matchesDns(name: string, constraint: string): boolean {
  const base = constraint.replace(/^\./, '');
  return base === '' || name === base || name.endsWith(`.${base}`);
}

/** `.example` covers the hosts below, `host.example` that host alone. */
function matchesHost(host: string | null, constraint: string): boolean {
  if (host === null) return false;
  const wanted = constraint.toLowerCase();
  return wanted.startsWith('.') ? host.endsWith(wanted) : host === wanted;
}

/** A mailbox, all mailboxes of a host, or with a leading dot of all hosts below. The local part keeps its case. */
function matchesEmail(address: string, constraint: string): boolean {
  const at = address.lastIndexOf('@');
  const host = address.slice(at + 1).toLowerCase();
  if (!constraint.includes('@')) return matchesHost(host, constraint);
  const split = constraint.lastIndexOf('@');
  return address.slice(0, at) === constraint.slice(0, split) && host === constraint.slice(split + 1).toLowerCase();
}

/** Null for a URI without a host name, which a constraint can never permit. */
function hostOf(uri: string): string | null {
  const [, authority = ''] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(uri) ?? [];
  const host = authority.replace(/^.*@/, '').replace(/:\d*$/, '').toLowerCase();
  return host === '' || host.startsWith('[') || /^\d+(\.\d+){3}$/.test(host) ? null : host;
}

/** Address and mask, 8 or 32 octets. */
function matchesAddress(address: Uint8Array, range: Uint8Array): boolean {
  if (range.length !== address.length * 2) return false;
  return address.every((octet, i) => ((octet ^ (range[i] ?? 0)) & (range[i + address.length] ?? 0)) === 0);
}

function shown(name: GeneralName): string {
  if (name.form === 'directory') return `name ${name.value.text}`;
  if (name.form === 'ip') return `address ${[...name.value].join('.')}`;
  return `${name.form} ${String(name.value)}`;
}
