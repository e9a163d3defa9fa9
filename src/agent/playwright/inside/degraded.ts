/** What scripts import as the helper package for degraded states (C.7). Behaves like the package of that name. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** In the working directory: where the package itself writes, so that both can be read in one place. */
const FILE = 'degraded.json';
/** Bytes from which a reason is refused. */
const TOO_LONG = 100;

/** Marks the check as degraded. @param message why; shown in the job log. Throws when it is 100 bytes long or longer. */
export function markCheckAsDegraded(message?: unknown): void {
  const reason = message ? String(message) : '';
  if (Buffer.byteLength(reason) >= TOO_LONG) throw new Error(`The reason given to markCheckAsDegraded must be shorter than ${TOO_LONG} bytes.`);
  const before = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) as { messages: string[] } : { messages: [] };
  if (reason) before.messages.push(reason);
  writeFileSync(FILE, JSON.stringify(before));
}

/** ms that the request of an answer has taken in all; null when Playwright does not know. */
export function getAPIResponseTime(response: { timings?(): { total?: number } | null } | null | undefined): number | null {
  return response?.timings?.()?.total ?? null;
}
