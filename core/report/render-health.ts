/** The health checks of a deployment: how each was before, how it is, and what it said last. */
import type { HealthResult } from '../health/judge-health.ts';
import { type Html, html } from './html.ts';
import type { Report } from './model.ts';
import { moment } from './words.ts';

const TONES: Readonly<Record<HealthResult['outcome'], string>> = { passed: 'good', failed: 'bad', unknown: 'wait' };

/** Null where no health check is registered. */
export function renderHealth({ verifications }: Report): Html | null {
  const standing = verifications
    .filter((one) => one.moment === 'deployed' && one.health !== undefined)
    .toSorted((a, b) => a.window - b.window)
    .at(-1)?.health;
  if (!standing || standing.results.length === 0) return null;
  const lines = standing.results.map(
    (one) =>
      html`<p><span class="word ${TONES[one.outcome]}">${one.outcome}</span> <strong>${one.check}</strong> <span class="soft">${one.kind}${one.weight === 0 ? ', informs only' : ''}</span> ${one.observed}
${one.unusual !== undefined && html`<br><strong>Unusual:</strong> ${one.unusual}`}<br><span class="soft">before: ${one.before} · ${one.runs === 0 ? 'not run' : `${one.failures} of ${one.runs} runs failed`}${one.since !== null && html` · ${one.outcome} since ${moment(one.since)}`}</span></p>`,
  );
  return html`<section aria-labelledby="health"><h2 id="health">Health checks</h2>
<p>${Math.round(standing.score * 100)} % of their weight is well; ${Math.round(standing.leastScore * 100)} % is needed to keep a deployment. A check that failed before is not counted.</p>
<div class="card">${lines}</div></section>`;
}
