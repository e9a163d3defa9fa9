/** started: runs are under way. A run that is not the agent's any more is left out silently; `extend` tells it so. */
import type { Tx } from '../store/openStore.ts';
import { eventOf, type EngineDeps } from './ledger.ts';
import { onRun, sequenceOf, whyLost, type HeldRun } from './held.ts';

type StartedRun = HeldRun & { startedAt: number };

/** @param runs with `startedAt` in Unix ms by the agent's clock. */
export async function started(deps: EngineDeps, agentId: string, runs: readonly StartedRun[]): Promise<void> {
  if (runs.length === 0) return;
  const reported = new Map(runs.map((run) => [run.runId, run]));
  const known = await deps.store.read.selectFrom('results').select(['id', 'session_id']).where('id', 'in', [...reported.keys()]).orderBy('id').execute();
  // A transaction a session: one that held several could wait for a report that holds them in another order.
  for (const sessionId of new Set(known.map((run) => run.session_id))) {
    await deps.store.transaction(async (tx) => {
      for (const { id } of known.filter((run) => run.session_id === sessionId)) await noteStart(deps, tx, agentId, reported.get(id)!);
    });
  }
}

async function noteStart(deps: EngineDeps, tx: Tx, agentId: string, { runId, token, startedAt: reportedAt }: StartedRun): Promise<void> {
  await onRun(deps, tx, runId, async (ledger, run) => {
    if (whyLost(run, agentId, token) !== undefined) return;
    const startedAt = Math.round(reportedAt);
    await tx.db.updateTable('results').set({ started_at: startedAt, updated_at: deps.clock() }).where('id', '=', runId).execute();
    const sequence = await sequenceOf(tx, run);
    if (sequence.first_started_at === null) {
      await tx.db.updateTable('sequences').set({ first_started_at: startedAt }).where('id', '=', sequence.id).execute();
    }
    ledger.emit('run-start', eventOf(run, sequence), {});
  });
}
