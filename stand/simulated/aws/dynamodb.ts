/** DynamoDB in memory, as its document client sees it: conditional writes, transactions, queries by partition and sort key. */
import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { type Expressed, holds } from './condition.ts';
import { noAnswer } from './no-answer.ts';

export type Item = Record<string, unknown>;
/** Items by their key, the key as one text. */
export type Tables = Map<string, Map<string, Item>>;

/** Partition and sort key of each table, by the name that the simulated stack gives it. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  Clusters: ['cluster'],
  Deployments: ['cluster', 'deployment'],
  Decisions: ['of', 'entry'],
  Breakers: ['cluster', 'source'],
  Timeline: ['of', 'entry'],
  Backups: ['of', 'node'],
  Baselines: ['of', 'entry'],
  NodeCommands: ['of', 'request'],
  KeptArtifacts: ['environment', 'shape'],
};

export const TABLE_NAMES: readonly string[] = Object.keys(KEYS);

interface Write extends Expressed {
  readonly TableName?: string;
  readonly Item?: Item;
  readonly Key?: Item;
  readonly ConditionExpression?: string;
}

interface Asked extends Write {
  readonly KeyConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly Limit?: number;
  readonly TransactItems?: readonly Readonly<Record<string, Write>>[];
}

/** Carries one command out. Throws the SDK's own exceptions. */
export function dynamodb(tables: Tables, command: string, asked: Asked): unknown {
  switch (command) {
    case 'GetCommand':
      return { Item: copy(row(tables, asked)) };
    case 'PutCommand':
      require(tables, asked);
      return put(tables, asked);
    case 'DeleteCommand':
      require(tables, asked);
      tableOf(tables, asked).delete(keyOf(asked));
      return {};
    case 'UpdateCommand':
      require(tables, asked);
      return { Attributes: copy(update(tables, asked)) };
    case 'QueryCommand':
      return {
        Items: sorted(
          asked,
          rows(tables, asked).filter((item) => holds(asked.KeyConditionExpression ?? '', asked, item)),
        ),
      };
    case 'ScanCommand':
      return { Items: sorted(asked, rows(tables, asked)).slice(0, asked.Limit) };
    case 'TransactWriteCommand':
      return transact(tables, asked.TransactItems ?? []);
    default:
      throw new Error(`DynamoDB's ${command} is not simulated`);
  }
}

function transact(tables: Tables, items: readonly Readonly<Record<string, Write>>[]): unknown {
  const writes = items.flatMap((item) => Object.entries(item));
  const failed = writes.map(([, write]) => !conditionHolds(tables, write));
  if (failed.includes(true))
    throw new TransactionCanceledException({
      message: 'Transaction cancelled',
      CancellationReasons: failed.map((one) => ({ Code: one ? 'ConditionalCheckFailed' : 'None' })),
      ...noAnswer(400),
    });
  for (const [kind, write] of writes) {
    if (kind === 'Put') put(tables, write);
    else if (kind !== 'ConditionCheck') throw new Error(`a transaction's ${kind} is not simulated`);
  }
  return {};
}

function tableOf(tables: Tables, { TableName = '' }: Write): Map<string, Item> {
  const table = tables.get(TableName);
  if (!table) throw new Error(`there is no table ${TableName}`);
  return table;
}

const keysOf = ({ TableName = '' }: Write): string[] => [...(KEYS[TableName] ?? [])];
const keyOf = (write: Write): string => JSON.stringify(keysOf(write).map((key) => (write.Key ?? write.Item)?.[key]));
const row = (tables: Tables, write: Write): Item | undefined => tableOf(tables, write).get(keyOf(write));
const rows = (tables: Tables, asked: Asked): Item[] => [...tableOf(tables, asked).values()].map((item) => copy(item));
/** Through JSON, as the document client leaves out what is undefined. */
const copy = <T>(value: T): T => (value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T));

function sorted(asked: Asked, items: Item[]): Item[] {
  const sortKey = keysOf(asked).at(-1) ?? '';
  return items.toSorted((a, b) => (String(a[sortKey]) < String(b[sortKey]) ? -1 : 1));
}

const conditionHolds = (tables: Tables, write: Write): boolean =>
  write.ConditionExpression === undefined || holds(write.ConditionExpression, write, row(tables, write));

function require(tables: Tables, write: Write): void {
  if (!conditionHolds(tables, write))
    throw new ConditionalCheckFailedException({ message: 'The conditional request failed', ...noAnswer(400) });
}

function put(tables: Tables, write: Write): unknown {
  tableOf(tables, write).set(keyOf(write), copy(write.Item ?? {}));
  return {};
}

/** `SET a = :a, b = :b` and `ADD a :a`: no other form is written. */
function update(tables: Tables, asked: Asked): Item {
  const { UpdateExpression = '', ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} } = asked;
  const item: Item = { ...asked.Key, ...row(tables, asked) };
  const nameOf = (word: string): string => names[word] ?? word;
  const [, verb, rest = ''] = /^(SET|ADD) (.+)$/.exec(UpdateExpression) ?? [];
  for (const part of rest.split(',')) {
    const [, name = '', value = ''] = /^\s*([#\w]+)(?: = | )(:\w+)\s*$/.exec(part) ?? [];
    if (verb === 'SET' && value !== '') item[nameOf(name)] = copy(values[value]);
    else if (verb === 'ADD' && value !== '') item[nameOf(name)] = Number(item[nameOf(name)] ?? 0) + Number(values[value]);
    else throw new Error(`the update "${UpdateExpression}" is not simulated`);
  }
  tableOf(tables, asked).set(keyOf(asked), item);
  return item;
}
