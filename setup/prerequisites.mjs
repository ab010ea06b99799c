/**
 * What the machine must bring, since nothing in a clone can install it: Node with npm, a JDK, Maven,
 * Python, OpenSSL. All that is missing is named at once, with the way to get it.
 */
import { spawnSync } from 'node:child_process';

/** First version number in a text, as [major, minor]. */
function versionIn(text) {
  const found = /(\d+)(?:\.(\d+))?/.exec(text);
  return found === null ? null : [Number(found[1]), Number(found[2] ?? 0)];
}

const atLeast = (version, least) => version !== null && (version[0] > least[0] || (version[0] === least[0] && version[1] >= least[1]));

/** Version that a tool tells, or null when it is not there or does not run. */
function versionOf(program, args, pattern) {
  const run = spawnSync(program, args, { encoding: 'utf8', timeout: 30_000 });
  if (run.error !== undefined || run.status !== 0) return null;
  const found = pattern.exec(`${run.stdout}\n${run.stderr}`);
  return found === null ? null : versionIn(found[1]);
}

/** Each prerequisite: how to see it, and how to get it. */
const PREREQUISITES = {
  node: {
    what: 'Node.js 20 or newer, with npm',
    least: [20, 0],
    see: () => (versionOf('npm', ['--version'], /(\d+\.\d+)/) === null ? null : versionIn(process.versions.node)),
    get: 'Debian 13, Ubuntu 24.04+: apt install nodejs npm · macOS: brew install node · others: https://nodejs.org',
  },
  jdk: {
    what: 'a JDK 17 or newer (java and javac)',
    least: [17, 0],
    see: () => versionOf('javac', ['-version'], /javac (\S+)/) && versionOf('java', ['-version'], /version "([^"]+)"/),
    get: 'Debian, Ubuntu: apt install openjdk-17-jdk-headless · Fedora: dnf install java-17-openjdk-devel · macOS: brew install openjdk@17',
  },
  maven: {
    what: 'Maven 3.6 or newer (mvn)',
    least: [3, 6],
    see: () => versionOf('mvn', ['--version'], /Apache Maven (\S+)/),
    get: 'Debian, Ubuntu: apt install maven · Fedora: dnf install maven · macOS: brew install maven',
  },
  python: {
    what: 'Python 3.11 or newer, with venv (python3)',
    least: [3, 11],
    see: () =>
      spawnSync('python3', ['-c', 'import venv, ensurepip']).status === 0 ? versionOf('python3', ['--version'], /Python (\S+)/) : null,
    get: 'Debian, Ubuntu: apt install python3 python3-venv · Fedora: dnf install python3 · macOS: brew install python@3.12',
  },
  openssl: {
    what: 'OpenSSL 3 (openssl)',
    least: [3, 0],
    see: () => versionOf('openssl', ['version'], /^OpenSSL (\S+)/m),
    get: 'Debian, Ubuntu: apt install openssl · Fedora: dnf install openssl · macOS: brew install openssl@3, and put it first on PATH',
  },
};

/** Throws one error that names every prerequisite that is missing or too old. */
export function requirePrerequisites(names) {
  const missing = names.flatMap((name) => {
    const { what, least, see, get } = PREREQUISITES[name];
    const version = see();
    if (atLeast(version, least)) return [];
    return [`  ${what}: ${version === null ? 'not found' : `found ${version.join('.')}`}\n      ${get}`];
  });
  if (missing.length > 0)
    throw new Error(
      `Ringward needs what this machine does not have yet:\n\n${missing.join('\n')}\n\nInstall ${missing.length === 1 ? 'it' : 'them'}, then run the same command again.`,
    );
}
