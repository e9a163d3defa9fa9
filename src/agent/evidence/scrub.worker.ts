/** The thread in which files are scrubbed: large ones would keep the agent from its leases. One file at a time; it may be killed in between. */
import { parentPort } from 'node:worker_threads';
import { scrubFile, type ScrubAnswer, type ScrubTask } from './scrubFile.ts';

export type ThreadAnswer = { kind: 'ready' } | ScrubAnswer | { kind: 'fault'; why: string };

async function answer(task: ScrubTask): Promise<ThreadAnswer> {
  try {
    return await scrubFile(task);
  } catch (error) {
    return { kind: 'fault', why: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on('message', (task: ScrubTask) => { void answer(task).then((end) => parentPort?.postMessage(end)); });
parentPort?.postMessage({ kind: 'ready' } satisfies ThreadAnswer);
