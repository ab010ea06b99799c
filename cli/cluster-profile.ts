/** `ringward cluster show --profile` and `ringward cluster compare`: the rules in force, where each comes from, and in what two clusters differ. */

import type { Environment } from '../core/cluster/environment.ts';
import type { Registration } from '../core/cluster/registration.ts';
import { compareClusters, type Rank } from '../core/profile/compare.ts';
import { explainProfile, nameOfProfile, rootOf } from '../core/profile/effective.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Tone } from './output.ts';

const ABOUT: Readonly<Record<Environment, string>> = {
  development: 'Relaxed thresholds and basic health checks: files, chain, ports and service must be well; the rest advises or is off.',
  staging: 'As production, with fewer people to ask: what passes here has passed production’s checks.',
  production: 'Strict thresholds and every check; what staging never kept is told and watched for longer.',
  'disaster-recovery':
    'As production, and nothing is kept without evidence that nodes reach each other and data replicate; going back as a whole asks a person.',
};

/** Every value of the profile in force, with its source. */
export async function showProfile(context: Context, registration: Registration): Promise<ExitCode> {
  const root = rootOf(registration);
  const values = explainProfile(registration);
  await context.print({
    value: {
      cluster: registration.cluster,
      environment: registration.environment,
      profile: nameOfProfile(registration),
      builtIn: root,
      values,
    },
    columns: ['field', 'value', 'from', 'changed under'],
    rows: values.map(({ field, value, from, at }) => [field, String(value), from, at]),
    summary: [
      `${registration.cluster} is judged by the profile ${nameOfProfile(registration)}, built on ${root}. ${ABOUT[root]}`,
      ...(registration.profile === undefined
        ? ['It was registered before there were profiles, and is judged as then: register it again to take the profile of its environment.']
        : []),
    ].join('\n'),
  });
  return EXIT.good;
}

const TONES: Readonly<Record<Rank, Tone>> = { act: 'bad', know: 'attention', expected: 'quiet' };
const WORDS: Readonly<Record<Rank, string>> = { act: 'matters', know: 'differs', expected: 'by environment' };

/** Ends 2 when a difference matters. */
export async function compare(context: Context, { names, all }: { names: readonly [string, string]; all: boolean }): Promise<ExitCode> {
  const installation = await context.installation();
  const [one, other] = await Promise.all(
    names.map(async (name) => {
      const registration = await installation.registration(name);
      return { registration, kept: await installation.kept(registration.environment) };
    }),
  );
  if (!one || !other) throw new Error('two clusters are compared');
  const differences = compareClusters(one, other);
  const shown = all ? differences : differences.filter(({ rank }) => rank !== 'expected');
  const hidden = differences.length - shown.length;
  const matter = differences.filter(({ rank }) => rank === 'act').length;
  await context.print({
    value: { clusters: names, differences },
    columns: ['', 'field', ...names, 'why'],
    rows: shown.map(({ rank, field, values, why }) => [context.tone(WORDS[rank], TONES[rank]), field, ...values, why]),
    summary: [
      `${matter === 0 ? 'Nothing differs that matters' : `${matter} ${matter === 1 ? 'difference matters' : 'differences matter'}`}: ${names[0]} (${one.registration.environment}) and ${names[1]} (${other.registration.environment}).`,
      ...(hidden > 0 ? [`${hidden} more as their environments differ anyway; --all shows them.`] : []),
    ].join('\n'),
  });
  return matter === 0 ? EXIT.good : EXIT.attention;
}
