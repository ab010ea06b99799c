/** The one place where the decider under measurement is named. */
import type { Decider } from './decider.ts';
import { standIn } from './stand-in.ts';

export const decider: Decider = standIn;
