/** Who must not run at the same time as others of the same key waits here, in the order of coming. */
import { withDeadline } from '../kit/deadline.ts';

const lines = new Map<string, Promise<void>>();

/** Resolves with the function that ends the turn, or with null when `ms` were over or `signal` aborted before it came. */
export async function waitTurn(key: string, ms: number, signal: AbortSignal): Promise<(() => void) | null> {
  const before = lines.get(key) ?? Promise.resolve();
  const turn = Promise.withResolvers<void>();
  const line = before.then(() => turn.promise);
  lines.set(key, line);
  void line.then(() => {
    if (lines.get(key) === line) lines.delete(key);
  });
  const waited = await withDeadline(ms, signal, () => before);
  if (waited.kind === 'done') return turn.resolve;
  turn.resolve();
  return null;
}
