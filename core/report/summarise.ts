/** The report as lines for a terminal: verdict first, then what a person would ask next. No colour codes. */
import type { Report } from './model.ts';
import { askedInWords } from './render-asked.ts';
import { actOrSleep, duration, NODE_OUTCOME_WORDS, OUTCOME_WORDS, short } from './words.ts';

export function summarise(report: Report): string[] {
  const lines = [
    `${actOrSleep(report.outcome).toUpperCase()} · ${OUTCOME_WORDS[report.outcome]}`,
    `${report.cluster} (${report.environment}) · ${report.deployment} · ${report.change}`,
    `Why: ${report.verdict.reason}`,
    `Decided ${duration(report.detectMs)} after completion${report.verdict.vantagePoints.length > 0 ? `, seen from ${report.verdict.vantagePoints.join(', ')}` : ''}.`,
  ];
  for (const notice of report.verdict.notices ?? []) lines.push(`Note: ${notice}`);
  if (report.verdict.asked) lines.push(...askedInWords(report.verdict.asked));
  if (report.profile && report.profile.off.length > 0)
    lines.push(`Off by the profile ${report.profile.name}: ${report.profile.off.join(', ')}.`);
  if (report.rollbackMs !== null) lines.push(`Rolled back and proven ${duration(report.rollbackMs)} after completion.`);
  for (const node of report.nodes) {
    const way = node.way === undefined ? '' : ` · ${node.way}${node.rollbackMs === undefined ? '' : ` ${duration(node.rollbackMs)}`}`;
    lines.push(
      `  ${node.node} ${node.address}: ${NODE_OUTCOME_WORDS[node.outcome]}${way}`,
      `    before ${short(node.before)}  deployed ${short(node.deployed)}  now ${short(node.after)}`,
    );
  }
  for (const refused of report.plan?.refused ?? []) lines.push(`  refused ${refused.node}: ${refused.why} → ${refused.wayForward}`);
  lines.push(`Next step: ${report.nextStep}`);
  // A hostile value must not steer the terminal.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is taken out
  return lines.map((line) => line.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' '));
}
