/** Reads a parsed `cluster.yaml`: what is registered is all that Ringward may touch, so nothing in it may be in doubt. */
import type { z } from 'zod';
import { RingwardError } from '../errors/catalogue.ts';
import { parseOrExplain } from '../errors/from-schema.ts';
import { profileOf } from '../profile/effective.ts';
import { LimitsLayer } from '../profile/profile.ts';
import { refuseContradictions } from '../profile/refuse-contradictions.ts';
import { checkAuthorities } from './client-authorities.ts';
import { Registration } from './registration.ts';

/** A limit that is not given is the profile's. */
const WrittenRegistration = Registration.extend({ limits: LimitsLayer.prefault({}) });

/** Throws FIELD_INVALID, PROFILE_UNKNOWN or PROFILE_CONTRADICTORY with field, value and fix; nodes, addresses, paths and alarms must not repeat. */
export function readRegistration(parsed: unknown): Registration {
  const registration = withProfile(parseOrExplain(WrittenRegistration, parsed, 'cluster registration'));
  refuseRepeats(
    registration.nodes.map(({ node }) => node),
    (i) => `nodes[${i}].node`,
    'Two nodes have the same id.',
  );
  refuseRepeats(
    registration.nodes.map(({ address }) => address),
    (i) => `nodes[${i}].address`,
    'Two nodes have the same address.',
  );
  refuseRepeats(
    registration.files.map(({ path }) => path),
    (i) => `files[${i}].path`,
    'A file is registered twice.',
  );
  refuseRepeats(
    registration.clients.map(({ name }) => name),
    (i) => `clients[${i}].name`,
    'Two clients have the same name.',
  );
  registration.clients.forEach((client, i) => {
    checkAuthorities(client, `clients[${i}].authorities`);
  });
  refuseRepeats(
    registration.health.checks.map(({ name }) => name),
    (i) => `health.checks[${i}].name`,
    'Two health checks have the same name.',
  );
  registration.health.checks.forEach((check, i) => {
    if (check.kind !== 'ssm-document' || registration.nodes.some(({ node }) => node === check.node)) return;
    throw new RingwardError('NODE_UNKNOWN', { field: `health.checks[${i}].node`, value: check.node });
  });
  if (!registration.files.some(({ kind }) => kind === 'keystore')) {
    throw new RingwardError('FIELD_INVALID', {
      message: 'No keystore is registered, so no certificate could be verified.',
      field: 'files',
      value: `a list of ${registration.files.length}`,
      fix: 'Add the keystore: {path: /etc/cassandra/tls/node.pem, kind: keystore}.',
    });
  }
  return registration;
}

/** Names the profile that is meant, and fills its limits in. */
function withProfile(written: z.infer<typeof WrittenRegistration>): Registration {
  const profile = { ...written.profile, extends: written.profile?.extends ?? written.environment };
  const source = { ...written, profile };
  refuseContradictions(source, written.health);
  return { ...source, limits: profileOf(source).limits };
}

function refuseRepeats(values: readonly string[], field: (i: number) => string, message: string): void {
  values.forEach((value, i) => {
    const first = values.indexOf(value);
    if (first !== i)
      throw new RingwardError('FIELD_INVALID', {
        message,
        field: field(i),
        value,
        fix: `${field(first)} has it already; correct one of the two.`,
      });
  });
}
