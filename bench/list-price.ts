/**
 * What AWS would charge for counted usage, at list price in us-east-1, without any free tier. Pure.
 *
 * Left out, as they are below a hundredth of the rest or are paid per month: storage of some kilobytes, log
 * and trace ingestion, keys, alarms. Run Command on EC2 instances costs nothing.
 */

/** Usage of one run, as counted. */
export interface Usage {
  /** States entered in standard workflows, repeats after an error included. */
  readonly stateTransitions: number;
  readonly lambdaRequests: number;
  readonly lambdaGbSeconds: number;
  /** A write of up to 1 KB, a strongly consistent read of up to 4 KB. */
  readonly dynamoWriteUnits: number;
  readonly dynamoReadUnits: number;
  /** PUT, COPY, POST, LIST. */
  readonly s3Writes: number;
  readonly s3Reads: number;
  readonly eventsPublished: number;
  /** Requests with keys other than symmetric ones and RSA 2048. */
  readonly kmsRequests: number;
  readonly secretReads: number;
  readonly queueRequests: number;
}

interface Price {
  /** USD for one. */
  readonly usd: number;
  readonly source: string;
}

/** Prices of us-east-1 as published; looked up on 24 November 2026. */
export const PRICES: Readonly<Record<keyof Usage, Price>> = {
  stateTransitions: { usd: 0.025 / 1000, source: 'https://aws.amazon.com/step-functions/pricing/' },
  lambdaRequests: { usd: 0.2 / 1e6, source: 'https://aws.amazon.com/lambda/pricing/' },
  // Arm, first tier.
  lambdaGbSeconds: { usd: 0.0000133334, source: 'https://aws.amazon.com/lambda/pricing/' },
  dynamoWriteUnits: { usd: 0.625 / 1e6, source: 'https://aws.amazon.com/dynamodb/pricing/on-demand/' },
  dynamoReadUnits: { usd: 0.125 / 1e6, source: 'https://aws.amazon.com/dynamodb/pricing/on-demand/' },
  s3Writes: { usd: 0.005 / 1000, source: 'https://aws.amazon.com/s3/pricing/' },
  s3Reads: { usd: 0.0004 / 1000, source: 'https://aws.amazon.com/s3/pricing/' },
  eventsPublished: { usd: 1 / 1e6, source: 'https://aws.amazon.com/eventbridge/pricing/' },
  kmsRequests: { usd: 0.15 / 10_000, source: 'https://aws.amazon.com/kms/pricing/' },
  secretReads: { usd: 0.05 / 10_000, source: 'https://aws.amazon.com/secrets-manager/pricing/' },
  queueRequests: { usd: 0.4 / 1e6, source: 'https://aws.amazon.com/sqs/pricing/' },
};

export interface PricedLine {
  readonly what: keyof Usage;
  readonly count: number;
  readonly usd: number;
}

/** Each kind of usage with its price, dearest first, and the sum in USD. Throws a RangeError for a count that is no count. */
export function priceOf(usage: Usage): { readonly usd: number; readonly lines: readonly PricedLine[] } {
  const lines = (Object.keys(PRICES) as (keyof Usage)[]).map((what) => {
    const count = usage[what];
    if (!Number.isFinite(count) || count < 0) throw new RangeError(`${what}: ${count} is no count`);
    return { what, count, usd: count * PRICES[what].usd };
  });
  return { usd: lines.reduce((sum, line) => sum + line.usd, 0), lines: lines.toSorted((a, b) => b.usd - a.usd) };
}
