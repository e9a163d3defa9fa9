/** A signal that comes when the caller of a long poll is gone, so that nobody waits for nobody (A.12). */
import type { ServerResponse } from 'node:http';

export function hangUp(reply: { raw: ServerResponse }): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => controller.abort());
  return controller.signal;
}
