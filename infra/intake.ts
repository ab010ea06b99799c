/** What starts Ringward by itself: deployment events, and alarms; and the queue for what could not be taken. */
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { Effect, Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Workflows } from './workflows.ts';

const STARTING = 'Certificate Deployment Starting';

/** The queue must exist before the functions that write to it, the rules after the machines that they start. */
export class DeadLetters extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      visibilityTimeout: Duration.seconds(30),
    });
    new CfnOutput(this, 'Url', { value: this.queue.queueUrl }).overrideLogicalId('DeadLetterQueueUrl');
  }
}

export class Intake extends Construct {
  constructor(scope: Construct, id: string, workflows: Workflows, deadLetters: Queue) {
    super(scope, id);
    const backUp = workflows.machines.get('BackUpCluster')?.attrArn ?? '';
    const verify = workflows.machines.get('VerifyDeployment')?.attrArn ?? '';
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('events.amazonaws.com') });
    new Policy(this, 'Policy', {
      roles: [role],
      statements: [new PolicyStatement({ effect: Effect.ALLOW, actions: ['states:StartExecution'], resources: [backUp, verify] })],
    });
    const rule = (name: string, pattern: object, arn: string): void => {
      new CfnRule(this, name, {
        eventPattern: pattern,
        targets: [
          {
            id: 'Machine',
            arn,
            roleArn: role.roleArn,
            deadLetterConfig: { arn: deadLetters.queueArn },
            retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 20 },
          },
        ],
      });
    };
    deadLetters.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [deadLetters.queueArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    rule('Starting', { source: ['ringward.deployer'], 'detail-type': [STARTING] }, backUp);
    // Also what no one knows: it is refused with a classified error rather than lost.
    rule('Completed', { source: ['ringward.deployer'], 'detail-type': [{ 'anything-but': STARTING }] }, verify);
    rule(
      'AlarmChanged',
      { source: ['aws.cloudwatch'], 'detail-type': ['CloudWatch Alarm State Change'], detail: { state: { value: ['ALARM'] } } },
      verify,
    );
    this.handshakeAlarm();
  }

  /** An alarm that a client's or a load balancer's probe can feed; clusters name it, or their own, under `alarms`. */
  private handshakeAlarm(): void {
    const alarm = new Alarm(this, 'HandshakeFailures', {
      alarmName: `${Stack.of(this).stackName}-tls-handshake-failures`,
      alarmDescription: 'TLS handshakes of clients fail. Runbook: docs/runbooks/alarms.md#tls-handshake-failures',
      metric: new Metric({ namespace: 'Ringward', metricName: 'TlsHandshakeFailures', statistic: 'Sum', period: Duration.minutes(1) }),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    new CfnOutput(this, 'AlarmNameOutput', { value: alarm.alarmName }).overrideLogicalId('AlarmName');
  }
}
