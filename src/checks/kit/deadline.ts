/** Puts a time limit on work that obeys an AbortSignal. */

export type Deadlined<T> = { kind: 'done'; value: T } | { kind: 'timeout' } | { kind: 'cancelled' };

/**
 * Runs `work` for at most `ms`. The signal it is handed aborts when the time is up or when `signal` does; the answer then comes
 * at once, whether or not the work has noticed, and whatever the work still does or throws is dropped.
 * What the work throws in time is thrown on. An already aborted `signal` means that the work is never begun.
 */
export async function withDeadline<T>(
  ms: number, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>,
): Promise<Deadlined<T>> {
  if (signal.aborted) return { kind: 'cancelled' };
  const inner = new AbortController();
  const cut = Promise.withResolvers<Deadlined<T>>();
  const cancel = () => {
    cut.resolve({ kind: 'cancelled' });
    inner.abort(signal.reason);
  };
  const timer = setTimeout(() => {
    cut.resolve({ kind: 'timeout' });
    inner.abort(new DOMException('The time limit was reached.', 'TimeoutError'));
  }, ms);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const done = (async (): Promise<Deadlined<T>> => ({ kind: 'done', value: await work(inner.signal) }))();
    // The race listens to both from the start, so the loser's rejection is never unhandled.
    return await Promise.race([cut.promise, done]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
  }
}
