/** started: runs are under way. A run that is not the agent's any more is left out silently; `extend` tells it so. */
import { eventOf, type EngineDeps } from './ledger.ts';
import { onRun, sequenceOf, whyLost, type HeldRun } from './held.ts';

/** @param runs with `startedAt` in Unix ms by the agent's clock. */
export async function started(deps: EngineDeps, agentId: string, runs: readonly (HeldRun & { startedAt: number })[]): Promise<void> {
  if (runs.length === 0) return;
  const reported = new Map(runs.map((run) => [run.runId, run]));
  await deps.store.transaction(async (tx) => {
    // Sessions in one order everywhere, so that two reports cannot wait for each other's.
    const known = await tx.db.selectFrom('results').select('id').where('id', 'in', [...reported.keys()]).orderBy('session_id').orderBy('id').execute();
    for (const { id } of known) {
      await onRun(deps, tx, id, async (ledger, run) => {
        const { token, startedAt: reportedAt } = reported.get(id)!;
        if (whyLost(run, agentId, token) !== undefined) return;
        const startedAt = Math.round(reportedAt);
        await tx.db.updateTable('results').set({ started_at: startedAt, updated_at: deps.clock() }).where('id', '=', id).execute();
        const sequence = await sequenceOf(tx, run);
        if (sequence.first_started_at === null) {
          await tx.db.updateTable('sequences').set({ first_started_at: startedAt }).where('id', '=', sequence.id).execute();
        }
        ledger.emit('run-start', eventOf(run, sequence), {});
      });
    }
  });
}
