/** Sessions as the public API shows them, one by one and in the list (A.3, A.11, A.13). */
import type { Selectable } from 'kysely';
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

/** The session with all results of all its sequences, attempts included, in the order of the checks. */
export async function presentSession(read: Reads, row: SessionRow, publicUrl: string, now: number): Promise<TestSession> {
  const results: ListedRow[] = await read.selectFrom('results').innerJoin('sequences', 'sequences.id', 'results.sequence_id').select(LISTED)
    .where('results.session_id', '=', row.id).orderBy('sequences.position').orderBy('attempt').execute();
  const groups = await groupsOf(read, [row.id]);
  return {
    testSessionId: row.id, testSessionLink: sessionLink(publicUrl, row.account_id, row.id), name: row.name, status: row.status as Status,
    errorGroupIds: groups.get(row.id) ?? [], flakySequenceIds: results.filter((result) => result.is_flaky === 1).map((result) => result.sequence_id),
    startedAt: iso(row.started_at), stoppedAt: isoOrNull(row.stopped_at),
    timeElapsed: Math.max(0, (row.stopped_at ?? now) - row.started_at), metadata: metadataOf(row),
    results: results.map((result) => presentListed(result, publicUrl)),
  };
}

/** List entries hold sequence ids, each in exactly one of four arrays (K.13). */
export async function presentSessions(read: Reads, rows: readonly SessionRow[]): Promise<TestSessionList['entries']> {
  if (rows.length === 0) return [];
  const sessionIds = rows.map((row) => row.id);
  const groups = await groupsOf(read, sessionIds);
  const sequences = await read.selectFrom('sequences').select(['id', 'session_id', 'status', 'flaky']).where('session_id', 'in', sessionIds)
    .orderBy('session_id').orderBy('position').execute();
  const idsOf = new Map(rows.map((row) => [row.id, { RUNNING: [] as string[], PASSED: [] as string[], FAILED: [] as string[], CANCELLED: [] as string[] }]));
  const flaky = new Map(rows.map((row) => [row.id, [] as string[]]));
  for (const sequence of sequences) if (sequence.flaky === 1) flaky.get(sequence.session_id)?.push(sequence.id);
  for (const sequence of sequences) idsOf.get(sequence.session_id)?.[sequence.status as Status].push(sequence.id);
  return rows.map((row) => {
    const ids = idsOf.get(row.id);
    return {
      id: row.id, accountId: row.account_id, projectId: row.project_id, name: row.name, provider: row.provider,
      errorGroupIds: groups.get(row.id) ?? [], running: ids?.RUNNING ?? [], passed: ids?.PASSED ?? [], failed: ids?.FAILED ?? [],
      cancelled: ids?.CANCELLED ?? [], flakySequenceIds: flaky.get(row.id) ?? [], status: row.status as Status, region: row.region, privateLocationId: row.private_location_id,
      invoker: row.invoker_name === null ? null : { name: row.invoker_name, picture: null },
      repoUrl: row.repo_url, commitId: row.commit_id, commitOwner: row.commit_owner, commitMessage: row.commit_message, branchName: row.branch_name,
      environment: row.environment, startedAt: iso(row.started_at), stoppedAt: isoOrNull(row.stopped_at), created_at: iso(row.created_at),
      updated_at: isoOrNull(row.updated_at),
    };
  });
}
