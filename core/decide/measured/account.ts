/**
 * An account: what bets against one statement about one stream have earned. Every block brings fresh capital, so that a fault which begins late is
 * met as well as one that begins at once; all capital together is 1, so that the account stays an e-process.
 */

/** ln of the wealth of each expert. */
export type Wealth = readonly number[];

/** ln of what is as good as nothing; JSON knows no −∞. */
const NOTHING = -30;
/** Figures are kept to a hundredth, rounded down: a state stays small, and no wealth is ever made. */
const KEPT = 100;
/** Below this (ln) to a whole: what fresh capital soon outweighs. */
const SMALL = -6;

export const emptyWealth = (experts: number): Wealth => new Array<number>(experts).fill(NOTHING);

/** Half of late faults begin within minutes of the deployment: fresh capital thins out as 1 / (time + this), seconds. */
const EARLY_S = 30;
const AT_ONCE = 0.25;

/** Capital that has come in until `s` seconds after the start of the watch. */
export function capitalUntil(s: number, watchS: number): number {
  if (s <= 0) return 0;
  return Math.min(1, AT_ONCE + ((1 - AT_ONCE) * Math.log1p(s / EARLY_S)) / Math.log1p(watchS / EARLY_S));
}

/** After one block: each expert's wealth and fresh capital, times what its bet brought, at most its cap (ln). */
export function grow(wealth: Wealth, lnE: readonly number[], caps: readonly number[], capital: number): Wealth {
  const lnCapital = capital > 0 ? Math.log(capital) : NOTHING;
  return wealth.map((ln, i) => {
    const high = Math.max(ln, lnCapital);
    const sum = high + Math.log1p(Math.exp(-Math.abs(ln - lnCapital)));
    const earned = sum + Math.min(lnE[i] ?? 0, caps[i] ?? 0);
    const kept = earned < SMALL ? 1 : KEPT;
    return Math.max(NOTHING, Math.floor(earned * kept) / kept);
  });
}

/** The account's e-value: its experts, each by its share of the capital, and what has not been staked yet. The shares sum to 1. */
export function evidenceOf(wealth: Wealth, capitalLeft: number, shares: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < wealth.length; i++) {
    const ln = wealth[i] as number;
    if (ln > NOTHING) sum += (shares[i] as number) * Math.exp(Math.min(ln, 600));
  }
  return sum + capitalLeft;
}
