/** What a step of a node's program has in its hands. */
import type { HandshakeFact } from '../../../core/node/facts.ts';
import type { Host } from '../ring/host.ts';
import type { Dialler, SimulatedRing } from '../ring/ring.ts';
import type { Life } from '../time/life.ts';

/** Bugs that a test plants in the program, to see that they are found. */
export type PlantedOnNode =
  | 'no-fence'
  | 'no-verification'
  | 'no-journal'
  | 'no-copies'
  | 'no-configuration'
  | 'key-in-reply'
  | 'leaves-drop-in';

/** What a step has in its hands. */
export interface Program {
  readonly ring: SimulatedRing;
  readonly host: Host;
  readonly planted: ReadonlySet<PlantedOnNode>;
  /** A named point at which a test can end the program as `kill -9` would. */
  readonly reach: (point: string) => void;
  readonly sleep: (ms: number) => Promise<void>;
  readonly dial: (dialler: Dialler, address: string, listener: 'client' | 'internode') => Promise<HandshakeFact>;
  readonly get: (url: string) => Promise<string>;
  readonly put: (url: string, body: string) => Promise<number>;
}

/** Who is at work on a host: one acting step at a time. */
export type Locks = Map<string, { readonly life: Life; readonly requestId: string }>;
