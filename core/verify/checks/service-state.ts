/** Cassandra runs and joins the ring (user story: starts within five minutes), and with the configuration that lies on disk. */
import { type Check, conclude, finding, withoutObservation } from '../check.ts';
import type { Finding } from '../findings.ts';
import { notJoined } from './joining.ts';

export const serviceState: Check = (snapshot, policy, now) => {
  const name = 'service-state';
  const { observation, activation } = snapshot;
  if (!observation) return withoutObservation(name, snapshot);
  const { service } = observation;
  const seen = { where: 'service', seenBy: 'node' as const, how: 'systemctl show on the node', at: observation.at };
  const failing: Finding[] = [];
  const told: Finding[] = [];
  const missing: string[] = [];
  if (service.state !== 'active') {
    const starting = service.state !== 'failed' && now <= activation.completedAt + policy.serviceStartMs;
    if (starting)
      missing.push(
        `the service is ${service.state}; it has until ${new Date(activation.completedAt + policy.serviceStartMs).toISOString()}`,
      );
    else {
      const given = gaveUpItsStart(snapshot);
      if (given)
        failing.push(
          finding(snapshot, 'CANNOT_GOSSIP_AT_START', {
            ...seen,
            how: 'Cassandra’s log on the node',
            expected: 'a seed that answers',
            observed: given,
          }),
        );
      failing.push(finding(snapshot, 'SERVICE_NOT_RUNNING', { ...seen, expected: 'active', observed: service.state }));
    }
  }
  const startedAt = service.state === 'active' && activation.activation === 'restart' && servesNothing(snapshot) ? service.startedAt : null;
  if (startedAt !== null) {
    const until = startedAt + policy.serviceStartMs;
    const observed = `started ${new Date(startedAt).toISOString()}; neither JMX nor a port answers`;
    if (observation.at <= until) missing.push(`the service is starting; it has until ${new Date(until).toISOString()}`);
    else {
      const expected = `a port that answers within ${policy.serviceStartMs / 1000} s of the start`;
      failing.push(finding(snapshot, 'SERVICE_START_TIMED_OUT', { ...seen, expected, observed }));
    }
  }
  const joining = notJoined(snapshot, policy);
  if (joining?.late) {
    const expected = `a node that joins the ring within ${policy.serviceStartMs / 1000} s of its start`;
    failing.push(finding(snapshot, 'NODE_NOT_JOINED', { ...seen, ...RING_SEEN, expected, observed: joining.observed }));
  } else if (joining) missing.push(`the node is joining the ring; it has until ${new Date(joining.until).toISOString()}`);
  if (snapshot.purpose === 'deployed') {
    const stale = configurationChangedSinceStart(snapshot);
    if (stale.length > 0) {
      const observed = `${stale.join(', ')} changed since the backup; the process runs since ${service.startedAt === null ? 'an unknown time' : new Date(service.startedAt).toISOString()}`;
      told.push(
        finding(snapshot, 'CONFIGURATION_NOT_ACTIVE', {
          ...seen,
          where: stale.join(', '),
          expected: 'a process started with this configuration',
          observed,
        }),
      );
    }
  }
  return conclude(name, snapshot, { failing, told, missing, passed: `Cassandra is running (pid ${service.pid ?? 'unknown'}).` });
};

const RING_SEEN = { where: 'ring', how: 'StorageService over JMX on the node' } as const;

/** The process is there, and nothing of it answers: it starts, or it hangs. */
function servesNothing({ observation }: Parameters<Check>[0]): boolean {
  return observation !== null && observation.ring === null && observation.listeners.every(({ handshake }) => handshake !== 'complete');
}

/** A line of the log is taken for the reason of the present state when it is no older than this. */
const RECENT_MS = 3_600_000;

/** Cassandra's last words (`Gossiper.doShadowRound`), or null when it spoke of something else. */
function gaveUpItsStart({ observation }: Parameters<Check>[0]): string | null {
  const lines = (observation?.log ?? []).filter(({ at }) => at !== undefined && at > (observation?.at ?? 0) - RECENT_MS);
  return lines.findLast(({ text }) => /Unable to (gossip with any peers|contact any seeds)/.test(text))?.text ?? null;
}

/** Configuration files that differ from the backup although the process was not restarted since the file was written. */
function configurationChangedSinceStart(snapshot: Parameters<Check>[0]): string[] {
  const { observation, before } = snapshot;
  const startedAt = observation?.service.startedAt;
  if (!observation || !before || startedAt == null) return [];
  return observation.files
    .filter((file) => file.kind === 'configuration' && file.present && file.sha256 !== undefined)
    .filter((file) => before.manifest.some((entry) => entry.path === file.path && entry.sha256 !== file.sha256))
    .filter((file) => file.modifiedAt === undefined || file.modifiedAt > startedAt)
    .map(({ path }) => path);
}
