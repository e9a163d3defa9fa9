/**
 * Whether the server answers. Every call tells how it went; once one got no answer the server is asked until it is back, and whoever
 * wants to know hears of it. Never: says anything about what the server answers.
 */
const ASK_AGAIN_MS = 2_000;
const ASK_AGAIN_HIDDEN_MS = 15_000;

let lost = false;
const listeners = new Set<(lost: boolean) => void>();

function set(now: boolean): void {
  if (lost === now) return;
  lost = now;
  if (lost) void askUntilThere();
  for (const listener of [...listeners]) listener(lost);
}

const pause = (ms: number) => new Promise<void>((resolve) => { setTimeout(resolve, ms); });

async function askUntilThere(): Promise<void> {
  while (lost) {
    await pause(document.hidden ? ASK_AGAIN_HIDDEN_MS : ASK_AGAIN_MS);
    const there = await fetch('/healthz', { cache: 'no-store' }).then(({ ok }) => ok, () => false);
    if (there) set(false);
  }
}

/** Answers that come from what stands before a server that is not there. */
const FROM_BEFORE: readonly number[] = [502, 503, 504];

/** @param status of an answer; 0 for none. */
export const noteAnswer = (status: number): void => set(status === 0 || FROM_BEFORE.includes(status));

export const isServerLost = (): boolean => lost;

/** Calls back whenever the server is lost or back. Returns how to stop. */
export function onServerLine(listener: (lost: boolean) => void): () => void {
  listeners.add(listener);
  return () => { listeners.delete(listener); };
}
