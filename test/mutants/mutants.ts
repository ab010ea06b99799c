/** Every mutant by its area. `run.ts` applies one at a time, and the named test must then fail. */

import { authorityMutants } from './authority-mutants.ts';
import { availabilityMutants } from './availability-mutants.ts';
import { baselineMutants } from './baseline-mutants.ts';
import { chainMutants } from './chain-mutants.ts';
import { coreMutants } from './core-mutants.ts';
import { healthMutants } from './health-mutants.ts';
import { kitMutants } from './kit-mutants.ts';
import type { Mutant } from './mutant.ts';
import { nodeMutants } from './node-mutants.ts';
import { pointMutants } from './point-mutants.ts';
import { profileMutants } from './profile-mutants.ts';
import { quorumMutants } from './quorum-mutants.ts';
import { runtimeMutants } from './runtime-mutants.ts';
import { workflowMutants } from './workflow-mutants.ts';

export const MUTANTS: readonly Mutant[] = [
  ...coreMutants,
  ...availabilityMutants,
  ...authorityMutants,
  ...baselineMutants,
  ...chainMutants,
  ...workflowMutants,
  ...healthMutants,
  ...nodeMutants,
  ...kitMutants,
  ...pointMutants,
  ...profileMutants,
  ...quorumMutants,
  ...runtimeMutants,
];
