/** The one word that people read for a result or a session, out of the flags that the server has decided. Decides nothing itself. */
import type { ListedResult } from '../../contract/results.ts';
import type { ShownVerdict } from '../../contract/shownVerdict.ts';

export type Verdict = ShownVerdict;

type Flags = Pick<ListedResult, 'status' | 'hasErrors' | 'isDegraded'>;

/** `errored`: the fault is ours (agent, sandbox, browser), not the target's (A.4). */
export function verdictOf({ status, hasErrors, isDegraded }: Flags): Verdict {
  if (status === 'RUNNING') return 'running';
  if (status === 'CANCELLED') return 'cancelled';
  if (status === 'FAILED') return hasErrors ? 'errored' : 'failed';
  return isDegraded ? 'degraded' : 'passed';
}

export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  passed: 'Passed', degraded: 'Degraded', failed: 'Failed', errored: 'Error of ours', cancelled: 'Cancelled', running: 'Running',
};
