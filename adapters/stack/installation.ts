/**
 * One deployed Ringward, as the command line sees it: reads, starts, and nothing on a node. Every module of
 * AWS is loaded when it is first needed, so that a verb starts quickly.
 */

import type { CataloguedBackup } from '../../core/backup/catalogue.ts';
import type { BaselineOverride } from '../../core/baseline/override.ts';
import type { Environment } from '../../core/cluster/environment.ts';
import type { Registration } from '../../core/cluster/registration.ts';
import type { Answer, Standing } from '../../core/decision-point/point.ts';
import type { OfEpoch } from '../../core/decision-point/point-record.ts';
import type { Answered } from '../../core/decision-point/protocols.ts';
import type { HumanStart } from '../../core/events/deployment-events.ts';
import type { DeploymentRecord } from '../../core/intake/deployment-record.ts';
import type { KeptArtifact } from '../../core/profile/consistency.ts';
import type { TimelineEntry } from '../../core/report/model.ts';
import type { Approval, Control } from '../../core/roll-back/course/control.ts';
import type { RollbackPlan } from '../../core/roll-back/plan.ts';
import type { StoredBaselines } from '../dynamodb/baselines.ts';
import type { DeploymentKey } from '../dynamodb/timeline.ts';
import type { QueuedLetter } from '../sqs/dead-letter-queue.ts';
import type { ManagedNode } from '../ssm/managed-nodes.ts';
import type { ExecutionState } from '../step-functions/starts.ts';
import { readStack, type StackOutputs, useOutputs } from './outputs.ts';

/** State machines that a person can start, by the name of their file. */
export type Startable = 'verify-deployment' | 'roll-back' | 'back-up-cluster' | 'check-certificates' | 'watch-cluster' | 'learn-baseline';

export interface Installation {
  readonly stack: StackOutputs;
  readonly registrations: () => Promise<Registration[]>;
  /** Throws CLUSTER_UNKNOWN. */
  readonly registration: (cluster: string) => Promise<Registration>;
  readonly register: (registration: Registration, at: number) => Promise<void>;
  /** What an environment kept. */
  readonly kept: (of: Environment) => Promise<KeptArtifact[]>;
  /** Deployments of a cluster, newest first. */
  readonly deployments: (cluster: string) => Promise<DeploymentRecord[]>;
  readonly timeline: (cluster: string, deployment: string) => Promise<TimelineEntry[]>;
  readonly backups: (cluster: string, deployment: string) => Promise<CataloguedBackup[]>;
  /** What has been learnt of a cluster in its environment, and what people have set in its place. */
  readonly baselines: (of: Pick<Registration, 'environment' | 'cluster'>) => Promise<StoredBaselines<Registration['environment']>>;
  readonly override: (override: BaselineOverride) => Promise<void>;
  /** What a person is asked about a deployment in an epoch; null where nobody was. */
  readonly decisionPoint: (of: OfEpoch) => Promise<Standing | null>;
  /** Gives a person's answer; the one that stands. Throws as `answerPoint`. */
  readonly decide: (of: OfEpoch, answer: Answer) => Promise<Answered>;
  /** Says something about the rollback of a deployment. Throws as `sayControl` and `sayApproval`. */
  readonly control: (key: DeploymentKey, said: Omit<Control, 'epoch'>) => Promise<DeploymentRecord>;
  readonly approve: (key: DeploymentKey, said: Approval) => Promise<DeploymentRecord>;
  readonly report: (cluster: string, deployment: string, form: 'html' | 'json') => Promise<string | undefined>;
  /** Starts an execution under the name; gives its ARN. */
  readonly start: (machine: Startable, input: unknown, name: string) => Promise<string>;
  /** Runs the express machine and waits for its answer. */
  readonly answer: (machine: 'check-certificates' | 'watch-cluster' | 'learn-baseline', input: unknown) => Promise<ExecutionState>;
  readonly execution: (arn: string) => Promise<ExecutionState>;
  /** Plans a rollback; nothing is started on a node. */
  readonly plan: (start: HumanStart) => Promise<RollbackPlan>;
  readonly deadLetters: () => Promise<QueuedLetter[]>;
  readonly returnLetters: (letters: readonly QueuedLetter[]) => Promise<void>;
  /** Sends a letter's input through the intake again, then takes the letter out. Gives what was started. */
  readonly redrive: (letter: QueuedLetter, at: number) => Promise<string>;
  readonly managedNodes: (nodes: readonly string[]) => Promise<ManagedNode[]>;
  readonly documentStatus: (name: string) => Promise<string | undefined>;
  /** Throws when the table cannot be read. */
  readonly touchTable: (name: string) => Promise<void>;
}

