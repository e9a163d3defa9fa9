/** cancel: every check type can be cancelled. What waits ends at once; what runs is told to stop and reports what it has (A.8). */
import { concludeFinal, type Ending } from './conclude.ts';
import { lockRuns } from './held.ts';
import { onSession, type EngineDeps, type Ledger, type ResultRow, type SequenceRow } from './ledger.ts';
import { flagsOf } from './status.ts';

/**
 * @param sequenceIds only these; all when absent. Unknown and settled ones are passed over, so cancelling twice is harmless.
 * @returns false when the account has no such session.
 */
export async function cancel(deps: EngineDeps, accountId: string, sessionId: string, sequenceIds?: readonly string[]): Promise<boolean> {
  return deps.store.transaction(async (tx) => {
    const done = await onSession(deps, tx, sessionId, async (ledger) => {
      if (ledger.session.account_id !== accountId) return false;
      const all = await tx.db.selectFrom('sequences').selectAll().where('session_id', '=', sessionId).where('status', '=', 'RUNNING').execute();
      const chosen = sequenceIds ? all.filter((sequence) => sequenceIds.includes(sequence.id)) : all;
      await stop(deps, ledger, chosen);
      return true;
    });
    return done === true;
  });
}

async function stop(deps: EngineDeps, ledger: Ledger, sequences: readonly SequenceRow[]): Promise<void> {
  if (sequences.length === 0) return;
  const now = deps.clock();
  const pending = await lockRuns(ledger.tx, (runs) => runs.where('session_id', '=', ledger.session.id).where('result_type', '=', 'PENDING'));
  const runOf = new Map(pending.map((run) => [run.sequence_id, run]));
  for (const sequence of sequences) {
    const run = runOf.get(sequence.id);
    if (!run) continue;
    if (run.lease_until === null) await concludeFinal(deps, ledger, run, sequence, cancelledEnding(run, now));
    else {
      if (sequence.cancel_requested_at === null) {
        await ledger.tx.db.updateTable('sequences').set({ cancel_requested_at: now, updated_at: now }).where('id', '=', sequence.id).execute();
      }
      if (run.agent_id !== null) ledger.signal(`agent:${run.agent_id}`);
    }
  }
}

/** Cancelled by the server: nothing came from an agent. */
export const cancelledEnding = (run: ResultRow, now: number): Ending => ({
  reported: false, flags: flagsOf('errored', true), aborted: true, overMaxResponseTime: false, responseTime: null, startedAt: run.started_at, stoppedAt: now,
  scheduleError: null, detail: null, log: null,
});
