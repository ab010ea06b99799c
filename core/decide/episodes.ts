/** What is remembered of a watch from window to window, and its episodes in words. */
import type { UnusualSoFar } from '../anomaly/unusual.ts';
import type { Finding } from '../verify/findings.ts';

/** A node that something speaks against, since when without a break. */
export interface Stretch {
  readonly node: string;
  readonly since: number;
  /** It was well before, so its end makes an episode. */
  readonly relapse: boolean;
  /** What vantage points said against it in this stretch, heard and judged again: one of each kind. */
  readonly findings: readonly Finding[];
  /** Two kinds of vantage point proved it bad. */
  readonly proven: boolean;
}

/** Times in ms: of the first window in which the node was bad, and of the one in which it was well again. */
export interface Episode {
  readonly from: number;
  readonly to: number;
  readonly proven: boolean;
}

/** A node with its episodes. */
export interface Flapping {
  readonly node: string;
  readonly times: number;
  /** The newest, oldest first. */
  readonly episodes: readonly Episode[];
  /** Of the first episode in which it was proven bad, else of the newest. */
  readonly findings: readonly Finding[];
  /** Two kinds of vantage point proved it bad in at least one episode. */
  readonly proven: boolean;
}

export interface Course {
  /** Nodes that no window found well yet. */
  readonly notYetWell: readonly string[];
  readonly ill: readonly Stretch[];
  readonly flapping: readonly Flapping[];
  /** Of the deployment as a whole, whichever node or health check it was. */
  readonly whole: { readonly state: 'not-yet-well' | 'well' | 'ill'; readonly episodes: number };
  readonly unusual: readonly UnusualSoFar[];
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** Nodes and episodes of each that a sentence names. */
const NODES_SHOWN = 3;
const EPISODES_SHOWN = 5;

/** `n1 was bad and well again 3 times: <from> to <to>, …` for each; null where there was no episode. */
export function episodesSentence(flapping: readonly Flapping[]): string | null {
  if (flapping.length === 0) return null;
  const more = flapping.length > NODES_SHOWN ? [`So were ${flapping.length - NODES_SHOWN} more nodes.`] : [];
  return [...flapping.slice(0, NODES_SHOWN).map(sentenceOf), ...more].join(' ');
}

function sentenceOf({ node, times, episodes }: Flapping): string {
  const told = episodes
    .slice(-EPISODES_SHOWN)
    .map(({ from, to }) => `${iso(from)} to ${iso(to)}`)
    .join(', ');
  const often = times === 1 ? 'once' : `${times} times`;
  return `${node} was bad and well again ${often}: ${times > EPISODES_SHOWN ? 'the newest: ' : ''}${told}.`;
}
