/** The tests that a test file names, read from its syntax: nothing is run. */
import { posix } from 'node:path';
import ts from 'typescript';

export interface NamedTest {
  /** Title as written; `…` stands for what is only known at run time. */
  readonly title: string;
  /** It, or a describe around it, is skipped, left to do, or runs under a condition. */
  readonly skipped: boolean;
}

const NOT_RUN = ['skip', 'todo', 'skipIf', 'runIf'];

/** Tests of a file in order. */
export function testsIn(path: string, text: string): NamedTest[] {
  const tests: NamedTest[] = [];
  const visit = (node: ts.Node, skipped: boolean): void => {
    const call = ts.isCallExpression(node) ? calleeOf(node.expression) : null;
    const notRun = skipped || (call?.modifiers.some((modifier) => NOT_RUN.includes(modifier)) ?? false);
    if (call !== null && call.root !== 'describe' && ts.isCallExpression(node)) {
      const title = titleOf(node.arguments[0]);
      if (title !== null) tests.push({ title, skipped: notRun });
    }
    ts.forEachChild(node, (child) => visit(child, call === null ? skipped : notRun));
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest), false);
  return tests;
}

/** The text of a test file and of what it imports from the project: a table that fills titles may stand in either. */
export function withTables(path: string, read: (path: string) => string): string {
  const text = read(path);
  const imported = [...text.matchAll(/from '(\.[^']+\.ts)'/g)].map(([, from = '']) => read(posix.join(posix.dirname(path), from)));
  return [text, ...imported].join('\n');
}

/** Does this title, written in a document, name that test of a file with this text? What fills a `…` must stand in the file, so that a row that was taken out of a table is missed. */
export function isTitle(written: string, test: NamedTest, text: string): boolean {
  if (!test.title.includes('…')) return written === test.title;
  const pattern = test.title.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const filled = new RegExp(`^${pattern.join('(.+)')}$`).exec(written)?.slice(1);
  return filled?.every((part) => text.includes(part)) ?? false;
}

/** `test.each(table)` and `describe.skip` as root and modifiers. */
function calleeOf(expression: ts.Expression): { readonly root: string; readonly modifiers: readonly string[] } | null {
  if (ts.isIdentifier(expression))
    return ['test', 'it', 'describe'].includes(expression.text) ? { root: expression.text, modifiers: [] } : null;
  if (ts.isPropertyAccessExpression(expression)) {
    const inner = calleeOf(expression.expression);
    return inner === null ? null : { ...inner, modifiers: [...inner.modifiers, expression.name.text] };
  }
  return ts.isCallExpression(expression)
    ? calleeOf(expression.expression)
    : ts.isTaggedTemplateExpression(expression)
      ? calleeOf(expression.tag)
      : null;
}

function titleOf(argument: ts.Expression | undefined): string | null {
  if (argument === undefined) return null;
  // printf-like fields of test.each are filled in at run time.
  if (ts.isStringLiteralLike(argument)) return argument.text.replaceAll(/%[sdifjo#$]|\$[\w.]+/g, '…');
  return ts.isTemplateExpression(argument)
    ? argument.head.text + argument.templateSpans.map((span) => `…${span.literal.text}`).join('')
    : null;
}
