/** The condition expressions of DynamoDB that Ringward writes: comparisons, attribute_not_exists, begins_with, AND, OR, parentheses. */

type Item = Readonly<Record<string, unknown>>;

export interface Expressed {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>> | undefined;
}

const TOKEN = /\s*(\(|\)|<=|>=|<>|=|<|>|,|AND\b|OR\b|NOT\b|[#:A-Za-z_][\w.#]*)/y;

/** Does the condition hold for the item (`undefined`: there is none)? Throws for a form that is not simulated. */
export function holds(condition: string, expressed: Expressed, item: Item | undefined): boolean {
  const tokens = tokensOf(condition);
  const names = expressed.ExpressionAttributeNames ?? {};
  const values = expressed.ExpressionAttributeValues ?? {};
  const take = (wanted?: string): string => {
    const token = tokens.shift() ?? '';
    if (wanted !== undefined && token !== wanted) throw new Error(`condition "${condition}": ${wanted} was expected, not "${token}"`);
    return token;
  };
  const at = (path: string): unknown =>
    path.split('.').reduce<unknown>((here, step) => (here as Item | undefined)?.[step.startsWith('#') ? (names[step] ?? '') : step], item);
  const operand = (token: string): unknown => (token.startsWith(':') ? values[token] : at(token));

  function either(): boolean {
    let held = both();
    while (tokens[0] === 'OR') {
      take();
      const other = both();
      held = held || other;
    }
    return held;
  }
  function both(): boolean {
    let held = one();
    while (tokens[0] === 'AND') {
      take();
      const other = one();
      held = held && other;
    }
    return held;
  }
  function one(): boolean {
    const token = take();
    if (token === '(') {
      const held = either();
      take(')');
      return held;
    }
    if (tokens[0] === '(') return called(token);
    const [operator, left, right] = [take(), operand(token), operand(take())];
    return compared(operator, left, right);
  }
  function afterComma(): string {
    take(',');
    return take();
  }
  function called(name: string): boolean {
    take('(');
    const path = take();
    const more = tokens[0] === ',' ? operand(afterComma()) : undefined;
    take(')');
    if (name === 'attribute_not_exists') return at(path) === undefined;
    if (name === 'attribute_exists') return at(path) !== undefined;
    if (name === 'begins_with') return String(at(path)).startsWith(String(more));
    throw new Error(`condition "${condition}": ${name} is not simulated`);
  }
  const held = either();
  if (tokens.length > 0) throw new Error(`condition "${condition}": "${tokens.join(' ')}" is left over`);
  return held;
}

function tokensOf(condition: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < condition.trimEnd().length) {
    const found = TOKEN.exec(condition);
    if (!found?.[1]) throw new Error(`condition "${condition}" is not simulated`);
    tokens.push(found[1]);
  }
  return tokens;
}

function compared(operator: string, left: unknown, right: unknown): boolean {
  // What is not there compares with nothing.
  if (left === undefined || right === undefined) return operator === '<>' && left !== right;
  const [a, b] = [left as number | string, right as number | string];
  switch (operator) {
    case '=':
      return a === b;
    case '<>':
      return a !== b;
    case '<=':
      return a <= b;
    case '>=':
      return a >= b;
    case '<':
      return a < b;
    case '>':
      return a > b;
    default:
      throw new Error(`the operator ${operator} is not simulated`);
  }
}
