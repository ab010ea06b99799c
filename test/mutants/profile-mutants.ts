/** Mutants of profiles: what binds, what is asked of a person, what staging must have seen. */
import type { Mutant } from './mutant.ts';

const DECIDE = 'test/core/profile/decide-under-profile.test.ts';
const CONSISTENCY = 'test/core/profile/consistency.test.ts';

export const profileMutants: readonly Mutant[] = [
  {
    name: 'advice-counts',
    breaks: 'a check that only advises keeps a deployment from being kept, or rolls it back',
    file: 'core/profile/binding-checks.ts',
    find: 'checks: verification.checks.filter(({ advisory }) => advisory !== true)',
    replace: 'checks: verification.checks.filter(() => true)',
    test: { file: DECIDE, title: 'one that advises is told with what it found, and keeps nobody from "keep"' },
  },
  {
    name: 'required-kind-silent',
    breaks: 'a required kind of health check of which none is registered counts as well (I8)',
    file: 'core/health/judge-health.ts',
    find: '&& needed && missing.length === 0',
    replace: '&& needed',
    test: { file: DECIDE, title: 'is not kept when no check of a required kind is registered any more: silence is no evidence' },
  },
  {
    name: 'goes-back-unasked',
    breaks: 'Ringward goes back by itself where its profile has a person asked',
    file: 'core/decide/decide-under-profile.ts',
    find: "if (profile.rollBack[scope] === 'automatic') return {",
    replace: "if (profile.rollBack.cluster === 'automatic') return {",
    test: { file: DECIDE, title: 'where a person is asked, the hold has the plan as its next step, and says who approves' },
  },
  {
    name: 'nearly-in-staging',
    breaks: 'an artifact that differs in one respect from what staging kept counts as kept there',
    file: 'core/profile/consistency.ts',
    find: 'if (nearest.differences.length === 0)',
    replace: 'if (nearest.differences.length <= 1)',
    test: { file: CONSISTENCY, title: 'another issuer is told, and is not the same' },
  },
  {
    name: 'profile-of-before',
    breaks: 'what was registered before there were profiles is held against staging',
    file: 'core/profile/built-in.ts',
    find: '  consistency: { expectStaging: false },\n  stability: { episodeSoakFactor: 1',
    replace: '  stability: { episodeSoakFactor: 1',
    test: { file: 'test/core/profile/profile.test.ts', title: 'is judged as production is, without probes, and nobody asks for staging' },
  },
];
