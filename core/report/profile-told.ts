/** What the profile had done otherwise than running and requiring every check, so that a report never hides it. */
import type { Registration } from '../cluster/registration.ts';
import { nameOfProfile, profileOf } from '../profile/effective.ts';
import { type Html, html } from './html.ts';
import type { Report } from './model.ts';

/** The rules that held, as the report tells them. */
export function toldProfile(registration: Registration): NonNullable<Report['profile']> {
  const { checks, rollBack, approvals } = profileOf(registration);
  const health = registration.health.checks.map(({ name, kind }) => [`health check ${name}`, checks.health[kind]] as const);
  const modes = [...Object.entries(checks.node), ...Object.entries(checks.load), ...health];
  const named = (mode: string): string[] => modes.filter(([, one]) => one === mode).map(([name]) => name);
  return { name: nameOfProfile(registration), off: named('off'), advisory: named('advisory'), rollBack, approvals };
}

/** Notices of the verdict, for the head of the page. */
export const renderNotices = ({ verdict }: Report): Html =>
  html`${(verdict.notices ?? []).map((notice) => html`<p><strong>Note:</strong> ${notice}</p>`)}`;

/** Null where nothing is told of a profile. */
export function renderProfile({ profile }: Report): Html | null {
  if (!profile) return null;
  const off = profile.off.length === 0 ? 'No check is off.' : `Off, so not run: ${profile.off.join(', ')}.`;
  const advisory = profile.advisory.length === 0 ? '' : ` Told only, neither for nor against the verdict: ${profile.advisory.join(', ')}.`;
  return html`<p>Profile <strong>${profile.name}</strong>. ${off}${advisory}</p>`;
}
