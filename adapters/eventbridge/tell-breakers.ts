/** Tells people, once each, of sources of evidence that broke and that work again. It blocks and fails nothing (I9). */
import { type Breaker, notAsked, toTell } from '../../core/breaker/breaker.ts';
import { dynamoBreakers, loadBreakers } from '../dynamodb/breakers.ts';
import { announce } from './announce.ts';

/** Those of a cluster that are not closed. */
export async function tellBreakers(cluster: string, about: Readonly<Record<string, unknown>> = {}): Promise<Breaker[]> {
  try {
    const breakers = await loadBreakers(cluster);
    await Promise.all(breakers.map((breaker) => tellOne(breaker, about)));
    return breakers.filter(({ state }) => state !== 'closed');
  } catch (error) {
    console.error(JSON.stringify({ message: 'circuit breakers could not be read', error: String(error) }));
    return [];
  }
}

/** Told first and noted after: rather twice than never. */
async function tellOne(breaker: Breaker, about: Readonly<Record<string, unknown>>): Promise<void> {
  const told = toTell(breaker);
  if (told === null) return;
  const { cluster, source, brokenSince, error, until } = breaker;
  const sent =
    told === 'open'
      ? await announce('Ringward Source Broken', {
          ...about,
          cluster,
          source,
          since: new Date(brokenSince ?? 0).toISOString(),
          error,
          triedAgainAt: new Date(until).toISOString(),
          reason: notAsked(breaker),
        })
      : await announce('Ringward Source Recovered', { ...about, cluster, source });
  if (sent) await dynamoBreakers.store({ ...breaker, told });
}
