/** Health checks that dial: from the clients' network, with nothing of AWS in it. */
import { z } from 'zod';
import type { Registration } from '../../core/cluster/registration.ts';
import { failed, judgeHttp, judgeNumbers, type Observed, passed, unknown } from '../../core/health/expectation.ts';
import type { HealthCheck, HealthCheckOf } from '../../core/health/health-check.ts';
import type { HealthSample } from '../../core/health/health-sample.ts';
import { readRows, writeCanaryRows } from '../cassandra/health-queries.ts';
import { type BoundedGet, boundedGet } from '../http/bounded-get.ts';
import type { CanaryIdentity } from '../secrets-manager/canary-identity.ts';
import { connectOnce, type Port } from '../tls/connect-once.ts';
import { runCheck } from './run-check.ts';

/** Of a health endpoint's body. */
const MOST_BYTES = 65_536;
/** Of a Prometheus answer. */
const MOST_QUERY_BYTES = 1_048_576;

/** Runs one check. Not to be reached is the answer itself, but for a Prometheus, which only tells of others. */
export function checkEndpoint(
  check: HealthCheck,
  registration: Registration,
  identity: CanaryIdentity,
  endsAt: number,
): Promise<HealthSample> {
  const trusted: Trusted = (authorities) => (authorities === 'clients' ? { authorities: identity.authorities } : {});
  const timeoutMs = check.timeoutSeconds * 1000;
  switch (check.kind) {
    case 'http':
      return runCheck(
        check,
        async (signal) => {
          const get = { url: check.url, timeoutMs, mostBytes: MOST_BYTES, signal, ...trusted(check.authorities) };
          return judgeHttp(check.expect, await boundedGet(get));
        },
        'failed',
        endsAt,
      );
    case 'tcp':
      return runCheck(check, (signal) => connectOnce(portOf(check, trusted), signal), 'failed', endsAt);
    case 'prometheus':
      return runCheck(check, (signal) => askPrometheus(check, { timeoutMs, signal, ...trusted(check.authorities) }), 'unknown', endsAt);
    case 'cql':
      return runCheck(
        check,
        async () => {
          const rows = await readRows(registration, identity, check.query, check.consistency, timeoutMs);
          const words = `${rows} row(s) at ${check.consistency}`;
          return rows >= check.expect.rows ? passed(words) : failed(`${words}; expected at least ${check.expect.rows}`);
        },
        'failed',
        endsAt,
      );
    case 'replication':
      return runCheck(
        check,
        async () => {
          const { canaryTable: table, consistency } = check;
          if (table === undefined) return unknown('no canary table');
          return writeCanaryRows(registration, identity, { table, consistency, timeoutMs });
        },
        'failed',
        endsAt,
      );
    default:
      throw new Error(`${check.kind} is not run from the clients’ network`);
  }
}

type Trusted = (authorities: 'clients' | 'system') => { readonly authorities?: string };

const portOf = ({ host, port, tls }: HealthCheckOf<'tcp'>, trusted: Trusted): Port => ({
  host,
  port,
  ...(tls ? { tls: { name: tls.name, ...trusted(tls.authorities) } } : {}),
});

const number = z.union([z.string(), z.number()]).transform(Number);
const Vector = z.object({
  resultType: z.literal('vector'),
  result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), number]) })),
});
const Scalar = z.object({ resultType: z.enum(['scalar', 'string']), result: z.tuple([z.number(), number]) });
/** https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries */
const PrometheusAnswer = z.object({ status: z.literal('success'), data: z.discriminatedUnion('resultType', [Vector, Scalar]) });

async function askPrometheus(check: HealthCheckOf<'prometheus'>, how: Omit<BoundedGet, 'url' | 'mostBytes'>): Promise<Observed> {
  const url = new URL('api/v1/query', check.url.endsWith('/') ? check.url : `${check.url}/`);
  url.searchParams.set('query', check.query);
  const answer = await boundedGet({ ...how, url: url.href, mostBytes: MOST_QUERY_BYTES });
  if (answer.endless) return unknown('Prometheus answers more than 1 MiB: aggregate in the query');
  if (answer.status !== 200) return unknown(`Prometheus answers ${answer.status}: ${answer.body}`);
  const read = PrometheusAnswer.safeParse(parsed(answer.body));
  if (!read.success) return unknown(`no answer of Prometheus: ${answer.body}`);
  const { data } = read.data;
  if (data.resultType !== 'vector') return judgeNumbers(check.expect, [{ of: '', value: data.result[1] }]);
  return judgeNumbers(
    check.expect,
    data.result.map(({ metric, value: [, value] }) => ({
      of: Object.entries(metric)
        .map(([k, v]) => `${k}=${v}`)
        .join(','),
      value,
    })),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
