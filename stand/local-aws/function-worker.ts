// One Lambda function in a thread of its own: loads the deployed bundle once and stays warm.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { FunctionConfiguration, FunctionError, WorkerOrder, WorkerReport } from './function-contract.ts';

type Handler = (event: unknown, context: unknown) => unknown;

const configuration = workerData as FunctionConfiguration;
const port = parentPort;
if (!port) throw new Error('function-worker.ts runs as a worker thread of function-host.ts only');
const report = (message: WorkerReport): void => port.postMessage(message);

/** An error as Lambda's Node runtime reports it: the name decides what Retry and Catch match. */
function asFunctionError(thrown: unknown): FunctionError {
  if (thrown instanceof Error) {
    return { errorType: thrown.name, errorMessage: thrown.message, trace: (thrown.stack ?? '').split('\n') };
  }
  return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
}

async function loadHandler(): Promise<Handler> {
  const dot = configuration.handler.lastIndexOf('.');
  const [file, name] = [configuration.handler.slice(0, dot), configuration.handler.slice(dot + 1)];
  const found = ['.mjs', '.js', '.cjs'].map((ending) => join(configuration.codeFolder, file + ending)).find(existsSync);
  if (!found) throw Object.assign(new Error(`Cannot find module '${file}'`), { name: 'Runtime.ImportModuleError' });
  const module = (await import(pathToFileURL(found).href)) as Record<string, unknown> & { default?: Record<string, unknown> };
  const handler = module[name] ?? module.default?.[name];
  if (typeof handler !== 'function') {
    throw Object.assign(new Error(`${configuration.handler} is undefined or not exported`), { name: 'Runtime.HandlerNotFound' });
  }
  return handler as Handler;
}

function contextOf(order: WorkerOrder): Record<string, unknown> {
  return {
    functionName: configuration.name,
    functionVersion: configuration.version,
    invokedFunctionArn: order.arn,
    memoryLimitInMB: String(configuration.memoryMb),
    awsRequestId: order.requestId,
    logGroupName: `/aws/lambda/${configuration.name}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, order.deadlineMs - Date.now()),
  };
}

const started = performance.now();
try {
  const handler = await loadHandler();
  port.on('message', async (order: WorkerOrder) => {
    try {
      const result = await handler(order.event, contextOf(order));
      report({ kind: 'answer', requestId: order.requestId, resultJson: JSON.stringify(result) ?? 'null' });
    } catch (thrown) {
      report({ kind: 'failed', requestId: order.requestId, error: asFunctionError(thrown) });
    }
  });
  report({ kind: 'ready', initMs: performance.now() - started });
} catch (thrown) {
  report({ kind: 'broken', error: asFunctionError(thrown) });
}
