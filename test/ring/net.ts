/** Which stand the ring tests use: all files share one, on the net of RINGWARD_TEST_NET (0 by default). */
const given = process.env.RINGWARD_TEST_NET ?? '0';
if (!/^\d{1,3}$/.test(given)) throw new RangeError(`RINGWARD_TEST_NET is "${given}", not a whole number from 0 to 255`);

export const TEST_NET = Number(given);
export const NODES = 3;
