/** Simulated weeks of one metric: a daily and a weekly season, noise that hangs together from hour to hour, holes, and now and then an outlier. */
import type { BaselineMetric } from '../../../core/baseline/metric.ts';
import type { BaselineSample } from '../../../core/baseline/sample.ts';
import { seededRandom } from '../../../stand/random.ts';

const HOUR = 3_600_000;
/** A Monday, 00:00 UTC. */
export const MONDAY = Date.UTC(2026, 8, 7);
export const at = (hours: number): number => MONDAY + hours * HOUR;

export interface Weeks {
  readonly seed: number;
  readonly hours: number;
  readonly metric?: BaselineMetric;
  readonly node?: string;
  /** Factor on the level from this hour on. */
  readonly shift?: { readonly from: number; readonly factor: number };
  /** Swing of the day and of the weekend, and the noise's deviation, in logarithms. */
  readonly day?: number;
  readonly weekend?: number;
  readonly noise?: number;
  /** How much of an hour's noise stays in the next. */
  readonly memory?: number;
}

/** The level without noise. */
export function trueLevel({ shift, day = 0.5, weekend = 0.4 }: Weeks, hour: number): number {
  const season = day * Math.sin(((hour % 24) / 24) * 2 * Math.PI) - (hour % 168 >= 120 ? weekend : 0);
  // A backup every Wednesday night, which only the hour of the week knows.
  const backup = hour % 168 === 51 || hour % 168 === 52 ? 0.6 : 0;
  return 200 * Math.exp(season + backup) * (shift && hour >= shift.from ? shift.factor : 1);
}

export function weeksOf(weeks: Weeks): BaselineSample[] {
  const { seed, hours, metric = 'throughput', node = 'i-0', noise = 0.1, memory = 0.5 } = weeks;
  const random = seededRandom(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  let kept = 0;
  return Array.from({ length: hours }, (_, hour) => {
    kept = memory * kept + Math.sqrt(1 - memory * memory) * noise * normal();
    const outlier = random() < 0.005 ? Math.log(5) : 0;
    const hole = random() < 0.05;
    return hole ? [] : [{ at: at(hour) + HOUR / 2, node, values: { [metric]: trueLevel(weeks, hour) * Math.exp(kept + outlier) } }];
  }).flat();
}
