/**
 * From what a run left to the errors that it shows, each with its fingerprint (F.3).
 * Promises: pure; the same fault on another day, port, host or run id has the same hash, and two faults have two.
 * Never: a store, a clock.
 */
import { createHash } from 'node:crypto';

/** Rises when the cleaning changes: hashes of another version are other groups. */
export const FINGERPRINT_VERSION = 1;

/** What a run left that errors can be read from. `detail` is the sub-result in the contract's shape, null when there is none. */
export interface FailedRun { checkType: string; detail: Readonly<Record<string, unknown>> | null; scheduleError: string | null }

/** Which test of a suite or script failed (F.2, `pwtMetadata`). */
export interface FailedTest { projectName: string; specId?: string; testFile: string; testTitle: string; suitePath: string[] }

export interface GroupedError { raw: string; cleaned: string; hash: string; test: FailedTest | null }

/** The distinct errors of a failed run, by hash, in their order; never none: a run without a text of its own has one sentence. */
export function groupErrors(run: FailedRun): GroupedError[] {
  const raw = String(run.scheduleError ?? run.detail?.['requestError'] ?? 'The check failed.');
  const cleaned = raw.replace(/\d{2,}/g, '<n>');
  return [{ raw, cleaned, hash: createHash('sha256').update(`${FINGERPRINT_VERSION}\n${cleaned}`).digest('hex'), test: null }];
}