const STATE_MACHINE_OUTPUT: Readonly<Record<Startable, string>> = {
  'verify-deployment': 'StateMachineVerifyDeployment',
  'roll-back': 'StateMachineRollBack',
  'back-up-cluster': 'StateMachineBackUpCluster',
  'check-certificates': 'StateMachineCheckCertificates',
  'watch-cluster': 'StateMachineWatchCluster',
  'learn-baseline': 'StateMachineLearnBaseline',
};

/** Opens the deployed stack. Throws STACK_MISSING, CREDENTIALS_MISSING or AWS_UNREACHABLE. */
export async function openInstallation(stackName: string): Promise<Installation> {
  const stack = await readStack(stackName);
  useOutputs(stack.outputs);
  const output = (name: string): string => {
    const value = stack.outputs[name];
    if (value === undefined) throw new Error(`The stack ${stackName} has no output ${name}: deploy this version of it.`);
    return value;
  };
  const clusters = () => import('../dynamodb/clusters.ts');
  const table = () => import('../dynamodb/table.ts');
  const executions = () => import('../step-functions/starts.ts');
  const letters = () => import('../sqs/dead-letter-queue.ts');
  return {
    stack,
    registrations: async () => (await clusters()).loadRegistrations(),
    registration: async (cluster) => (await clusters()).loadRegistration(cluster),
    register: async (registration, at) => (await clusters()).saveRegistration(registration, at),
    deployments: async (cluster) => (await import('../dynamodb/deployments.ts')).loadRecords(cluster),
    kept: async (of) => (await import('../dynamodb/kept-artifacts.ts')).loadKept(of),
    timeline: async (cluster, deployment) => (await import('../dynamodb/timeline.ts')).loadTimeline({ cluster, deployment }),
    backups: async (cluster, deployment) => (await import('../dynamodb/backups.ts')).loadBackups({ cluster, deployment }),
    baselines: async (of) => (await import('../dynamodb/baselines.ts')).loadBaselines(of),
    override: async (override) => (await import('../dynamodb/baselines.ts')).saveOverride(override),
    decisionPoint: async (of) => (await import('../dynamodb/decision-points.ts')).loadPoint(of),
    decide: async (of, answer) => (await import('../decision-point/answer-point.ts')).answerInTimeline(of, answer),
    control: async (key, said) => (await import('../roll-back/say.ts')).sayControl(key, said),
    approve: async (key, said) => (await import('../roll-back/say.ts')).sayApproval(key, said),
    report: async (cluster, deployment, form) => (await import('../s3/reports.ts')).readReport(cluster, deployment, form),
    start: async (machine, input, name) => (await executions()).startExecution(output(STATE_MACHINE_OUTPUT[machine]), input, name),
    answer: async (machine, input) => (await executions()).runExpress(output(STATE_MACHINE_OUTPUT[machine]), input),
    execution: async (arn) => (await executions()).readExecution(arn),
    plan: async (start) => {
      const { RollbackPlan } = await import('../../core/roll-back/plan.ts');
      return RollbackPlan.parse(
        await (await import('../lambda/invoke.ts')).invokeFunction(output('FunctionPlanRollBack'), { ...start, dryRun: true }),
      );
    },
    deadLetters: async () => (await letters()).receiveLetters(),
    returnLetters: async (received) => (await letters()).returnLetters(received),
    redrive: async (letter, at) => {
      const { redriveLetter } = await import('./redrive.ts');
      return redriveLetter(letter, stack.outputs, at);
    },
    managedNodes: async (nodes) => (await import('../ssm/managed-nodes.ts')).readManagedNodes(nodes),
    documentStatus: async (name) => (await import('../ssm/managed-nodes.ts')).readDocumentStatus(name),
    touchTable: async (name) => (await table()).touchTable(name),
  };
}

/** When the deployment was first heard of, ms. */
export function sinceOf({ startingAt, completedAt, executions }: DeploymentRecord): number {
  return startingAt ?? completedAt ?? executions[0]?.startedAt ?? 0;
}
