/** How question and answer are stored: under the epoch that asks, and the condition of each write. */
import { partitionOfEpoch } from '../quorum/epoch-record.ts';
import type { Operation, StoreKey } from '../quorum/store.ts';
import type { Answer, DecisionPoint } from './point.ts';

export interface OfEpoch {
  readonly cluster: string;
  readonly deployment: string;
  readonly epoch: number;
}

/** Start of the sort keys of a decision point. */
export const POINT = 'point#';
export const pointKey = (of: OfEpoch): StoreKey => ({ of: partitionOfEpoch(of), entry: `${POINT}asked` });
export const answerKey = (of: OfEpoch): StoreKey => ({ of: partitionOfEpoch(of), entry: `${POINT}answered` });

/** While this epoch holds the deployment, and has no verdict. */
const undecided = ({ cluster, deployment, epoch }: OfEpoch): Operation => ({
  table: 'deployments',
  key: { cluster, deployment },
  condition: { equals: { epoch }, differs: { 'verdict.epoch': epoch } },
});

/** Once an epoch. */
export const transactionOfPoint = (of: OfEpoch, point: DecisionPoint): Operation[] => [
  { table: 'decisions', key: pointKey(of), put: { point }, condition: { absent: true } },
  undecided(of),
];

/** Once a question, and only where one was asked. */
export const transactionOfAnswer = (of: OfEpoch, answer: Answer): Operation[] => [
  { table: 'decisions', key: answerKey(of), put: { answer }, condition: { absent: true } },
  { table: 'decisions', key: pointKey(of), condition: { equals: { 'point.epoch': of.epoch } } },
  undecided(of),
];
