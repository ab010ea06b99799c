/** What the safety verdict may be told besides evidence and backups: by a person, by the verdict that led here, by other modules. */
import type { ClientObservation } from '../verify/client-observation.ts';
import type { VerificationPolicy } from '../verify/policy.ts';
import type { RuleName } from './rules/names.ts';

/** A rule that people have set aside for a while; who and why stands in the audit log. */
export interface Relaxation {
  readonly rule: RuleName;
  /** Who approved it. */
  readonly by: string;
  /** When it ends by itself, ms. */
  readonly until: number;
}

/** Each is left out where nobody knows or said anything: then its rule has nothing to refuse. */
export interface SafetyFacts {
  /** A person says that the keys of before are exposed. */
  readonly exposed?: boolean;
  /** Certificates (hex SHA-256) known to be revoked, beside what nodes read in their lists. */
  readonly revoked?: readonly string[];
  /** Codes of the findings that led here; a person's wish has none. */
  readonly causes?: readonly string[];
  /** Keyspaces that would lose their level without this node, by node id. */
  readonly losing?: (node: string) => readonly string[];
  /** What verification will judge the old leaf by; without it a weak leaf is none of this verdict's business. */
  readonly policy?: VerificationPolicy;
  /** `left`: configuration stays as it is, although the files of before may need the old one. */
  readonly configuration?: 'left';
  /** Identities of before (subjects or SPIFFE ids) that have no role any more. */
  readonly lostIdentities?: readonly string[];
  /** What the canary trusts. */
  readonly client?: ClientObservation | null;
  readonly relaxed?: readonly Relaxation[];
}
