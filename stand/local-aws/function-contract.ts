/** One invocation as the local AWS orders it from the function host. */
export interface InvocationOrder {
  /** Empty for a dry run: the code is loaded, nothing runs. */
  readonly requestId: string;
  readonly event: unknown;
  readonly function: FunctionConfiguration;
}

/** What a function was deployed with. */
export interface FunctionConfiguration {
  readonly name: string;
  readonly arn: string;
  readonly version: string;
  /** File and export, such as `index.handler`. */
  readonly handler: string;
  /** Folder of the unpacked code. */
  readonly codeFolder: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** A failed invocation in Lambda's own words. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** What the host answers: a JSON value, or an error. */
export type InvocationAnswer = { readonly result: unknown } | { readonly error: FunctionError };

/** From the host to a worker. */
export interface WorkerOrder {
  readonly requestId: string;
  readonly event: unknown;
  readonly deadlineMs: number;
  readonly arn: string;
}

/** From a worker to the host: once `ready` after the module has loaded, then one answer an order. */
export type WorkerReport =
  | { readonly kind: 'ready'; readonly initMs: number }
  | { readonly kind: 'broken'; readonly error: FunctionError }
  | { readonly kind: 'answer'; readonly requestId: string; readonly resultJson: string }
  | { readonly kind: 'failed'; readonly requestId: string; readonly error: FunctionError };
