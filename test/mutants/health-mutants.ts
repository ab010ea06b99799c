/** Mutants of health checks, time-outs, and of how closely each window looks. */
import type { Mutant } from './mutant.ts';

const HEALTH = 'test/core/health/health.test.ts';
const GET = 'test/adapters/bounded-get.test.ts';

export const healthMutants: readonly Mutant[] = [
  {
    name: 'no-data-is-well',
    breaks: 'a metric without a value passes',
    file: 'core/health/expectation.ts',
    find: "if (values.length === 0) return unknown('no data');",
    replace: "if (values.length === 0) return passed('no data');",
    test: { file: HEALTH, title: 'numbers: every series must hold, NaN holds nothing, and no data is unknown' },
  },
  {
    name: 'bad-before-counts',
    breaks: 'a check that failed before the deployment is blamed on it',
    file: 'core/health/judge-health.ts',
    find: "const counted = results.filter((one) => one.before !== 'failed');",
    replace: 'const counted = results;',
    test: { file: HEALTH, title: 'what was bad before is not blamed on a deployment; what was never run is not well' },
  },
  {
    name: 'nodes-answer-for-the-canary',
    breaks: 'a look at the nodes puts off the canary’s writes',
    file: 'core/health/health-sample.ts',
    find: '(sample.place ?? place) === place',
    replace: "sample.check !== ''",
    test: {
      file: HEALTH,
      title: 'a check of two places: what the nodes report neither puts off the canary’s rows nor stands for them',
    },
  },
  {
    name: 'silent-node-is-well',
    breaks: 'a node that did not report counts as live',
    file: 'core/health/nodes-health.ts',
    find: "return open.length > 0 ? unknown(open.join('; ')) : passed(good);",
    replace: 'return passed(good);',
    test: { file: HEALTH, title: 'ring, network and replication as the nodes report them; a silent node is unknown, never well' },
  },
  {
    name: 'metadata-mapped',
    breaks: 'instance metadata is dialled when it is written as IPv4 within IPv6',
    file: 'core/health/forbidden-address.ts',
    find: '[octets, ...ipv4Within(octets)]',
    replace: '[octets]',
    test: { file: HEALTH, title: 'a name that resolves to instance metadata is known for it, also as mapped IPv6' },
  },
  {
    name: 'secret-told',
    breaks: 'a password that a check prints reaches the evidence',
    file: 'core/health/redact.ts',
    find: 'left.replaceAll(secret, rest)',
    replace: 'left.replaceAll(secret, (found) => found)',
    test: { file: GET, title: 'a secret in an answer never reaches the evidence' },
  },
  {
    name: 'secret-after-a-space',
    breaks: 'a password that only a space parts from its name reaches the evidence',
    file: 'core/health/redact.ts',
    find: "KEY_BEFORE_SPACE = '(?:password|passwd|",
    replace: "KEY_BEFORE_SPACE = '(?:passwd|",
    test: { file: 'test/core/health/redact.test.ts', title: 'property: no planted secret survives, in any form that is known' },
  },
  {
    name: 'endless-body',
    breaks: 'a body without an end is read to the end',
    file: 'adapters/http/bounded-get.ts',
    find: 'if (bytes <= mostBytes) return;',
    replace: 'if (bytes <= 1e12) return;',
    test: { file: GET, title: 'one that sends 1 GB: reading ends after the first 64 KiB' },
  },
  {
    name: 'drip',
    breaks: 'an endpoint that sends a byte now and then is waited for, for ever',
    file: 'adapters/health/run-check.ts',
    find: 'await Promise.race([ask(controller.signal), late.promise]);',
    replace: 'await ask(controller.signal);',
    test: { file: GET, title: 'an asker that ignores its abort is left alone' },
  },
  {
    name: 'keep-on-old-reports',
    breaks: 'a deployment is kept on what the nodes reported a while ago',
    file: 'core/decide/decide-deployment.ts',
    find: "if (soaked && evidence.depth !== 'client') return keep(evidence, streak);",
    replace: 'if (soaked) return keep(evidence, streak);',
    test: {
      file: 'test/core/decide/next-look.test.ts',
      title: 'nothing is kept on reports of a while ago: the end of the soak asks everybody',
    },
  },
  {
    name: 'unreachable-for-ever',
    breaks: 'ports that stay unreachable are watched until the whole verification’s deadline',
    file: 'core/decide/limits-in-force.ts',
    find: 'if (unreachableSince !== undefined)',
    replace: 'if (unreachableSince === null)',
    test: {
      file: 'test/core/decide/time-outs.test.ts',
      title: 'connectivity: ports that stay unreachable end in hold after the network’s own time, not in watching on',
    },
  },
  {
    name: 'trial-of-other-bytes',
    breaks: 'a trial load of yesterday’s file is taken for today’s',
    file: 'core/observe/carry-trial-loads.ts',
    find: 'if (hashes(now) !== hashes(before) || now.java !== before.java) return now;',
    replace: 'if (now.java !== before.java) return now;',
    test: {
      file: 'test/core/observe/carry-trial-loads.test.ts',
      title: 'a file that changed, or another JDK: nothing is carried, so it is unknown',
    },
  },
  {
    name: 'waits-for-a-pipe',
    breaks: 'a pipe in a keystore’s place is waited for, for ever',
    file: 'on-node/java/io/ringward/node/Durable.java',
    find: 'if (!Files.readAttributes(path, BasicFileAttributes.class).isRegularFile()) throw',
    replace: 'if (Files.isDirectory(path)) throw',
    test: { file: 'test/on-node/bad-files.test.ts', title: 'that is a pipe nobody writes to: told as a fact, in bounded time' },
  },
  {
    name: 'stops-undrained',
    breaks: 'a node that serves is stopped without a drain when JMX is silent',
    file: 'on-node/java/io/ringward/node/StopService.java',
    find: '        if (!service.portIsOpen()) {\n            journal.done("drain"',
    replace: '        if (failure != null) {\n            journal.done("drain"',
    test: { file: 'test/on-node/stop.test.ts', title: 'with a port open and JMX silent, nothing is stopped: a person is asked' },
  },
];
