/** Questions that all processors work on. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/**
 * Asks as many threads of the script as there are processors, each a question at a time, and hands on each answer with the number of its
 * question. Throws what a thread throws, and where one ends without an answer.
 */
export async function askThreads<Q, A>(script: URL, questions: readonly Q[], onAnswer: (answer: A, index: number) => void): Promise<void> {
  let next = 0;
  const thread = async (): Promise<void> => {
    const worker = new Worker(script);
    try {
      while (next < questions.length) {
        const index = next++;
        onAnswer(await answerOf<A>(worker, questions[index]), index);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), questions.length) }, thread));
}

async function answerOf<A>(worker: Worker, question: unknown): Promise<A> {
  return await new Promise<A>((resolve, reject) => {
    const ended = (code: number) => reject(new Error(`a thread of the bench ended with ${code}`));
    worker.once('error', reject);
    worker.once('exit', ended);
    worker.once('message', (answer: A) => {
      worker.off('error', reject);
      worker.off('exit', ended);
      resolve(answer);
    });
    worker.postMessage(question);
  });
}
