/** What the state of a change of authority is read from. */
import type { CataloguedBackup } from '../backup/catalogue.ts';
import type { Certificate } from '../certificate/parse.ts';
import type { Registration } from '../cluster/registration.ts';
import type { DeployedNode } from '../events/deployment-events.ts';
import type { NodeObservation } from '../node/facts.ts';
import type { ClientObservation } from '../verify/client-observation.ts';

export interface AuthorityEvidence {
  readonly registration: Registration;
  /** Latest observation of every node that answered, by node id. */
  readonly observations: ReadonlyMap<string, NodeObservation>;
  /** Verified backups of before, one a node: the old end. */
  readonly backups: readonly CataloguedBackup[];
  /** What was deployed: the new end. A file that is not named in it is at both ends what it was before. */
  readonly deployed: readonly DeployedNode[];
  /** What the canary trusts. */
  readonly client: ClientObservation | null;
  /** Chains that registered clients show where the port asks for one, by their name. */
  readonly shownByClients?: ReadonlyMap<string, readonly Certificate[]>;
  /** Moment of the judgement, ms. */
  readonly now: number;
}
