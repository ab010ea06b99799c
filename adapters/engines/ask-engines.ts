/** Asks the engines of this machine what they say of a chain: OpenSSL, and a JVM with the node's own program. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import type { CertificateBody } from '../../core/certificate/path/certificate-body.ts';
import type { ChainQuestion } from '../../core/certificate/path/check-chain.ts';
import type { EngineAnswer } from '../../core/certificate/path/engines.ts';
import { runProgram as run } from './run-program.ts';

/** A JVM judges at its own present moment alone; a little older is the same question. */
const PRESENT_MS = 60_000;

/** The part of the question that engines can be asked; revocation is ours alone. */
export type EngineQuestion = Pick<ChainQuestion, 'leaf' | 'intermediates' | 'roots' | 'at' | 'purpose' | 'names'>;

/** Never throws: an engine that is not here, cannot be asked, or does not answer as it should, was not asked. */
export function askEngines(question: EngineQuestion, jar: string, env: NodeJS.ProcessEnv): Promise<readonly EngineAnswer[]> {
  const asked = (engine: string, answer: Promise<EngineAnswer>): Promise<EngineAnswer> =>
    answer.catch((error: Error) => ({ engine, verdict: 'not-asked', reason: error.message }));
  return Promise.all([asked('OpenSSL', askOpenssl(question, env)), asked('JVM', askJvm(question, jar, env))]);
}

type Certificates = readonly CertificateBody[];

/** Files of certificates in PEM, there for as long as `use` runs; each engine has its own, and only if it is asked. */
async function withFiles<N extends string, T>(
  certificates: Readonly<Record<N, Certificates>>,
  use: (paths: Readonly<Record<N, string>>) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'ringward-chain-'));
  try {
    const paths = {} as Record<N, string>;
    for (const [name, list] of Object.entries(certificates) as [N, Certificates][]) {
      paths[name] = join(folder, `${name}.pem`);
      await writeFile(paths[name], list.map(pemOf).join(''), { mode: 0o600 });
    }
    return await use(paths);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function pemOf({ der }: CertificateBody): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** `openssl verify` with the strength that OpenSSL 3 asks of a TLS client, and any given authority as anchor. */
async function askOpenssl(question: EngineQuestion, env: NodeJS.ProcessEnv): Promise<EngineAnswer> {
  const version = await run('openssl', ['version'], env);
  const engine = /^\S+ \S+/.exec(version?.out ?? '')?.[0];
  if (!engine) return { engine: 'OpenSSL', verdict: 'not-asked', reason: 'there is no openssl on the PATH that answers' };
  const { leaf, intermediates, roots, at, purpose = 'both', names = [] } = question;
  const roles = purpose === 'both' ? ['sslserver', 'sslclient'] : [purpose === 'server' ? 'sslserver' : 'sslclient'];
  return await withFiles({ leaf: [leaf], intermediates, roots }, async (files) => {
    for (const role of roles) {
      const ended = await run(
        'openssl',
        [
          'verify',
          ...['-auth_level', '2', '-partial_chain', '-no-CApath', '-no-CAstore', '-attime', String(Math.floor(at / 1000))],
          ...['-purpose', role, '-CAfile', files.roots],
          ...(intermediates.length > 0 ? ['-untrusted', files.intermediates] : []),
          ...names.flatMap(({ form, value }) => [form === 'ip' ? '-verify_ip' : '-verify_hostname', value]),
          files.leaf,
        ],
        env,
      );
      if (!ended) return { engine, verdict: 'not-asked', reason: 'it did not end in time, or said too much' };
      const refusal = refusalIn(`${ended.err}\n${ended.out}`);
      if (refusal !== null) return { engine, verdict: 'refuse', reason: `${refusal} (as ${role})` };
      if (ended.code !== 0 || !/: OK\s*$/.test(ended.out))
        return { engine, verdict: 'not-asked', reason: `it ended with ${ended.code}: ${firstLine(ended.err) || 'no reason given'}` };
    }
    return { engine, verdict: 'accept', reason: null, askedNames: true };
  });
}

/** `error 10 at 1 depth lookup: certificate has expired` alone speaks of the chain; an older openssl ends with 0 all the same. */
function refusalIn(text: string): string | null {
  return /depth lookup: *(.+)/.exec(text)?.[1] ?? null;
}

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';

const JvmAnswer = z.object({ asServer: z.string().nullable(), asClient: z.string().nullable(), java: z.string() });

async function askJvm(
  { leaf, intermediates, roots, at, purpose = 'both' }: EngineQuestion,
  jar: string,
  env: NodeJS.ProcessEnv,
): Promise<EngineAnswer> {
  const notAsked = (reason: string): EngineAnswer => ({ engine: 'JVM', verdict: 'not-asked', reason });
  if (Math.abs(Date.now() - at) > PRESENT_MS) return notAsked('it judges at the present moment alone');
  if (!existsSync(jar)) return notAsked(`the node program is not built (${jar}) → npm run build`);
  const java = env['JAVA_HOME'] ? join(env['JAVA_HOME'], 'bin', 'java') : 'java';
  const ended = await withFiles({ chain: [leaf, ...intermediates], roots }, (files) =>
    run(java, ['-XX:TieredStopAtLevel=1', '-cp', jar, 'io.ringward.node.ChainVerdict', files.chain, files.roots], env),
  );
  if (!ended) return notAsked('there is no Java on the PATH, or it did not end in time, or said too much');
  if (ended.code !== 0) return notAsked(`it ended with ${ended.code}: ${firstLine(ended.err)}`);
  const answer = readJvmAnswer(ended.out);
  if (!answer) return notAsked(`its answer is not the node program’s: ${JSON.stringify(ended.out.slice(0, 120))}`);
  const engine = `Java ${answer.java}`;
  const [role, reason] =
    purpose !== 'client' && answer.asServer !== null
      ? ['server', answer.asServer]
      : ['client', purpose === 'server' ? null : answer.asClient];
  return reason === null ? { engine, verdict: 'accept', reason: null } : { engine, verdict: 'refuse', reason: `${reason} (as ${role})` };
}

/** Null for anything else than the answer of `ChainVerdict`: whatever is called `java` may print what it likes. */
function readJvmAnswer(text: string): z.infer<typeof JvmAnswer> | null {
  try {
    return JvmAnswer.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
