/** What a person was asked before the verdict: who answered, when and why, or that nobody did. */
import type { Asked } from '../decision-point/point.ts';
import { type Html, html } from './html.ts';
import type { Report } from './model.ts';
import { moment } from './words.ts';

/** Lines for a terminal: the question, its deadline, and the answer. */
export function askedInWords({ question, askedAt, dueAt, default: otherwise, nodes, answer }: Asked): string[] {
  const back = nodes.length > 0 ? `roll-back would take back ${nodes.join(', ')}` : 'roll-back was no possible answer';
  return [
    `Asked at ${moment(askedAt)}, until ${moment(dueAt)} (then: ${otherwise}; ${back}): ${question}`,
    answer === null
      ? 'Evidence decided before anybody answered.'
      : `Answered ${answer.answer} by ${answer.by ?? 'nobody'} at ${moment(answer.at)}: ${answer.reason}`,
  ];
}

/** Null where nobody was asked. */
export function renderAsked({ verdict }: Report): Html | null {
  if (!verdict.asked) return null;
  const lines = askedInWords(verdict.asked).map((line) => html`<p>${line}</p>`);
  return html`<section aria-labelledby="asked"><h2 id="asked">Decision point</h2><div class="card">${lines}</div></section>`;
}
