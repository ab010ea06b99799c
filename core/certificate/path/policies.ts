/** The tree of valid policies (RFC 5280, 6.1.2 to 6.1.5), as sets of nodes by depth. */
import type { CertificateBody } from './certificate-body.ts';
import { certificatePolicies, inhibitAnyPolicy, type PolicyMapping, policyConstraints, policyMappings } from './extensions.ts';

const ANY_POLICY = '2.5.29.32.0';
/** Mappings can make the tree grow without end (CVE-2023-0464); no real path comes near. */
const MOST_NODES = 2000;

/** The inputs of RFC 5280, 6.1.1 c to f. */
export interface PolicyInputs {
  /** Policies that the user accepts; empty stands for any. */
  readonly acceptable: readonly string[];
  readonly explicit: boolean;
  readonly inhibitMapping: boolean;
  readonly inhibitAny: boolean;
}

export const ANY_POLICIES: PolicyInputs = { acceptable: [], explicit: false, inhibitMapping: false, inhibitAny: false };

interface Node {
  readonly policy: string;
  readonly expected: readonly string[];
  readonly parent: Node | null;
}

/** Is the path's set of policies acceptable? `certificates` go from below the anchor to the leaf. Gives the reason when not. */
export function policyProblem(
  certificates: readonly CertificateBody[],
  isSelfIssued: (body: CertificateBody) => boolean,
  inputs: PolicyInputs,
): string | null {
  const n = certificates.length;
  let explicit = inputs.explicit ? 0 : n + 1;
  let inhibitAny = inputs.inhibitAny ? 0 : n + 1;
  let mapping = inputs.inhibitMapping ? 0 : n + 1;
  let level: readonly Node[] = [{ policy: ANY_POLICY, expected: [ANY_POLICY], parent: null }];
  for (const [index, body] of certificates.entries()) {
    const isLast = index === n - 1;
    const selfIssued = isSelfIssued(body);
    const policies = certificatePolicies(body);
    level = policies === null ? [] : nextLevel(level, policies, inhibitAny > 0 || (!isLast && selfIssued));
    if (level.length > MOST_NODES) return 'its policy mappings multiply without end';
    if (explicit <= 0 && level.length === 0) return `an explicit policy is required, and none is left at ${body.subject.text}`;
    const constraints = policyConstraints(body);
    if (isLast) {
      if (explicit > 0) explicit -= 1;
      if (constraints.requireExplicitPolicy === 0) explicit = 0;
      break;
    }
    const mappings = policyMappings(body);
    if (mappings.some(({ issuerDomain, subjectDomain }) => issuerDomain === ANY_POLICY || subjectDomain === ANY_POLICY))
      return `${body.subject.text} maps from or to any policy`;
    level = map(level, mappings, mapping > 0);
    if (!selfIssued) {
      explicit = Math.max(0, explicit - 1);
      mapping = Math.max(0, mapping - 1);
      inhibitAny = Math.max(0, inhibitAny - 1);
    }
    explicit = Math.min(explicit, constraints.requireExplicitPolicy ?? explicit);
    mapping = Math.min(mapping, constraints.inhibitPolicyMapping ?? mapping);
    inhibitAny = Math.min(inhibitAny, inhibitAnyPolicy(body) ?? inhibitAny);
  }
  return explicit > 0 || acceptable(level, inputs.acceptable) ? null : 'an explicit policy is required, and no acceptable one is left';
}

/** 6.1.3 d: each policy of the certificate under a parent that expects it; what is not expected under a parent of any policy. */
function nextLevel(parents: readonly Node[], policies: readonly string[], anyAllowed: boolean): Node[] {
  const children: Node[] = [];
  for (const policy of policies.filter((one) => one !== ANY_POLICY)) {
    const expecting = parents.filter(({ expected }) => expected.includes(policy));
    const under = expecting.length > 0 ? expecting : parents.filter((parent) => parent.policy === ANY_POLICY);
    children.push(...under.map((parent) => ({ policy, expected: [policy], parent })));
  }
  if (policies.includes(ANY_POLICY) && anyAllowed) {
    for (const parent of parents)
      for (const policy of parent.expected)
        if (!children.some((child) => child.parent === parent && child.policy === policy))
          children.push({ policy, expected: [policy], parent });
  }
  return children;
}

/** 6.1.4 b: a mapped policy is expected under its new names, or ends where mapping is inhibited. */
function map(level: readonly Node[], mappings: readonly PolicyMapping[], allowed: boolean): Node[] {
  const byIssuer = Map.groupBy(mappings, ({ issuerDomain }) => issuerDomain);
  const mapped = level.flatMap((node): Node[] => {
    const subjects = byIssuer.get(node.policy)?.map(({ subjectDomain }) => subjectDomain);
    if (!subjects) return [node];
    return allowed ? [{ ...node, expected: subjects }] : [];
  });
  const any = level.find(({ policy }) => policy === ANY_POLICY);
  if (!any || !allowed) return mapped;
  // A policy that is only implied by any policy is mapped below it.
  const implied = [...byIssuer].filter(([issuer]) => !level.some(({ policy }) => policy === issuer));
  return [
    ...mapped,
    ...implied.map(([policy, to]): Node => ({ policy, expected: to.map(({ subjectDomain }) => subjectDomain), parent: any.parent })),
  ];
}

/** 6.1.5 g: a node stands for the policy of the authority's domain that it grew from. */
function acceptable(leaves: readonly Node[], wanted: readonly string[]): boolean {
  if (leaves.length === 0) return false;
  return (
    wanted.length === 0 || leaves.some((leaf) => domainPolicies(leaf).some((policy) => policy === ANY_POLICY || wanted.includes(policy)))
  );
}

/** The first policy below any policy on the way up. */
function domainPolicies(leaf: Node): string[] {
  let top = leaf;
  for (let node: Node | null = leaf; node; node = node.parent) if (node.policy !== ANY_POLICY) top = node;
  return [top.policy];
}
