/** Are the ports free that the ring is about to take? */
import { createServer } from 'node:net';

export interface Port {
  readonly address: string;
  readonly port: number;
  readonly purpose: string;
}

/** Throws an error that names every taken port and what to do; `net` is the stand's own, to propose another. */
export async function checkPortsFree(ports: readonly Port[], net: number): Promise<void> {
  const taken = (await Promise.all(ports.map(async (port) => ({ ...port, problem: await problemWith(port) })))).filter(
    ({ problem }) => problem !== undefined,
  );
  if (taken.length === 0) return;
  const list = taken.map(({ address, port, purpose, problem }) => `${address}:${port} (${purpose}: ${problem})`).join(', ');
  throw new Error(`not free: ${list} → end what listens there (ss -ltnp shows it), or use other addresses: --net ${net === 7 ? 8 : 7}`);
}

/** Tries to listen: undefined when that works. */
async function problemWith({ address, port }: Port): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRINUSE' ? 'in use' : (error.code ?? error.message)));
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
