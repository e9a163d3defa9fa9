/**
 * The packets of an agent's runs: one tcpdump for all of them, in a thread of its own, while there are runs that want it.
 * Promises: it is started by the first run that wants it, ends a while after the last one and with the agent; where it cannot work or dies,
 * nothing but captures is missing, and the sentence says why.
 * Never: a packet of one run for another; a try again and again where the machine gives no permission.
 */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { CaptureSetting, FromThread, TakeTask, Taken, ToThread } from './messages.ts';
import type { Ignored } from './startTcpdump.ts';

export interface Captures {
  /**
   * From now on packets are kept, until `release`. A sentence: they are not, and why. Never rejects.
   * @param ignored whose traffic is none of the checks'; counts when the capture is started.
   */
  hold(ignored: readonly Ignored[]): Promise<Hold | string>;
  /** Ends the capture. */
  close(): Promise<void>;
}

export interface Hold {
  /** Everything of these flows so far. Rejects with a sentence when it cannot be had. */
  take(task: TakeTask): Promise<Taken>;
  release(): void;
}

export interface CapturesOptions {
  /** Monotonic ms. */
  tick(): number;
  /** tcpdump; for tests another program. */
  program?: string;
  idleMs?: number;
}

/** ms without a run that wants it, after which the capture is stopped. */
const IDLE_MS = 60_000;
/** ms after which a machine that could not capture is tried again: somebody may have installed what was missing. */
const AGAIN_MS = 5 * 60_000;

/** Starts nothing yet. */
export function openCaptures({ tick, program = 'tcpdump', idleMs = IDLE_MS }: CapturesOptions): Captures {
  let thread: Thread | null = null;
  let refused: { says: string; until: number } | null = null;
  let holders = 0;
  let idle: NodeJS.Timeout | null = null;
  let closed = false;

  const open = (ignored: readonly Ignored[]): Thread => {
    const started = startThread({ program, ignored });
    void started.ended.then((why) => {
      if (thread === started) thread = null;
      // One that has worked may be started anew at once.
      if (why !== null && !started.wasReady) refused = { says: why, until: tick() + AGAIN_MS };
    });
    return started;
  };
  const retire = () => {
    const former = thread;
    thread = null;
    return former?.stop();
  };
  return {
    async hold(ignored) {
      if (closed) return 'The agent stops.';
      if (refused && tick() < refused.until) return refused.says;
      holders += 1;
      if (idle) clearTimeout(idle);
      let held = true;
      const release = () => {
        if (!held) return;
        held = false;
        holders -= 1;
        if (holders === 0 && !closed) idle = setTimeout(() => void retire(), idleMs).unref();
      };
      const mine = thread ??= open(ignored);
      const why = await mine.ready;
      if (why !== null) {
        release();
        return why;
      }
      return { take: mine.take, release };
    },
    async close() {
      closed = true;
      if (idle) clearTimeout(idle);
      await retire();
    },
  };
}

interface Thread {
  /** Null once it captures; else why it does not. */
  ready: Promise<string | null>;
  readonly wasReady: boolean;
  take(task: TakeTask): Promise<Taken>;
  stop(): Promise<void>;
  /** Why it has ended; null: as it was told. */
  ended: Promise<string | null>;
}

function startThread(setting: CaptureSetting): Thread {
  // The sources run as .ts, the build as .js.
  const file = new URL(`./capture.worker${extname(new URL(import.meta.url).pathname)}`, import.meta.url);
  // Nothing of the process is handed on: neither its environment nor its flags.
  const worker = new Worker(file, { env: {}, execArgv: [], workerData: setting });
  const asked = new Map<number, { resolve(taken: Taken): void; reject(error: Error): void }>();
  const ready = Promise.withResolvers<string | null>();
  const ended = Promise.withResolvers<string | null>();
  let last = 0;
  let gone: string | null = null;
  let wasReady = false;
  const end = (why: string | null) => {
    if (gone !== null) return;
    gone = why ?? 'The capture was stopped.';
    ready.resolve(gone);
    for (const { reject } of asked.values()) reject(new Error(gone));
    ended.resolve(why);
    void worker.terminate();
  };
  worker.on('message', (message: FromThread) => {
    if (message.kind === 'ready') {
      wasReady = true;
      ready.resolve(null);
    } else if (message.kind === 'ended') end(message.why);
    else {
      const waiter = asked.get(message.id);
      asked.delete(message.id);
      rest();
      if (message.kind === 'taken') waiter?.resolve(message.taken);
      else waiter?.reject(new Error(message.why));
    }
  });
  worker.on('error', (error) => end(`The capture broke: ${error.message}`));
  worker.on('exit', () => end('The capture ended.'));
  // A thread that only captures lets the process end; one that somebody waits for does not.
  const rest = () => { if (asked.size === 0) worker.unref(); };
  void ready.promise.then(rest);
  const post = (message: ToThread) => worker.postMessage(message);
  return {
    ready: ready.promise, ended: ended.promise, get wasReady() { return wasReady; },
    take: (task) => new Promise((resolve, reject) => {
      if (gone !== null) return reject(new Error(gone));
      const id = last += 1;
      asked.set(id, { resolve, reject });
      worker.ref();
      post({ kind: 'take', id, task });
    }),
    async stop() {
      worker.ref();
      if (gone === null) post({ kind: 'stop' });
      await ended.promise;
    },
  };
}
