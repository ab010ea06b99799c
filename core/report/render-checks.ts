/** Every check of every verification: what was expected, what was observed, how it was seen. */
import { FINDING_CODES, type FindingCodeName } from '../verify/codes.ts';
import type { CheckResult, Finding, NodeVerification } from '../verify/findings.ts';
import { type Html, html } from './html.ts';
import type { Report } from './model.ts';
import { iso } from './words.ts';

const TONES: Readonly<Record<CheckResult['outcome'], string>> = { passed: 'good', failed: 'bad', unknown: 'wait' };
const MOMENTS: Readonly<Record<Report['verifications'][number]['moment'], string>> = {
  deployed: 'The deployed state',
  'after-rollback': 'After the rollback',
};

/** One block per moment (its last window), one card per node, one line per check; failed ones stand open. */
export function renderChecks(report: Report): Html {
  const blocks = (['deployed', 'after-rollback'] as const).flatMap((moment) => {
    const windows = report.verifications.filter((one) => one.moment === moment);
    const last = [...windows].sort((a, b) => a.window - b.window).at(-1);
    if (!last) return [];
    const count = windows.length === 1 ? '' : ` (the last of ${windows.length} windows)`;
    return [html`<h3>${MOMENTS[moment]}${count}</h3>${last.nodes.map(renderNode)}`];
  });
  return blocks.length > 0 ? html`${blocks}` : html`<p>No verification took place.</p>`;
}

function renderNode(node: NodeVerification): Html {
  const cause = node.rootCause;
  return html`<div class="card"><h4>${node.node} <span class="soft">${node.address}</span> <span class="word ${TONES[node.outcome]}">${node.outcome}</span></h4>
${cause != null && html`<p><strong>Root cause:</strong> ${cause.sentence}</p>`}${cause != null && cause.consequences.length > 0 && html`<p class="soft">Follows from it: ${cause.consequences.join(', ')}</p>`}
${node.checks.map(renderCheck)}</div>`;
}

function renderCheck(check: CheckResult): Html {
  const line = html`<span class="word ${TONES[check.outcome]}">${check.outcome}</span> <strong>${check.check}</strong>${check.advisory === true && html` <span class="soft">advises only</span>`} ${check.summary}`;
  if (check.findings.length === 0) return html`<p>${line}</p>`;
  const findings = check.findings.map(renderFinding);
  return check.outcome === 'failed'
    ? html`<details open><summary>${line}</summary>${findings}</details>`
    : html`<details><summary>${line}</summary>${findings}</details>`;
}

function renderFinding(finding: Finding): Html {
  const action = finding.code in FINDING_CODES ? FINDING_CODES[finding.code as FindingCodeName].action : '';
  return html`<div class="finding"><strong>${finding.code}</strong> (${finding.severity}) at ${finding.where}
<br>Expected: ${finding.expected}<br>Observed: ${finding.observed}<br><span class="soft">Seen by ${finding.seenBy}: ${finding.how}, ${iso(finding.at)}</span>${action !== '' && html`<br>What to do: ${action}`}</div>`;
}
