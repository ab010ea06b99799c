/** Ringward in one stack: each construct owns one concern. */
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { NagSuppressions } from 'cdk-nag';
import type { Construct } from 'constructs';
import { Attention } from './attention.ts';
import { BackupVault } from './backup-vault.ts';
import { EvidenceStore } from './evidence-store.ts';
import { Functions } from './functions.ts';
import { DeadLetters, Intake } from './intake.ts';
import { NodeProgram } from './node-program.ts';
import { Watch } from './watch.ts';
import { Workflows } from './workflows.ts';

export class RingwardStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const store = new EvidenceStore(this, 'EvidenceStore');
    const vault = new BackupVault(this, 'BackupVault', store.accessLogs);
    const program = new NodeProgram(this, 'NodeProgram');
    const deadLetters = new DeadLetters(this, 'DeadLetters');
    const functions = new Functions(this, 'Functions', { store, vault, program, deadLetters: deadLetters.queue });
    const workflows = new Workflows(this, 'Workflows', functions, store);
    new Intake(this, 'Intake', workflows, deadLetters.queue);
    new Watch(this, 'Watch', functions);
    new Attention(this, 'Attention', workflows, functions, deadLetters.queue);
    new CfnOutput(this, 'EventBus', { value: 'default' });
    new CfnOutput(this, 'FunctionPlanRollBack', { value: functions.byName.get('PlanRollBack')?.functionName ?? '' });
    NagSuppressions.addStackSuppressions(this, [
      {
        id: 'AwsSolutions-IAM5',
        reason:
          'Wildcards are the objects of a bucket, the instances that SSM may reach (bound by the document), the executions of a machine, and actions that know no resource (logs delivery, X-Ray, GetCommandInvocation).',
      },
      { id: 'AwsSolutions-S1', reason: 'The bucket of access logs does not log itself.' },
      { id: 'AwsSolutions-SQS3', reason: 'The only queue is the dead-letter queue itself.' },
    ]);
  }
}
