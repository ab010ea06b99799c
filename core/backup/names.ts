/** Names and texts about backups that more than one place must agree on. */

interface OfNode {
  readonly cluster: string;
  readonly deployment: string;
  readonly node: string;
  readonly epoch: number;
}

/** One backup a node, deployment and epoch. */
export const backupIdOf = (of: OfNode): string => `${of.deployment}.${of.node}.${of.epoch}`;

/** Where the encrypted pack lies in the backup bucket. */
export const backupKeyOf = (of: OfNode): string => `backups/${of.cluster}/${of.deployment}/${of.node}/${of.epoch}.jwe`;

/** What a node signs with its one-time key as proof that it holds the private half. */
export const oneTimeKeyStatement = (backupId: string, node: string, epoch: number, spki: string): string =>
  `${backupId}|${node}|${epoch}|${spki}`;
