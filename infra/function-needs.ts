/** What each function needs: its time and its rights. The state machines' placeholders are the keys. */

export type Need =
  | 'read-cluster'
  | 'list-clusters'
  | 'take-epoch'
  | 'read-deployment'
  | 'write-deployment'
  | 'cast-votes'
  | 'count-votes'
  | 'write-verdict'
  | 'ask-person'
  | 'guard-source'
  | 'read-breakers'
  | 'write-timeline'
  | 'read-timeline'
  | 'read-backup'
  | 'write-backup'
  | 'read-kept'
  | 'write-kept'
  | 'read-evidence'
  | 'write-evidence'
  | 'read-manifest'
  | 'put-backup'
  | 'get-backup'
  | 'encryption-public-key'
  | 'unwrap-content-key'
  | 'sign-statement'
  | 'signing-public-key'
  | 'observe-nodes'
  | 'act-on-nodes'
  | 'canary-identity'
  | 'dead-letter'
  | 'announce'
  | 'ask-executions'
  | 'ask-managed-nodes'
  | 'start-watch'
  | 'start-learning'
  | 'read-baseline'
  | 'write-baseline'
  | 'ask-health-services';

export interface FunctionNeeds {
  /** `<word>/<verb-noun>` of functions/. */
  readonly file: string;
  /** Time-out, seconds. */
  readonly seconds: number;
  readonly needs: readonly Need[];
  /** `clients`: it runs in the clients' subnets, as their connections are what it is about. */
  readonly network?: 'clients';
}

const PHASE: readonly Need[] = ['read-cluster', 'write-timeline', 'read-evidence', 'act-on-nodes'];
const define = <T extends string>(functions: Record<T, FunctionNeeds>): Readonly<Record<T, FunctionNeeds>> => functions;

