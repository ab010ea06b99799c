/** The contract, held by the real program: Java on a host's files. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readReplyLine } from '../../adapters/ssm/reply-line.ts';
import { sha256Hex } from '../../core/canonical.ts';
import { buildJar, Host } from '../on-node/host.ts';
import { programContract } from './program-contract.ts';

programContract('real', async () => {
  buildJar();
  const host = await Host.make();
  const good = host.read('node.pem');
  const bad = await host.keystore('bad');
  const systemctl = (verb: string): void => {
    execFileSync(join(host.folder, 'bin/systemctl'), [verb, 'cassandra']);
  };
  return {
    keystore: host.path('node.pem'),
    files: host.files,
    request: (step, fields) => host.request(step, { ...fields }),
    run: async (request, { allow, crashAt } = {}) => {
      const env = { ...(allow ? { RINGWARD_ALLOW: allow } : {}), ...(crashAt ? { RINGWARD_CRASH_AT: crashAt } : {}) };
      const { code, stdout } = await host.runRaw(JSON.stringify(request), env);
      return { code, reply: stdout === '' ? null : readReplyLine(stdout) };
    },
    spoil: () => host.write('node.pem', bad),
    hashOf: (path) => (existsSync(path) ? sha256Hex(readFileSync(path)) : null),
    setRunning: (running) => systemctl(running ? 'start' : 'stop'),
    journal: () => host.journal().map(({ phase, state }) => `${phase} ${state}`),
    renew: () => {
      rmSync(host.home, { recursive: true, force: true });
      host.write('node.pem', good, 0o640);
    },
    remove: () => host.remove(),
  };
});
