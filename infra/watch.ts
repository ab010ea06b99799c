/** The watch between deployments: a schedule that looks at every registered cluster. `-c watchEvery="6 hours"` changes its rate, `-c watchEvery=never` leaves it out. */
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Functions } from './functions.ts';

const RATE = /^(1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))$/;

export class Watch extends Construct {
  constructor(scope: Construct, id: string, functions: Functions) {
    super(scope, id);
    const every: unknown = this.node.tryGetContext('watchEvery') ?? '1 hour';
    if (every === 'never') return;
    if (typeof every !== 'string' || !RATE.test(every))
      throw new Error(`context watchEvery is ${JSON.stringify(every)} → a rate such as "1 hour" or "30 minutes", or "never"`);
    const start = functions.byName.get('StartWatches');
    if (!start) throw new Error('the function StartWatches is missing');
    new CfnOutput(this, 'StartWatches', { value: start.functionName }).overrideLogicalId('FunctionStartWatches');
    const rule = new CfnRule(this, 'Schedule', {
      description: `Looks at every cluster registered in ${Stack.of(this).stackName}`,
      scheduleExpression: `rate(${every})`,
      targets: [{ id: 'StartWatches', arn: start.functionArn, retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 3600 } }],
    });
    start.addPermission('BySchedule', { principal: new ServicePrincipal('events.amazonaws.com'), sourceArn: rule.attrArn });
  }
}
