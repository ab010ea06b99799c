/** The document client, and the few calls that every table needs. */
import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';

const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}), { marshallOptions: { removeUndefinedValues: true } });

type Key = Readonly<Record<string, string>>;
type Item = Record<string, unknown>;

/** Reads one item, strongly consistent; `undefined` when there is none. */
export async function getItem(table: string, key: Key): Promise<Item | undefined> {
  return (await documents.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: true }))).Item;
}

/** Writes one item, whatever was there. */
export async function putItem(table: string, item: Item): Promise<void> {
  await documents.send(new PutCommand({ TableName: table, Item: item }));
}

/** Writes one item if `condition` holds; `false` when it does not. */
export async function putItemIf(
  table: string,
  item: Item,
  condition: string,
  values: Item = {},
  names: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  return conditionally(() =>
    documents.send(
      new PutCommand({
        TableName: table,
        Item: item,
        ConditionExpression: condition,
        ...(Object.keys(values).length ? { ExpressionAttributeValues: values } : {}),
        ...(Object.keys(names).length ? { ExpressionAttributeNames: names } : {}),
      }),
    ),
  );
}

/** Updates one item; gives its new attributes, or `undefined` when the condition does not hold. */
export async function updateItem(input: UpdateCommandInput): Promise<Item | undefined> {
  try {
    return (await documents.send(new UpdateCommand({ ReturnValues: 'ALL_NEW', ...input }))).Attributes ?? {};
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

export async function deleteItem(table: string, key: Key): Promise<void> {
  await documents.send(new DeleteCommand({ TableName: table, Key: key }));
}

/** Writes all of it or nothing; throws TransactionCanceledException where a condition does not hold. */
export async function transact(items: NonNullable<TransactWriteCommandInput['TransactItems']>): Promise<void> {
  await documents.send(new TransactWriteCommand({ TransactItems: items }));
}

interface KeyPart {
  readonly name: string;
  readonly value: string;
}

/** All items of one partition, in sort-key order; `since`: only those at or after a sort key; `startsWith`: only those whose sort key does. */
export async function queryItems(
  table: string,
  partition: KeyPart,
  { since, startsWith }: { readonly since?: KeyPart; readonly startsWith?: KeyPart } = {},
): Promise<Item[]> {
  const sort = since ?? startsWith;
  const condition = since ? ' AND #s >= :s' : startsWith ? ' AND begins_with(#s, :s)' : '';
  const items: Item[] = [];
  let from: Item | undefined;
  do {
    const page = await documents.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: `#p = :p${condition}`,
        ExpressionAttributeNames: { '#p': partition.name, ...(sort ? { '#s': sort.name } : {}) },
        ExpressionAttributeValues: { ':p': partition.value, ...(sort ? { ':s': sort.value } : {}) },
        ConsistentRead: true,
        ...(from ? { ExclusiveStartKey: from } : {}),
      }),
    );
    items.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey;
  } while (from);
  return items;
}

/** Every item of a small table (clusters). */
export async function scanItems(table: string): Promise<Item[]> {
  const items: Item[] = [];
  let from: Item | undefined;
  do {
    const page = await documents.send(
      new ScanCommand({ TableName: table, ConsistentRead: true, ...(from ? { ExclusiveStartKey: from } : {}) }),
    );
    items.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey;
  } while (from);
  return items;
}

async function conditionally(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** Reads at most one item, to see that the table can be read at all. */
export async function touchTable(table: string): Promise<void> {
  await documents.send(new ScanCommand({ TableName: table, Limit: 1 }));
}
