/**
 * Static rules for the state machines: what must hold before one is deployed, since neither AWS nor a local
 * engine refuses all of it. Pure: a definition in, problems out.
 */
import validate from 'asl-validator';
import jsonata from 'jsonata';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Fields = { readonly [key: string]: Json };

/** States with the names of the machines around them, so that a problem says where it is. */
interface Located {
  readonly where: string;
  readonly state: Fields;
}

const isFields = (value: Json | undefined): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const isFilled = (value: Json | undefined): boolean => typeof value === 'string' && value.trim() !== '';

/** What the local engine ignores without a word: a definition that relies on it would be tested as something else. */
const IGNORED_LOCALLY = ['ItemBatcher', 'ResultWriter'];

/**
 * Problems of one definition, each with the state's name. `definition` is the parsed ASL file, `placeholders`
 * still in it. The rules are those of docs/decisions and of the Amazon States Language.
 */
export function judgeStateMachine(definition: unknown): string[] {
  const machine = definition as Fields;
  const problems: string[] = [];
  if (machine.QueryLanguage !== 'JSONata') problems.push('QueryLanguage is not "JSONata"');
  if (!isFilled(machine.Comment)) problems.push('Comment is missing: say in one sentence what this machine is for');
  // The validator writes into what it is given, and knows nothing of placeholders, hence the stand-in for ARNs.
  const copy = JSON.parse(
    JSON.stringify(machine).replaceAll(/"\$\{\w+\}"/g, '"arn:aws:lambda:us-east-1:123456789012:function:name"'),
  ) as object;
  const { isValid, errorsText } = validate(copy, { checkPaths: true, checkArn: true });
  if (!isValid) problems.push(`not valid: ${errorsText('; ')}`);
  judgeMachine(machine, Number(machine.TimeoutSeconds), '', problems);
  judgeExpressions(machine, '', problems);
  return problems;
}

/** Names of the `${…}` placeholders of a definition's text. */
export function placeholdersIn(text: string): string[] {
  return [...new Set([...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name as string))].sort();
}

/** A machine, a branch or an item processor: its states must be complete and each be reachable. `longest`: the outermost one's time-out, seconds. */
function judgeMachine(machine: Fields, longest: number, prefix: string, problems: string[]): void {
  const states = isFields(machine.States) ? machine.States : {};
  const reached = new Set<string>();
  const open = typeof machine.StartAt === 'string' ? [machine.StartAt] : [];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    open.push(...nextOf(states[name]));
  }
  for (const [name, state] of Object.entries(states)) {
    const where = prefix + name;
    if (!isFields(state)) continue;
    if (!reached.has(name)) problems.push(`${where}: no state leads here`);
    judgeState({ where, state }, longest, problems);
    for (const [at, inner] of innerMachines(state)) judgeMachine(inner, longest, `${where}${at} › `, problems);
  }
}

/** Names of the states that can follow. */
function nextOf(state: Json | undefined): string[] {
  if (!isFields(state)) return [];
  const branches = [state, ...list(state.Choices), ...list(state.Catch)];
  return [...branches.map((branch) => branch.Next), state.Default].filter((name): name is string => typeof name === 'string');
}

/** Every state of a definition, those of inner machines too. */
export function statesOf(definition: unknown, prefix = ''): Located[] {
  const { States } = definition as Fields;
  return Object.entries(isFields(States) ? States : {}).flatMap(([name, state]) =>
    isFields(state)
      ? [{ where: prefix + name, state }, ...innerMachines(state).flatMap(([at, inner]) => statesOf(inner, `${prefix}${name}${at} › `))]
      : [],
  );
}

const list = (value: Json | undefined): Fields[] => (Array.isArray(value) ? value.filter(isFields) : []);

function innerMachines(state: Fields): [string, Fields][] {
  const branches: [string, Fields][] = list(state.Branches).map((branch, index) => [`[${index}]`, branch]);
  return isFields(state.ItemProcessor) ? [...branches, ['', state.ItemProcessor]] : branches;
}

