import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FunctionConfiguration, FunctionError, InvocationAnswer, InvocationOrder, WorkerReport } from './function-contract.ts';

/** What one invocation cost, as Lambda would bill it. */
export interface InvocationRecord {
  readonly at: string;
  readonly function: string;
  readonly requestId: string;
  readonly durationMs: number;
  /** Duration and, of a first invocation, initialisation, rounded up to whole milliseconds. */
  readonly billedMs: number;
  readonly initMs: number;
  readonly memoryMb: number;
  readonly error: string | null;
}

interface Pending {
  readonly settle: (answer: InvocationAnswer) => void;
  readonly timer: NodeJS.Timeout;
}

/** Overlapping invocations share one heap, so a small function gets more than the memory of one environment. */
const LEAST_HEAP_MB = 512;

/** An idle function keeps its thread this long, as Lambda keeps an environment for some minutes. */
const IDLE_MS = 600_000;

/**
 * One deployed function: a warm worker thread with an environment of its own. Invocations that overlap share the thread (Lambda would
 * start another environment): handlers spend their time waiting, and the machine has to hold a ring beside them.
 */
export class FunctionRuntime {
  readonly #worker: Worker;
  readonly #log: WriteStream;
  readonly #pending = new Map<string, Pending>();
  readonly #configuration: FunctionConfiguration;
  readonly #ready: Promise<FunctionError | null>;
  #initMs = 0;
  #retired = false;
  #usedAt = Date.now();

  constructor(configuration: FunctionConfiguration, environment: Readonly<Record<string, string>>, logFolder: string) {
    this.#configuration = configuration;
    this.#log = createWriteStream(join(logFolder, `${configuration.name}.log`), { flags: 'a' });
    this.#worker = new Worker(new URL('./function-worker.ts', import.meta.url), {
      workerData: configuration,
      env: { ...environment },
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: Math.max(configuration.memoryMb, LEAST_HEAP_MB) },
    });
    // A thread that is being ended may still write; its last words after the log is closed are dropped.
    this.#log.on('error', () => undefined);
    this.#worker.stdout.pipe(this.#log, { end: false });
    this.#worker.stderr.pipe(this.#log, { end: false });
    this.#ready = new Promise((settle) => {
      this.#worker.on('message', (report: WorkerReport) => this.#take(report, settle));
      this.#worker.on('error', (error: Error & { code?: string }) => {
        const memory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
        this.#end({ errorType: memory ? 'Runtime.OutOfMemory' : 'Runtime.ExitError', errorMessage: error.message }, settle);
      });
      this.#worker.on('exit', (code) =>
        this.#end({ errorType: 'Runtime.ExitError', errorMessage: `Runtime exited with exit status ${code}` }, settle),
      );
    });
  }

  /** Whether it may take no more invocations: its thread ended, timed out, or was replaced. */
  get retired(): boolean {
    return this.#retired;
  }

  /** Whether it has been without work so long that its thread can go. */
  get idle(): boolean {
    return this.#pending.size === 0 && Date.now() - this.#usedAt > IDLE_MS;
  }

  #take(report: WorkerReport, settleReady: (error: FunctionError | null) => void): void {
    if (report.kind === 'ready') {
      this.#initMs = report.initMs;
      settleReady(null);
    } else if (report.kind === 'broken') {
      this.#end(report.error, settleReady);
    } else {
      const answer: InvocationAnswer = report.kind === 'answer' ? { result: JSON.parse(report.resultJson) } : { error: report.error };
      this.#settle(report.requestId, answer);
    }
  }

  #settle(requestId: string, answer: InvocationAnswer): void {
    const pending = this.#pending.get(requestId);
    if (!pending) return;
    this.#pending.delete(requestId);
    clearTimeout(pending.timer);
    pending.settle(answer);
    if (this.#retired && this.#pending.size === 0) this.#stop();
  }

  #end(error: FunctionError, settleReady: (error: FunctionError | null) => void): void {
    this.#retired = true;
    settleReady(error);
    for (const requestId of [...this.#pending.keys()]) this.#settle(requestId, { error });
    this.#stop();
  }

  #stop(): void {
    void this.#worker.terminate();
    this.#log.end();
  }

  /** Takes no more invocations and ends its thread when the running ones are done. */
  retire(): void {
    this.#retired = true;
    if (this.#pending.size === 0) this.#stop();
  }

  /** Waits until the code is loaded. What that cost is still told with the first invocation, as Lambda bills it. */
  async load(): Promise<void> {
    await this.#ready;
  }

  /** Runs one invocation within the function's time-out; never rejects. */
  async invoke(order: InvocationOrder): Promise<{ answer: InvocationAnswer; record: InvocationRecord }> {
    this.#usedAt = Date.now();
    const broken = await this.#ready;
    const initMs = this.#initMs;
    this.#initMs = 0;
    const started = performance.now();
    const answer = broken ? { error: broken } : await this.#run(order);
    const durationMs = performance.now() - started;
    this.#usedAt = Date.now();
    const error = 'error' in answer ? answer.error.errorType : null;
    const record: InvocationRecord = {
      at: new Date().toISOString(),
      function: order.function.name,
      requestId: order.requestId,
      durationMs: Math.round(durationMs * 100) / 100,
      billedMs: Math.ceil(durationMs + initMs),
      initMs: Math.round(initMs * 100) / 100,
      memoryMb: order.function.memoryMb,
      error,
    };
    return { answer, record };
  }

  #run(order: InvocationOrder): Promise<InvocationAnswer> {
    const { timeoutSeconds } = this.#configuration;
    return new Promise((settle) => {
      const timer = setTimeout(() => {
        // Lambda ends the environment of an invocation that ran too long. Others that share this thread may finish first.
        this.#retired = true;
        const errorMessage = `${new Date().toISOString()} ${order.requestId} Task timed out after ${timeoutSeconds}.00 seconds`;
        this.#settle(order.requestId, { error: { errorType: 'Sandbox.Timedout', errorMessage } });
      }, timeoutSeconds * 1000);
      this.#pending.set(order.requestId, { settle, timer });
      this.#worker.postMessage({
        requestId: order.requestId,
        event: order.event,
        deadlineMs: Date.now() + timeoutSeconds * 1000,
        arn: order.function.arn,
      });
    });
  }
}