export const FUNCTIONS = define({
  AdmitStarting: {
    file: 'intake/admit-starting',
    seconds: 60,
    needs: [
      'read-cluster',
      'take-epoch',
      'read-deployment',
      'write-deployment',
      'write-timeline',
      'read-manifest',
      'read-evidence',
      'write-evidence',
      'ask-executions',
      'ask-managed-nodes',
      'start-learning',
    ],
  },
  AdmitVerification: {
    file: 'intake/admit-verification',
    seconds: 60,
    needs: [
      'read-cluster',
      'list-clusters',
      'take-epoch',
      'read-deployment',
      'write-deployment',
      'write-timeline',
      'read-manifest',
      'read-evidence',
      'write-evidence',
      'ask-executions',
    ],
  },
  AdmitRollback: {
    file: 'intake/admit-rollback',
    seconds: 60,
    needs: ['read-cluster', 'take-epoch', 'read-deployment', 'write-deployment', 'write-timeline'],
  },
  AdmitCheck: { file: 'intake/admit-check', seconds: 60, needs: ['read-cluster'] },
  RecordDeadLetter: { file: 'intake/record-dead-letter', seconds: 60, needs: ['dead-letter', 'announce'] },
  PackNode: {
    file: 'backup/pack-node',
    seconds: 120,
    needs: [
      'read-cluster',
      'read-deployment',
      'read-backup',
      'write-backup',
      'write-timeline',
      'read-evidence',
      'encryption-public-key',
      'act-on-nodes',
    ],
  },
  UploadBackup: {
    file: 'backup/upload-backup',
    seconds: 120,
    needs: ['read-cluster', 'read-backup', 'write-backup', 'put-backup', 'act-on-nodes'],
  },
  RewrapKey: {
    file: 'backup/rewrap-key',
    seconds: 60,
    needs: ['read-deployment', 'read-backup', 'write-timeline', 'read-evidence', 'unwrap-content-key'],
  },
  ProveBackup: {
    file: 'backup/prove-backup',
    seconds: 120,
    needs: ['read-cluster', 'read-backup', 'write-backup', 'write-timeline', 'get-backup', 'sign-statement', 'act-on-nodes'],
  },
  RefuseBackup: { file: 'backup/refuse-backup', seconds: 60, needs: ['read-backup', 'write-backup', 'write-timeline'] },
  OpenGate: {
    file: 'backup/open-gate',
    seconds: 60,
    needs: ['read-deployment', 'write-deployment', 'read-backup', 'write-timeline', 'read-evidence', 'announce'],
  },
  ObserveNode: { file: 'observe/observe-node', seconds: 90, needs: ['read-cluster', 'write-evidence', 'observe-nodes', 'guard-source'] },
  ObserveFromClient: {
    file: 'observe/observe-from-client',
    seconds: 60,
    needs: ['read-cluster', 'read-evidence', 'write-evidence', 'canary-identity', 'guard-source'],
    network: 'clients',
  },
  CheckEndpoints: {
    file: 'observe/check-endpoints',
    seconds: 60,
    needs: ['read-cluster', 'read-evidence', 'write-evidence', 'canary-identity', 'guard-source'],
    network: 'clients',
  },
  ProbeWindow: {
    file: 'observe/probe-window',
    seconds: 180,
    needs: ['read-cluster', 'read-deployment', 'read-evidence', 'write-evidence', 'read-manifest', 'canary-identity'],
    network: 'clients',
  },
  ProbeBefore: {
    file: 'observe/probe-before',
    seconds: 660,
    needs: ['read-cluster', 'read-deployment', 'write-evidence', 'canary-identity'],
    network: 'clients',
  },
  CheckServices: {
    file: 'observe/check-services',
    seconds: 150,
    needs: ['read-cluster', 'read-evidence', 'write-evidence', 'ask-health-services', 'guard-source'],
  },
  JudgeNode: {
    file: 'verify/judge-node',
    seconds: 60,
    needs: ['read-cluster', 'read-deployment', 'read-backup', 'write-timeline', 'read-evidence', 'cast-votes'],
  },
  JudgeClient: {
    file: 'verify/judge-client',
    seconds: 60,
    needs: ['read-cluster', 'read-deployment', 'read-evidence', 'cast-votes'],
  },
  JudgeCluster: {
    file: 'watch/judge-cluster',
    seconds: 60,
    needs: ['read-cluster', 'read-evidence', 'write-evidence', 'read-baseline', 'write-baseline', 'announce', 'read-breakers'],
  },
  StartWatches: { file: 'watch/start-watches', seconds: 60, needs: ['list-clusters', 'start-watch'] },
  LearnSamples: {
    file: 'baseline/learn-samples',
    seconds: 120,
    needs: ['read-cluster', 'read-evidence', 'write-evidence', 'read-baseline', 'write-baseline', 'announce'],
  },
  StartLearning: { file: 'baseline/start-learning', seconds: 60, needs: ['list-clusters', 'start-learning'] },
  SummariseCheck: { file: 'verify/summarise-check', seconds: 60, needs: ['write-evidence'] },
  DecideDeployment: {
    file: 'decide/decide-deployment',
    seconds: 60,
    needs: [
      'read-cluster',
      'read-kept',
      'write-kept',
      'read-baseline',
      'read-deployment',
      'write-deployment',
      'read-backup',
      'write-timeline',
      'read-evidence',
      'write-evidence',
      'announce',
      'count-votes',
      'write-verdict',
      'ask-person',
      'read-breakers',
    ],
  },
  HoldDeployment: {
    file: 'decide/hold-deployment',
    seconds: 60,
    needs: ['read-deployment', 'write-deployment', 'write-timeline', 'announce', 'write-verdict'],
  },
  PlanRollBack: {
    file: 'roll-back/plan-roll-back',
    seconds: 120,
    needs: [
      'read-cluster',
      'read-deployment',
      'read-backup',
      'write-timeline',
      'read-evidence',
      'write-evidence',
      'observe-nodes',
      'act-on-nodes',
    ],
  },
  NextMove: {
    file: 'roll-back/next-move',
    seconds: 60,
    needs: ['read-cluster', 'read-deployment', 'read-backup', 'write-timeline', 'read-evidence', 'write-evidence'],
  },
  SurveyRing: {
    file: 'roll-back/survey-ring',
    seconds: 120,
    needs: ['read-cluster', 'write-timeline', 'read-evidence', 'write-evidence', 'observe-nodes', 'act-on-nodes'],
  },
  AskApproval: {
    file: 'roll-back/ask-approval',
    seconds: 30,
    needs: ['read-deployment', 'write-deployment', 'read-evidence', 'announce'],
  },
  RestoreHot: { file: 'roll-back/restore-hot', seconds: 120, needs: PHASE },
  StopAccepting: { file: 'roll-back/stop-accepting', seconds: 120, needs: PHASE },
  StopService: { file: 'roll-back/stop-service', seconds: 900, needs: PHASE },
  RestoreCertificates: { file: 'roll-back/restore-certificates', seconds: 120, needs: PHASE },
  RestoreConfiguration: { file: 'roll-back/restore-configuration', seconds: 120, needs: PHASE },
  StartService: { file: 'roll-back/start-service', seconds: 900, needs: PHASE },
  ProveNode: { file: 'roll-back/prove-node', seconds: 120, needs: PHASE },
  RestoreTraffic: { file: 'roll-back/restore-traffic', seconds: 120, needs: PHASE },
  OpenRestore: { file: 'roll-back/open-restore', seconds: 120, needs: PHASE },
  FetchBackup: { file: 'roll-back/fetch-backup', seconds: 120, needs: [...PHASE, 'read-backup', 'get-backup', 'signing-public-key'] },
  ConcludeNode: { file: 'roll-back/conclude-node', seconds: 30, needs: [] },
  HandOverNode: { file: 'roll-back/hand-over-node', seconds: 60, needs: ['read-cluster', 'write-timeline', 'observe-nodes'] },
  ConcludeRollBack: {
    file: 'roll-back/conclude-roll-back',
    seconds: 60,
    needs: [
      'read-cluster',
      'read-deployment',
      'write-deployment',
      'read-backup',
      'write-timeline',
      'read-evidence',
      'write-evidence',
      'announce',
    ],
  },
  WriteReport: {
    file: 'report/write-report',
    seconds: 60,
    needs: [
      'read-cluster',
      'read-deployment',
      'read-backup',
      'read-timeline',
      'write-timeline',
      'read-evidence',
      'write-evidence',
      'announce',
    ],
  },
});

export type FunctionName = keyof typeof FUNCTIONS;
