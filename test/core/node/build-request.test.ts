import { expect, test } from 'vitest';
import { PEERS_OF_A_LOOK, peersOfLook } from '../../../core/node/build-request.ts';
import { registration } from '../../fixtures/ring.ts';

const [first] = registration.nodes;
if (!first) throw new Error('fixture');
const ringOf = (size: number) => ({
  ...registration,
  nodes: Array.from({ length: size }, (_, i) => ({
    ...first,
    node: `i-${String(i).padStart(8, '0')}`,
    address: `10.0.${i >> 8}.${i & 255}`,
  })),
});
const dialled = (size: number, look: string): string[] => peersOfLook(ringOf(size), 'i-00000000', look).map(({ node }) => node);

test('a small ring is looked at whole, whatever the look', () => {
  expect(dialled(PEERS_OF_A_LOOK + 1, 'a').toSorted()).toEqual(dialled(PEERS_OF_A_LOOK + 1, 'b').toSorted());
  expect(dialled(PEERS_OF_A_LOOK + 1, 'a')).toHaveLength(PEERS_OF_A_LOOK);
});

test('a large ring: as many as one reply carries, never itself, the same look the same ones, another look others', () => {
  const sample = dialled(1000, 'a');
  expect(new Set(sample).size).toBe(PEERS_OF_A_LOOK);
  expect(sample).not.toContain('i-00000000');
  expect(dialled(1000, 'a')).toEqual(sample);
  expect(dialled(1000, 'b')).not.toEqual(sample);
});

test('over time every link is looked at, and in each look nearly every node is dialled by somebody', () => {
  const ring = ringOf(60);
  const seen = new Set(Array.from({ length: 60 }, (_, look) => dialled(60, `look ${look}`)).flat());
  expect(seen.size).toBe(59);
  for (let look = 0; look < 20; look += 1) {
    const reached = new Set(ring.nodes.flatMap(({ node }) => peersOfLook(ring, node, `look ${look}`).map((peer) => peer.node)));
    expect(reached.size).toBe(60);
  }
});
