/** One self-contained page: nothing is loaded, no script runs, every value is escaped. */
import { Html, html } from './html.ts';
import type { Report, ReportedNode } from './model.ts';
import { renderNotices, renderProfile } from './profile-told.ts';
import { renderAsked } from './render-asked.ts';
import { renderChecks } from './render-checks.ts';
import { renderHealth } from './render-health.ts';
import { STYLE } from './style.ts';
import { actOrSleep, duration, grouped, iso, moment, NODE_OUTCOME_WORDS, OUTCOME_WORDS, relative } from './words.ts';

/** The whole document, as text. */
export function renderHtml(report: Report): string {
  const tone = toneOf(report.outcome);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${report.cluster} · ${report.deployment} · ${report.outcome}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<main>
<p class="soft">Certificate deployment <strong>${report.deployment}</strong> on <strong>${report.cluster}</strong> (${report.environment})</p>
<section class="verdict ${tone}" aria-labelledby="verdict">
<span class="act">${actOrSleep(report.outcome)}</span>
<h1 id="verdict">${OUTCOME_WORDS[report.outcome]}</h1>
<p>${report.verdict.reason}</p>
<p><strong>Next step:</strong> ${report.nextStep}</p>
${renderNotices(report)}
</section>
${renderFacts(report)}
${renderAsked(report)}
<section aria-labelledby="nodes"><h2 id="nodes">Fingerprints of each node</h2>
<p class="soft">SHA-256 of the leaf; groups that differ from before are marked. For a file that does not load, the file’s hash.</p>
${report.nodes.map(renderNode)}</section>
${renderPlan(report)}
<section aria-labelledby="checks"><h2 id="checks">Checks</h2>${renderProfile(report)}${renderChecks(report)}</section>
${renderHealth(report)}
${renderTimeline(report)}
<p class="soft">Reported ${iso(report.reportedAt)} · schema ${report.schema} · epoch ${report.epoch}</p>
</main>
</body>
</html>
`;
  return page.text;
}

function toneOf(outcome: Report['outcome']): 'good' | 'wait' | 'bad' {
  if (outcome === 'kept' || outcome === 'rolled-back') return 'good';
  return outcome === 'held' ? 'wait' : 'bad';
}

function renderFacts(report: Report): Html {
  const facts: readonly (readonly [string, string])[] = [
    ['Verdict', report.verdict.verdict],
    ['Seen from', report.verdict.vantagePoints.join(', ') || 'no vantage point'],
    ['Decided after', duration(report.detectMs)],
    ['Rolled back and proven after', report.rollbackMs === null ? 'no rollback' : duration(report.rollbackMs)],
    ['Change', report.change],
    ['Activation', report.activation],
    ['Requested by', report.requestedBy],
    ['Started', report.startedAt === null ? 'no starting event' : moment(report.startedAt)],
    ['Completed', moment(report.completedAt)],
  ];
  return html`<dl>${facts.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function renderNode(node: ReportedNode): Html {
  const tone = node.outcome === 'handed-over' ? 'bad' : node.outcome === 'unknown' ? 'wait' : 'good';
  const way =
    node.way === undefined
      ? ''
      : `${node.way === 'hot' ? 'hot way' : 'by restart'}${node.rollbackMs === undefined ? '' : `, ${duration(node.rollbackMs)}`}`;
  return html`<article class="card"><h3>${node.node} <span class="soft">${node.address}</span> <span class="word ${tone}">${NODE_OUTCOME_WORDS[node.outcome]}</span></h3>
<div class="table"><table><tbody>
${renderFingerprint('before', node.before, null)}${renderFingerprint('deployed', node.deployed, node.before)}${renderFingerprint('now served', node.after, node.before)}
</tbody></table></div>
${way !== '' && html`<p><strong>${way}</strong></p>`}${node.why === undefined ? null : html`<p>${node.why}</p>`}
${node.backupId !== undefined && html`<p class="soft">Backup ${node.backupId} (${node.backupStatus ?? 'unknown'}${node.backupVersion === undefined ? '' : `, version ${node.backupVersion}`})</p>`}</article>`;
}

/** Each group of four digits is marked when it differs from the leaf of before: what went back is plain. */
function renderFingerprint(label: string, fingerprint: string | null, before: string | null): Html {
  if (fingerprint === null) return html`<tr><th scope="row">${label}</th><td>unknown</td></tr>`;
  const groups = grouped(fingerprint).split(' ');
  const others = before === null ? null : grouped(before).split(' ');
  const shown = groups.map((group, i) => (others && others[i] !== group ? html`<mark>${group}</mark> ` : html`${group} `));
  const word = others === null ? '' : fingerprint === before ? 'same as before' : 'differs from before';
  return html`<tr><th scope="row">${label}</th><td class="print">SHA256: ${shown}${word !== '' && html`<span class="soft">(${word})</span>`}</td></tr>`;
}

function renderPlan(report: Report): Html | null {
  const { plan } = report;
  if (!plan) return null;
  const rows = [...plan.hot, ...plan.restart].map(
    (node, i) =>
      html`<tr><td class="when">${i + 1}</td><td class="when">${node.node}</td><td class="when">${node.way === 'hot' ? 'hot' : 'restart'}</td><td>${node.why}</td><td>${[...node.certificates, ...node.configuration].join(', ') || 'no file'}</td></tr>`,
  );
  const refused = plan.refused.map(
    (node) =>
      html`<tr><td class="when">–</td><td class="when">${node.node}</td><td class="when">refused</td><td>${node.why}</td><td>${node.wayForward}</td></tr>`,
  );
  return html`<section aria-labelledby="plan"><h2 id="plan">Plan of the rollback</h2>
<p><strong>${plan.safety}</strong>: ${plan.safetyReason}</p>
<div class="table"><table><thead><tr><th scope="col">Order</th><th scope="col">Node</th><th scope="col">Way</th><th scope="col">Why</th><th scope="col">Files, or way forward</th></tr></thead><tbody>${rows}${refused}</tbody></table></div>
<p class="soft print">Plan ${plan.hash}</p></section>`;
}

function renderTimeline(report: Report): Html {
  const rows = report.timeline.map(
    (entry) =>
      html`<tr><td class="when"><time datetime="${iso(entry.at)}" title="${iso(entry.at)}">${relative(entry.at, report.completedAt)}</time></td><td class="when">${entry.area}</td><td>${entry.what}${entry.node !== undefined && html` <span class="soft">${entry.node}</span>`}${entry.by !== undefined && html` <span class="soft">by ${entry.by}</span>`}</td></tr>`,
  );
  return html`<section aria-labelledby="timeline"><h2 id="timeline">Timeline</h2><p class="soft">Times count from the completed event.</p>
<div class="table"><table><thead><tr><th scope="col">When</th><th scope="col">Part</th><th scope="col">What</th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
}
