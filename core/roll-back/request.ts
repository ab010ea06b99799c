/** What a rollback is planned from. */
import type { CataloguedBackup } from '../backup/catalogue.ts';
import type { Registration } from '../cluster/registration.ts';
import type { NodeObservation } from '../node/facts.ts';
import type { RingSurvey } from './course/survey.ts';
import type { RollbackMode } from './course/wave.ts';
import type { SafetyFacts } from './safety-facts.ts';

export interface RollbackRequest extends SafetyFacts {
  readonly registration: Registration;
  readonly deployment: string;
  /** When the deployment completed, ms; null when only its start is known. */
  readonly completedAt: number | null;
  /** Latest observation of every node that answered, by node id. */
  readonly observations: ReadonlyMap<string, NodeObservation>;
  /** Backups of this deployment; of several for one node the newest verified one is used. */
  readonly backups: readonly CataloguedBackup[];
  readonly scope: 'cluster' | 'node';
  /** Instance ids or addresses: the verdict's nodes or a person's; absent = every node with a backup of this deployment. */
  readonly nodes?: readonly string[];
  /** A person may force the way. */
  readonly way?: 'hot' | 'restart';
  /** Nodes whose ports did not take the reload earlier in this rollback: they go back by restart, whatever was asked for. */
  readonly notReloading?: readonly string[];
  readonly mode?: RollbackMode;
  /** The ring as it was surveyed for this plan; absent: judged by the simple rule. */
  readonly survey?: RingSurvey;
  readonly epoch: number;
  readonly now: number;
}
