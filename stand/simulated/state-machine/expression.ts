/** JSONata in a state machine: every text of the form `{% … %}` is an expression, everything else stands for itself. */
import jsonata from 'jsonata';
import { StateFailure } from './failure.ts';

/** What an expression sees as `$states`. */
export interface Sight {
  readonly input: unknown;
  readonly context: unknown;
  readonly result?: unknown;
  readonly errorOutput?: unknown;
}

const compiled = new Map<string, ReturnType<typeof jsonata>>();

/** Fills a template in. An expression that gives nothing is an error, as in Step Functions. */
export async function evaluate(template: unknown, states: Sight): Promise<unknown> {
  if (typeof template === 'string') {
    const [, source] = /^\{%([\s\S]*)%\}$/.exec(template) ?? [];
    return source === undefined ? template : ask(source, states);
  }
  if (Array.isArray(template)) return Promise.all(template.map((item) => evaluate(item, states)));
  if (typeof template !== 'object' || template === null) return template;
  const filled: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(template)) filled[name] = await evaluate(value, states);
  return filled;
}

async function ask(source: string, states: Sight): Promise<unknown> {
  let expression = compiled.get(source);
  if (!expression) {
    expression = jsonata(source);
    compiled.set(source, expression);
  }
  let answer: unknown;
  try {
    answer = await expression.evaluate({}, { states });
  } catch (error) {
    throw new StateFailure('States.QueryEvaluationError', `${source.trim()}: ${String((error as Error).message)}`);
  }
  if (answer === undefined) throw new StateFailure('States.QueryEvaluationError', `${source.trim()} returned nothing (undefined)`);
  return plain(answer);
}

/** JSONata's sequences are arrays with marks of its own on them; between states there is JSON. */
const plain = (value: unknown): unknown => (typeof value === 'object' && value !== null ? JSON.parse(JSON.stringify(value)) : value);
