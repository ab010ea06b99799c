/** What became of one provoked failure. */

/** One case: how it was provoked, and what the product said of it. */
export interface CaseResult {
  readonly row: number;
  readonly title: string;
  readonly how: 'ring' | 'PKI';
  readonly expected: string;
  readonly found: boolean;
  /** No other cause was named, and it was named on the right node. */
  readonly rightly: boolean;
  readonly named: readonly string[];
  readonly checks: readonly string[];
  readonly seenBy: readonly string[];
  readonly ms: number;
  /** The other tool's word. */
  readonly confirmed: string;
}
