/** Evidence counts where a vote of this epoch names it by its hash; votes count where their evidence is what lies there. */
import { evidenceHash, type Vote } from './vote.ts';

/** Remembers, while evidence is read, which votes it bears out. */
export interface Attestation {
  /** Whether some vote names this evidence, as it is. */
  readonly accept: (key: string, evidence: unknown) => boolean;
  /** Votes whose evidence was accepted so far. */
  readonly attested: () => Vote[];
}

export function attestationBy(votes: readonly Vote[]): Attestation {
  const found = new Set<Vote>();
  return {
    accept: (key, evidence) => {
      const naming = votes.filter((vote) => vote.evidence.key === key);
      if (naming.length === 0) return false;
      const sha256 = evidenceHash(evidence);
      const fitting = naming.filter((vote) => vote.evidence.sha256 === sha256);
      for (const vote of fitting) found.add(vote);
      return fitting.length > 0;
    },
    attested: () => [...found],
  };
}
