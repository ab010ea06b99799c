import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { endProcess, isAlive, recordOf } from '../../../stand/local-aws/process-records.ts';
import { resolveParameters, SsmRefusal, scriptOf } from '../../../stand/local-aws/ssm-document.ts';
import { drawFate, parseSsmFaults } from '../../../stand/local-aws/ssm-faults.ts';
import { zipFolder } from '../../../stand/local-aws/zip.ts';
import { seededRandom } from '../../../stand/random.ts';

describe('faults of Run Command', () => {
  test('are read from one text', () => {
    expect(parseSsmFaults('delay=200-800,loss=0.1,duplicate=0.2,late-id=500,seed=7')).toEqual({
      delay: [200, 800],
      loss: 0.1,
      duplicate: 0.2,
      lateId: 500,
      lateAnswer: 0,
      lostEvents: 0,
      doubledEvents: 0,
      seed: 7,
    });
    expect(parseSsmFaults('none')).toEqual(parseSsmFaults(''));
  });

  test.each(['loss=1.1', 'loss=', 'delay=a-b', 'los=0.1', 'seed=-1'])('%s is refused', (text) => {
    expect(() => parseSsmFaults(text)).toThrow(/--ssm-faults/);
  });

  test('fall alike for the same seed, in the given shares', () => {
    const faults = parseSsmFaults('delay=100-200,loss=0.1,duplicate=0.2,seed=7');
    const draw = (seed: number) => {
      const random = seededRandom(seed);
      return Array.from({ length: 2000 }, () => drawFate(faults, random));
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(8)).not.toEqual(draw(7));
    const fates = draw(7);
    expect(fates.filter((fate) => fate.lost).length / 2000).toBeCloseTo(0.1, 1);
    expect(fates.filter((fate) => fate.duplicate).length / 2000).toBeCloseTo(0.2, 1);
    expect(fates.every((fate) => fate.delayMs >= 100 && fate.delayMs <= 200)).toBe(true);
  });
});

describe('documents', () => {
  const document = {
    schemaVersion: '2.2',
    parameters: {
      Plain: { type: 'String', default: 'p' },
      Env: { type: 'String', interpolationType: 'ENV_VAR', allowedPattern: '[a-z]+' },
      Size: { type: 'Integer', default: 3 },
    },
    mainSteps: [
      {
        action: 'aws:runShellScript',
        inputs: { runCommand: ['echo {{ Plain }} {{Size}} {{ none }}', 'echo "$SSM_Env"'], timeoutSeconds: '{{ Size }}' },
      },
    ],
  } as const;

  test('put plain parameters into the script and others into the environment', () => {
    const script = scriptOf(document, resolveParameters(document, { Env: ['abc'] }));
    expect(script).toEqual({
      script: 'echo p 3 {{ none }}\necho "$SSM_Env"\n',
      environment: { SSM_Env: 'abc' },
      timeoutSeconds: 3,
      workingDirectory: '',
    });
  });

  test('hold a pattern without anchors against the whole value', () => {
    expect(() => resolveParameters(document, { Env: ['abc; reboot'] })).toThrow(SsmRefusal);
    expect(() => resolveParameters(document, { Env: ['abc'], Size: ['x'] })).toThrow(/not an integer/);
  });
});

test('a folder’s archive unpacks to the same files by another tool', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ringward-zip-'));
  mkdirSync(join(folder, 'in/deep'), { recursive: true });
  writeFileSync(join(folder, 'in/deep/ä.txt'), 'text\n'.repeat(1000));
  writeFileSync(join(folder, 'in/empty'), '');
  writeFileSync(join(folder, 'a.zip'), zipFolder(join(folder, 'in')));
  execFileSync('python3', ['-m', 'zipfile', '-e', join(folder, 'a.zip'), join(folder, 'out')]);
  expect(readFileSync(join(folder, 'out/deep/ä.txt'), 'utf8')).toBe('text\n'.repeat(1000));
  expect(readFileSync(join(folder, 'out/empty'), 'utf8')).toBe('');
  rmSync(folder, { recursive: true });
});

test('a process that took the pid of ours over is never ended', async () => {
  const stranger = spawn('sleep', ['30']);
  const ours = { ...recordOf(stranger.pid ?? 0), startedAt: '1' };
  await endProcess(ours);
  expect(isAlive(recordOf(stranger.pid ?? 0))).toBe(true);
  await endProcess(recordOf(stranger.pid ?? 0));
  expect(stranger.exitCode ?? stranger.signalCode).not.toBeUndefined();
});
