/** What the checker sees once all is at rest: the ring, the AWS state, and how both were before. Nothing of how the product got there. */
import type { CataloguedBackup } from '../../../core/backup/catalogue.ts';
import type { DeploymentRecord } from '../../../core/intake/deployment-record.ts';
import type { HandshakeFact } from '../../../core/node/facts.ts';
import type { AwsState } from '../../../stand/simulated/aws/simulated-aws.ts';
import type { Host } from '../../../stand/simulated/ring/host.ts';
import type { Dialler, Happening, RingState } from '../../../stand/simulated/ring/ring.ts';
import { DEPLOYMENT } from '../../../stand/simulated/scenario.ts';
import type { SimulatedWorld, WorldState } from '../../../stand/simulated/world.ts';

export interface Seen {
  readonly now: number;
  readonly ring: RingState;
  readonly aws: AwsState;
  readonly record: DeploymentRecord;
  /** Backups of the deployment by node, as the catalogue had them before the rollback began. */
  readonly backups: ReadonlyMap<string, CataloguedBackup>;
  readonly before: WorldState;
  /** A fresh connection, now. */
  readonly dial: (dialler: Dialler, address: string, listener: 'client' | 'internode') => HandshakeFact;
  /** How an undisturbed rollback of this ground leaves the ring. */
  readonly settled: string;
}

/** What is wrong, in one sentence; empty where nothing is. */
export type Invariant = (seen: Seen) => string[];

export function seenOf(world: SimulatedWorld, before: WorldState, settled: string): Seen {
  const { ring, aws, now } = world.state;
  const rowsOf = (state: AwsState, table: string) => [...(state.tables.get(table)?.values() ?? [])];
  const record = rowsOf(aws, 'Deployments').find(({ deployment }) => deployment === DEPLOYMENT) as unknown as DeploymentRecord;
  const backups = rowsOf(before.aws, 'Backups') as unknown as CataloguedBackup[];
  return {
    now,
    ring,
    aws,
    record,
    backups: new Map(backups.map((backup) => [backup.node, backup])),
    before,
    dial: (dialler, address, listener) => world.look(dialler, address, listener),
    settled,
  };
}

/** What was done to a node by somebody who acts, not by itself. */
export const ACTS: ReadonlySet<Happening['what']> = new Set([
  'file-replaced',
  'reloaded',
  'clients-off',
  'clients-on',
  'drained',
  'stopped',
  'started',
]);

export const isDisturbance = ({ what }: Happening): boolean => what === 'drained' || what === 'stopped' || what === 'died';

/** Hash of the certificate that a backup's port served before. */
export const oldLeafOf = ({ backups }: Seen, { node }: Host): string | undefined => backups.get(node)?.servedLeaves.client;

export interface TimelineRow {
  readonly at: number;
  readonly area: string;
  readonly what: string;
  readonly node?: string;
  readonly epoch?: number;
}

export const timelineOf = ({ aws }: Seen): TimelineRow[] => [...(aws.tables.get('Timeline')?.values() ?? [])] as unknown as TimelineRow[];
