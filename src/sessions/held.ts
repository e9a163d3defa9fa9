/** A run that an agent reports on: found, its session locked, and still this agent's; or refused by name. */
import { refuse } from '../contract/errors.ts';
import type { Tx } from '../store/openStore.ts';
import { onSession, type EngineDeps, type Ledger, type ResultRow, type SequenceRow } from './ledger.ts';

export interface HeldRun { runId: string; token: number }

export const sequenceOf = (tx: Tx, run: ResultRow): Promise<SequenceRow> =>
  tx.db.selectFrom('sequences').selectAll().where('id', '=', run.sequence_id).executeTakeFirstOrThrow();

/** Why this report comes too late; undefined when the run is the reporter's. */
export function whyLost(run: ResultRow, agentId: string, token: number): string | undefined {
  if (run.result_type !== 'PENDING') return `it has settled as ${run.result_type}`;
  if (run.token !== token) return `it was taken over (token ${run.token}, yours is ${token})`;
  if (run.agent_id !== agentId) return 'it belongs to another agent';
  return undefined;
}

/** Works on a run with its session locked. Refuses an unknown run; whether it is still the reporter's, `work` decides. */
export async function onRun<T>(
  deps: EngineDeps, tx: Tx, runId: string, work: (ledger: Ledger, run: ResultRow) => Promise<T>,
): Promise<T> {
  const found = await tx.db.selectFrom('results').select('session_id').where('id', '=', runId).executeTakeFirst();
  if (!found) throw refuse.leaseLost(runId, 'there is no such run');
  const answer = await onSession(deps, tx, found.session_id, async (ledger) => {
    const run = await tx.db.selectFrom('results').selectAll().where('id', '=', runId).executeTakeFirstOrThrow();
    return { value: await work(ledger, run) };
  });
  if (!answer) throw refuse.leaseLost(runId, 'its session is gone');
  return answer.value;
}
