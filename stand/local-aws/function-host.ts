// The process in which the deployed Lambda functions run. The local AWS posts each invocation to it; a keeper starts it again if it dies.
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { FunctionConfiguration, InvocationOrder } from './function-contract.ts';
import { FunctionRuntime } from './function-runtime.ts';
import { readBody } from './http-body.ts';

const { values } = parseArgs({
  options: {
    address: { type: 'string' },
    port: { type: 'string' },
    state: { type: 'string' },
    endpoint: { type: 'string' },
    region: { type: 'string' },
    'access-key-id': { type: 'string' },
    'secret-access-key': { type: 'string' },
  },
});

const state = values.state ?? '.';
const logFolder = join(state, 'logs');
const invocationsFile = join(state, 'invocations.jsonl');
mkdirSync(logFolder, { recursive: true });

/** The variables that Lambda itself gives every function, and the endpoint at which this stand's AWS answers. */
function environmentOf(configuration: FunctionConfiguration): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
    NODE_NO_WARNINGS: '1',
    LAMBDA_TASK_ROOT: configuration.codeFolder,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: configuration.name,
    AWS_LAMBDA_FUNCTION_VERSION: configuration.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(configuration.memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${configuration.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    AWS_REGION: values.region ?? 'us-east-1',
    AWS_DEFAULT_REGION: values.region ?? 'us-east-1',
    AWS_ACCESS_KEY_ID: values['access-key-id'] ?? 'test',
    AWS_SECRET_ACCESS_KEY: values['secret-access-key'] ?? 'test',
    AWS_ENDPOINT_URL: values.endpoint ?? '',
    ...configuration.environment,
  };
}

const runtimes = new Map<string, { readonly deployed: string; readonly runtime: FunctionRuntime }>();

/** The warm runtime of a function; a new one after a deployment with other code or settings, or when the last one ended. */
function runtimeOf(configuration: FunctionConfiguration): FunctionRuntime {
  const deployed = createHash('sha256').update(JSON.stringify(configuration)).digest('hex');
  const current = runtimes.get(configuration.name);
  if (current && current.deployed === deployed && !current.runtime.retired) return current.runtime;
  current?.runtime.retire();
  const runtime = new FunctionRuntime(configuration, environmentOf(configuration), logFolder);
  runtimes.set(configuration.name, { deployed, runtime });
  return runtime;
}

const server = http.createServer(async (request, response) => {
  if (request.method === 'GET') {
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ pid: process.pid, functions: [...runtimes.keys()] }));
    return;
  }
  try {
    const order = JSON.parse((await readBody(request)).toString()) as InvocationOrder;
    const runtime = runtimeOf(order.function);
    if (order.requestId === '') {
      await runtime.load();
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      return;
    }
    const { answer, record } = await runtime.invoke(order);
    // Written at once, so that a killed host loses no finished invocation from the count.
    appendFileSync(invocationsFile, `${JSON.stringify(record)}\n`);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  } catch (error) {
    response.writeHead(500, { 'content-type': 'text/plain' }).end(String(error));
  }
});

setInterval(() => {
  for (const [name, { runtime }] of runtimes) {
    if (!runtime.idle) continue;
    runtimes.delete(name);
    runtime.retire();
  }
}, 60_000).unref();

// The keeper holds this process's stdin: when the keeper is gone, however it went, nobody is served any more.
process.stdin.on('end', () => process.exit(0)).resume();
server.keepAliveTimeout = 60_000;
server.listen(Number(values.port), values.address);
