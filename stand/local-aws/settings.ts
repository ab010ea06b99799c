import { join } from 'node:path';

/** The account of the stand; the template is environment-agnostic, so it takes the account it is deployed to. */
export const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';
/** The emulator checks no signatures; any pair will do, and this one cannot be mistaken for a real one. */
export const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' } as const;
export const STACK = 'Ringward';
export const FRONT_PORT = 4566;

/** What the keeper process is started with, as a file in the state folder. */
export interface KeeperSettings {
  readonly address: string;
  readonly frontPort: number;
  readonly emulatorPort: number;
  readonly functionHostPort: number;
  readonly python: string;
}

/** The loopback address of a stand: net 0 is 127.0.0.1, net 7 is 127.0.7.1. */
export function addressOf(net: number): string {
  return `127.0.${net}.1`;
}

/** Files of the local AWS in a stand's state folder. */
export function stateFiles(
  stateFolder: string,
): Record<'folder' | 'settings' | 'processes' | 'nodes' | 'deployed' | 'faults' | 'logs', string> {
  const folder = join(stateFolder, 'local-aws');
  return {
    folder,
    settings: join(folder, 'settings.json'),
    processes: join(folder, 'processes.json'),
    nodes: join(folder, 'nodes.json'),
    deployed: join(folder, 'deployed.json'),
    faults: join(folder, 'ssm-faults'),
    logs: join(folder, 'logs'),
  };
}
