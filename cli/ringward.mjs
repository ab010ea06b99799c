#!/usr/bin/env node
/** Starts `ringward` by a Node that runs TypeScript: this one, or the pinned one of the clone. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

const MAJOR = 24;
const pinned = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));

if (Number(process.versions.node.split('.')[0]) >= MAJOR) {
  enableCompileCache?.();
  await import('./ringward.ts');
} else if (existsSync(pinned)) {
  const { status, signal } = spawnSync(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  if (signal !== null) process.kill(process.pid, signal);
  process.exitCode = status ?? 1;
} else {
  process.stderr.write(
    `ringward needs Node ${MAJOR} (this is ${process.versions.node}). In a clone, "npm run ringward -- --help" installs it.\n`,
  );
  process.exitCode = 1;
}
