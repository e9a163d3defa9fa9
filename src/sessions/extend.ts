/** extend: the agent still works on these. The answer says which to stop, and which are somebody else's now. */
import type { EngineDeps } from './ledger.ts';
import { lockRuns, type HeldRun } from './held.ts';

export interface Extended { cancelled: string[]; lost: string[] }

export async function extend(deps: EngineDeps, agentId: string, held: readonly HeldRun[]): Promise<Extended> {
  if (held.length === 0) return { cancelled: [], lost: [] };
  const tokens = new Map(held.map((run) => [run.runId, run.token]));
  return deps.store.transaction(async (tx) => {
    const mine = (await lockRuns(tx, (runs) => runs.where('id', 'in', [...tokens.keys()])))
      .filter((run) => run.agent_id === agentId && run.lease_until !== null && run.token === tokens.get(run.id));
    const lease = { lease_until: deps.clock() + deps.limits.leaseMs };
    if (mine.length > 0) await tx.db.updateTable('results').set(lease).where('id', 'in', mine.map((run) => run.id)).execute();
    for (const lane of new Set(mine.map((row) => row.lane))) {
      await deps.queue.extend(tx, lane, mine.flatMap((row) => (row.lane === lane && row.queue_entry !== null ? [row.queue_entry] : [])));
    }
    return { cancelled: await cancelledAmong(tx.db, mine), lost: [...tokens.keys()].filter((id) => !mine.some((row) => row.id === id)) };
  });
}

type Db = Parameters<Parameters<EngineDeps['store']['transaction']>[0]>[0]['db'] | EngineDeps['store']['read'];

async function cancelledAmong(db: Db, runs: readonly { id: string; sequence_id: string }[]): Promise<string[]> {
  if (runs.length === 0) return [];
  const asked = await db.selectFrom('sequences').select('id').where('id', 'in', runs.map((run) => run.sequence_id))
    .where('cancel_requested_at', 'is not', null).execute();
  const ids = new Set(asked.map((row) => row.id));
  return runs.filter((run) => ids.has(run.sequence_id)).map((run) => run.id);
}

/** Runs in this agent's hands that somebody has cancelled; what `next` delivers without waiting for the next extend. */
export async function cancelledRuns(deps: EngineDeps, agentId: string): Promise<string[]> {
  const held = await deps.store.read.selectFrom('results').select(['id', 'sequence_id'])
    .where('agent_id', '=', agentId).where('lease_until', 'is not', null).execute();
  return cancelledAmong(deps.store.read, held);
}
