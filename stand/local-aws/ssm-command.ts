import type { ParameterValues } from './ssm-document.ts';

/** One command on one node, from Pending to its end. Times in milliseconds since 1970. */
export interface Invocation {
  readonly node: string;
  status: string;
  statusDetails: string;
  /** -1 until the script has ended, as SSM says. */
  responseCode: number;
  stdout: string;
  stderr: string;
  startedAt: number | null;
  endedAt: number | null;
  /** Before this moment GetCommandInvocation does not know it. */
  readonly visibleAt: number;
  cancel: (() => void) | null;
}

export interface CommandRecord {
  readonly id: string;
  readonly documentName: string;
  readonly documentVersion: string;
  readonly comment: string;
  readonly parameters: ParameterValues;
  readonly requestedAt: number;
  /** Seconds within which it must have reached its node. */
  readonly deliverySeconds: number;
  status: string;
  readonly invocations: Map<string, Invocation>;
}

const TERMINAL = new Set(['Success', 'Failed', 'TimedOut', 'Cancelled']);

/** A command's own status from those of its invocations. */
export function rollUp(command: CommandRecord): string {
  const statuses = [...command.invocations.values()].map((invocation) => invocation.status);
  if (!statuses.every((status) => TERMINAL.has(status))) {
    return statuses.every((status) => status === 'Pending') ? 'Pending' : 'InProgress';
  }
  return ['Failed', 'TimedOut', 'Cancelled'].find((status) => statuses.includes(status)) ?? 'Success';
}

/** A command in the shape of SendCommand and ListCommands. */
export function publicCommand(command: CommandRecord): Record<string, unknown> {
  const invocations = [...command.invocations.values()];
  const count = (test: (invocation: Invocation) => boolean): number => invocations.filter(test).length;
  const status = rollUp(command);
  return {
    CommandId: command.id,
    DocumentName: command.documentName,
    DocumentVersion: command.documentVersion,
    Comment: command.comment,
    ExpiresAfter: command.requestedAt / 1000 + command.deliverySeconds,
    Parameters: command.parameters,
    InstanceIds: invocations.map((invocation) => invocation.node),
    Targets: [],
    RequestedDateTime: command.requestedAt / 1000,
    Status: status,
    StatusDetails: status,
    TimeoutSeconds: command.deliverySeconds,
    MaxConcurrency: '50',
    MaxErrors: '0',
    TargetCount: invocations.length,
    CompletedCount: count((invocation) => TERMINAL.has(invocation.status)),
    ErrorCount: count((invocation) => invocation.status === 'Failed' || invocation.statusDetails === 'ExecutionTimedOut'),
    DeliveryTimedOutCount: count((invocation) => invocation.statusDetails === 'DeliveryTimedOut'),
  };
}

/** An invocation in the shape of GetCommandInvocation. */
export function publicInvocation(command: CommandRecord, invocation: Invocation): Record<string, unknown> {
  const at = (time: number | null): string => (time === null ? '' : new Date(time).toISOString());
  const elapsed = invocation.startedAt === null ? 0 : (invocation.endedAt ?? Date.now()) - invocation.startedAt;
  return {
    CommandId: command.id,
    InstanceId: invocation.node,
    Comment: command.comment,
    DocumentName: command.documentName,
    DocumentVersion: command.documentVersion,
    PluginName: 'aws:runShellScript',
    ResponseCode: invocation.responseCode,
    ExecutionStartDateTime: at(invocation.startedAt),
    ExecutionElapsedTime: `PT${(elapsed / 1000).toFixed(3)}S`,
    ExecutionEndDateTime: at(invocation.endedAt),
    Status: invocation.status,
    StatusDetails: invocation.statusDetails,
    StandardOutputContent: invocation.stdout,
    StandardOutputUrl: '',
    StandardErrorContent: invocation.stderr,
    StandardErrorUrl: '',
  };
}
