#!/usr/bin/env node
/**
 * Installs Cassandra's jars from Maven Central into `.cache/cassandra/lib`, at the version that pom.xml pins.
 *
 * Plain JavaScript without dependencies, as set-up runs it before anything else is there. Does nothing when
 * the jars of this very pom.xml are in place. The folder is filled aside and renamed, so a run that is
 * broken off leaves no half-made one.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const pom = join(here, 'pom.xml');
const home = join(here, '..', '..', '.cache', 'cassandra');
const library = join(home, 'lib');
const stamp = join(home, 'installed-pom.sha256');

/** Is `.cache/cassandra/lib` what pom.xml asks for? */
export function installed() {
  return (
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === wanted() &&
    existsSync(library) &&
    readdirSync(library).some((name) => name.startsWith('cassandra-all-'))
  );
}

/** Hash of pom.xml: the jars on disk belong to one pom, and another one means installing again. */
function wanted() {
  return createHash('sha256').update(readFileSync(pom)).digest('hex');
}

/** Installs when needed; `say` gets one line about what is done. */
export function install(say) {
  if (installed()) return;
  say('installing Apache Cassandra and its libraries from Maven Central into .cache/cassandra/lib (about 66 MB, once)');
  const aside = join(home, `lib-${process.pid}`);
  mkdirSync(home, { recursive: true });
  rmSync(aside, { recursive: true, force: true });
  try {
    execFileSync('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${aside}`], {
      stdio: ['ignore', 2, 2],
    });
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    throw new Error(
      error.code === 'ENOENT'
        ? 'Maven is missing: "mvn" is not on the PATH → install Maven 3.8 or newer and run the command again'
        : 'Maven could not fetch Cassandra (its messages are above) → check that Maven Central, or the mirror in ~/.m2/settings.xml, can be reached, and run the command again',
      { cause: error },
    );
  }
  rmSync(library, { recursive: true, force: true });
  // A class-data archive belongs to the jars it was made from.
  for (const name of readdirSync(home)) if (name.endsWith('.jsa')) rmSync(join(home, name), { force: true });
  renameSync(aside, library);
  writeFileSync(stamp, wanted());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    install((line) => console.error(line));
  } catch (error) {
    console.error(`stand/cassandra/install.mjs: ${error.message}`);
    process.exitCode = 1;
  }
}
