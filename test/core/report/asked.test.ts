import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Asked } from '../../../core/decision-point/point.ts';
import { Report } from '../../../core/report/model.ts';
import { renderHtml } from '../../../core/report/render-html.ts';
import { summarise } from '../../../core/report/summarise.ts';

const stored = Report.parse(JSON.parse(readFileSync(new URL('../../fixtures/reports/rolled-back-other-ca.json', import.meta.url), 'utf8')));
const asked: Asked = {
  about: 'one-kind',
  question: 'Only the vantage point "client" shows it.',
  askedAt: Date.UTC(2026, 10, 24, 3, 0, 0),
  dueAt: Date.UTC(2026, 10, 24, 3, 10, 0),
  default: 'hold',
  nodes: ['i-1'],
  answer: { answer: 'roll-back', by: 'ada@desk', reason: 'clients <b>fail</b>', at: Date.UTC(2026, 10, 24, 3, 4, 0) },
};
const reportOf = (one: Asked) => Report.parse({ ...stored, verdict: { ...stored.verdict, asked: one } });
const both = (one: Asked): string[] => [renderHtml(reportOf(one)), summarise(reportOf(one)).join('\n')];

test('page and terminal tell what was asked, until when, who answered, when and why', () => {
  for (const text of both(asked)) {
    expect(text).toContain('Asked at 2026-11-24 03:00:00Z, until 2026-11-24 03:10:00Z (then: hold; roll-back would take back i-1)');
    expect(text).toMatch(/Answered roll-back by ada@desk at 2026-11-24 03:04:00Z: clients (<b>|&#60;b&#62;)fail/);
  }
  expect(renderHtml(reportOf(asked))).not.toContain('<b>fail');
});

test('that nobody answered, and that evidence came first, is told too; who was not asked has no word of it', () => {
  const nobody = { answer: 'hold' as const, by: null, reason: 'nobody answered by then', at: asked.dueAt };
  for (const text of both({ ...asked, nodes: [], answer: nobody })) {
    expect(text).toContain('roll-back was no possible answer');
    expect(text).toContain('Answered hold by nobody at 2026-11-24 03:10:00Z');
  }
  for (const text of both({ ...asked, answer: null })) expect(text).toContain('Evidence decided before anybody answered.');
  expect(renderHtml(stored)).not.toContain('Decision point');
});
