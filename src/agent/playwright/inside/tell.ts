/** Hands events to the agent, from whichever process of the run. What goes wrong here is nobody's failure and stays here. */
import { appendFileSync, writeSync } from 'node:fs';
import type { InsideEvent } from './messages.ts';

export type Tell = (event: InsideEvent) => void;

/** Characters of one line: what is longer is cut by whoever makes events. */
const LONGEST = 256 * 1024;

/** @param target `fd:N` or the path of a file or pipe that lines are appended to. */
export function openTell(target: string): Tell {
  const fd = /^fd:(\d+)$/.exec(target)?.[1];
  return (event) => {
    try {
      const line = JSON.stringify(event);
      if (line.length > LONGEST) return;
      if (fd === undefined) return appendFileSync(target, `${line}\n`);
      const bytes = Buffer.from(`${line}\n`);
      for (let at = 0; at < bytes.length;) at += written(Number(fd), bytes, at);
    } catch { /* nobody listens any more */ }
  };
}

/** A full pipe that does not wait says so: it is tried again. */
function written(fd: number, bytes: Buffer, at: number): number {
  try {
    return writeSync(fd, bytes, at);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}

/** One value for all modules of a process, however they were loaded. */
interface Shared { tell: Tell | null; /** A worker tells its own output. */ workersSpeak: boolean; /** The test that a worker runs now. */ tests: Map<string, string>; /** Ends what pages are waiting for. */ closePages: () => void }
const KEY = Symbol.for('assay.inside');

export function shared(): Shared {
  const place = globalThis as { [KEY]?: Shared };
  return place[KEY] ??= { tell: null, workersSpeak: false, tests: new Map(), closePages: () => {} };
}
