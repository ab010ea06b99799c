/** SSM Run Command in memory: a command is delivered after a while, runs on its node, and is asked about until it has ended. */
import { InvalidInstanceId, InvocationDoesNotExist } from '@aws-sdk/client-ssm';
import type { NodeRequest } from '../../../core/node/requests.ts';
import { Life, liveAs } from '../time/life.ts';
import type { VirtualClock } from '../time/virtual-clock.ts';
import { noAnswer } from './no-answer.ts';

/** How the node's program ended, as the agent reports it. */
export interface Ended {
  readonly status: 'Success' | 'Failed';
  readonly code: number;
  readonly stdout: string;
}

export interface SentCommand {
  readonly id: string;
  readonly node: string;
  readonly document: string;
  readonly step: string;
  /** The request as it travelled, base64url. */
  readonly request: string;
  readonly sentAt: number;
  status: 'Pending' | 'InProgress' | 'Success' | 'Failed' | 'Cancelled' | 'TimedOut';
  details: string;
  code: number;
  stdout: string;
}
export type Commands = Map<string, SentCommand>;

interface Asked {
  readonly DocumentName?: string;
  readonly InstanceIds?: readonly string[];
  readonly Parameters?: Readonly<Record<string, readonly string[]>>;
  readonly CommandId?: string;
  readonly InstanceId?: string;
}

export interface SsmAgents {
  readonly clock: VirtualClock;
  readonly random: () => number;
  readonly nodes: readonly string[];
  /** Runs the program on a node, for as long as the life lasts. */
  readonly run: (node: string, request: NodeRequest, allow: 'observe' | 'act', life: Life) => Promise<Ended>;
}

/** Delivery of a command to the agent, ms. */
const DELIVERY_MS = 15;

export class Ssm {
  readonly commands: Commands;
  readonly #agents: SsmAgents;
  readonly #running = new Map<string, Life>();

  constructor(commands: Commands, agents: SsmAgents) {
    this.commands = commands;
    this.#agents = agents;
  }

  /** @param lateMs added to the delivery of a command */
  answer(command: string, asked: Asked, lateMs: number): unknown {
    switch (command) {
      case 'SendCommandCommand':
        return this.#send(asked, lateMs);
      case 'GetCommandInvocationCommand': {
        const sent = this.commands.get(asked.CommandId ?? '');
        if (!sent || sent.node !== asked.InstanceId) throw new InvocationDoesNotExist({ message: 'no such invocation', ...noAnswer(400) });
        const { status: Status, details: StatusDetails, code: ResponseCode, stdout: StandardOutputContent } = sent;
        return { Status, StatusDetails, ResponseCode, StandardOutputContent, StandardErrorContent: '' };
      }
      case 'CancelCommandCommand':
        this.#end(asked.CommandId ?? '', 'Cancelled', 'Cancelled');
        return {};
      case 'DescribeInstanceInformationCommand':
        return {
          InstanceInformationList: this.#agents.nodes.map((InstanceId) => ({ InstanceId, PingStatus: 'Online', AgentVersion: '3' })),
        };
      default:
        throw new Error(`SSM's ${command} is not simulated`);
    }
  }

  #send({ DocumentName = '', InstanceIds: [node = ''] = [], Parameters = {} }: Asked, lateMs: number): unknown {
    if (!this.#agents.nodes.includes(node)) throw new InvalidInstanceId({ message: `${node} is not managed`, ...noAnswer(400) });
    const request = JSON.parse(Buffer.from(Parameters['Request']?.[0] ?? '', 'base64url').toString()) as NodeRequest;
    const id = `c-${this.commands.size + 1}`;
    const sent: SentCommand = {
      id,
      node,
      document: DocumentName,
      step: request.step,
      request: Parameters['Request']?.[0] ?? '',
      sentAt: this.#agents.clock.now,
      status: 'Pending',
      details: 'Pending',
      code: -1,
      stdout: '',
    };
    this.commands.set(id, sent);
    // The agent is another machine: it goes on whatever becomes of whoever sent the command.
    const agent = new Life(`agent of ${node}`);
    void liveAs(agent, async () => {
      await this.#agents.clock.sleep(lateMs + DELIVERY_MS * (1 + this.#agents.random()));
      if (sent.status !== 'Pending') return;
      [sent.status, sent.details] = ['InProgress', 'InProgress'];
      const life = new Life(`${request.step} on ${node}`);
      this.#running.set(id, life);
      this.#agents.clock.after(1000 * Number(Parameters['executionTimeout']?.[0] ?? 600), () =>
        this.#end(id, 'TimedOut', 'ExecutionTimedOut'),
      );
      const allow = DocumentName === 'ringward-act' ? 'act' : 'observe';
      const ended = await this.#agents.run(node, request, allow, life);
      if (sent.status !== 'InProgress') return;
      Object.assign(sent, { status: ended.status, details: ended.status, code: ended.code, stdout: ended.stdout });
    });
    return { Command: { CommandId: id } };
  }

  /** Ends what runs, and takes back what does not run yet. */
  #end(id: string, status: SentCommand['status'], details: string): void {
    const sent = this.commands.get(id);
    if (!sent || (sent.status !== 'Pending' && sent.status !== 'InProgress')) return;
    Object.assign(sent, { status, details });
    this.#running.get(id)?.end();
  }
}
