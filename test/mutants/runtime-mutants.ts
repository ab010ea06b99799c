/** Mutants of what client runtimes would say. */
import type { Mutant } from './mutant.ts';

const TABLE = 'test/core/certificate/runtimes.test.ts';
const CHECK = 'test/core/verify/client-runtimes.test.ts';

export const runtimeMutants: readonly Mutant[] = [
  {
    name: 'runtime-expired-anchor',
    breaks: 'Go is taken to accept an expired root',
    file: 'core/certificate/runtimes/table.ts',
    find: "'anchor-expired': { refuses: { ...openssls, go: true },",
    replace: "'anchor-expired': { refuses: { ...openssls },",
    test: { file: TABLE, title: 'each case as it was measured' },
  },
  {
    name: 'runtime-version-as-text',
    breaks: '3.9 is taken for later than 3.13',
    file: 'core/certificate/runtimes/runtime.ts',
    find: 'if (difference !== 0) return difference < 0;',
    replace: 'if (difference !== 0) return version < other;',
    test: { file: TABLE, title: 'versions are compared number by number, and a runtime that is not known is none' },
  },
  {
    name: 'runtime-new-refusal',
    breaks: 'any refusal of before excuses every refusal of now',
    file: 'core/verify/checks/client-runtimes.ts',
    find: '[...reasonsOf(refusing)].every(',
    replace: '[...reasonsOf(refusing)].some(',
    test: { file: CHECK, title: 'what was so before is told, and no reason to go back to the same' },
  },
  {
    name: 'runtime-private-key',
    breaks: 'a private key is taken for an authority of a client',
    file: 'core/cluster/client-authorities.ts',
    find: 'PRIVATE KEY-----/.test(authorities)',
    replace: 'PRIVATE KEY-----/.test(field)',
    test: {
      file: 'test/core/cluster/read-registration.test.ts',
      title: 'a private key is refused and never shown, however long the text is (I4)',
    },
  },
];
