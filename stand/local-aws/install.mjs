// Installs the local AWS (an emulator written in Python) and the template linter into .cache/venv, with the exact versions of
// requirements.txt. Plain JavaScript without dependencies: set-up runs it on any Node from 20 on. Does nothing when it is there already.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
export const venvFolder = join(root, '.cache', 'venv');
export const python = join(venvFolder, 'bin', 'python');

/** The hash that says which requirements, for which Python, a folder holds. */
function wanted(requirements) {
  const version = execFileSync('python3', ['--version'], { encoding: 'utf8' }).trim();
  return createHash('sha256').update(version).update(readFileSync(requirements)).digest('hex');
}

/**
 * Makes sure that a virtual environment holds exactly the pinned packages.
 * @param {string} folder of the virtual environment; made anew when it holds anything else
 * @param {string} requirements the file that pins every package
 * @param {() => void} before told when something has to be installed
 * @returns {boolean} whether something had to be installed
 */
export function installPythonPackages(folder, requirements, before) {
  const record = join(folder, '.requirements-sha256');
  const interpreter = join(folder, 'bin', 'python');
  let hash;
  try {
    hash = wanted(requirements);
  } catch (error) {
    throw new Error(
      'Python 3.11 or newer with its venv module is needed (python3 on PATH); install it, on Debian: apt-get install python3-venv',
      {
        cause: error,
      },
    );
  }
  if (existsSync(record) && existsSync(interpreter) && readFileSync(record, 'utf8') === hash) return false;
  before();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  execFileSync('python3', ['-m', 'venv', folder], { stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync(interpreter, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '-r', requirements], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  writeFileSync(record, hash);
  return true;
}

/**
 * Installs the local AWS where it is not there yet.
 * @param {(line: string) => void} say told what is installed, a line at a time
 * @returns {boolean} whether something had to be installed
 */
export function installLocalAws(say = (line) => process.stderr.write(`${line}\n`)) {
  return installPythonPackages(venvFolder, join(here, 'requirements.txt'), () =>
    say('installing the local AWS (ministack) and cfn-lint into .cache/venv'),
  );
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) installLocalAws();
