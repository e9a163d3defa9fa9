/** One page of an account's sessions, newest first, by a keyset cursor that keeps its meaning when rows are added (A.13). */
import { sql } from 'kysely';
import { refuse } from '../contract/errors.ts';
import { SESSION_STATUSES } from '../contract/checkTypes.ts';
import type { TestSessionQuery } from '../contract/sessions.ts';
import type { Reads } from '../store/openStore.ts';
import { readCursor, writeCursor } from './keysetCursor.ts';
import type { SessionRow } from './presentSession.ts';

const DEFAULT_LIMIT = 20;
/** Unix seconds as ms, kept within what a date can be: the databases have no larger numbers to compare with. */
const unixMs = (seconds: number): number => Math.max(-LAST_MS, Math.min(LAST_MS, Math.round(seconds * 1000)));
const LAST_MS = 8.64e15;

const contains = (text: string): string => `%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
const SEARCHED = ['name', 'commit_message', 'branch_name', 'commit_id', 'commit_owner', 'environment'] as const;

/** The account's sessions that the filters let through, in no order yet. */
function filtered(read: Reads, accountId: string, query: TestSessionQuery) {
  let page = read.selectFrom('sessions').selectAll('sessions').where('account_id', '=', accountId).where('recorded', '=', 1);
  if (query.from !== undefined) page = page.where('created_at', '>=', unixMs(query.from));
  if (query.to !== undefined) page = page.where('created_at', '<', unixMs(query.to));
  const statuses = query.statuses ?? [];
  if (statuses.length > 0 && new Set(statuses).size < SESSION_STATUSES.length) page = page.where('status', 'in', statuses);
  if (query.branches?.length) page = page.where('branch_name', 'in', query.branches);
  if (query.providers?.length) page = page.where('provider', 'in', query.providers);
  if (query.users?.length || query.noUsers) {
    page = page.where((eb) => eb.or([
      ...(query.users?.length ? [eb('commit_owner', 'in', query.users), eb('invoker_user_id', 'in', query.users)] : []),
      ...(query.noUsers ? [eb.and([eb('commit_owner', 'is', null), eb('invoker_user_id', 'is', null)])] : []),
    ]));
  }
  if (query.textSearch !== undefined) {
    const pattern = contains(query.textSearch);
    page = page.where((eb) => eb.or(SEARCHED.map((column) => sql<boolean>`lower(${sql.ref(column)}) like ${pattern} escape '\\'`)));
  }
  return page;
}

export interface SessionPage { rows: SessionRow[]; nextId: string | null; prevId: string | null }

/** @returns the rows, newest first, with the cursors of the pages after and before, null where there is none. 400 for a bad cursor. */
export async function pageSessions(read: Reads, accountId: string, query: TestSessionQuery): Promise<SessionPage> {
  if (query.nextId !== undefined && query.prevId !== undefined) throw refuse.badRequest('querystring must not have both nextId and prevId.');
  const limit = query.limit ?? DEFAULT_LIMIT;
  let page = filtered(read, accountId, query);
  // A group's sessions lie in the list's own order: with a filter by group it is they that are walked along.
  const group = query.errorGroupId;
  if (group) page = page.innerJoin('error_group_sessions as seen', (join) => join.onRef('session_id', '=', 'sessions.id').on('group_id', '=', group)) as typeof page;
  const [createdAt, id] = group ? [sql<number>`session_created_at`, sql<string>`session_id`] : [sql<number>`created_at`, sql<string>`id`];
  const back = query.prevId !== undefined;
  const from = query.prevId ?? query.nextId;
  if (from !== undefined) {
    const cursor = readCursor(from, back ? 'prevId' : 'nextId');
    const beyond = back ? '>' : '<';
    // The first condition is in the second already; it is the one that an index can begin at.
    page = page.where(createdAt, back ? '>=' : '<=', cursor.at).where((eb) => eb.or([
      eb(createdAt, beyond, cursor.at), eb.and([eb(createdAt, '=', cursor.at), eb(id, beyond, cursor.id)]),
    ]));
  }
  const order = back ? 'asc' : 'desc';
  const found = await page.orderBy(createdAt, order).orderBy(id, order).limit(limit + 1).execute();
  const [more, rows] = [found.length > limit, found.slice(0, limit)];
  if (back) rows.reverse();
  const cursorOf = (row: SessionRow | undefined, there: boolean) => (row && there ? writeCursor({ at: row.created_at, id: row.id }) : null);
  // What a cursor named lies beyond the page that was asked for with it.
  return { rows, nextId: cursorOf(rows.at(-1), back || more), prevId: cursorOf(rows[0], back ? more : from !== undefined) };
}
