/** How verdicts fold: of a run into its flags, of a session's sequences into its status (A.3, A.4). Pure. */
import type { Status } from '../contract/checkTypes.ts';
import type { Verdict } from '../protocol/outcome.ts';

export interface Counts { running: number; passed: number; failed: number; cancelled: number }

/** Any cancelled sequence cancels, else any failed fails, else passed; while one runs the session runs (A.3.6, A.3.7). */
export function fold(counts: Counts): Status {
  if (counts.running > 0) return 'RUNNING';
  if (counts.cancelled > 0) return 'CANCELLED';
  return counts.failed > 0 ? 'FAILED' : 'PASSED';
}

export interface Flags { hasFailures: boolean; hasErrors: boolean; isDegraded: boolean; isCancelled: boolean; status: Exclude<Status, 'RUNNING'> }

/** `hasFailures` is the master flag: an errored run sets it too, so that clients do not report success (A.4). */
export function flagsOf(verdict: Verdict, isCancelled: boolean): Flags {
  if (isCancelled) return { hasFailures: false, hasErrors: false, isDegraded: false, isCancelled: true, status: 'CANCELLED' };
  const hasErrors = verdict === 'errored';
  const hasFailures = hasErrors || verdict === 'failed';
  return { hasFailures, hasErrors, isDegraded: verdict === 'degraded', isCancelled: false, status: hasFailures ? 'FAILED' : 'PASSED' };
}
