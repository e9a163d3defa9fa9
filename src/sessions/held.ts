/** A run that an agent reports on: found, its session locked, and still this agent's; or refused by name. */
import { refuse } from '../contract/errors.ts';
import type { SelectQueryBuilder } from 'kysely';
import type { Tx } from '../store/openStore.ts';
import type { Tables } from '../store/tables.ts';
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

type Runs = SelectQueryBuilder<Tables, 'results', ResultRow>;

/**
 * Some runs, locked against the verbs that do without the session's lock (assign, extend, hello). Always in the order of
 * their ids, so that two verbs about several runs cannot wait for each other.
 */
export async function lockRuns(tx: Tx, which: (runs: Runs) => Runs): Promise<ResultRow[]> {
  const query = which(tx.db.selectFrom('results').selectAll()).orderBy('id');
  return (tx.kind === 'postgres' ? query.forUpdate() : query).execute();
}

/** Works on a run with its session and itself locked. Refuses an unknown run; whether it is still the reporter's, `work` decides. */
export async function onRun<T>(
  deps: EngineDeps, tx: Tx, runId: string, work: (ledger: Ledger, run: ResultRow) => Promise<T>,
): Promise<T> {
  const answer = await onSession(deps, tx, { ofRun: runId }, async (ledger) => {
    const [run] = await lockRuns(tx, (runs) => runs.where('id', '=', runId));
    return run && { value: await work(ledger, run) };
  });
  if (!answer) throw refuse.leaseLost(runId, 'there is no such run');
  return answer.value;
}
