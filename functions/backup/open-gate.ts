/** Opens the gate when every node of the deployment has a verified backup of before; otherwise says which one has not. */
import { loadBackups } from '../../adapters/dynamodb/backups.ts';
import { announcedNodes, changeRecord, loadRecord } from '../../adapters/dynamodb/deployments.ts';
import { recordTimeline } from '../../adapters/dynamodb/timeline.ts';
import { announce } from '../../adapters/eventbridge/announce.ts';
import { standingsOf } from '../../core/backup/standing.ts';
import { RingwardError } from '../../core/errors/catalogue.ts';

interface Input {
  readonly cluster: string;
  readonly deployment: string;
  readonly epoch: number;
}

export async function handler(of: Input): Promise<Input & { readonly outcome: 'backed-up' | 'backup-failed'; readonly reason: string }> {
  const record = await loadRecord(of);
  if (!record) throw new RingwardError('DEPLOYMENT_UNKNOWN', { field: 'deployment', value: of.deployment });
  const nodes = await announcedNodes(record.detail);
  const standings = standingsOf(
    nodes.map(({ node }) => node),
    await loadBackups(of),
  );
  const without = standings.filter(({ standing }) => standing !== 'verified');
  const outcome = without.length === 0 ? 'backed-up' : 'backup-failed';
  const reason =
    without.length === 0
      ? `${nodes.length} backups are verified`
      : without.map(({ node, standing, reason: why }) => `${node}: ${why ?? standing}`).join('; ');
  // A Completed that came meanwhile owns the state by now; the backups themselves say how they stand.
  await changeRecord(of, (current) =>
    current.state === 'backing-up' && current.epoch === of.epoch ? { ...current, state: outcome } : current,
  );
  await recordTimeline(of, {
    area: 'backup',
    what: outcome === 'backed-up' ? `the gate is open: ${reason}` : `the gate stays shut: ${reason}`,
    epoch: of.epoch,
  });
  await announce(outcome === 'backed-up' ? 'Ringward Gate Opened' : 'Ringward Gate Shut', { ...of, reason });
  return { ...of, outcome, reason };
}
