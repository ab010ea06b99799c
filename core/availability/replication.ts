/** Reads a keyspace's replication as Cassandra stores it in `system_schema.keyspaces`. */
import { RingwardError } from '../errors/catalogue.ts';
import type { SurveyedKeyspace } from './topology.ts';

/** How many replicas a range has (`org.apache.cassandra.locator.ReplicationFactor`). */
export interface Factor {
  /** Full and transient ones together: levels are counted from this. */
  readonly all: number;
  /** Replicas that hold only what is not repaired yet. */
  readonly transient: number;
}

export type Replication =
  /** Each node has its own; no node serves another's. */
  | { readonly strategy: 'local' }
  /** Each node is a replica of everything; levels are counted as with a factor of each datacentre's size. */
  | { readonly strategy: 'everywhere' }
  | { readonly strategy: 'simple'; readonly factor: Factor }
  /** By datacentre; those with a factor of 0 are left out, as Cassandra does (`NetworkTopologyStrategy.prepareOptions`). */
  | { readonly strategy: 'network'; readonly factors: ReadonlyMap<string, Factor> };

const PACKAGE = 'org.apache.cassandra.locator.';

/** Throws REPLICATION_NOT_UNDERSTOOD for a strategy, an option or a factor that is not known: what is guessed proves nothing. */
export function parseReplication({ name, replication }: Pick<SurveyedKeyspace, 'name' | 'replication'>): Replication {
  const { class: written, ...options } = replication;
  const strategy = written?.startsWith(PACKAGE) ? written.slice(PACKAGE.length) : written;
  switch (strategy) {
    case 'LocalStrategy':
      noOthers(name, options);
      return { strategy: 'local' };
    case 'EverywhereStrategy':
      noOthers(name, options);
      return { strategy: 'everywhere' };
    case 'SimpleStrategy': {
      const { replication_factor: factor, ...others } = options;
      noOthers(name, others);
      return { strategy: 'simple', factor: parseFactor(name, 'replication_factor', factor) };
    }
    case 'NetworkTopologyStrategy': {
      const factors = Object.entries(options).map(([datacenter, factor]) => [datacenter, parseFactor(name, datacenter, factor)] as const);
      // Cassandra writes it out by datacentre before it stores it; here it would be taken for the name of one.
      const unexpanded = factors.find(([datacenter]) => datacenter.toLowerCase() === 'replication_factor');
      if (unexpanded) throw notUnderstood(name, unexpanded[0], options[unexpanded[0]], 'Give a factor for each datacentre.');
      return { strategy: 'network', factors: new Map(factors.filter(([, { all }]) => all > 0)) };
    }
    default:
      throw notUnderstood(
        name,
        'class',
        written,
        'Known are SimpleStrategy, NetworkTopologyStrategy, EverywhereStrategy and LocalStrategy; decide by hand about this keyspace.',
      );
  }
}

/** `3`, or `3/1` for three replicas of which one is transient. */
function parseFactor(keyspace: string, option: string, written: string | undefined): Factor {
  const [, all, transient = '0'] = /^(\d{1,5})(?:\/(\d{1,5}))?$/.exec(written ?? '') ?? [];
  const factor = { all: Number(all), transient: Number(transient) };
  if (all === undefined || (factor.transient > 0 && factor.transient >= factor.all))
    throw notUnderstood(keyspace, option, written, 'A factor is a whole number such as 3, or 3/1 with fewer transient replicas than all.');
  return factor;
}

function noOthers(keyspace: string, options: Readonly<Record<string, string>>): void {
  const [other] = Object.entries(options);
  if (other) throw notUnderstood(keyspace, other[0], other[1], 'The strategy has no such option; decide by hand about this keyspace.');
}

function notUnderstood(keyspace: string, option: string, value: string | undefined, fix: string): RingwardError {
  return new RingwardError('REPLICATION_NOT_UNDERSTOOD', { field: `${keyspace}.replication.${option}`, value: value ?? 'missing', fix });
}
