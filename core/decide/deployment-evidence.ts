/** Everything that one decision about a deployment is made from. */
import type { Unusual } from '../anomaly/unusual.ts';
import type { DeploymentDetail } from '../events/deployment-events.ts';
import type { HealthStanding } from '../health/judge-health.ts';
import type { Limits } from '../profile/limits.ts';
import type { NodeVerification } from '../verify/findings.ts';
import type { MeasuredView } from './confirm-measured.ts';
import type { HealthTimer } from './triggers/health-failing.ts';
import type { Depth } from './verdict.ts';
import type { VotedLook } from './votes-of-look.ts';
import type { WindowSummary } from './window-summary.ts';

/** How the backup of one node stands. */
export interface BackupStanding {
  readonly node: string;
  readonly standing: 'verified' | 'not-before' | 'not-verified' | 'missing';
  readonly reason?: string;
}

export interface DeploymentEvidence extends VotedLook {
  /** Nodes of the deployment event; only these are ever rolled back. */
  readonly deployedNodes: readonly string[];
  readonly change: DeploymentDetail['change'];
  readonly activation: DeploymentDetail['activation'];
  /** When the deployer said it was done, ms. */
  readonly completedAt: number;
  readonly window: number;
  /** `client`: the nodes were not asked in this window, and their reports are of `observedAt`. */
  readonly depth: Depth;
  /** When the newest reports of the nodes were asked for, ms. */
  readonly observedAt: number;
  /** This window, one per node looked at. `at` is our clock when its evidence was judged. */
  readonly verifications: readonly NodeVerification[];
  /** What the health checks say; absent where none was judged. */
  readonly health?: HealthStanding;
  /** For how long they may fail; absent where no profile judges. */
  readonly healthTimer?: HealthTimer;
  /** An alarm of CloudWatch asked for this verification. */
  readonly startedByAlarm?: boolean;
  /** What the probes say; absent where nothing is measured. */
  readonly measured?: MeasuredView;
  /** What is out of the ordinary in this look, within every limit. */
  readonly unusual?: readonly Unusual[];
  /** Windows before this one, oldest first. */
  readonly earlier: readonly WindowSummary[];
  readonly backups: readonly BackupStanding[];
  readonly limits: Limits;
  readonly epoch: number;
  readonly now: number;
}
