/** What is written first: one minute's mean above the threshold, and back it goes. */
import { isBad } from '../minutes.ts';
import type { MinuteMethod } from './method.ts';

export const naive: MinuteMethod = {
  name: 'one 1-min mean',
  source: 'no one in particular',
  rollsBackAtS: ({ after, baseline, beginS }) => {
    const bad = after.findIndex((minute) => isBad(minute, baseline, 'mean'));
    return bad === -1 ? null : beginS + (bad + 1) * 60;
  },
};
