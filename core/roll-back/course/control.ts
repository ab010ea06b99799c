/** What people say about a rollback that is under way. */
import { z } from 'zod';

/** `go`: as planned · `pause`: nothing new is begun · `cancel`: it ends after what is at work. */
export const ControlWord = z.enum(['go', 'pause', 'cancel']);
export type ControlWord = z.infer<typeof ControlWord>;

const said = { by: z.string().min(1).max(200), reason: z.string().max(500).optional(), at: z.number() };

/** Holds for the rollback of one epoch. */
export const Control = z.object({ word: ControlWord, epoch: z.int(), ...said });
export type Control = z.infer<typeof Control>;

/** The answer about one wave of one plan; it holds for no other plan. */
export const Approval = z.object({ wave: z.int().min(0), planHash: z.string(), answer: z.enum(['approve', 'reject']), ...said });
export type Approval = z.infer<typeof Approval>;

/** A wave that a person is asked about. */
export const Asking = z.object({
  wave: z.int().min(0),
  name: z.string(),
  nodes: z.array(z.string()),
  planHash: z.string(),
  epoch: z.int(),
  askedAt: z.number(),
  dueAt: z.number(),
  /** Of Step Functions; it completes the waiting state and nothing else. */
  token: z.string(),
});
export type Asking = z.infer<typeof Asking>;
