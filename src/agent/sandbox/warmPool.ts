/**
 * Commands that are started before their job: each has loaded what it needs and waits for the job on its standard input.
 * Promises: each is handed out once, running; nothing is started before the first `take`; after `close` none is left.
 * Never: a second job in a used one, or one that has died while it waited.
 */
import type { Sandboxed } from './sandbox.ts';

export interface WarmPoolOptions {
  /** Starts one. It must stay as it is, without a deadline, until it gets its job. */
  start(): Promise<Sandboxed>;
  /** How many wait at most, asked each time that the pool is filled. No more are kept than were taken in one go lately. */
  size(): number;
  /** So many that are at work leave no processor for the start of others: the pool is filled when there are fewer. Default: it is filled in any case. */
  crowd?: number;
  /** ms after which one that nobody wants is closed. */
  idleMs: number;
  /** ms from the end of a taken one to the start of the next: so long the run that it belonged to is left alone. */
  restMs: number;
}

export interface WarmPool {
  /** One that waits or is being started, else a new one; whoever takes it closes it. Rejects like `start`, and after `close`. */
  take(): Promise<Sandboxed>;
  /** Closes all that wait and starts no more; those that are taken are their takers', but closings under way are waited for. Never rejects. */
  close(): Promise<void>;
}

/** `ready` is null when it could not be started. */
interface Slot { ready: Promise<Sandboxed | null>; idle: NodeJS.Timeout | undefined }

export function createWarmPool({ start, size, idleMs, restMs, crowd = Number.POSITIVE_INFINITY }: WarmPoolOptions): WarmPool {
  const waiting: Slot[] = [];
  /** Takes since the last time that the pool was filled. */
  let takes = 0;
  let atWork = 0;
  let rest: NodeJS.Timeout | undefined;
  let closed = false;
  /** Closings under way: `close` waits for them. */
  const leaving = new Set<Promise<void>>();

  const watchLeave = (closing: Promise<unknown>): void => {
    const gone: Promise<void> = closing.then(() => {}, () => {}).finally(() => leaving.delete(gone));
    leaving.add(gone);
  };
  const discard = (slot: Slot): void => {
    clearTimeout(slot.idle);
    watchLeave(slot.ready.then((sandboxed) => sandboxed?.close()));
  };
  const warm = (): void => {
    const slot: Slot = { ready: start().catch(() => null), idle: undefined };
    slot.idle = setTimeout(() => {
      waiting.splice(waiting.indexOf(slot), 1);
      discard(slot);
    }, idleMs);
    slot.idle.unref();
    waiting.push(slot);
  };
  const fill = (): void => {
    rest = undefined;
    // The end of one of those at work asks again.
    if (atWork >= crowd) return;
    const wanted = Math.min(size(), takes);
    takes = 0;
    while (!closed && waiting.length < wanted) warm();
  };
  const handOut = (sandboxed: Sandboxed): Sandboxed => {
    atWork += 1;
    return withEnd(sandboxed, watchLeave, () => {
      atWork -= 1;
      if (!closed) rest ??= setTimeout(fill, restMs);
    });
  };

  return {
    async take() {
      takes += 1;
      for (let slot = waiting.shift(); slot !== undefined; slot = waiting.shift()) {
        clearTimeout(slot.idle);
        const sandboxed = await slot.ready;
        if (sandboxed?.running && !closed) return handOut(sandboxed);
        discard(slot);
      }
      if (closed) throw new Error('The agent is stopping.');
      return handOut(await start());
    },
    async close() {
      closed = true;
      clearTimeout(rest);
      for (const slot of waiting.splice(0)) discard(slot);
      await Promise.all(leaving);
    },
  };
}

/** One whose first `close` is watched, and told of when it is done. */
function withEnd(sandboxed: Sandboxed, watch: (closing: Promise<void>) => void, onClosed: () => void): Sandboxed {
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    if (closing === undefined) watch(closing = sandboxed.close().finally(onClosed));
    return closing;
  };
  return Object.create(sandboxed, { close: { value: close } }) as Sandboxed;
}
