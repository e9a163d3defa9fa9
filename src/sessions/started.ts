/** started: runs are under way. A run that is not the agent's any more is left out silently; `extend` tells it so. */
import { eventOf, type EngineDeps } from './ledger.ts';
import { onRun, sequenceOf, whyLost, type HeldRun } from './held.ts';

/** @param runs with `startedAt` in Unix ms by the agent's clock. */
export async function started(deps: EngineDeps, agentId: string, runs: readonly (HeldRun & { startedAt: number })[]): Promise<void> {
  // In one order everywhere, so that two reports cannot wait for each other's sessions.
  const ordered = [...runs].sort((a, b) => a.runId.localeCompare(b.runId));
  await deps.store.transaction(async (tx) => {
    for (const { runId, token, startedAt } of ordered) {
      await onRun(deps, tx, runId, async (ledger, run) => {
        if (whyLost(run, agentId, token) !== undefined) return;
        await tx.db.updateTable('results').set({ started_at: startedAt, updated_at: deps.clock() }).where('id', '=', runId).execute();
        const sequence = await sequenceOf(tx, run);
        if (sequence.first_started_at === null) {
          await tx.db.updateTable('sequences').set({ first_started_at: startedAt }).where('id', '=', sequence.id).execute();
        }
        ledger.emit('run-start', eventOf(run, sequence), {});
      });
    }
  });
}
