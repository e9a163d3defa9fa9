/**
 * From what a run left to the errors that it shows, each with its fingerprint (F.3).
 * Promises: pure; the same fault on another day, port, generated host or run id has the same hash, and two faults have two; any JSON is
 * read without an error, in time that grows with its length alone.
 * Never: a store, a clock; a value that the target sent, or the type of the check, in a hash.
 */
import { createHash } from 'node:crypto';
import { readErrors } from './readErrors.ts';

/** Rises when the cleaning changes: hashes of another version are other groups. */
export const FINGERPRINT_VERSION = 1;

/** What a run left that errors can be read from. `detail` is the sub-result in the contract's shape, null when there is none. */
export interface FailedRun { checkType: string; detail: Readonly<Record<string, unknown>> | null; scheduleError: string | null }

/** Which test of a suite or script failed (F.2, `pwtMetadata`). */
export interface FailedTest { projectName: string; specId?: string; testFile: string; testTitle: string; suitePath: string[] }

/** `raw`: what was said, 10 KB of UTF-8 at most. `cleaned`: without its volatile parts, 1,000 characters at most. `hash`: SHA-256 in lower-case hex. */
export interface GroupedError { raw: string; cleaned: string; hash: string; test: FailedTest | null }

/** Groups that one run can be in. */
const MOST = 50;
const RAW_BYTES = 10 * 1024;
const CLEANED_LENGTH = 1_000;

/**
 * The distinct errors of a failed run in their order: once a hash, or once a test where several tests show the same one (F.2 lists
 * them all). Never none: a run without a text of its own has one sentence.
 */
export function groupErrors(run: FailedRun): GroupedError[] {
  const hashes = new Set<string>();
  const distinct = new Map<string, GroupedError>();
  for (const { raw, cleaned: text, test } of readErrors(run)) {
    const cleaned = wellFormed(text.replace(/\s+/g, ' ').trim().slice(0, CLEANED_LENGTH)).trim() || 'The check failed.';
    const hash = createHash('sha256').update(`${FINGERPRINT_VERSION}\n${cleaned}`).digest('hex');
    if (!hashes.has(hash) && hashes.size >= MOST) continue;
    hashes.add(hash);
    const key = `${hash} ${JSON.stringify(test)}`;
    if (!distinct.has(key)) distinct.set(key, { raw: cutBytes(raw) || cleaned, cleaned, hash, test });
  }
  return [...distinct.values()];
}

/** Stores refuse NUL and half a pair of surrogates. */
const wellFormed = (text: string): string => text.replaceAll('\0', '').toWellFormed();

function cutBytes(text: string): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(RAW_BYTES - 2));
  return wellFormed(text.slice(0, read));
}
