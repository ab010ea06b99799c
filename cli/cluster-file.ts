/** Reads a `cluster.yaml`. */
import { readRegistration } from '../core/cluster/read-registration.ts';
import type { Registration } from '../core/cluster/registration.ts';
import { RingwardError } from '../core/errors/catalogue.ts';
import type { Terminal } from './terminal.ts';

/** The registration in a file. Throws FIELD_INVALID with the field, its value and the fix. */
export async function readClusterFile(terminal: Terminal, path: string): Promise<Registration> {
  const { parse } = await import('yaml');
  const text = await terminal.readFile(path).catch((error: Error) => {
    throw new RingwardError('ARGUMENT_INVALID', {
      message: `The file cannot be read: ${error.message}`,
      field: 'file',
      value: path,
      fix: 'Give the path of a cluster.yaml; docs/guide/cluster-yaml.md has an example.',
    });
  });
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new RingwardError('FIELD_INVALID', {
      message: `${path} is not YAML: ${(error as Error).message}`,
      field: 'file',
      value: path,
      fix: 'Mend the named line.',
    });
  }
  return readRegistration(value);
}
