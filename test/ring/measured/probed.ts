/** The stand's ring under a gentle load and probed, as production is: deployments of good certificates, and what happens meanwhile. */
import type { Report } from '../../../core/report/model.ts';
import { heal } from '../../../stand/heal.ts';
import { startLoad } from '../../../stand/load/load.ts';
import type { RingNode } from '../../../stand/ring/topology.ts';
import { spare } from '../../../stand/saboteur/sabotage.ts';
import { registerAs } from '../registered.ts';
import { deployUpToCompleted, makeWhole, sendCompleted, type TestStand, tell, theStand, timelineOf, waitForReport } from '../stand.ts';

/** The ring, its load and its prober share two processors: what fills them is slow for everybody, and hides what is slow for one. */
export const GENTLE = { rate: 40, probeEveryMs: 2000 };

/** Production's thresholds and error rate; the times are a stand's, and so is the burst, a sixth of production's. */
const MEASURED = {
  probes: 'required',
  beforeSeconds: 45,
  soakS: 45,
  watchS: 45,
  horizonS: 240,
  probing: { calmPerNode: 3, burstPerNode: 10, most: 30 },
};
const LIMITS = { soakSeconds: 45, windowSeconds: 5, nodeLookSeconds: 60, verificationSeconds: 240, performanceSeconds: 240 };

export interface ProbedStand {
  readonly stand: TestStand;
  /** The one that is deployed to. */
  readonly node: RingNode;
  /** A good renewal of the node; `seconds` from its completed event to the verdict. */
  deployWhile(whose: string, meanwhile: () => Promise<unknown>): Promise<{ readonly report: Report; readonly seconds: number }>;
  end(): Promise<void>;
}

export async function probedStand(): Promise<ProbedStand> {
  const stand = await theStand();
  const node = stand.ring.nodes.at(-1) as RingNode;
  await makeWhole(stand);
  const registerAgain = await registerAs(stand, (before) => ({
    ...before,
    limits: { ...before.limits, ...LIMITS },
    profile: { ...before.profile, measured: MEASURED },
  }));
  const load = await startLoad(stand.ring, GENTLE);
  return {
    stand,
    node,
    async deployWhile(whose, meanwhile) {
      await makeWhole(stand);
      const deployment = await deployUpToCompleted(stand, 'none', whose, [node]);
      const since = Date.now();
      const happening = meanwhile();
      await sendCompleted(deployment);
      const report = await waitForReport(stand, deployment.id, 290_000);
      const seconds = Math.round((report.verdict.decidedAt - since) / 100) / 10;
      tell(`${whose.padEnd(12)} ${report.verdict.verdict} after ${seconds} s: ${report.verdict.reason}`);
      for (const { what } of (await timelineOf(stand, deployment.id)).filter(({ area }) => area === 'decide')) tell(`  ${what}`);
      await happening;
      await spare(node);
      return { report, seconds };
    },
    async end() {
      await load.stop().catch(() => undefined);
      await registerAgain();
      await heal(stand.ring, stand.ring.nodes, tell);
    },
  };
}
