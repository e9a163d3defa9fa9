/** Sessions as the public API shows them, one by one and in the list (A.3, A.11, A.13). */
import { sql, type Selectable } from 'kysely';
import type { Status } from '../contract/checkTypes.ts';
import type { Metadata, TestSession, TestSessionList } from '../contract/sessions.ts';
import type { Reads } from '../store/openStore.ts';
import type { SessionTable } from '../store/tables.ts';
import { iso, isoOrNull, presentListed, sessionLink, type ListedRow } from './presentResult.ts';

export type SessionRow = Selectable<SessionTable>;

/** Everything of a result but its detail and log, which are large. */
const LISTED = [
  'results.id', 'results.session_id', 'results.sequence_id', 'results.account_id', 'attempt', 'result_type', 'results.status', 'results.check_id', 'results.check_type',
  'name', 'run_location', 'private_location_id', 'file_path', 'has_failures', 'has_errors', 'is_degraded', 'over_max_response_time', 'aborted',
  'is_cancelled', 'is_flaky', 'response_time', 'schedule_error', 'trace_id', 'error_group_ids', 'lane', 'available_at', 'token', 'takeovers', 'agent_id',
  'lease_until', 'queue_entry', 'started_at', 'stopped_at', 'results.created_at', 'results.updated_at',
] as const;

function metadataOf(row: SessionRow): Metadata {
  const github = row.github === null ? undefined : JSON.parse(row.github) as Metadata['github'];
  return {
    ...(row.environment === null ? {} : { environment: row.environment }),
    repoUrl: row.repo_url, commitId: row.commit_id, commitOwner: row.commit_owner, commitMessage: row.commit_message, branchName: row.branch_name,
    ...(github && typeof github.reporting === 'boolean' ? { github } : {}),
  };
}

/** By session: the union of what its results showed, attempts included (A.3.8). */
async function groupsOf(read: Reads, sessionIds: readonly string[]): Promise<Map<string, string[]>> {
  const rows = await read.selectFrom('error_group_sessions').select(['session_id', 'group_id']).where('session_id', 'in', sessionIds)
    .orderBy('session_id').orderBy('group_id').execute();
  const groups = new Map<string, string[]>();
  for (const { session_id, group_id } of rows) {
    const known = groups.get(session_id);
    if (known) known.push(group_id); else groups.set(session_id, [group_id]);
  }
  return groups;
}

/**
 * The session with the results of its sequences, attempts included, in the order of the checks.
 * @param after only sequences that events with a higher number tell of; absent: all.
 */
export async function presentSession(read: Reads, row: SessionRow, publicUrl: string, now: number, after?: number): Promise<TestSession> {
  let all = read.selectFrom('results').innerJoin('sequences', 'sequences.id', 'results.sequence_id').select(LISTED).where('results.session_id', '=', row.id);
  if (after !== undefined) {
    all = all.where('results.sequence_id', 'in', (eb) => eb.selectFrom('events').select('sequence_id').where('session_id', '=', row.id).where('seq', '>', after)
      .where('sequence_id', 'is not', null).$castTo<{ sequence_id: string }>());
  }
  const results: ListedRow[] = await all.orderBy('sequences.position').orderBy('attempt').execute();
  const groups = await groupsOf(read, [row.id]);
  return {
    testSessionId: row.id, testSessionLink: sessionLink(publicUrl, row.account_id, row.id), name: row.name, status: row.status as Status,
    errorGroupIds: groups.get(row.id) ?? [], flakySequenceIds: results.filter((result) => result.is_flaky === 1).map((result) => result.sequence_id),
    startedAt: iso(row.started_at), stoppedAt: isoOrNull(row.stopped_at),
    timeElapsed: Math.max(0, (row.stopped_at ?? now) - row.started_at), metadata: metadataOf(row),
    results: results.map((result) => presentListed(result, publicUrl)),
  };
}

type Counts = TestSessionList['entries'][number]['counts'];
interface Ids { RUNNING: string[]; PASSED: string[]; FAILED: string[]; CANCELLED: string[]; flaky: string[] }

const countsOf = (row: SessionRow, flaky: number): Counts => ({ running: row.running, passed: row.passed, failed: row.failed, cancelled: row.cancelled, flaky });

/** By session: each sequence's id in exactly one of four arrays (K.13). */
async function idsOf(read: Reads, sessionIds: readonly string[]): Promise<Map<string, Ids>> {
  const ids = new Map(sessionIds.map((id) => [id, { RUNNING: [], PASSED: [], FAILED: [], CANCELLED: [], flaky: [] } as Ids]));
  const sequences = await read.selectFrom('sequences').select(['id', 'session_id', 'status', 'flaky']).where('session_id', 'in', sessionIds)
    .orderBy('session_id').orderBy('position').execute();
  for (const sequence of sequences) {
    const of = ids.get(sequence.session_id);
    of?.[sequence.status as Status].push(sequence.id);
    if (sequence.flaky === 1) of?.flaky.push(sequence.id);
  }
  return ids;
}

/** By session, out of the index that has flaky sequences alone. */
async function flakyOf(read: Reads, sessionIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await read.selectFrom('sequences').select(({ fn }) => ['session_id', fn.countAll<number>().as('flaky')]).where('session_id', 'in', sessionIds)
    .where(sql<boolean>`flaky = 1`).groupBy('session_id').execute();
  return new Map(rows.map(({ session_id, flaky }) => [session_id, Number(flaky)]));
}

/** @param sequences whether the entries hold the ids of sequences. */
export async function presentSessions(read: Reads, rows: readonly SessionRow[], sequences = true): Promise<TestSessionList['entries']> {
  if (rows.length === 0) return [];
  const sessionIds = rows.map((row) => row.id);
  const [groups, ids, flaky] = [await groupsOf(read, sessionIds), sequences ? await idsOf(read, sessionIds) : undefined, sequences ? undefined : await flakyOf(read, sessionIds)];
  return rows.map((row) => {
    const of = ids?.get(row.id);
    return {
      id: row.id, accountId: row.account_id, projectId: row.project_id, name: row.name, provider: row.provider, errorGroupIds: groups.get(row.id) ?? [],
      ...(of ? { running: of.RUNNING, passed: of.PASSED, failed: of.FAILED, cancelled: of.CANCELLED, flakySequenceIds: of.flaky } : {}),
      counts: countsOf(row, of?.flaky.length ?? flaky?.get(row.id) ?? 0),
      status: row.status as Status, region: row.region, privateLocationId: row.private_location_id,
      invoker: row.invoker_name === null ? null : { name: row.invoker_name, picture: null },
      repoUrl: row.repo_url, commitId: row.commit_id, commitOwner: row.commit_owner, commitMessage: row.commit_message, branchName: row.branch_name,
      environment: row.environment, startedAt: iso(row.started_at), stoppedAt: isoOrNull(row.stopped_at), created_at: iso(row.created_at),
      updated_at: isoOrNull(row.updated_at),
    };
  });
}
