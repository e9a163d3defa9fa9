/** The sessions that showed an error, the newest first, and the results in them that did. */
import type { CheckType, ResultType, Status } from '../../contract/checkTypes.ts';
import type { GroupSessions, ListedGroup, SeenResult } from '../../contract/pages/errorGroups.ts';
import type { Reads } from '../../store/openStore.ts';
import { readCursor, writeCursor } from '../keysetCursor.ts';
import { iso } from '../presentResult.ts';

/** Results that are named of one session; its own page has them all. */
const RESULTS_SHOWN = 8;

/** @param groupId one of the account's, which the caller has looked up. 400 for a bad cursor. */
export async function sessionsOfGroup(read: Reads, groupId: string, { limit, nextId }: { limit: number; nextId?: string | undefined }): Promise<GroupSessions> {
  let page = read.selectFrom('error_group_sessions as seen').innerJoin('sessions as s', 's.id', 'seen.session_id')
    .select(['s.id', 's.name', 's.status', 's.environment', 's.branch_name', 's.commit_id', 's.commit_owner', 's.started_at', 'seen.flaky', 'seen.session_created_at'])
    .where('seen.group_id', '=', groupId);
  if (nextId !== undefined) {
    const { at, id } = readCursor(nextId);
    page = page.where('seen.session_created_at', '<=', at)
      .where((eb) => eb.or([eb('seen.session_created_at', '<', at), eb('seen.session_id', '<', id)]));
  }
  const rows = await page.orderBy('seen.session_created_at', 'desc').orderBy('seen.session_id', 'desc').limit(limit + 1).execute();
  const shown = rows.slice(0, limit);
  const results = await Promise.all(shown.map(({ id }) => resultsWith(read, id, groupId, RESULTS_SHOWN + 1)));
  const last = shown.at(-1);
  return {
    entries: shown.map((row, index) => ({
      id: row.id, name: row.name, status: row.status as Status, environment: row.environment, branchName: row.branch_name, commitId: row.commit_id,
      commitOwner: row.commit_owner, startedAt: iso(row.started_at), overcome: row.flaky === null ? null : row.flaky === 1,
      results: results[index]?.slice(0, RESULTS_SHOWN) ?? [], hasMore: (results[index]?.length ?? 0) > RESULTS_SHOWN,
    })),
    nextId: rows.length > limit && last ? writeCursor({ at: last.session_created_at, id: last.id }) : null,
  };
}

/** A result of the latest session of each group that showed it; groups without one are left out. */
export async function lastResults(read: Reads, groupIds: readonly string[]): Promise<Map<string, NonNullable<ListedGroup['lastResult']>>> {
  const found = await Promise.all(groupIds.map(async (groupId) => {
    const latest = await read.selectFrom('error_group_sessions').select('session_id').where('group_id', '=', groupId)
      .orderBy('session_created_at', 'desc').orderBy('session_id', 'desc').limit(1).executeTakeFirst();
    const [result] = latest ? await resultsWith(read, latest.session_id, groupId, 1) : [];
    return latest && result ? [[groupId, { sessionId: latest.session_id, resultId: result.id, name: result.name }] as const] : [];
  }));
  return new Map(found.flat());
}

/** At most so many. What a session showed is read along an index of what failed in it. */
async function resultsWith(read: Reads, sessionId: string, groupId: string, most: number): Promise<SeenResult[]> {
  const rows = await read.selectFrom('results')
    .select(['id', 'name', 'check_type', 'result_type', 'attempt', 'status', 'has_errors', 'is_degraded', 'run_location'])
    .where('session_id', '=', sessionId).where('error_group_ids', '<>', '[]').where('error_group_ids', 'like', `%"${groupId}"%`)
    .orderBy('sequence_id').orderBy('attempt').limit(most).execute();
  return rows.map((row) => ({
    id: row.id, name: row.name, checkType: row.check_type as CheckType, resultType: row.result_type as ResultType, attempt: row.attempt,
    status: row.status as Status, hasErrors: row.has_errors === 1, isDegraded: row.is_degraded === 1, runLocation: row.run_location,
  }));
}
