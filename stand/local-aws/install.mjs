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

/** The hash that says which requirements, for which Python, the folder holds. */
function wanted() {
  const version = execFileSync('python3', ['--version'], { encoding: 'utf8' }).trim();
  return createHash('sha256')
    .update(version)
    .update(readFileSync(join(here, 'requirements.txt')))
    .digest('hex');
}

/**
 * Makes sure the virtual environment holds exactly the pinned packages.
 * @param {(line: string) => void} say told what is installed, a line at a time
 * @returns {boolean} whether something had to be installed
 */
export function installLocalAws(say = (line) => process.stderr.write(`${line}\n`)) {
  const record = join(venvFolder, '.requirements-sha256');
  let hash;
  try {
    hash = wanted();
  } catch (error) {
    throw new Error(
      'Python 3.11 or newer with its venv module is needed (python3 on PATH); install it, on Debian: apt-get install python3-venv',
      {
        cause: error,
      },
    );
  }
  if (existsSync(record) && existsSync(python) && readFileSync(record, 'utf8') === hash) return false;
  say('installing the local AWS (ministack) and cfn-lint into .cache/venv');
  rmSync(venvFolder, { recursive: true, force: true });
  mkdirSync(dirname(venvFolder), { recursive: true });
  execFileSync('python3', ['-m', 'venv', venvFolder], { stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync(
    python,
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '-r', join(here, 'requirements.txt')],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  writeFileSync(record, hash);
  return true;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) installLocalAws();
