/** A document of the operator's own on one node: its exit code answers, its output is told without secrets. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  CancelCommandCommand,
  GetCommandInvocationCommand,
  InvocationDoesNotExist,
  SendCommandCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { failed, type Observed, passed, unknown } from '../../core/health/expectation.ts';
import type { HealthCheckOf } from '../../core/health/health-check.ts';

const ssm = new SSMClient({});
const POLL_MS = 150;

/** Sends, waits, and takes the command back when the time is over: nothing of it goes on in the dark. */
export async function runHealthDocument(check: HealthCheckOf<'ssm-document'>, signal: AbortSignal): Promise<Observed> {
  const { document, version, node } = check;
  const sent = await ssm.send(
    new SendCommandCommand({
      DocumentName: document,
      DocumentVersion: version,
      InstanceIds: [node],
      TimeoutSeconds: 30,
      Comment: `Ringward health ${check.name}`.slice(0, 100),
    }),
    { abortSignal: signal },
  );
  const CommandId = sent.Command?.CommandId ?? '';
  while (!signal.aborted) {
    await pause(POLL_MS);
    const invocation = await ssm.send(new GetCommandInvocationCommand({ CommandId, InstanceId: node })).catch((error: unknown) => {
      if (error instanceof InvocationDoesNotExist) return null;
      throw error;
    });
    if (!invocation || ['Pending', 'InProgress', 'Delayed'].includes(invocation.Status ?? 'Pending')) continue;
    const output = `${invocation.StandardOutputContent ?? ''} ${invocation.StandardErrorContent ?? ''}`.trim();
    const words = `exit ${invocation.ResponseCode}${output === '' ? '' : `: ${output}`}`;
    if (invocation.Status === 'Success') return passed(words);
    return invocation.Status === 'Failed' || invocation.StatusDetails === 'ExecutionTimedOut'
      ? failed(words)
      : unknown(`${invocation.StatusDetails}: ${words}`);
  }
  await ssm.send(new CancelCommandCommand({ CommandId, InstanceIds: [node] })).catch(() => undefined);
  return failed(`${document} did not end within ${check.timeoutSeconds} s, and was cancelled`);
}
