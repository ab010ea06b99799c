import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../random.ts';
import { describeNodes, type Targeting, targetsOf } from './managed-nodes.ts';
import { type ManagedNode, type RunningShell, runOnNode, type ShellOutcome } from './node-shell.ts';
import { type CommandRecord, type Invocation, publicCommand, publicInvocation, rollUp } from './ssm-command.ts';
import {
  type CommandDocument,
  type NodeScript,
  type ParameterValues,
  RUN_SHELL_SCRIPT,
  resolveParameters,
  SsmRefusal,
  scriptOf,
} from './ssm-document.ts';
import { type CommandFate, drawFate, parseSsmFaults, type SsmFaults } from './ssm-faults.ts';

/** What Run Command needs of the rest of the local AWS. */
export interface RunCommandUpstream {
  /** SSM GetDocument, with the SHA-256 of the content. */
  document(name: string, version: string): Promise<{ content: string; version: string; hash: string }>;
  /** Publishes as aws.ssm on the default bus; never rejects. */
  publish(detailType: string, detail: unknown, resources: readonly string[]): Promise<void>;
}

interface SendCommandRequest extends Targeting {
  readonly DocumentName?: string;
  readonly DocumentVersion?: string;
  readonly DocumentHash?: string;
  readonly Parameters?: ParameterValues;
  readonly TimeoutSeconds?: number;
  readonly Comment?: string;
}

/** SSM Run Command with the stand's node folders as its managed nodes, and with faults on request. */
export class RunCommand {
  readonly #state: string;
  readonly #upstream: RunCommandUpstream;
  readonly #account: string;
  readonly #region: string;
  readonly #commands = new Map<string, CommandRecord>();
  readonly #running = new Set<RunningShell>();
  #faults: SsmFaults = parseSsmFaults('');
  #faultsText = '';
  #random = seededRandom(this.#faults.seed);

  constructor(state: string, upstream: RunCommandUpstream, account: string, region: string) {
    this.#state = state;
    this.#upstream = upstream;
    this.#account = account;
    this.#region = region;
  }

