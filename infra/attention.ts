/** Who is told: one topic for what needs a person, by events of Ringward's own and by alarms on its machines and its dead letters. */
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { FunctionName } from './function-needs.ts';
import type { Functions } from './functions.ts';
import type { Workflows } from './workflows.ts';

/** Events that a person should read; a test holds every other one to be known as not for people. */
export const TELLING: Readonly<Record<string, object>> = {
  Asked: {
    'detail-type': [
      'Ringward Needs A Person',
      'Ringward Decision Needed',
      'Ringward Approval Needed',
      'Ringward Input Refused',
      'Ringward Watch Found',
      'Ringward Baseline Drifted',
      'Ringward Rollback Finished',
      'Ringward Vantage Point Missing',
      'Ringward Source Broken',
    ],
  },
  NotKept: { 'detail-type': ['Ringward Verdict Decided'], detail: { verdict: ['hold', 'roll-back'] } },
};

const SCHEDULED: readonly FunctionName[] = ['StartWatches', 'StartLearning'];

export class Attention extends Construct {
  constructor(scope: Construct, id: string, workflows: Workflows, functions: Functions, deadLetters: Queue) {
    super(scope, id);
    const services = [new ServicePrincipal('events.amazonaws.com'), new ServicePrincipal('cloudwatch.amazonaws.com')];
    const key = new Key(this, 'Key', { enableKeyRotation: true, description: 'What Ringward tells people' });
    key.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        principals: services,
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: ['*'],
      }),
    );
    const topic = new Topic(this, 'Topic', { masterKey: key, enforceSSL: true });
    topic.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        principals: services,
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    for (const [name, pattern] of Object.entries(TELLING))
      new CfnRule(this, name, {
        description: 'What a person should read, to the topic that people subscribe to',
        eventPattern: { source: ['ringward'], ...pattern },
        targets: [{ id: 'Topic', arn: topic.topicArn }],
      });
    const tell = new SnsAction(topic);
    for (const [name, machine] of workflows.machines) {
      for (const metricName of ['ExecutionsFailed', 'ExecutionsTimedOut']) {
        const metric = new Metric({
          namespace: 'AWS/States',
          metricName,
          dimensionsMap: { StateMachineArn: machine.attrArn },
          statistic: 'Sum',
          period: Duration.minutes(1),
        });
        this.alarm(
          `${name}${metricName}`,
          metric,
          `Executions of ${name} that ended ${metricName.replace('Executions', '')}`,
        ).addAlarmAction(tell);
      }
    }
    // Started by a schedule and by no machine: one that fails leaves no execution that could.
    for (const name of SCHEDULED) {
      const errors = functions.byName.get(name)?.metricErrors({ period: Duration.minutes(5), statistic: 'Sum' });
      if (errors)
        this.alarm(`${name}Errors`, errors, `${name} failed: clusters are not looked at, or nothing is learnt`).addAlarmAction(tell);
    }
    const waiting = deadLetters.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: 'Maximum' });
    this.alarm('DeadLetters', waiting, 'Inputs that could not be taken: ringward dead-letters list').addAlarmAction(tell);
    new CfnOutput(this, 'TopicArn', { value: topic.topicArn }).overrideLogicalId('AttentionTopic');
  }

  private alarm(id: string, metric: Metric, description: string): Alarm {
    return new Alarm(this, id, {
      metric,
      alarmDescription: description,
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
