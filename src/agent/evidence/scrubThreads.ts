/** A few threads that scrub files for all runs of this process; started when they are needed, idle ones are kept. */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ThreadAnswer } from './scrub.worker.ts';
import type { ScrubAnswer, ScrubTask } from './scrubFile.ts';

/** Files at a time. */
const MOST_THREADS = 2;
/** ms for one file. */
const TIME_LIMIT = 120_000;
const MEMORY_MB = 1536;

interface Job { task: ScrubTask; resolve(answer: ScrubAnswer): void; reject(error: Error): void }
interface Thread { worker: Worker; job: Job | null; timer: NodeJS.Timeout | null }

const queue: Job[] = [];
const threads = new Set<Thread>();

/** Scrubs a file elsewhere. A file that takes too long or too much memory is left out; rejects for faults of this machine. */
export function scrubElsewhere(task: ScrubTask): Promise<ScrubAnswer> {
  return new Promise((resolve, reject) => {
    queue.push({ task, resolve, reject });
    advance();
  });
}

/** Starts the first thread, if there is none: the first file need not wait for it. */
export function readyThread(): void {
  if (threads.size === 0) start();
}

function advance(): void {
  while (queue.length > 0) {
    const idle = [...threads].find(({ job }) => job === null) ?? (threads.size < MOST_THREADS ? start() : null);
    if (!idle) return;
    const job = queue.shift()!;
    idle.job = job;
    idle.timer = setTimeout(() => retire(idle, { kind: 'leftOut', why: 'it took too long to search it for secrets' }), TIME_LIMIT);
    idle.worker.ref();
    // Asked before the thread is ready, the question waits for it.
    idle.worker.postMessage(job.task);
  }
}

function start(): Thread {
  // The sources run as .ts, the build as .js.
  const file = new URL(`./scrub.worker${extname(new URL(import.meta.url).pathname)}`, import.meta.url);
  // Nothing of the process is handed on: neither its environment nor its flags.
  const worker = new Worker(file, { env: {}, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB } });
  const thread: Thread = { worker, job: null, timer: null };
  threads.add(thread);
  worker.on('message', (answer: ThreadAnswer) => {
    if (answer.kind === 'ready' || !threads.has(thread)) return;
    const job = release(thread);
    if (answer.kind === 'fault') job?.reject(new Error(answer.why));
    else job?.resolve(answer);
    advance();
  });
  worker.on('error', (error: NodeJS.ErrnoException) => {
    if (!threads.has(thread)) return;
    if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') retire(thread, { kind: 'leftOut', why: 'it needs too much memory to be searched for secrets' });
    else retire(thread, error);
  });
  // Last: a listener for messages would keep the process alive again.
  worker.unref();
  return thread;
}

/** Ends a thread together with the file it has in hand; the others move on. */
function retire(thread: Thread, end: ScrubAnswer | Error): void {
  threads.delete(thread);
  const job = release(thread);
  // Until it has stopped it may still read the file, which is closed next.
  void thread.worker.terminate().then(() => {
    if (end instanceof Error) job?.reject(end);
    else job?.resolve(end);
  });
  advance();
}

function release(thread: Thread): Job | null {
  if (thread.timer) clearTimeout(thread.timer);
  thread.timer = null;
  thread.worker.unref();
  const { job } = thread;
  thread.job = null;
  return job;
}