  /** The faults in force: `<state>/ssm-faults`, read before each command, so that they can be switched on a running stand. */
  faults(): SsmFaults {
    const file = join(this.#state, 'ssm-faults');
    const text = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
    if (text !== this.#faultsText) {
      this.#faults = parseSsmFaults(text);
      this.#faultsText = text;
      this.#random = seededRandom(this.#faults.seed);
    }
    return this.#faults;
  }

  /** The hosts of `<state>/nodes.json`, read before each command, so that a node can be added to a running stand. */
  #nodes(): readonly ManagedNode[] {
    return JSON.parse(readFileSync(join(this.#state, 'nodes.json'), 'utf8')) as ManagedNode[];
  }

  /** Answers an SSM action, or undefined when it is none of Run Command's. */
  async answer(action: string, request: never): Promise<unknown> {
    if (action === 'SendCommand') return this.#send(request);
    if (action === 'GetCommandInvocation') return this.#getInvocation(request);
    if (action === 'ListCommandInvocations') return this.#listInvocations(request);
    if (action === 'ListCommands') return this.#listCommands(request);
    if (action === 'CancelCommand') return this.#cancel(request);
    if (action === 'DescribeInstanceInformation') return describeNodes(this.#nodes(), request);
    return undefined;
  }

  /** Ends every script that still runs. */
  stop(): void {
    for (const shell of this.#running) shell.cancel();
  }

  async #document(request: SendCommandRequest): Promise<{ document: CommandDocument; version: string }> {
    const name = request.DocumentName;
    if (!name) throw new SsmRefusal('ValidationException', 'DocumentName is required');
    if (name === 'AWS-RunShellScript') return { document: RUN_SHELL_SCRIPT, version: '1' };
    const found = await this.#upstream.document(name, request.DocumentVersion ?? '$DEFAULT');
    if (request.DocumentHash && request.DocumentHash.toLowerCase() !== found.hash) {
      throw new SsmRefusal('InvalidDocument', `The hash of ${name} version ${found.version} is not ${request.DocumentHash}`);
    }
    return { document: JSON.parse(found.content) as CommandDocument, version: found.version };
  }

  async #send(request: SendCommandRequest): Promise<unknown> {
    const faults = this.faults();
    const nodes = targetsOf(this.#nodes(), request, this.#account);
    const { document, version } = await this.#document(request);
    const parameters = resolveParameters(document, request.Parameters ?? {});
    const script = scriptOf(document, parameters);
    const deliverySeconds = request.TimeoutSeconds ?? 3600;
    if (deliverySeconds < 30 || deliverySeconds > 2_592_000) {
      throw new SsmRefusal('ValidationException', `TimeoutSeconds ${deliverySeconds} is not from 30 to 2592000`);
    }
    const command: CommandRecord = {
      id: randomUUID(),
      documentName: request.DocumentName ?? '',
      documentVersion: version,
      comment: request.Comment ?? '',
      parameters: request.Parameters ?? {},
      requestedAt: Date.now(),
      deliverySeconds,
      status: 'Pending',
      invocations: new Map(),
    };
    this.#commands.set(command.id, command);
    this.#remember({ kind: 'SendCommand', commandId: command.id, at: new Date().toISOString(), request });
    for (const node of nodes) {
      const invocation: Invocation = {
        node: node.node,
        status: 'Pending',
        statusDetails: 'Pending',
        responseCode: -1,
        stdout: '',
        stderr: '',
        startedAt: null,
        endedAt: null,
        visibleAt: Date.now() + faults.lateId,
        cancel: null,
      };
      command.invocations.set(node.node, invocation);
      const fate = drawFate(faults, this.#random);
      void this.#carryOut(command, invocation, node, script, fate);
    }
    const answer = { Command: publicCommand(command) };
    if (faults.lateAnswer > 0) await sleep(faults.lateAnswer);
    return answer;
  }

  /** Takes one command on one node through delivery and execution to its end. */
  async #carryOut(command: CommandRecord, invocation: Invocation, node: ManagedNode, script: NodeScript, fate: CommandFate): Promise<void> {
    const stopped = new Promise<'cancelled'>((settle) => {
      invocation.cancel = () => settle('cancelled');
    });
    const undelivered = sleep(command.deliverySeconds * 1000, 'late' as const, { ref: false });
    const arrives = fate.lost || node.online === false ? new Promise<never>(() => undefined) : sleep(fate.delayMs, 'delivered' as const);
    const delivery = await Promise.race([arrives, undelivered, stopped]);
    if (delivery === 'cancelled') return this.#settle(command, invocation, 'Cancelled', 'Cancelled', null);
    if (delivery === 'late') return this.#settle(command, invocation, 'TimedOut', 'DeliveryTimedOut', null);
    invocation.startedAt = Date.now();
    Object.assign(invocation, { status: 'InProgress', statusDetails: 'InProgress' });
    this.#announce(command, invocation);
    const outcome = await this.#execute(command, node, script, fate, stopped);
    const [status, details] = (
      {
        cancelled: ['Cancelled', 'Cancelled'],
        'timed-out': ['TimedOut', 'ExecutionTimedOut'],
        exit: outcome.exitCode === 0 ? ['Success', 'Success'] : ['Failed', 'Failed'],
      } as const
    )[outcome.ended];
    this.#settle(command, invocation, status, details, outcome);
  }

  async #execute(
    command: CommandRecord,
    node: ManagedNode,
    script: NodeScript,
    fate: CommandFate,
    stopped: Promise<unknown>,
  ): Promise<ShellOutcome> {
    const run = (turn: number): RunningShell => {
      const shell = runOnNode(node, script, join(this.#state, 'ssm', command.id, `${node.node}-${turn}`));
      this.#running.add(shell);
      void shell.outcome.then(() => this.#running.delete(shell));
      void stopped.then(() => shell.cancel());
      return shell;
    };
    const first = run(0);
    if (!fate.duplicate) return first.outcome;
    if (!fate.duplicate.together) await first.outcome;
    const second = run(1);
    const outcomes = await Promise.all([first.outcome, second.outcome]);
    this.#remember({ kind: 'DuplicateRun', commandId: command.id, node: node.node, outcomes });
    return outcomes[fate.duplicate.reported];
  }

  #settle(command: CommandRecord, invocation: Invocation, status: string, statusDetails: string, outcome: ShellOutcome | null): void {
    if (outcome) Object.assign(invocation, { responseCode: outcome.exitCode, stdout: outcome.stdout, stderr: outcome.stderr });
    Object.assign(invocation, { endedAt: Date.now(), status, statusDetails, cancel: null });
    this.#remember({ kind: 'Invocation', ...publicInvocation(command, invocation) });
    this.#announce(command, invocation);
  }

  /** Status-change events of the invocation and, when it changed with it, of the command. */
  #announce(command: CommandRecord, invocation: Invocation): void {
    const requested = new Date(command.requestedAt).toISOString();
    const shared = { 'command-id': command.id, 'document-name': command.documentName, 'requested-date-time': requested };
    const resources = [`arn:aws:ec2:${this.#region}:${this.#account}:instance/${invocation.node}`];
    this.#tell(
      'EC2 Command Invocation Status-change Notification',
      { ...shared, 'instance-id': invocation.node, status: invocation.status },
      resources,
    );
    const status = rollUp(command);
    if (status === command.status) return;
    command.status = status;
    const expires = new Date(command.requestedAt + command.deliverySeconds * 1000).toISOString();
    this.#tell(
      'EC2 Command Status-change Notification',
      { ...shared, 'expire-after': expires, parameters: command.parameters, status },
      resources,
    );
  }

  #tell(detailType: string, detail: unknown, resources: readonly string[]): void {
    const [lost, doubled] = [this.#random() < this.#faults.lostEvents, this.#random() < this.#faults.doubledEvents];
    this.#remember({ kind: 'Event', detailType, detail, lost, doubled });
    if (lost) return;
    void this.#upstream.publish(detailType, detail, resources);
    if (doubled) void this.#upstream.publish(detailType, detail, resources);
  }

  #remember(line: unknown): void {
    appendFileSync(join(this.#state, 'ssm-history.jsonl'), `${JSON.stringify(line)}\n`);
  }

  #getInvocation(request: { CommandId?: string; InstanceId?: string }): unknown {
    const command = this.#commands.get(request.CommandId ?? '');
    const invocation = command?.invocations.get(request.InstanceId ?? '');
    if (!command || !invocation || Date.now() < invocation.visibleAt) throw new SsmRefusal('InvocationDoesNotExist', '');
    return publicInvocation(command, invocation);
  }

  #listInvocations(request: { CommandId?: string; InstanceId?: string; Details?: boolean }): unknown {
    const all = [...this.#commands.values()].flatMap((command) =>
      [...command.invocations.values()].map((invocation) => ({ command, invocation })),
    );
    const chosen = all.filter(
      ({ command, invocation }) =>
        (!request.CommandId || command.id === request.CommandId) &&
        (!request.InstanceId || invocation.node === request.InstanceId) &&
        Date.now() >= invocation.visibleAt,
    );
    const CommandInvocations = chosen.map(({ command, invocation }) => ({
      CommandId: command.id,
      InstanceId: invocation.node,
      Comment: command.comment,
      DocumentName: command.documentName,
      DocumentVersion: command.documentVersion,
      RequestedDateTime: command.requestedAt / 1000,
      Status: invocation.status,
      StatusDetails: invocation.statusDetails,
      CommandPlugins: request.Details
        ? [
            {
              Name: 'aws:runShellScript',
              Status: invocation.status,
              StatusDetails: invocation.statusDetails,
              ResponseCode: invocation.responseCode,
              Output: invocation.stdout.slice(0, 2500),
            },
          ]
        : [],
    }));
    return { CommandInvocations };
  }

  #listCommands(request: { CommandId?: string; InstanceId?: string }): unknown {
    const chosen = [...this.#commands.values()].filter(
      (command) =>
        (!request.CommandId || command.id === request.CommandId) && (!request.InstanceId || command.invocations.has(request.InstanceId)),
    );
    return { Commands: chosen.reverse().map(publicCommand) };
  }

  #cancel(request: { CommandId?: string; InstanceIds?: readonly string[] }): unknown {
    const command = this.#commands.get(request.CommandId ?? '');
    if (!command) throw new SsmRefusal('InvalidCommandId', `The command ${request.CommandId} does not exist`);
    for (const invocation of command.invocations.values()) {
      if (!request.InstanceIds?.length || request.InstanceIds.includes(invocation.node)) invocation.cancel?.();
    }
    return {};
  }
}
