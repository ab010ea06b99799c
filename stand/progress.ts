/** Lines that tell a person what is going on, on standard error, so that data on standard output stays clean. */

export type Progress = (line: string) => void;

/** Writes each line with the seconds since `began` (milliseconds as of `performance.now()`). */
export function progressOn(stream: NodeJS.WritableStream, began: number): Progress {
  return (line) => stream.write(`[${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s] ${line}\n`);
}
