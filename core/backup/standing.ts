/** How each node of a deployment stands for a way back. */
import type { BackupStanding } from '../decide/deployment-evidence.ts';
import type { CataloguedBackup } from './catalogue.ts';

/** One standing per node; of several backups the newest verified one counts, else the newest. */
export function standingsOf(nodes: readonly string[], backups: readonly CataloguedBackup[]): BackupStanding[] {
  return nodes.map((node) => {
    const own = backups.filter((backup) => backup.node === node).toSorted((a, b) => b.at - a.at);
    const backup = own.find(({ status }) => status === 'verified') ?? own[0];
    if (!backup) return { node, standing: 'missing' };
    if (backup.status === 'verified') return { node, standing: 'verified' };
    const reason = backup.reason ?? `it is ${backup.status} only`;
    return { node, standing: backup.status === 'refused' ? 'not-before' : 'not-verified', reason };
  });
}
