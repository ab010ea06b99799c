/**
 * What happens between deployments: a schedule that looks at every registered cluster, and one that learns from what was
 * seen. `-c watchEvery="6 hours"` and `-c learnEvery="12 hours"` change their rates, `never` leaves one out.
 */
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { FunctionName } from './function-needs.ts';
import type { Functions } from './functions.ts';

const RATE = /^(1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))$/;

export class Watch extends Construct {
  private readonly functions: Functions;

  constructor(scope: Construct, id: string, functions: Functions) {
    super(scope, id);
    this.functions = functions;
    this.schedule('Schedule', 'StartWatches', 'watchEvery', '1 hour', 'Looks at every cluster registered in');
    this.schedule('Learning', 'StartLearning', 'learnEvery', '1 day', 'Learns what is usual of every cluster registered in');
  }

  private schedule(id: string, name: FunctionName, context: string, usually: string, does: string): void {
    const every: unknown = this.node.tryGetContext(context) ?? usually;
    if (every === 'never') return;
    if (typeof every !== 'string' || !RATE.test(every))
      throw new Error(`context ${context} is ${JSON.stringify(every)} → a rate such as "1 hour" or "30 minutes", or "never"`);
    const start = this.functions.byName.get(name);
    if (!start) throw new Error(`the function ${name} is missing`);
    new CfnOutput(this, name, { value: start.functionName }).overrideLogicalId(`Function${name}`);
    const rule = new CfnRule(this, id, {
      description: `${does} ${Stack.of(this).stackName}`,
      scheduleExpression: `rate(${every})`,
      targets: [{ id: name, arn: start.functionArn, retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 3600 } }],
    });
    start.addPermission(`By${id}`, { principal: new ServicePrincipal('events.amazonaws.com'), sourceArn: rule.attrArn });
  }
}
