/** The table of client runtimes against this machine's own Java, OpenSSL, Python and Node.js, by real handshakes with served chains. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { readCertificate } from '../../core/certificate/path/certificate-body.ts';
import { askRuntimes } from '../../core/certificate/runtimes/ask-runtimes.ts';
import type { RuntimeVersion } from '../../core/certificate/runtimes/runtime.ts';
import { seededRandom } from '../../stand/random.ts';
import { pairedCases, type RuntimeCase, runtimeCases } from '../fixtures/runtimes/cases.ts';
import { PROFILES, type Profile, whileServed } from '../fixtures/runtimes/measure.ts';

const now = Date.now();
/** Six runtimes dial some sixty ports each, one after the other, on a machine that may be busy. */
const LONGEST_MS = 300_000;

/** Python and Node.js may be newer here than where the table was measured: they are held to their own version's column. */
function standsHere(name: string, { stands }: Profile): RuntimeVersion {
  if (name === 'node') return { runtime: 'node', version: process.versions.node };
  if (name !== 'python') return stands;
  const { stdout } = spawnSync('python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], { encoding: 'utf8' });
  return { runtime: 'python', version: stdout.trim() };
}

async function differences(cases: readonly RuntimeCase[]) {
  const wrong: string[] = [];
  const counts = { accepted: 0, refused: 0 };
  await whileServed(cases, async (served) => {
    for (const [name, profile] of Object.entries(PROFILES)) {
      const said = await profile.ask(served);
      for (const one of cases) {
        const question = {
          chain: one.chain.map(({ der }) => readCertificate(der)),
          anchors: one.trust.map(({ der }) => readCertificate(der)),
          at: Date.now(),
          names: [one.dialled],
        };
        const [ours] = askRuntimes(question, [{ ...standsHere(name, profile), checksNames: true }]);
        const real = said[one.name] ?? null;
        if (real === null) counts.accepted += 1;
        else counts.refused += 1;
        if ((ours?.verdict === 'accept') !== (real === null))
          wrong.push(`${name}, ${one.name}: we ${ours?.verdict} (${ours?.reasons.map(({ words }) => words).join(', ')}), it says ${real}`);
      }
    }
  });
  return { wrong, ...counts };
}

test('every case of the table: predicted as the runtimes of this machine answer', { timeout: LONGEST_MS }, async () => {
  const { wrong, accepted, refused } = await differences(runtimeCases(now));
  expect(wrong).toEqual([]);
  expect([accepted > 100, refused > 150]).toEqual([true, true]);
});

test('60 chains bent in two places at once', { timeout: LONGEST_MS }, async () => {
  const { wrong, accepted, refused } = await differences(pairedCases(now, 60, seededRandom(20261125)));
  expect(wrong).toEqual([]);
  expect([accepted > 20, refused > 150]).toEqual([true, true]);
});
