/**
 * The weekly pattern. With n values of mean m in an hour of the week, n' of mean m' in that hour of all days and the
 * overall mean μ, each estimate is drawn towards the next coarser one, the less history the more:
 *
 *   day(h)  = (n'·m' + 2·μ) / (n' + 2)
 *   week(w) = (n·m + 1·day(h)) / (n + 1)
 *
 * So the first week is a flat level with a hint of the day, the second knows the day, and from the third on hours of
 * the week stand for themselves. Hours are of UTC.
 */
import { NOTHING, type Summary } from './summary.ts';

export const HOURS_OF_WEEK = 168;
const HOUR_MS = 3_600_000;
/** 1 January 1970 was a Thursday; hour 0 is Monday 00:00 UTC. */
const MONDAY = 3 * 24;

/** How many values a coarser estimate is worth: of the overall level, and of the hour of the day. */
const WORTH_OF_LEVEL = 2;
const WORTH_OF_DAY = 1;

export const hourOfWeek = (at: number): number => (Math.floor(at / HOUR_MS) + MONDAY) % HOURS_OF_WEEK;

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
/** `Tuesday 14:00 UTC`. */
export const nameOfHour = (hour: number): string => `${DAYS[Math.floor(hour / 24)]} ${String(hour % 24).padStart(2, '0')}:00 UTC`;

/** Expected value of one hour of the week, on the scale of the cells. */
export function expectedIn(cells: readonly Summary[], hour: number): number {
  let [n, sum, nOfDay, sumOfDay] = [0, 0, 0, 0];
  // A loop, for it runs once for every value that is learnt.
  for (let i = 0; i < cells.length; i += 1) {
    const cell = cells[i] as Summary;
    n += cell[0];
    sum += cell[0] * cell[1];
    if (i % 24 !== hour % 24) continue;
    nOfDay += cell[0];
    sumOfDay += cell[0] * cell[1];
  }
  const ofDay = drawn(nOfDay, sumOfDay, WORTH_OF_LEVEL, n === 0 ? 0 : sum / n);
  const [own, mean] = cells[hour] ?? NOTHING;
  return drawn(own, own * mean, WORTH_OF_DAY, ofDay);
}

const drawn = (n: number, sum: number, worth: number, coarser: number): number => (sum + worth * coarser) / (n + worth);
