/**
 * Lines of a run to the server while it goes, for those who watch.
 * Promises: in order, in batches, one batch under way at a time; a slow server delays nobody, lines wait here meanwhile (the job log,
 * where they come from, is bounded). Never: an error for the run. What is kept is the log that comes with the outcome.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { LogEntry } from '../protocol/outcome.ts';

export interface LiveLog {
  /** An entry as it goes into the job log: scrubbed. */
  add(entry: LogEntry): void;
  /** Sends what is left and takes no more. Resolves when all is sent, at the latest after LAST_LINES_MS; never rejects. */
  end(): Promise<void>;
}

/** ms between the first line of a batch and its departure. */
const EVERY_MS = 200;
/** Lines in one `log` (protocol), and their characters. */
const BATCH = 1000;
const BATCH_LENGTH = 128 * 1024;
/** ms that the end of a run waits for a server that is slow to take its lines. */
const LAST_LINES_MS = 3_000;

/** @param send rejects when the lines are not wanted (any more): the rest is dropped then. @param patienceMs of `end`. */
export function createLiveLog(send: (entries: LogEntry[]) => Promise<void>, patienceMs = LAST_LINES_MS): LiveLog {
  let waiting: LogEntry[] = [];
  let sending: Promise<void> | null = null;
  let open = true;
  const hurry = new AbortController();

  /** The first lines that wait, as many as fit; one at least. */
  const batch = (): LogEntry[] => {
    let length = 0;
    const end = waiting.findIndex(({ msg }, i) => i === BATCH || (length += msg.length) > BATCH_LENGTH);
    const taken = waiting.slice(0, end === -1 ? waiting.length : Math.max(1, end));
    waiting = waiting.slice(taken.length);
    return taken;
  };
  async function drain(): Promise<void> {
    try {
      while (waiting.length > 0) {
        await pause(EVERY_MS, undefined, { signal: hurry.signal }).catch(() => {});
        await send(batch());
      }
    } catch {
      stop();
    } finally {
      // In the same step as the last look at what waits: no line falls between two drains.
      sending = null;
    }
  }
  const stop = () => {
    open = false;
    waiting = [];
  };
  return {
    add(entry) {
      if (!open) return;
      waiting.push(entry);
      sending ??= drain();
    },
    async end() {
      hurry.abort();
      const late = new AbortController();
      await Promise.race([sending, pause(patienceMs, undefined, { signal: late.signal }).catch(() => {})]);
      late.abort();
      stop();
    },
  };
}
