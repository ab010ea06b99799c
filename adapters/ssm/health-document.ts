/** A document of the operator's own on one node: its exit code answers, its output is told without secrets. */
import { SendCommandCommand } from '@aws-sdk/client-ssm';
import { failed, type Observed, passed, unknown } from '../../core/health/expectation.ts';
import type { HealthCheckOf } from '../../core/health/health-check.ts';
import { ssm } from './client.ts';
import { takeBack, waitForEnd } from './invocation.ts';

const PACE = { first: 150, slowest: 150 };

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
  const command = { commandId: sent.Command?.CommandId ?? '', node };
  const invocation = await waitForEnd(command, PACE, () => !signal.aborted);
  if (!invocation) {
    await takeBack(command);
    return failed(`${document} did not end within ${check.timeoutSeconds} s, and was cancelled`);
  }
  const output = `${invocation.StandardOutputContent ?? ''} ${invocation.StandardErrorContent ?? ''}`.trim();
  const words = `exit ${invocation.ResponseCode}${output === '' ? '' : `: ${output}`}`;
  if (invocation.Status === 'Success') return passed(words);
  return invocation.Status === 'Failed' || invocation.StatusDetails === 'ExecutionTimedOut'
    ? failed(words)
    : unknown(`${invocation.StatusDetails}: ${words}`);
}