function judgeState({ where, state }: Located, longest: number, problems: string[]): void {
  const say = (problem: string): void => void problems.push(`${where}: ${problem}`);
  if (state.Type === 'Task') {
    if (state.TimeoutSeconds === undefined) say('a Task without TimeoutSeconds may wait for a year');
    judgeRetry(state, say);
    judgeHanging(state, longest, say);
  }
  // A Map or Parallel inside another is caught there; a Task is caught where it stands, since only there its node is known.
  const isOutermost = !where.includes(' › ');
  if (state.Type === 'Task' || (isOutermost && (state.Type === 'Map' || state.Type === 'Parallel'))) {
    const catches = list(state.Catch);
    if (catches.length === 0) say(`a ${state.Type} without Catch ends the execution without a word`);
    else if (!catches.some((one) => Array.isArray(one.ErrorEquals) && one.ErrorEquals.includes('States.ALL')))
      say('no Catch takes States.ALL');
  }
  if (state.Type === 'Fail') {
    if (!isFilled(state.Error)) say('a Fail without Error');
    if (!isFilled(state.Cause)) say('a Fail without Cause');
  }
  if (state.Type === 'Choice' && typeof state.Default !== 'string') say('a Choice without Default fails with States.NoChoiceMatched');
  for (const field of IGNORED_LOCALLY)
    if (state[field] !== undefined) say(`${field} is ignored by the local engine, so no test here can see it work`);
  if (state.QueryLanguage === 'JSONPath') say('QueryLanguage is JSONPath');
  if (state.ItemSelector !== undefined) judgeItemSelector(state.ItemSelector, say);
}

/** An engine need not take one expression for the whole selector; and what stands in the item is read from the item. */
function judgeItemSelector(selector: Json, say: (problem: string) => void): void {
  if (!isFields(selector)) {
    say('ItemSelector is no object');
    return;
  }
  const ofItem = Object.keys(selector).filter((key) => JSON.stringify(selector[key]).includes('$states.context.Map.Item.Value'));
  if (ofItem.length > 1) say(`ItemSelector carries the item more than once: ${ofItem.join(', ')}`);
}

function judgeRetry(state: Fields, say: (problem: string) => void): void {
  const retries = list(state.Retry);
  if (retries.length === 0) say('a Task without Retry fails at the first hiccup');
  for (const retry of retries) {
    const errors = Array.isArray(retry.ErrorEquals) ? retry.ErrorEquals : [];
    if (errors.includes('States.ALL') && retries.length > 1 && retry !== retries.at(-1))
      say('a Retry of States.ALL before another hides it');
  }
}

/**
 * A task that hangs must reach its own Catch before the machine's time-out ends everything without a word: all its
 * attempts and the waits between them have to fit in.
 */
function judgeHanging(state: Fields, longest: number, say: (problem: string) => void): void {
  const hanging = Number(state.TimeoutSeconds) + secondsOfRetries(state);
  if (hanging > longest) say(`when it hangs, its attempts take ${Math.round(hanging)} s, longer than the machine may (${longest} s)`);
}

/** Seconds of further attempts that each end in the state's time-out. */
function secondsOfRetries(state: Fields): number {
  let seconds = 0;
  for (const retry of list(state.Retry)) {
    const errors = Array.isArray(retry.ErrorEquals) ? retry.ErrorEquals : [];
    if (!['States.Timeout', 'States.ALL'].some((error) => errors.includes(error))) continue;
    // The defaults of the States Language: 3 attempts, after 1 s, each wait twice the one before.
    const { IntervalSeconds = 1, MaxAttempts = 3, BackoffRate = 2, MaxDelaySeconds = Number.POSITIVE_INFINITY } = retry;
    for (let attempt = 0; attempt < Number(MaxAttempts); attempt += 1)
      seconds += Number(state.TimeoutSeconds) + Math.min(Number(IntervalSeconds) * Number(BackoffRate) ** attempt, Number(MaxDelaySeconds));
  }
  return seconds;
}

/** Every `{% … %}` must parse: an engine finds out at run time only. */
function judgeExpressions(value: Json, where: string, problems: string[]): void {
  if (typeof value === 'string') {
    const expression = /^\{%([\s\S]*)%\}$/.exec(value.trim())?.[1];
    if (expression === undefined) {
      if (value.includes('{%')) problems.push(`${where}: an expression must be the whole string: ${value}`);
      return;
    }
    try {
      jsonata(expression.replaceAll(/\$\{\w+\}/g, 'placeholder'));
    } catch (error) {
      problems.push(`${where}: ${(error as Error).message} in ${value}`);
    }
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) judgeExpressions(inner as Json, where === '' ? key : `${where}.${key}`, problems);
}
