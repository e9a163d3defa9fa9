/** Flake rates over the last sessions (contract/flakiness.ts). Each reads as many index entries as it counts sessions, however many are stored. */
import { sql, type RawBuilder } from 'kysely';
import type { CheckType } from '../contract/checkTypes.ts';
import type { CheckFlakiness, Flakiness } from '../contract/flakiness.ts';
import type { Reads } from '../store/openStore.ts';
import { iso } from './presentResult.ts';

export const flakinessOf = (sessions: number, flakySessions: number): Flakiness =>
  ({ flakeRate: sessions === 0 ? null : flakySessions / sessions, flakySessions, sessions });

type Latest = (what: RawBuilder<unknown>) => RawBuilder<number>;
/** @returns an aggregate of `flaky` over the latest sessions of the group in `error_groups` of the statement around it. */
export const latestOfGroup = (sessions: number): Latest => (what) => sql<number>`(select ${what} from (
  select flaky from error_group_sessions seen where seen.group_id = error_groups.id and flaky is not null
  order by session_created_at desc, session_id desc limit ${sessions}) latest)`;

export const SESSIONS_COUNTED = sql`count(*)`;
export const SESSIONS_FLAKY = sql`coalesce(sum(flaky), 0)`;

interface CheckRow { last_id: string; sessions: number; flaky_sessions: number }

/** One page of a project's checks, by logical id; a check is found by the entry after the last one's, not by reading what lies between. */
async function pageChecks(read: Reads, projectId: string, page: { sessions: number; limit: number; offset: number }): Promise<CheckRow[]> {
  const told = sql`from sequences where project_id = ${projectId} and flaky is not null`;
  const latest: Latest = (what) => sql<number>`(select ${what} from (
    select flaky ${told} and check_key = page.check_key order by created_at desc, id desc limit ${page.sessions}) latest)`;
  const { rows } = await sql<CheckRow>`
    with recursive keys(check_key) as (
      select (select check_key ${told} order by check_key limit 1)
      union all
      select (select check_key ${told} and check_key > keys.check_key order by check_key limit 1) from keys where keys.check_key is not null)
    select (select id ${told} and check_key = page.check_key order by created_at desc, id desc limit 1) as last_id,
      ${latest(SESSIONS_COUNTED)} as sessions, ${latest(SESSIONS_FLAKY)} as flaky_sessions
    from (select check_key from keys where check_key is not null order by check_key limit ${page.limit} offset ${page.offset}) page
    order by page.check_key`.execute(read);
  return rows;
}

/** Checks of a project that have said anything since they are counted; flakiness over at most the last `sessions` of each. */
export async function checksOfProject(read: Reads, projectId: string, page: { sessions: number; limit: number; offset: number }): Promise<CheckFlakiness[]> {
  const checks = await pageChecks(read, projectId, page);
  if (checks.length === 0) return [];
  const last = await read.selectFrom('sequences').innerJoin('results', 'results.sequence_id', 'sequences.id')
    .select(['sequences.id', 'sequences.session_id', 'logical_id', 'sequences.check_id', 'sequences.check_type', 'name', 'sequences.created_at'])
    .where('sequences.id', 'in', checks.map((check) => check.last_id)).where('result_type', '=', 'FINAL').execute();
  const byId = new Map(last.map((row) => [row.id, row]));
  return checks.flatMap(({ last_id, sessions, flaky_sessions }) => {
    const row = byId.get(last_id);
    if (!row) return [];
    return [{
      logicalId: row.logical_id, checkId: row.check_id, checkType: row.check_type as CheckType, name: row.name, lastTestSessionId: row.session_id,
      lastSeen: iso(row.created_at), flakiness: flakinessOf(Number(sessions), Number(flaky_sessions)),
    }];
  });
}
