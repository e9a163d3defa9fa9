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

/**
 * Runs by their ids, locked against assign and extend, which do without the session's lock. Always in the order of the
 * ids, so that two verbs about several runs cannot wait for each other.
 */
export async function lockRuns(tx: Tx, ids: readonly string[]): Promise<ResultRow[]> {
  if (ids.length === 0) return [];
  const query = tx.db.selectFrom('results').selectAll().where('id', 'in', ids).orderBy('id');
  return (tx.kind === 'postgres' ? query.forUpdate() : query).execute();
}

/** The runs of a session that have not ended, locked likewise. */
export async function lockPending(tx: Tx, sessionId: string): Promise<ResultRow[]> {
  const query = tx.db.selectFrom('results').selectAll().where('session_id', '=', sessionId).where('result_type', '=', 'PENDING').orderBy('id');
  return (tx.kind === 'postgres' ? query.forUpdate() : query).execute();
}

/** Works on a run with its session and itself locked. Refuses an unknown run; whether it is still the reporter's, `work` decides. */
export async function onRun<T>(
  deps: EngineDeps, tx: Tx, runId: string, work: (ledger: Ledger, run: ResultRow) => Promise<T>,
): Promise<T> {
  const answer = await onSession(deps, tx, { ofRun: runId }, async (ledger) => {
    const [run] = await lockRuns(tx, [runId]);
    return run && { value: await work(ledger, run) };
  });
  if (!answer) throw refuse.leaseLost(runId, 'there is no such run');
  return answer.value;
}
