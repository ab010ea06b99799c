import { lookup } from 'node:dns';
import { isForbiddenAddress } from '../../core/health/forbidden-address.ts';

/** Names are held against what may be dialled only after they are resolved, or a name could point at an instance's metadata. */
export const lookupAllowed: typeof lookup = ((host: string, options: object, done: (...found: unknown[]) => void) => {
  lookup(host, { ...options, all: true }, (error, addresses) => {
    const refused = addresses?.find(({ address }) => isForbiddenAddress(address));
    const first = addresses?.[0];
    if (error || refused || !first) done(error ?? new Error(`${host} resolves to ${refused?.address ?? 'nothing'}, which is not dialled`));
    else if ((options as { all?: boolean }).all) done(null, addresses);
    else done(null, first.address, first.family);
  });
}) as unknown as typeof lookup;
