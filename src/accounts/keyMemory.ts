/** What a key was found to open, remembered for seconds, so that a request costs no SQL. Held by hash: no plain key stays in memory. */

/** How long a key that was changed by another process may still be believed. */
const BELIEVED_MS = 5_000;
const KEYS_HELD = 10_000;

export interface KeyMemory<T> {
  /** What is believed at the moment, if anything. */
  recall(hash: string): T | undefined;
  keep(hash: string, found: T): void;
  /** Everything is read again from now on. */
  forget(): void;
}

export function createKeyMemory<T>(clock: () => number): KeyMemory<T> {
  const held = new Map<string, { found: T; until: number }>();
  return {
    recall(hash) {
      const known = held.get(hash);
      return known && known.until > clock() ? known.found : undefined;
    },
    keep(hash, found) {
      if (held.size >= KEYS_HELD) held.clear();
      held.set(hash, { found, until: clock() + BELIEVED_MS });
    },
    forget: () => held.clear(),
  };
}
