/** Time that passes only when nobody has anything left to do: a wait costs nothing, and the same seed waits the same way twice. */
import { AsyncResource } from 'node:async_hooks';
import { lifeHere } from './life.ts';

/** Taken before anybody patches it: the turn of the event loop after everything that can run now has run. */
const nextTurn = setImmediate;

interface Waiting {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

/** A timer of the virtual clock, as `setTimeout` gives one. */
export class VirtualTimer {
  readonly waiting: Waiting;
  constructor(waiting: Waiting) {
    this.waiting = waiting;
  }
  /** Only there because callers of Node's own timers may ask for it; virtual time holds no process. */
  unref(): this {
    return this;
  }
}

/** Milliseconds since the epoch that move from timer to timer. */
export class VirtualClock {
  now: number;
  #waiting: Waiting[] = [];
  #orders = 0;
  #turning = false;

  constructor(now: number) {
    this.now = now;
  }

  /** Calls `fire` in `ms` of virtual time, unless the life that asked has ended by then. */
  after(ms: number, fire: () => void): VirtualTimer {
    const life = lifeHere();
    const bound = AsyncResource.bind(fire);
    const waiting = {
      at: this.now + Math.max(0, Math.ceil(ms)),
      order: this.#orders++,
      fire: () => {
        if (life.isAlive) bound();
      },
    };
    // Timers are few and mostly the newest is the last: kept in order by insertion from the end.
    let place = this.#waiting.length;
    while (place > 0 && (this.#waiting[place - 1] as Waiting).at > waiting.at) place--;
    this.#waiting.splice(place, 0, waiting);
    this.#turn();
    return new VirtualTimer(waiting);
  }

  cancel(timer: VirtualTimer | undefined): void {
    const place = timer === undefined ? -1 : this.#waiting.indexOf(timer.waiting);
    if (place >= 0) this.#waiting.splice(place, 1);
  }

  /** Resolves after `ms`; never, when whoever sleeps has been ended meanwhile. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  /** Forgets whoever waits: of a world that nobody looks at any more. */
  clear(): void {
    this.#waiting = [];
  }

  #turn(): void {
    if (this.#turning || this.#waiting.length === 0) return;
    this.#turning = true;
    nextTurn(() => {
      this.#turning = false;
      const next = this.#waiting.shift();
      if (next) {
        this.now = Math.max(this.now, next.at);
        next.fire();
      }
      this.#turn();
    });
  }
}
