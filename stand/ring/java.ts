/** Finds a JDK 17, and the options with which Cassandra 5.0 runs on it, small and quick to start. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A JDK: its home, and its exact version such as 17.0.15. */
export interface Jdk {
  readonly home: string;
  readonly version: string;
}

/** The JDK and Cassandra's jars. */
export interface CassandraProgram {
  readonly jdk: Jdk;
  readonly jars: readonly string[];
}

/** A JDK 17: JAVA_HOME, then `java` on the PATH, then /usr/lib/jvm. Throws an error that says what was looked at. */
export function findJdk(environment: NodeJS.ProcessEnv = process.env): Jdk {
  const looked: string[] = [];
  for (const candidate of candidates(environment)) {
    const release = releaseOf(candidate.java);
    if (release?.version.startsWith('17.')) return release;
    looked.push(`${candidate.from}: ${release ? `version ${release.version}` : 'no java'}`);
  }
  throw new Error(`Cassandra 5.0 needs a JDK 17, and none was found (${looked.join('; ')}) → install OpenJDK 17, or set JAVA_HOME to one`);
}

function candidates(environment: NodeJS.ProcessEnv): { from: string; java: string }[] {
  const homes = '/usr/lib/jvm';
  return [
    ...(environment.JAVA_HOME ? [{ from: 'JAVA_HOME', java: join(environment.JAVA_HOME, 'bin', 'java') }] : []),
    { from: 'java on the PATH', java: 'java' },
    ...(existsSync(homes)
      ? readdirSync(homes)
          .filter((name) => name.includes('17'))
          .map((name) => ({ from: join(homes, name), java: join(homes, name, 'bin', 'java') }))
      : []),
  ];
}

function releaseOf(java: string): Jdk | undefined {
  try {
    const said = execFileSync('sh', ['-c', '"$0" -XshowSettings:properties -version 2>&1', java], { encoding: 'utf8' });
    const property = (name: string) => new RegExp(`^\\s*${name} = (.*)$`, 'm').exec(said)?.[1];
    const home = property('java\\.home');
    const version = property('java\\.version');
    return home && version ? { home, version } : undefined;
  } catch {
    return undefined;
  }
}

/** Module exports and opens, as Cassandra's own conf/jvm17-server.options lists them; nodetool needs them too. */
export const MODULE_OPTIONS: readonly string[] = [
  '-Djdk.attach.allowAttachSelf=true',
  ...[
    'java.base/jdk.internal.misc',
    'java.base/java.lang.ref',
    'java.management.rmi/com.sun.jmx.remote.internal.rmi',
    'java.rmi/sun.rmi.registry',
    'java.rmi/sun.rmi.server',
    'java.sql/java.sql',
    'jdk.unsupported/sun.misc',
    'jdk.compiler/com.sun.tools.javac.file',
    'jdk.attach/sun.tools.attach',
  ].map((name) => `--add-exports=${name}=ALL-UNNAMED`),
  ...[
    'java.base/java.lang.module',
    'java.base/jdk.internal.loader',
    'java.base/jdk.internal.ref',
    'java.base/jdk.internal.reflect',
    'java.base/jdk.internal.math',
    'java.base/jdk.internal.module',
    'java.base/jdk.internal.util.jar',
    'java.base/sun.nio.ch',
    'java.base/java.io',
    'java.base/java.lang.reflect',
    'java.base/java.lang',
    'java.base/java.util',
    'jdk.management/com.sun.management.internal',
    'jdk.compiler/com.sun.tools.javac',
  ].map((name) => `--add-opens=${name}=ALL-UNNAMED`),
];

/** A small heap, the cheapest collector and compiler: three nodes share two cores and less than 4 GiB with a local AWS. */
export const SMALL_JVM_OPTIONS: readonly string[] = [
  '-Xms256M',
  '-Xmx400M',
  '-Xss512k',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:MaxDirectMemorySize=128M',
  '-XX:-UsePerfData',
  '-XX:+ExitOnOutOfMemoryError',
];

/** System properties that spare a ring on one machine the waits that a real one needs. */
export const QUICK_START_OPTIONS: readonly string[] = [
  '-Dcassandra.ring_delay_ms=1000',
  '-Dcassandra.skip_wait_for_gossip_to_settle=0',
  '-Dcassandra.available_processors=2',
  '-Dcassandra.superuser_setup_delay_ms=0',
  '-Dcassandra.shutdown_announce_in_ms=500',
  '-Dcassandra.schema_pull_backoff_delay_ms=200',
];
