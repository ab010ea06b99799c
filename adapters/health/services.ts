/** Health checks that ask AWS: load balancers, metrics, and functions and documents of the operator's own. */
import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeTargetHealthCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { failed, judgeAnswer, judgeNumbers, judgeTargets, type Observed, unknown } from '../../core/health/expectation.ts';
import type { HealthCheck, HealthCheckOf } from '../../core/health/health-check.ts';
import type { HealthSample } from '../../core/health/health-sample.ts';
import { environment } from '../environment/environment.ts';
import { runHealthDocument } from '../ssm/health-document.ts';
import { runCheck } from './run-check.ts';

const balancers = new ElasticLoadBalancingV2Client({});
const metrics = new CloudWatchClient({});
const lambda = new LambdaClient({});

/** Bytes of a function's answer that are looked at. */
const MOST_BYTES = 65_536;

/** What a check is told of the look it belongs to. */
export interface Occasion {
  readonly cluster: string;
  readonly deployment: string;
}

/** Runs one check. AWS that cannot be asked says nothing about the cluster. */
export function checkService(check: HealthCheck, occasion: Occasion, endsAt: number): Promise<HealthSample> {
  switch (check.kind) {
    case 'load-balancer':
      return runCheck(check, (signal) => askTargetGroup(check, signal), 'unknown', endsAt);
    case 'cloudwatch':
      return runCheck(check, (signal) => askMetric(check, signal), 'unknown', endsAt);
    case 'lambda':
      return runCheck(check, (signal) => askFunction(check, occasion, signal), 'unknown', endsAt);
    case 'ssm-document':
      return runCheck(check, (signal) => askDocument(check, signal), 'unknown', endsAt);
    default:
      throw new Error(`${check.kind} is not asked of AWS`);
  }
}

async function askTargetGroup(
  { targetGroup, healthyPercent }: HealthCheckOf<'load-balancer'>,
  abortSignal: AbortSignal,
): Promise<Observed> {
  const { TargetHealthDescriptions: found = [] } = await balancers.send(new DescribeTargetHealthCommand({ TargetGroupArn: targetGroup }), {
    abortSignal,
  });
  return judgeTargets(
    healthyPercent,
    found.map(({ Target, TargetHealth }) => ({
      target: `${Target?.Id}:${Target?.Port}`,
      state: TargetHealth?.State ?? 'unavailable',
      ...(TargetHealth?.Description === undefined ? {} : { reason: TargetHealth.Description }),
    })),
  );
}

async function askMetric(check: HealthCheckOf<'cloudwatch'>, abortSignal: AbortSignal): Promise<Observed> {
  const now = Date.now();
  const { MetricDataResults: [result] = [] } = await metrics.send(
    new GetMetricDataCommand({
      // Metrics come late: three periods, and the newest point of them.
      StartTime: new Date(now - Math.max(3 * check.periodSeconds, 180) * 1000),
      EndTime: new Date(now + 1000),
      MetricDataQueries: [
        {
          Id: 'health',
          MetricStat: {
            Metric: {
              Namespace: check.namespace,
              MetricName: check.metric,
              Dimensions: Object.entries(check.dimensions).map(([Name, Value]) => ({ Name, Value })),
            },
            Period: check.periodSeconds,
            Stat: check.statistic,
          },
        },
      ],
    }),
    { abortSignal },
  );
  const { Timestamps: times = [], Values: values = [] } = result ?? {};
  const newest = times.reduce((best, time, i) => (time.getTime() > (times[best]?.getTime() ?? 0) ? i : best), 0);
  const value = values[newest];
  return judgeNumbers(check.expect, value === undefined ? [] : [{ of: check.metric, value }]);
}

/** Is it one of those that the stack was deployed for? Its role could start no other; so it is told in words. */
function refusedBy(allowList: 'HEALTH_FUNCTIONS' | 'HEALTH_DOCUMENTS', name: string, context: string): Observed | null {
  const allowed = environment(allowList).split(',');
  return allowed.includes(name) ? null : unknown(`${name} is not on the stack’s allow-list → deploy it with -c ${context}=${name}`);
}

async function askFunction(check: HealthCheckOf<'lambda'>, occasion: Occasion, abortSignal: AbortSignal): Promise<Observed> {
  const refused = refusedBy('HEALTH_FUNCTIONS', check.function, 'healthFunctions');
  if (refused) return refused;
  const input = { check: check.name, ...occasion };
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: check.function, Payload: JSON.stringify(input) }),
    { abortSignal },
  );
  const text = Buffer.from(Payload ?? [])
    .subarray(0, MOST_BYTES)
    .toString();
  if (FunctionError !== undefined) return failed(`the function ended in an error: ${text}`);
  try {
    return judgeAnswer(JSON.parse(text));
  } catch {
    return unknown('the function’s answer is no JSON, or beyond 64 KiB');
  }
}

async function askDocument(check: HealthCheckOf<'ssm-document'>, signal: AbortSignal): Promise<Observed> {
  return refusedBy('HEALTH_DOCUMENTS', check.document, 'healthDocuments') ?? runHealthDocument(check, signal);
}
