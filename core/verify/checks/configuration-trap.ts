/**
 * Endpoint verification with client authentication between nodes breaks every new link on Cassandra 5.0.6 with
 * JDK 17 ("Endpoint Identification Algorithm HTTPS is not supported on the server side", measured).
 */
import { type Check, conclude, finding, withoutObservation } from '../check.ts';

export const configurationTrap: Check = (snapshot) => {
  const name = 'configuration-trap';
  const { observation } = snapshot;
  if (!observation) return withoutObservation(name, snapshot);
  const isTrap = observation.configuration.some(
    ({ setting, value }) =>
      /server_encryption_options/.test(setting) && /require_endpoint_verification/.test(`${setting} ${value}`) && /true/i.test(value),
  );
  const clientAuthOff = observation.configuration.some(
    ({ setting, value }) => /server_encryption_options\.require_client_auth/.test(setting) && /false/i.test(value),
  );
  const failing =
    isTrap && !clientAuthOff
      ? [
          finding(snapshot, 'ENDPOINT_VERIFICATION_TRAP', {
            where: 'server_encryption_options',
            expected: 'require_endpoint_verification: false',
            observed: 'require_endpoint_verification: true, require_client_auth: true',
            seenBy: 'node',
            how: `the node’s own configuration (Cassandra ${observation.cassandra ?? 'of unknown version'})`,
            at: observation.at,
          }),
        ]
      : [];
  return conclude(name, snapshot, { failing, missing: [], passed: 'No setting is known to break TLS between nodes.' });
};
