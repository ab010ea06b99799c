/** What client runtimes would say of a chain, by the table, and their disagreement in words. Predictions: none of them is run. */
import { buildPaths } from '../path/build-paths.ts';
import type { CertificateBody } from '../path/certificate-body.ts';
import type { DialledName } from '../path/dialled-name.ts';
import { isSelfIssued } from '../path/validate-path.ts';
import { type Fault, faultsOf, nameFault } from './faults.ts';
import { isBefore, RUNTIMES, type RuntimeVersion } from './runtime.ts';
import { type FaultName, type Refuses, type Row, RUNTIME_TABLE } from './table.ts';

export interface RuntimeQuestion {
  /** As served, leaf first. */
  readonly chain: readonly CertificateBody[];
  /** What the client trusts. */
  readonly anchors: readonly CertificateBody[];
  /** Moment of the judgement, ms. */
  readonly at: number;
  /** Under which names the node is dialled. */
  readonly names: readonly DialledName[];
}

export interface AskedRuntime extends RuntimeVersion {
  /** Who runs on it, for the sentence. */
  readonly client?: string;
  /** Left out: as the runtime’s drivers do by default. */
  readonly checksNames?: boolean | undefined;
}

export interface RuntimeAnswer extends RuntimeVersion {
  readonly client?: string;
  readonly verdict: 'accept' | 'refuse';
  /** Why it refuses; empty when it accepts. */
  readonly reasons: readonly Fault[];
}

/** Each runtime takes the path that it likes best. */
export function askRuntimes(question: RuntimeQuestion, asked: readonly AskedRuntime[]): RuntimeAnswer[] {
  const judge = judgeOf(question);
  return asked.map(judge);
}

/** Paths are built and judged once, however many runtimes are asked. */
function judgeOf({ chain, anchors, at, names }: RuntimeQuestion): (asked: AskedRuntime) => RuntimeAnswer {
  const [leaf, ...pool] = chain;
  const none: Fault = { name: 'no-path', words: leaf ? `no path from ${leaf.subject.text} to a trusted authority` : 'no certificate' };
  const judged = leaf ? pathsOf(leaf, pool, anchors).map((path) => faultsOf(path, at)) : [];
  if (judged.length === 0) judged.push(leaf ? [none, ...faultsOf([leaf], at)] : [none]);
  const ofNames = leaf ? names.flatMap((name) => nameFault(leaf, name) ?? []) : [];
  return ({ runtime, version, client, checksNames = RUNTIMES[runtime].checksNames }) => {
    const refused = (faults: readonly Fault[]): Fault[] => faults.filter(({ name }) => refuses(name, { runtime, version }));
    const [best = []] = judged.map(refused).toSorted((a, b) => a.length - b.length);
    const reasons = distinct([...best, ...(checksNames ? refused(ofNames) : [])]);
    return { ...(client !== undefined && { client }), runtime, version, verdict: reasons.length > 0 ? 'refuse' : 'accept', reasons };
  };
}

/** Does the runtime refuse a chain for this? */
export function refuses(fault: FaultName, { runtime, version }: RuntimeVersion): boolean {
  const row: Row = RUNTIME_TABLE[fault];
  const when: Refuses | undefined = row.refuses[runtime];
  if (when === undefined || when === true) return when === true;
  return 'before' in when ? isBefore(version, when.before) : !isBefore(version, when.since);
}

/** A search ends at the first trusted certificate; OpenSSL goes on to a self-signed one, so those are searched for by themselves too. */
function pathsOf(leaf: CertificateBody, pool: readonly CertificateBody[], anchors: readonly CertificateBody[]) {
  const roots = anchors.filter(isSelfIssued);
  const { paths } = buildPaths(leaf, pool, anchors);
  return roots.length === anchors.length ? paths : [...paths, ...buildPaths(leaf, [...pool, ...anchors], roots).paths];
}

/** `rsa-below-1024` beside `rsa-below-2048` says the same twice. */
const distinct = (faults: readonly Fault[]): Fault[] => [...new Map(faults.map((fault) => [fault.words, fault])).values()];

/** `node 24 refuses it: RSA key of 1,024 bits (CN=node1); java 17 accepts it`; null where nobody was asked. */
export function inWords(answers: readonly RuntimeAnswer[]): string | null {
  if (answers.length === 0) return null;
  const named = (some: readonly RuntimeAnswer[]): string =>
    some
      .map(({ client, runtime, version }) => (client === undefined ? `${runtime} ${version}` : `${client} (${runtime} ${version})`))
      .join(', ');
  const accepting = answers.filter(({ verdict }) => verdict === 'accept');
  const refusing = Map.groupBy(
    answers.filter(({ verdict }) => verdict === 'refuse'),
    ({ reasons }) => reasons.map(({ words }) => words).join(', '),
  );
  const sentences = [...refusing].map(([why, some]) => `${named(some)} would refuse it: ${why}`);
  if (accepting.length > 0) sentences.push(`${named(accepting)} would accept it`);
  return sentences.join('; ');
}
