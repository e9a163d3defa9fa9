/**
 * Reads what stands around a result (contract/aroundResult.ts).
 * Promises: each part is found by an index; what is read grows with the sequence and its session, never with what is stored beside them.
 */
import { sql, type RawBuilder } from 'kysely';
import type { AroundResult, Neighbour, PassedBefore, SequenceRun } from '../contract/aroundResult.ts';
import type { ResultType, Status } from '../contract/checkTypes.ts';
import { SHOWN_FIRST, type ShownVerdict } from '../contract/shownVerdict.ts';
import type { Reads } from '../store/openStore.ts';
import { isoOrNull, type ResultRow } from './presentResult.ts';
import type { SessionRow } from './presentSession.ts';

interface FlagColumns { status: string; has_errors: number; is_degraded: number }
const flagsOf = ({ status, has_errors, is_degraded }: FlagColumns) => ({ status: status as Status, hasErrors: has_errors === 1, isDegraded: is_degraded === 1 });

/** @param row a result of the session `session`. */
export async function aroundResult(read: Reads, session: SessionRow, row: ResultRow): Promise<AroundResult> {
  const [attempts, place, lastPassing, agent, errorGroups] = await Promise.all([
    attemptsOf(read, row.sequence_id), placeOf(read, row), lastPassingOf(read, row.sequence_id), agentNameOf(read, row.agent_id),
    errorGroupsOf(read, session.account_id, JSON.parse(row.error_group_ids) as string[]),
  ]);
  return {
    sessionName: session.name, sessionStatus: session.status as Status, attempts, ...place, lastPassing, agentName: agent, errorGroups,
    dataRemovedAt: isoOrNull(row.data_removed_at),
  };
}

async function attemptsOf(read: Reads, sequenceId: string): Promise<SequenceRun[]> {
  const rows = await read.selectFrom('results').select(['id', 'attempt', 'result_type', 'status', 'has_errors', 'is_degraded', 'response_time', 'started_at', 'stopped_at'])
    .where('sequence_id', '=', sequenceId).orderBy('attempt').execute();
  return rows.map((run) => ({
    testSessionResultId: run.id, attempt: run.attempt, resultType: run.result_type as ResultType, ...flagsOf(run), responseTime: run.response_time,
    startedAt: isoOrNull(run.started_at), stoppedAt: isoOrNull(run.stopped_at),
  }));
}

const IS: Readonly<Record<ShownVerdict, RawBuilder<boolean>>> = {
  failed: sql`results.status = 'FAILED' and results.has_errors = 0`, errored: sql`results.status = 'FAILED'`, cancelled: sql`results.status = 'CANCELLED'`,
  running: sql`results.status = 'RUNNING'`, degraded: sql`results.is_degraded = 1`, passed: sql`results.status = 'PASSED'`,
};
const RANK = sql`case ${sql.join(SHOWN_FIRST.map((verdict, rank) => sql`when ${IS[verdict]} then ${sql.lit(rank)}`), sql` `)} end`;

interface Place { sequence_id: string; position: number; count: number; previous: string | null; next: string | null }

async function placeOf(read: Reads, row: ResultRow): Promise<Pick<AroundResult, 'position' | 'count' | 'previous' | 'next'>> {
  const { rows: [place] } = await sql<Place>`
    select * from (
      select results.sequence_id, row_number() over places as position, count(*) over () as count, lag(results.id) over places as previous, lead(results.id) over places as next
      from results inner join sequences on sequences.id = results.sequence_id
      where results.session_id = ${row.session_id} and results.result_type <> 'ATTEMPT'
      window places as (order by ${RANK}, sequences.position, results.id)) ordered
    where sequence_id = ${row.sequence_id}`.execute(read);
  const [previous, next] = await Promise.all([place?.previous, place?.next].map((id) => neighbourOf(read, id ?? null)));
  return { position: Number(place?.position ?? 1), count: Number(place?.count ?? 1), previous: previous ?? null, next: next ?? null };
}

async function neighbourOf(read: Reads, id: string | null): Promise<Neighbour | null> {
  if (id === null) return null;
  const row = await read.selectFrom('results').select(['id', 'name', 'status', 'has_errors', 'is_degraded']).where('id', '=', id).executeTakeFirst();
  return row ? { testSessionResultId: row.id, name: row.name, ...flagsOf(row) } : null;
}

/** Characters of a logical id that are indexed, as the migration has them: longer ones are too much for an index. */
const INDEXED = sql.lit(200);

async function lastPassingOf(read: Reads, sequenceId: string): Promise<PassedBefore | null> {
  const mine = await read.selectFrom('sequences').select(['id', 'account_id', 'project_id', 'check_key', 'logical_id', 'created_at']).where('id', '=', sequenceId).executeTakeFirst();
  if (!mine) return null;
  // Literals where the partial indexes have them: a parameter would not be known to fit.
  const passed = read.selectFrom('sequences').innerJoin('sessions', 'sessions.id', 'sequences.session_id')
    .select(['sequences.id', 'sequences.session_id', 'sessions.name', 'branch_name', 'commit_id'])
    .where('sequences.status', '=', sql.lit('PASSED')).where('sessions.recorded', '=', 1)
    .where(sql<boolean>`(sequences.created_at, sequences.id) < (${mine.created_at}, ${mine.id})`)
    .orderBy('sequences.created_at', 'desc').orderBy('sequences.id', 'desc').limit(1);
  const { project_id: projectId, check_key: checkKey } = mine;
  const before = await (projectId !== null && checkKey !== null
    ? passed.where('sequences.project_id', '=', projectId).where('check_key', '=', checkKey)
    : passed.where('sequences.project_id', 'is', null).where('sequences.account_id', '=', mine.account_id).where('logical_id', '=', mine.logical_id)
      .where(sql<boolean>`substr(logical_id, 1, ${INDEXED}) = substr(${mine.logical_id}, 1, ${INDEXED})`)).executeTakeFirst();
  if (!before) return null;
  const final = await read.selectFrom('results').select(['id', 'status', 'has_errors', 'is_degraded', 'started_at'])
    .where('sequence_id', '=', before.id).where('result_type', '=', 'FINAL').executeTakeFirst();
  return final ? {
    testSessionId: before.session_id, testSessionResultId: final.id, sessionName: before.name, ...flagsOf(final), startedAt: isoOrNull(final.started_at),
    branchName: before.branch_name, commitId: before.commit_id,
  } : null;
}

async function agentNameOf(read: Reads, agentId: string | null): Promise<string | null> {
  if (agentId === null) return null;
  return (await read.selectFrom('agents').select('name').where('id', '=', agentId).executeTakeFirst())?.name ?? null;
}

async function errorGroupsOf(read: Reads, accountId: string, ids: readonly string[]): Promise<AroundResult['errorGroups']> {
  if (ids.length === 0) return [];
  const rows = await read.selectFrom('error_groups').select(['id', 'cleaned_message']).where('id', 'in', ids).where('account_id', '=', accountId).execute();
  const messages = new Map(rows.map((row) => [row.id, row.cleaned_message]));
  return ids.flatMap((id) => { const message = messages.get(id); return message === undefined ? [] : [{ id, message }]; });
}
