import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTimeOf } from '../../stand/ring/processes.ts';

const SCRIPT = join(import.meta.dirname, '..', '..', 'stand', 'ring', 'node-files', 'systemctl');
let root = '';

/** A node folder whose service writes down its environment and sleeps, heeding SIGTERM or not. */
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'stand-node-')));
  for (const folder of ['bin', 'etc/systemd/system', 'run/systemd/system/cassandra.service.d'])
    mkdirSync(join(root, folder), { recursive: true });
  copyFileSync(SCRIPT, join(root, 'bin/systemctl'));
  service('env > "$PWD/environment"; exec sleep 60');
});
afterEach(() => {
  systemctl('stop', 'cassandra');
  rmSync(root, { recursive: true });
});

function service(body: string, timeoutStopSec = 5): void {
  writeFileSync(join(root, 'bin/service'), `#!/bin/sh\n${body}\n`);
  chmodSync(join(root, 'bin/service'), 0o755);
  writeFileSync(
    join(root, 'etc/systemd/system/cassandra.service'),
    `[Service]\nExecStart=${root}/bin/service\nEnvironment="JAVA_HOME=/opt/a jdk"\nTimeoutStopSec=${timeoutStopSec}\n`,
  );
}

function systemctl(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(join(root, 'bin/systemctl'), args, {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, SECRET: 'of the caller' },
  });
  return { status, stdout: stdout.trim(), stderr: stderr.trim() };
}
const property = (name: string) => systemctl('show', '-p', name, '--value', 'cassandra').stdout;

/** The service's own environment, once it has written it. */
function environment(): string {
  const file = join(root, 'environment');
  execFileSync('sh', ['-c', 'for i in $(seq 100); do [ -s "$0" ] && exit 0; sleep 0.05; done; exit 1', file]);
  return readFileSync(file, 'utf8');
}
function untilState(state: string): void {
  execFileSync('sh', [
    '-c',
    'for i in $(seq 100); do [ "$("$0" is-active cassandra)" = "$1" ] && exit 0; sleep 0.05; done; exit 1',
    join(root, 'bin/systemctl'),
    state,
  ]);
}

describe('the node folder’s systemctl', () => {
  test('starts, shows and stops the service', () => {
    expect(systemctl('is-active', 'cassandra')).toMatchObject({ status: 3, stdout: 'inactive' });
    expect(systemctl('start', 'cassandra')).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(systemctl('is-active', 'cassandra.service')).toMatchObject({ status: 0, stdout: 'active' });
    const pid = Number(property('MainPID'));
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain('sleep');
    expect(systemctl('show', '-p', 'ActiveState', '-p', 'MainPID', 'cassandra').stdout).toBe(`ActiveState=active\nMainPID=${pid}`);
    expect(systemctl('show', '--property=SubState,MainPID', 'cassandra').stdout).toBe(`SubState=running\nMainPID=${pid}`);
    const started = Date.parse(property('ExecMainStartTimestamp').replace(/^\w+ /, '').replace(' UTC', 'Z').replace(' ', 'T'));
    expect(Math.abs(Date.now() - started)).toBeLessThan(5000);
    expect(systemctl('stop', 'cassandra').status).toBe(0);
    expect(startTimeOf(Number(pid))).toBeUndefined();
    expect(systemctl('show', '-p', 'ActiveState', '-p', 'MainPID', 'cassandra').stdout).toBe('ActiveState=inactive\nMainPID=0');
  });
  test('does not start a second one', () => {
    systemctl('start', 'cassandra');
    const pid = property('MainPID');
    systemctl('start', 'cassandra');
    expect(property('MainPID')).toBe(pid);
  });
  test('restarts as another process', () => {
    systemctl('start', 'cassandra');
    const pid = property('MainPID');
    expect(systemctl('restart', 'cassandra').status).toBe(0);
    expect(property('ActiveState')).toBe('active');
    expect(property('MainPID')).not.toBe(pid);
  });
  test('calls a service that ended by itself failed, until it is reset or started', () => {
    service('exit 3');
    systemctl('start', 'cassandra');
    untilState('failed');
    expect(systemctl('is-active', 'cassandra').status).toBe(3);
    expect(systemctl('is-failed', 'cassandra').status).toBe(0);
    expect(property('MainPID')).toBe('0');
    systemctl('reset-failed', 'cassandra');
    expect(systemctl('is-active', 'cassandra').stdout).toBe('inactive');
  });
  test('calls a killed service failed', () => {
    systemctl('start', 'cassandra');
    process.kill(Number(property('MainPID')), 'SIGKILL');
    untilState('failed');
    service('exec sleep 60');
    systemctl('start', 'cassandra');
    expect(property('ActiveState')).toBe('active');
  });
  test('kills a service that does not end within TimeoutStopSec', () => {
    service('trap "" TERM; env > "$PWD/environment"; while :; do sleep 0.1; done', 1);
    systemctl('start', 'cassandra');
    environment();
    const pid = property('MainPID');
    const began = Date.now();
    systemctl('stop', 'cassandra');
    expect(Date.now() - began).toBeGreaterThan(900);
    expect(startTimeOf(Number(pid))).toBeUndefined();
  });
  test('gives the unit’s environment and nothing of the caller’s', () => {
    systemctl('start', 'cassandra');
    expect(environment()).toContain('JAVA_HOME=/opt/a jdk\n');
    expect(environment()).not.toContain('SECRET');
  });
  test('heeds a drop-in from the next daemon-reload on, and forgets it likewise', () => {
    const dropIn = join(root, 'run/systemd/system/cassandra.service.d/50-ringward.conf');
    writeFileSync(dropIn, '[Service]\nEnvironment="JVM_EXTRA_OPTS=-Dcassandra.start_native_transport=false -Dx=y"\n');
    expect(property('NeedDaemonReload')).toBe('yes');
    systemctl('start', 'cassandra');
    expect(environment()).not.toContain('JVM_EXTRA_OPTS');
    rmSync(join(root, 'environment'));
    systemctl('daemon-reload');
    expect(property('NeedDaemonReload')).toBe('no');
    systemctl('restart', 'cassandra');
    expect(environment()).toContain('JVM_EXTRA_OPTS=-Dcassandra.start_native_transport=false -Dx=y\n');
    rmSync(dropIn);
    rmSync(join(root, 'environment'));
    systemctl('daemon-reload');
    systemctl('restart', 'cassandra');
    expect(environment()).not.toContain('JVM_EXTRA_OPTS');
  });
  test('refuses what it does not know', () => {
    expect(systemctl('start', 'sshd')).toMatchObject({ status: 5, stderr: 'systemctl: Unit sshd.service could not be found.' });
    expect(systemctl('is-active', 'sshd').status).toBe(4);
    expect(systemctl('mask', 'cassandra')).toMatchObject({ status: 1 });
    expect(systemctl('start')).toMatchObject({ status: 1, stderr: 'systemctl: start needs a unit' });
  });
});
