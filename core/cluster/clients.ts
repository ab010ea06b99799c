/** Who connects to a cluster, as `clients:` of `cluster.yaml` says it: on which TLS library, and what it trusts. */
import { z } from 'zod';
import { RUNTIME_NAMES, RUNTIMES, VERSION } from '../certificate/runtimes/runtime.ts';

/** One application, or several on the same library and version. */
export const RegisteredClient = z.strictObject({
  /** In the report; a team, an application. */
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}$/, 'letters, digits, space, ".", "_", "-"; at most 63'),
  runtime: z.enum(RUNTIME_NAMES),
  /** Of the runtime, not of the driver; the measured one where it is left out. */
  version: z.custom<string>((value) => typeof value === 'string' && VERSION.test(value), 'a version in quotes such as "3.13"').optional(),
  /** Does it look at the node's names? As its drivers do by default where it is left out. */
  checksNames: z.boolean().optional(),
  /** PEM text of what it trusts; the canary's authorities where it is left out. */
  authorities: z.string().optional(),
});
export type RegisteredClient = z.infer<typeof RegisteredClient>;

/** The version that the client is judged as. */
export function versionOf({ runtime, version }: RegisteredClient): string {
  return version ?? RUNTIMES[runtime].measured;
}
