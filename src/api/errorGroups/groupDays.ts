/** On which days groups were seen, and how often. Each day of each group reads at most as many index entries as it counts. */
import { sql } from 'kysely';
import type { Day } from '../../contract/pages/errorGroups.ts';
import type { Reads } from '../../store/openStore.ts';
import { iso } from '../presentResult.ts';
import type { ReaderDay } from '../readerDays.ts';

/** @param most where counting is given up, for one day of one group. @returns the days by group, in the given order. */
export async function daysOfGroups(read: Reads, groupIds: readonly string[], days: readonly ReaderDay[], most: number): Promise<Map<string, Day[]>> {
  if (groupIds.length === 0) return new Map();
  const spans = sql.join(days.map(({ from, to }, at) => sql`select cast(${at} as bigint) as at, cast(${from} as bigint) as since, cast(${to} as bigint) as until`), sql` union all `);
  const { rows } = await sql<{ id: string; at: number; sessions: number }>`
    select error_groups.id, span.at, (select count(*) from (
      select 1 from error_group_sessions seen where seen.group_id = error_groups.id and session_created_at >= span.since and session_created_at < span.until
      limit ${most}) counted) as sessions
    from error_groups cross join (${spans}) span where error_groups.id in (${sql.join(groupIds)})`.execute(read);
  const found = new Map(rows.map((row) => [`${row.id} ${Number(row.at)}`, Number(row.sessions)]));
  return new Map(groupIds.map((id) => [id, days.map(({ day, from, to }, at) => {
    const sessions = found.get(`${id} ${at}`) ?? 0;
    return { day, from: iso(from), to: iso(to), sessions, atLeast: sessions >= most };
  })]));
}
