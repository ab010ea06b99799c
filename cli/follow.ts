/** Follows an execution that a person started, until it ends or the person lets go. */
import type { Installation } from '../adapters/stack/installation.ts';
import type { ExecutionState } from '../adapters/step-functions/starts.ts';
import type { Context } from './context.ts';
import { duration } from './output.ts';

const POLL_MS = 500;

export type Followed = { readonly end: 'ended'; readonly state: ExecutionState } | { readonly end: 'detached' | 'timed-out' };

/** Timeline entries of the deployment are told while it runs. `timeout` in ms. */
export async function followExecution(
  context: Context,
  installation: Installation,
  about: { readonly execution: string; readonly cluster: string; readonly deployment: string | null; readonly timeout: number },
): Promise<Followed> {
  const { terminal } = context;
  const began = terminal.now();
  const again =
    about.deployment === null ? '' : ` Follow it: ringward status --cluster ${about.cluster} --deployment ${about.deployment} -w`;
  let seen = about.deployment === null ? 0 : (await installation.timeline(about.cluster, about.deployment)).length;
  for (;;) {
    const state = await installation.execution(about.execution);
    if (about.deployment !== null) {
      const timeline = await installation.timeline(about.cluster, about.deployment);
      for (const entry of timeline.slice(seen))
        context.say(`${entry.area.padEnd(9)} ${entry.node === undefined ? '' : `${entry.node}  `}${entry.what}`);
      seen = timeline.length;
    }
    if (state.status !== 'RUNNING' && state.status !== 'PENDING_REDRIVE') return { end: 'ended', state };
    if (terminal.detach.aborted) {
      context.say(`Detached: the execution goes on.${again}`);
      return { end: 'detached' };
    }
    if (terminal.now() - began >= about.timeout) {
      context.say(`Timed out after ${duration(about.timeout)}; the execution goes on.${again}`);
      return { end: 'timed-out' };
    }
    await terminal.sleep(POLL_MS);
  }
}
