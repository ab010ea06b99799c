/** Reads whatever starts Ringward (a deployment event, an alarm's event, a person's JSON) into one of four starts, or says what to mend. */
import { z } from 'zod';
import { RingwardError } from '../errors/catalogue.ts';
import { brief, nearest, parseOrExplain } from '../errors/from-schema.ts';
import {
  ALARM_STATE_CHANGE,
  DEPLOYER_SOURCE,
  DEPLOYMENT_COMPLETED,
  DEPLOYMENT_STARTING,
  DeploymentDetail,
  HumanStart,
} from '../events/deployment-events.ts';

/** `at` is the event's own time, ms; `receivedAt` where it has none. */
export type Start =
  | { readonly kind: 'starting' | 'completed'; readonly detail: DeploymentDetail; readonly eventId: string | null; readonly at: number }
  | ({ readonly kind: 'alarm'; readonly eventId: string | null; readonly at: number } & AlarmChange)
  | { readonly kind: 'human'; readonly request: HumanStart; readonly at: number };

export interface AlarmChange {
  readonly alarm: string;
  readonly arn: string | null;
  readonly state: string;
  readonly reason: string;
}

/** What EventBridge wraps around a detail; keys that it adds later are let through. */
const Envelope = z.looseObject({
  'detail-type': z.string(),
  source: z.string(),
  detail: z.unknown(),
  id: z.string().optional(),
  time: z.iso.datetime({ offset: true }).optional(),
  resources: z.array(z.string()).optional(),
});

const AlarmDetail = z.looseObject({
  alarmName: z.string().min(1),
  state: z.looseObject({ value: z.string(), reason: z.string().optional() }),
});

const ENVELOPE_KEYS = ['detail-type', 'detail', 'source', 'detailType', 'DetailType', 'Detail'];

/** Throws RingwardError: UNKNOWN_DETAIL_TYPE, FIELD_INVALID, each with field, value and fix. Nothing else is thrown. */
export function readStart(input: unknown, receivedAt: number): Start {
  if (input === null || typeof input !== 'object' || Array.isArray(input)) {
    throw new RingwardError('FIELD_INVALID', {
      message: 'The input is not a JSON object.',
      field: 'input',
      value: brief(input),
      fix: 'Send an event, or an object such as {"cluster":"payments"}.',
    });
  }
  const isEvent = ENVELOPE_KEYS.some((key) => Object.hasOwn(input, key));
  return isEvent ? readEvent(input, receivedAt) : { kind: 'human', request: readHuman(input), at: receivedAt };
}

function readEvent(input: object, receivedAt: number): Start {
  const named: unknown = (input as Record<string, unknown>)['detail-type'];
  const known = [DEPLOYMENT_STARTING, DEPLOYMENT_COMPLETED, ALARM_STATE_CHANGE];
  if (typeof named !== 'string' || !known.includes(named)) {
    const meant = typeof named === 'string' ? nearest(named, known) : null;
    throw new RingwardError('UNKNOWN_DETAIL_TYPE', {
      field: 'detail-type',
      value: named === undefined ? 'missing' : brief(named),
      ...(meant && { fix: `Did you mean "${meant}"?` }),
    });
  }
  const event = parseOrExplain(Envelope, input, 'event');
  const base = { eventId: event.id ?? null, at: event.time === undefined ? receivedAt : Date.parse(event.time) };
  if (named === ALARM_STATE_CHANGE) {
    const detail = parseOrExplain(z.looseObject({ detail: AlarmDetail }), input, 'alarm event').detail;
    return {
      kind: 'alarm',
      ...base,
      alarm: detail.alarmName,
      arn: event.resources?.[0] ?? null,
      state: detail.state.value,
      reason: detail.state.reason ?? '',
    };
  }
  if (event.source !== DEPLOYER_SOURCE) {
    throw new RingwardError('FIELD_INVALID', {
      message: 'The event comes from another source than deployers use.',
      field: 'source',
      value: brief(event.source),
      fix: `Send it with "source":"${DEPLOYER_SOURCE}".`,
    });
  }
  const { detail } = parseOrExplain(z.looseObject({ detail: DeploymentDetail }), input, 'deployment event');
  if ((detail.nodes === undefined) === (detail.manifest === undefined)) {
    const value = detail.nodes === undefined ? 'missing' : 'given beside detail.manifest';
    throw new RingwardError('FIELD_INVALID', {
      message: 'The event must name its nodes in exactly one way.',
      field: 'detail.nodes',
      value,
      fix: 'Give either nodes, or manifest with the S3 URI of the same array.',
    });
  }
  return { kind: named === DEPLOYMENT_STARTING ? 'starting' : 'completed', detail, ...base };
}

/** Reads a person's JSON alone, where no event can come. */
export function readHuman(input: unknown): HumanStart {
  const request = parseOrExplain(HumanStart, input, 'request');
  if (request.scope === 'node' && request.nodes === undefined) {
    throw new RingwardError('FIELD_INVALID', {
      message: 'Scope "node" needs the nodes.',
      field: 'nodes',
      value: 'missing',
      fix: 'Add "nodes":["10.0.1.7"], ids or addresses.',
    });
  }
  if (request.scope === 'cluster' && request.nodes !== undefined) {
    throw new RingwardError('FIELD_INVALID', {
      message: 'Nodes are named, but the scope is the cluster.',
      field: 'scope',
      value: '"cluster"',
      fix: 'Set "scope":"node", or leave nodes out.',
    });
  }
  return request;
}
