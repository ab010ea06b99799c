/** The health checks of a cluster as its profile has them. */
import type { Health } from '../health/health-check.ts';
import { type ProfileSource, profileOf } from './effective.ts';
import type { Profile } from './profile.ts';

/** The health checks that are run: what is off is not, and what advises weighs nothing. */
export function healthOf(registration: ProfileSource & { readonly health: Health }): Health {
  const modes = profileOf(registration).checks.health;
  const { health } = registration;
  const checks = health.checks
    .filter(({ kind }) => modes[kind] !== 'off')
    .map((check) => (modes[check.kind] === 'advisory' ? { ...check, weight: 0 } : check));
  return { ...health, checks };
}

/** Kinds of health check of which there must be one, and every one must pass. */
export function requiredKinds({ checks }: Profile): string[] {
  return Object.entries(checks.health).flatMap(([kind, mode]) => (mode === 'required' ? [kind] : []));
}
