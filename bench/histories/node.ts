/** A simulated Cassandra host as a rollback sees it: files, what the process has loaded, the journal, the fence. A step is one transition. */

/** A bug that is planted on purpose, to see that the invariant finds it. */
export const BUGS = [
  'no-fence-on-node',
  'no-fence-of-all',
  'starts-mixture',
  'survey-forgotten',
  'goes-on-after-cancel',
  'claims-without-proof',
  'tries-for-ever',
  'touches-what-is-back',
  'forgets-who-is-left',
] as const;
export type Bug = (typeof BUGS)[number];

export type Files = 'old' | 'new' | 'mixed';
export type StepName = 'restore-hot' | 'stop-accepting' | 'stop-service' | 'restore-files' | 'start-service' | 'prove' | 'restore-traffic';

export const WAYS: Readonly<Record<'hot' | 'restart', readonly StepName[]>> = {
  hot: ['restore-hot'],
  restart: ['stop-accepting', 'stop-service', 'restore-files', 'start-service', 'prove', 'restore-traffic'],
};

/** Where a step dies, if it does. */
export type Death = 'none' | 'before' | 'within' | 'after';

export class SimulatedNode {
  readonly name: string;
  readonly rack: number;
  files: Files = 'new';
  /** What the running process serves; null while none runs. */
  serves: Files | null = 'new';
  accepting = true;
  epoch = 0;
  /** A swap was begun and not ended. */
  open = false;
  /** Out of service by a rollback's own doing. */
  interrupted = false;
  /** It reloads its files when asked. */
  reloads = true;
  starts = 0;

  constructor(name: string, rack: number) {
    this.name = name;
    this.rack = rack;
  }

  get up(): boolean {
    return this.serves !== null && this.accepting;
  }

  /** The code of the error that the step ends by; undefined when it is done. */
  act(step: StepName, epoch: number, death: Death, bug: Bug | null): string | undefined {
    if (epoch < this.epoch && bug !== 'no-fence-on-node') return 'EPOCH_STALE';
    if (epoch > this.epoch) this.epoch = epoch;
    if (death === 'before') return 'NODE_PROGRAM_DIED';
    const ended = this.#transition(step, death === 'within', bug);
    return death === 'none' ? ended : 'NODE_PROGRAM_DIED';
  }

  #transition(step: StepName, dies: boolean, bug: Bug | null): string | undefined {
    switch (step) {
      case 'restore-hot':
        this.#swap(dies);
        if (dies) return undefined;
        if (this.serves === null || !this.reloads) return 'RELOAD_FAILED';
        this.serves = 'old';
        return undefined;
      case 'stop-accepting':
        this.interrupted ||= this.up;
        this.accepting = false;
        return undefined;
      case 'stop-service':
        this.serves = null;
        return undefined;
      case 'restore-files':
        if (this.serves !== null) return 'SERVICE_RUNNING';
        this.#swap(dies);
        return undefined;
      case 'start-service':
        if (this.serves === null) this.start(bug);
        return undefined;
      case 'prove':
        return this.serves === 'old' ? undefined : 'PROOF_MISSING';
      case 'restore-traffic':
        this.accepting = this.serves !== null;
        this.interrupted = false;
        return this.serves === 'old' ? undefined : 'PROOF_MISSING';
    }
  }

  #swap(dies: boolean): void {
    this.open = true;
    this.files = 'mixed';
    if (dies) return;
    this.files = 'old';
    this.open = false;
  }

  /** systemd, by whoever: what stands before the start ends a swap that was begun. Says whether the process began on a mixture. */
  start(bug: Bug | null): boolean {
    if (this.open && bug !== 'starts-mixture') {
      this.files = 'old';
      this.open = false;
    }
    this.starts += 1;
    this.serves = this.files;
    return this.files === 'mixed';
  }

  die(): void {
    this.serves = null;
  }
}
