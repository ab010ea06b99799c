/** Mutants of a change of certificate authority, and of the rules by which going back is refused. */
import type { Mutant } from './mutant.ts';

const STEPS = 'test/core/authority-change/next-steps.test.ts';
const STATE = 'test/core/authority-change/read-state.test.ts';
const SAFETY = 'test/core/roll-back/safety.test.ts';
const CONNECTS = 'from any ring that connects, every prefix of the steps, in any order within a phase, connects; the end is the wanted one';
const NEVER_WORSE = 'from any ring at all no link is ever broken that was not; without an obstacle the end is the wanted one, and connects';

export const authorityMutants: readonly Mutant[] = [
  {
    name: 'leaves-before-trust',
    breaks: 'leaves are replaced before everybody trusts them',
    file: 'core/authority-change/next-steps.ts',
    find: "...(goes ? phase('extend-trust', null, 0, extensions(state, towards)) : []),",
    replace: '',
    test: { file: STEPS, title: CONNECTS },
  },
  {
    name: 'union-forgets-the-present',
    breaks: 'a truststore is brought to its end at once, while leaves of the other authority are still shown',
    file: 'core/authority-change/next-steps.ts',
    find: 'const added = unionOf(state, truststore, towards, shown)',
    replace: 'const added = [...(truststore.ends[towards] ?? [])]',
    test: { file: STEPS, title: 'a node that shows a leaf which the others do not trust yet is heard first, then put back' },
  },
  {
    name: 'client-locked-out',
    breaks: 'an authority is dropped that a client needs to be let in',
    file: 'core/authority-change/union.ts',
    find: 'accepts(state, union, shows) &&',
    replace: 'accepts(state, ends.old ?? [], shows) &&',
    test: { file: STEPS, title: NEVER_WORSE },
  },
  {
    name: 'client-that-dropped-the-authority',
    breaks: 'leaves go back to an authority that a client does not trust any more',
    file: 'core/authority-change/obstacles.ts',
    find: 'if (lost) {',
    replace: "if (lost && towards === 'new') {",
    test: { file: STEPS, title: 'a client that trusts the new authority alone: forward only' },
  },
  {
    name: 'dialling-side-forgotten',
    breaks: 'what a node shows when it dials is not looked at',
    file: 'core/authority-change/links.ts',
    find: "shown !== 'client')",
    replace: "shown === 'internode')",
    test: { file: STEPS, title: 'who refuses whom is what the plainest loops say' },
  },
  {
    name: 'authority-by-name',
    breaks: 'a re-keyed authority of the same name counts as the same one',
    file: 'core/authority-change/known.ts',
    find: 'canonicalHash([subjectDer, spkiSha256])',
    replace: 'canonicalHash([subjectDer, spkiSha256.length])',
    test: { file: STATE, title: 'authorities of one name are told apart by their keys, and the links between them break' },
  },
  {
    name: 'unseen-node-connects',
    breaks: 'a node that was not seen counts as one that accepts everybody (I8)',
    file: 'core/authority-change/links.ts',
    find: 'state.unseen.length === 0 && brokenLinks(state).length === 0',
    replace: 'brokenLinks(state).length === 0',
    test: { file: STEPS, title: 'a node that was not seen: no leaf is replaced, and nothing is known to connect (I8)' },
  },
  {
    name: 'revoked-target',
    breaks: 'a rollback to a revoked certificate is planned (I10)',
    file: 'core/roll-back/rules/key.ts',
    find: 'if (revoked.size === 0) return null;',
    replace: 'if (revoked.size >= 0) return null;',
    test: { file: SAFETY, title: 'revoked by a list that any node read' },
  },
  {
    name: 'intermediate-of-before',
    breaks: 'a rollback to a chain whose intermediate has expired is planned (I10)',
    file: 'core/roll-back/rules/validity.ts',
    find: 'below.filter(',
    replace: 'below.slice(9).filter(',
    test: { file: SAFETY, title: 'old-chain-expired: within the soak' },
  },
  {
    name: 'clients-of-before',
    breaks: 'a rollback that loses a client which works now is planned (I10)',
    file: 'core/roll-back/rules/clients.ts',
    find: 'accepts.has(client) && reasons',
    replace: '!accepts.has(client) && reasons',
    test: { file: SAFETY, title: 'a client that has the new authority alone: forward only' },
  },
  {
    name: 'relaxed-for-ever',
    breaks: 'a rule that was relaxed for a while stays relaxed (I13)',
    file: 'core/roll-back/safety.ts',
    find: 'until > target.request.now',
    replace: 'until > 0',
    test: { file: SAFETY, title: 'a relaxed rule is told with who and until when, and holds again after that' },
  },
  {
    name: 'trust-nobody',
    breaks: 'a truststore is emptied',
    file: 'on-node/java/io/ringward/node/ChangeTruststore.java',
    find: 'if (wanted.isEmpty()) throw',
    replace: 'if (wanted.contains(path)) throw',
    test: { file: 'test/on-node/truststore.test.ts', title: 'a reduction that would leave nobody to trust' },
  },
  {
    name: 'reload-forgotten',
    breaks: 'a truststore that is as wanted already is not reloaded, though a crash came before the reload',
    file: 'on-node/java/io/ringward/node/ChangeTruststore.java',
    find: 'if (connecting != null) result.put("reload"',
    replace: 'if (connecting != null && !changed.isEmpty()) result.put("reload"',
    test: {
      file: 'test/on-node/truststore.test.ts',
      title: 'while Cassandra runs the reload is asked for; where JMX does not answer it is not claimed, and not forgotten',
    },
  },
];
