/** How a person ends Assay: the first Ctrl-C stops it cleanly, another one at once. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** One press reaches a program several times where npm and a set-up script stand between it and the terminal. */
const SAME_PRESS_MS = 1000;

/** Aborts at the first request; from then on a second press ends the process with 130. */
export function awaitStopRequest(): AbortSignal {
  const controller = new AbortController();
  let first: number | undefined;
  for (const name of SIGNALS) {
    process.on(name, () => {
      const now = performance.now();
      first ??= now;
      if (now - first > SAME_PRESS_MS) process.exit(130);
      controller.abort();
    });
  }
  return controller.signal;
}

/** Settles when `signal` is aborted, now or later. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
