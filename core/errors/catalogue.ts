/**
 * The catalogue of errors: each has a permanent code, a class, what happened, and what to do.
 * `docs/errors.md` lists the same codes; a test holds the two against each other, both ways.
 */

/** `retryable` may succeed unchanged · `permanent` needs another input · `operator` needs a person · `bug` is ours. */
export type ErrorClass = 'retryable' | 'permanent' | 'operator' | 'bug';

export interface CatalogueEntry {
  readonly class: ErrorClass;
  readonly what: string;
  readonly fix: string;
}

const define = <T extends Record<string, CatalogueEntry>>(entries: T): T => entries;

export const ERRORS = define({
  UNKNOWN_DETAIL_TYPE: {
    class: 'permanent',
    what: 'The event is of a kind that Ringward does not know.',
    fix: 'Send "Certificate Deployment Starting" or "Certificate Deployment Completed".',
  },
  FIELD_INVALID: {
    class: 'permanent',
    what: 'A field is missing, unknown or of the wrong type.',
    fix: 'Mend the named field and send the input again.',
  },
  PROFILE_UNKNOWN: {
    class: 'permanent',
    what: 'A profile extends one that does not exist.',
    fix: 'Extend a built-in profile, or one that stands under profiles in cluster.yaml.',
  },
  PROFILE_CONTRADICTORY: {
    class: 'permanent',
    what: 'Rules of the profile contradict each other.',
    fix: 'Change the named field; ringward cluster show --profile tells where each value comes from.',
  },
  CLUSTER_UNKNOWN: {
    class: 'operator',
    what: 'No cluster of this name is registered.',
    fix: 'Register it: ringward cluster register cluster.yaml; then redrive the event.',
  },
  NODE_UNKNOWN: {
    class: 'permanent',
    what: 'The node is not part of the registered cluster.',
    fix: 'Correct the node, or register it with the cluster.',
  },
  NODE_NOT_MANAGED: {
    class: 'operator',
    what: 'The node is not reachable by SSM.',
    fix: 'Start the SSM agent on the node, check its role, then redrive.',
  },
  PATH_NOT_REGISTERED: {
    class: 'permanent',
    what: 'An artifact lies outside the files registered for the cluster.',
    fix: 'Register the path under files in cluster.yaml, or correct the event.',
  },
  DEPLOYMENT_UNKNOWN: {
    class: 'permanent',
    what: 'No such deployment is known for this cluster.',
    fix: 'Check the id with ringward status, or send the Starting event first.',
  },
  DEPLOYMENT_DECIDED: {
    class: 'permanent',
    what: 'The deployment already has a verdict.',
    fix: 'Nothing to do; a new attempt needs a new deploymentId.',
  },
  DEPLOYMENT_LATE: {
    class: 'operator',
    what: 'The event came after its deadline, or before the Starting event it belongs to.',
    fix: 'Check the deployer; start a new deployment if the files changed.',
  },
  ROLLBACK_CANCELLED: {
    class: 'permanent',
    what: 'The rollback was cancelled meanwhile.',
    fix: 'Nothing to do: it ends by itself. Start another one: ringward rollback.',
  },
  ROLLBACK_NOT_RUNNING: {
    class: 'permanent',
    what: 'No rollback of this deployment is under way.',
    fix: 'See how it stands: ringward status; start one: ringward rollback.',
  },
  DECISION_NOT_WAITING: {
    class: 'permanent',
    what: 'No decision about this deployment is waited for.',
    fix: 'See ringward status; a rollback by hand is ringward rollback.',
  },
  DECISION_ANSWERED: {
    class: 'permanent',
    what: 'The question is answered already, otherwise.',
    fix: 'The answer that stands is carried out; see ringward status.',
  },
  DECISION_NOT_POSSIBLE: {
    class: 'operator',
    what: 'The question does not allow this answer.',
    fix: 'Answer keep or hold; or mend what is named, and verify again.',
  },
  MANIFEST_UNREADABLE: {
    class: 'permanent',
    what: 'The manifest in S3 cannot be read or does not fit the schema.',
    fix: 'Upload the array of nodes as JSON, and allow Ringward to read it.',
  },
  NODE_COMMAND_LOST: {
    class: 'retryable',
    what: 'SSM did not deliver the command or its result.',
    fix: 'It is sent again with the same request id.',
  },
  NODE_PROGRAM_DIED: {
    class: 'retryable',
    what: 'The program on the node ended without an answer.',
    fix: 'It is started again and resumes from its journal.',
  },
  NODE_REPLY_INVALID: { class: 'bug', what: 'The answer of the node does not fit the protocol.', fix: 'Report it with the stored reply.' },
  EPOCH_STALE: { class: 'permanent', what: 'A newer execution holds this node.', fix: 'Follow the newer execution; this one stops.' },
  VANTAGE_POINT_UNKNOWN: {
    class: 'permanent',
    what: 'A vote came from a vantage point that the cluster does not have, or about what it cannot see.',
    fix: 'The vote does not count; register the node, or look who sent it.',
  },
  STATE_STORE_BUSY: {
    class: 'retryable',
    what: 'DynamoDB did not take a write in ten attempts: throttled, contended, or without an answer.',
    fix: 'It is tried again; see the throttling of the table named.',
  },
  SOURCE_BROKEN: {
    class: 'retryable',
    what: 'A source of evidence failed again and again, and is not asked for now.',
    fix: 'It is tried again by itself; until then its evidence is missing. See the error of its newest failure.',
  },
  NODE_LOCKED: { class: 'retryable', what: 'Another command is at work on the node.', fix: 'It is tried again shortly.' },
  SNAPSHOT_MISSING: {
    class: 'retryable',
    what: 'The local snapshot on the node is missing or damaged.',
    fix: 'The backup is fetched from S3.',
  },
  BACKUP_NOT_VERIFIED: {
    class: 'operator',
    what: 'No verified backup of this node exists.',
    fix: 'Repair forward; a rollback without a verified backup is refused.',
  },
  BACKUP_MISMATCH: {
    class: 'operator',
    what: 'A backup does not match its signed manifest.',
    fix: 'Do not use it; choose an older backup or repair forward.',
  },
  BACKUP_NOT_BEFORE: {
    class: 'operator',
    what: 'The backup holds the new files, or its leaf is not the one the ports served.',
    fix: 'Let the deployer wait at the gate; decide by hand for this deployment.',
  },
  UPLOAD_FAILED: { class: 'retryable', what: 'The backup could not be stored.', fix: 'It is tried again with a fresh URL.' },
  TRIAL_LOAD_FAILED: {
    class: 'operator',
    what: 'The backup was restored aside, but Cassandra cannot load it.',
    fix: 'The material before the deployment is already broken; repair it first.',
  },
  RELOAD_FAILED: {
    class: 'retryable',
    what: 'Cassandra was asked to reload, and its ports do not show the expected leaf.',
    fix: 'The restart way is taken when retries end.',
  },
  TRUSTSTORE_UNREADABLE: {
    class: 'operator',
    what: 'A truststore that was to be changed is missing, or cannot be opened.',
    fix: 'Restore it from its backup, or mend its password in the configuration.',
  },
  TRUSTSTORE_NOT_CHANGED: {
    class: 'operator',
    what: 'A truststore was left as it is: what it would hold cannot be loaded, or nobody would be trusted any more.',
    fix: 'Mend what is named, then send the request again.',
  },
  DRAIN_FAILED: {
    class: 'operator',
    what: 'The node did not reach DRAINED in time.',
    fix: 'See the node’s log; the rollback of this node has stopped with its state named.',
  },
  SERVICE_NOT_STOPPED: { class: 'operator', what: 'Cassandra is still running.', fix: 'Stop it by hand, then resume.' },
  SERVICE_NOT_STARTED: {
    class: 'operator',
    what: 'Cassandra did not start in time.',
    fix: 'Read the end of its log, quoted in the hand-over.',
  },
  PROOF_MISSING: {
    class: 'operator',
    what: 'The node does not prove the old certificate on every port.',
    fix: 'See the listeners named in the report.',
  },
  KIT_MISSING: {
    class: 'operator',
    what: 'No offline kit lies on this node, or it is damaged.',
    fix: 'Copy kit.json of the newest snapshot; without one restore by hand, and let the next backup write the kit.',
  },
  ROLLBACK_REFUSED: { class: 'operator', what: 'Going back is not safe.', fix: 'Follow the way forward given with the reason.' },
  REPLICATION_NOT_UNDERSTOOD: {
    class: 'operator',
    what: 'The replication of a keyspace cannot be judged, so nothing is proven of its availability.',
    fix: 'Correct the keyspace’s replication, or decide by hand which nodes may be interrupted.',
  },
  TOPOLOGY_CONTRADICTORY: {
    class: 'retryable',
    what: 'The survey of the ring contradicts itself.',
    fix: 'The ring is surveyed again; see nodetool status when no node joins, leaves or moves.',
  },
  ALARM_UNRELATED: {
    class: 'permanent',
    what: 'No deployment inside its watch window explains the alarm.',
    fix: 'Nothing was changed; look for another cause.',
  },
  STACK_MISSING: {
    class: 'operator',
    what: 'The stack of Ringward is not there.',
    fix: 'Deploy it, or name the region and account where it is (AWS_REGION, AWS_PROFILE; a local AWS: AWS_ENDPOINT_URL).',
  },
  CREDENTIALS_MISSING: {
    class: 'operator',
    what: 'AWS does not accept the credentials, or there are none.',
    fix: 'Set AWS_REGION and AWS_PROFILE (or the access key in the environment), then run ringward doctor.',
  },
  AWS_UNREACHABLE: {
    class: 'retryable',
    what: 'AWS did not answer.',
    fix: 'Check the network, AWS_REGION and AWS_ENDPOINT_URL, then try again.',
  },
  TRACE_UNUSABLE: {
    class: 'permanent',
    what: 'No line of the trace holds a probe that can be used.',
    fix: 'Give JSON lines such as {"t_ms":1200,"node":"n1","kind":"tls","ok":true,"ms":4.2}, times in ms since the deployment.',
  },
  BASELINE_OF_OTHER_ENVIRONMENT: {
    class: 'bug',
    what: 'A baseline of another environment was about to judge this one.',
    fix: 'Nothing was judged by it; report it with the item that it names.',
  },
  BASELINE_OF_OTHER_CLUSTER: {
    class: 'bug',
    what: 'A baseline of another cluster was about to judge this one.',
    fix: 'Nothing was judged by it; report it with the item that it names.',
  },
  BASELINE_UNREADABLE: {
    class: 'operator',
    what: 'A stored baseline cannot be read.',
    fix: 'It is left out and learnt anew from the samples that are kept; restore an older version if its history matters.',
  },
  BASELINE_TOO_LARGE: {
    class: 'bug',
    what: 'A baseline is larger than an item may be.',
    fix: 'The version before stays in use; report it with the item that it names.',
  },
  ARGUMENT_INVALID: { class: 'permanent', what: 'An argument of the command line is wrong.', fix: 'See --help of the verb.' },
});

