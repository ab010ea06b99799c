/** Conditions and transactions as DynamoDB writes them. */
import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import type { Condition, Operation } from '../../core/quorum/store.ts';

type Values = Record<string, unknown>;
type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

interface Expression {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Values;
}

/** One operation as an item of TransactWriteItems. */
export function writeOf({ key, put, condition }: Operation, table: string): Write {
  const expression = expressionOf(condition, Object.keys(key)[0] ?? '');
  if (put) return { Put: { TableName: table, Item: { ...put, ...key }, ...expression } };
  if (!expression) throw new TypeError('an operation that neither writes nor checks');
  return { ConditionCheck: { TableName: table, Key: { ...key }, ...expression } };
}

function expressionOf({ absent, equals, differs }: Condition, partition: string): Expression | null {
  const names: Record<string, string> = {};
  const values: Values = {};
  const path = (dotted: string): string =>
    dotted
      .split('.')
      .map((step) => {
        names[`#${step}`] = step;
        return `#${step}`;
      })
      .join('.');
  const value = (of: number | string): string => {
    const name = `:v${Object.keys(values).length}`;
    values[name] = of;
    return name;
  };
  const terms = [
    ...(absent ? [`attribute_not_exists(${path(partition)})`] : []),
    ...Object.entries(equals ?? {}).map(([of, wanted]) => `${path(of)} = ${value(wanted)}`),
    ...Object.entries(differs ?? {}).map(([of, other]) => `(attribute_not_exists(${path(of)}) OR ${path(of)} <> ${value(other)})`),
  ];
  if (terms.length === 0) return null;
  return {
    ConditionExpression: terms.join(' AND '),
    ExpressionAttributeNames: names,
    ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
  };
}
