import net from 'node:net';
import { LocalAwsError } from './local-aws-error.ts';

/** Whether a port of an address can be listened on now. */
export function isFree(address: string, port: number): Promise<boolean> {
  return new Promise((settle) => {
    const server = net.createServer();
    server.once('error', () => settle(false));
    server.listen(port, address, () => server.close(() => settle(true)));
  });
}

/**
 * The first `count` free ports of an address from `from` on.
 * @throws LocalAwsError when a hundred ports hold too few free ones
 */
export async function freePorts(address: string, from: number, count: number): Promise<number[]> {
  const found: number[] = [];
  for (let port = from; port < from + 100 && found.length < count; port += 1) if (await isFree(address, port)) found.push(port);
  if (found.length < count) {
    throw new LocalAwsError(`Ports ${from} to ${from + 99} of ${address} are taken`, 'End what listens there, or use another --net');
  }
  return found;
}
