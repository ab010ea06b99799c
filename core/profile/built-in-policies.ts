/** Measured policies by the name of a built-in profile: what `measured` of that profile says. */

import { Environment } from '../cluster/environment.ts';
import type { MeasuredPolicy } from '../decide/measured/policy.ts';
import { BUILT_IN } from './built-in.ts';
import { policyOfMeasured } from './measured.ts';
import { Profile } from './profile.ts';

const builtIn = (environment: Environment): MeasuredPolicy => policyOfMeasured(Profile.parse(BUILT_IN[environment]).measured);

export const BUILT_IN_POLICIES = Object.fromEntries(
  Environment.options.map((environment) => [environment, builtIn(environment)]),
) as Readonly<Record<Environment, MeasuredPolicy>>;