export type ErrorCode = keyof typeof ERRORS;

/** A hostile input must not make an error that no state, log or terminal can take (a state's Cause holds 32,768 characters). */
const LONGEST_VALUE = 200;
const LONGEST_SENTENCE = 4000;
const bounded = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** An error of ours. `name` is the code, so that `Retry` and `Catch` in the state machines can name it. */
export class RingwardError extends Error {
  readonly code: ErrorCode;
  readonly class: ErrorClass;
  readonly field: string | undefined;
  readonly value: string | undefined;
  readonly fix: string;
  constructor(
    code: ErrorCode,
    about: {
      readonly message?: string;
      readonly field?: string;
      readonly value?: string;
      readonly fix?: string;
      readonly cause?: unknown;
    } = {},
  ) {
    const entry = ERRORS[code];
    const fix = bounded(about.fix ?? entry.fix, LONGEST_SENTENCE);
    const field = about.field === undefined ? undefined : bounded(about.field, LONGEST_VALUE);
    const value = about.value === undefined ? undefined : bounded(about.value, LONGEST_VALUE);
    const named = [field === undefined ? '' : `field ${field}`, value === undefined ? '' : `value ${value}`].filter(Boolean).join(', ');
    super(
      `${code} (${entry.class}): ${bounded(about.message ?? entry.what, LONGEST_SENTENCE)}${named ? ` [${named}]` : ''} → ${fix}`,
      about.cause === undefined ? undefined : { cause: about.cause },
    );
    this.name = code;
    this.code = code;
    this.class = entry.class;
    this.field = field;
    this.value = value;
    this.fix = fix;
  }
}
