/** Two clusters side by side: in what their rules and their trust differ, and which of it matters. */

import type { Environment } from '../cluster/environment.ts';
import type { Registration } from '../cluster/registration.ts';
import type { KeptArtifact } from './consistency.ts';
import { explainProfile, profileOf, valuesOf } from './effective.ts';

/** `act`: what passes on one may fail on the other · `know`: they judge otherwise · `expected`: as their environments differ anyway. */
export type Rank = 'act' | 'know' | 'expected';

export interface Difference {
  readonly rank: Rank;
  readonly field: string;
  readonly values: readonly [string, string];
  /** Why it matters, for a tired person. */
  readonly why: string;
}

export interface Side {
  readonly registration: Registration;
  /** What was kept in its environment; its own newest entry tells whom it trusts. */
  readonly kept: readonly KeptArtifact[];
}

const ORDER: readonly Rank[] = ['act', 'know', 'expected'];

/** Every difference, the ones that matter first. Nothing is told where both are alike. */
export function compareClusters(one: Side, other: Side): Difference[] {
  const all = [
    ...ofTrust(one, other),
    ...ofRegistrations(one.registration, other.registration),
    ...ofProfiles(one.registration, other.registration),
  ];
  return all.toSorted((a, b) => ORDER.indexOf(a.rank) - ORDER.indexOf(b.rank));
}

/** Which kinds of authority and key each one was last seen well with. Names of authorities differ by design; how many there are does not. */
function ofTrust(one: Side, other: Side): Difference[] {
  const newest = ({ registration, kept }: Side): KeptArtifact | undefined =>
    kept.filter(({ cluster }) => cluster === registration.cluster).toSorted((a, b) => b.at - a.at)[0];
  const [a, b] = [newest(one), newest(other)];
  if (!a || !b) {
    const without = [one, other].filter((side) => !newest(side)).map(({ registration }) => registration.cluster);
    const told = (kept: KeptArtifact | undefined): string => (kept ? `kept ${kept.deployment}` : 'nothing kept yet');
    return [
      {
        rank: 'know',
        field: 'trust',
        values: [told(a), told(b)],
        why: `Trust cannot be compared: no deployment was kept yet on ${without.join(' and ')}.`,
      },
    ];
  }
  const rows: readonly (readonly [string, string, string, Rank, string])[] = [
    [
      'trust.issuer',
      a.of.issuer ?? 'unknown',
      b.of.issuer ?? 'unknown',
      'act',
      'Leaves come from different authorities: what one accepted proves nothing of the other’s chain.',
    ],
    [
      'trust.chain',
      a.of.chain.join(', ') || 'none',
      b.of.chain.join(', ') || 'none',
      'act',
      'The chains are built otherwise: a missing intermediate shows on one of them only.',
    ],
    [
      'trust.key',
      a.of.key ?? 'unknown',
      b.of.key ?? 'unknown',
      'act',
      'Keys are of another type: cipher suites and clients that fit one may not fit the other.',
    ],
    [
      'trust.anchors',
      a.anchors.join('; ') || 'none',
      b.anchors.join('; ') || 'none',
      'act',
      'The nodes trust other authorities: a chain accepted on one may be refused on the other.',
    ],
  ];
  return differing(rows);
}

/** What a cluster.yaml says besides its rules. */
function ofRegistrations(one: Registration, other: Registration): Difference[] {
  const kinds = (of: Registration): string => [...new Set(of.files.map(({ kind }) => kind))].toSorted().join(', ');
  const checks = (of: Registration): string => [...new Set(of.health.checks.map(({ kind }) => kind))].toSorted().join(', ') || 'none';
  const rows: readonly (readonly [string, string, string, Rank, string])[] = [
    [
      'files',
      kinds(one),
      kinds(other),
      'act',
      'A deployment may write other kinds of file: what is tried on one is not what happens on the other.',
    ],
    [
      'canary.consistency',
      one.canary.consistency,
      other.canary.consistency,
      'know',
      'The canary reads at another level: one may still read where the other cannot.',
    ],
    [
      'revocation.lists',
      one.revocation.lists.length > 0 ? 'judged' : 'none',
      other.revocation.lists.length > 0 ? 'judged' : 'none',
      'know',
      'Revocation is judged on one of them alone.',
    ],
    ['health.checks', checks(one), checks(other), 'know', 'Applications and monitoring are asked other questions.'],
    [
      'health.leastScore',
      String(one.health.leastScore),
      String(other.health.leastScore),
      'know',
      'Another share of the health checks must be well.',
    ],
  ];
  return differing(rows);
}

function differing(rows: readonly (readonly [string, string, string, Rank, string])[]): Difference[] {
  return rows.filter(([, a, b]) => a !== b).map(([field, a, b, rank, why]) => ({ rank, field, values: [a, b], why }));
}

/** A value that is each environment's own is expected; anything else somebody decided. */
function ofProfiles(one: Registration, other: Registration): Difference[] {
  const [mine, its] = [one, other].map((of) => new Map(explainProfile(of).map((explained) => [explained.field, explained])));
  const [usual, itsUsual] = [one, other].map(({ environment }) => builtInValues(environment));
  const fields = [...new Set([...(mine?.keys() ?? []), ...(its?.keys() ?? [])])];
  return fields.flatMap((field) => {
    const [a, b] = [mine?.get(field)?.value, its?.get(field)?.value];
    if (a === b) return [];
    const expected = a === usual?.get(field) && b === itsUsual?.get(field);
    const rank: Rank = expected ? 'expected' : isWeighty(field) ? 'act' : 'know';
    const decided = expected ? `Built into ${one.environment} and ${other.environment}.` : whyOf(field);
    return [{ rank, field: `profile.${field}`, values: [String(a ?? 'none'), String(b ?? 'none')] as const, why: decided }];
  });
}

const builtInValues = (environment: Environment) => valuesOf(profileOf({ environment, profile: {}, limits: {} }));

/** What is checked, and what staging must have seen, decides whether a pass on one means anything on the other. */
const isWeighty = (field: string): boolean => /^(checks|consistency)\./.test(field);

const WHYS: readonly (readonly [RegExp, string])[] = [
  [/^checks\./, 'A fault that one of them looks for passes unseen on the other.'],
  [/^consistency\./, 'What staging kept counts otherwise.'],
  [/^rollBack\./, 'On one of them a person is asked before anything goes back.'],
  [/^approvals\./, 'Another number of people must approve.'],
  [/^measured\./, 'The same measurements are judged by other thresholds.'],
  [/soakSeconds$/, 'Good evidence must last for another time.'],
  [/^limits\./, 'Another limit or deadline holds.'],
];

const whyOf = (field: string): string => WHYS.find(([pattern]) => pattern.test(field))?.[1] ?? 'They are judged otherwise.';
