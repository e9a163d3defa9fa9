/** The error groups of all projects, the last seen first, by a keyset cursor that keeps its meaning when groups are seen again or come to it. */
import { createHash } from 'node:crypto';
import { sql, type Expression, type ExpressionBuilder, type SqlBool } from 'kysely';
import { DEFAULT_SESSIONS } from '../../contract/flakiness.ts';
import type { GroupListQuery } from '../../contract/pages/errorGroups.ts';
import type { Reads } from '../../store/openStore.ts';
import type { Tables } from '../../store/tables.ts';
import { readCursor, writeCursor, type Keyset } from '../keysetCursor.ts';
import { groups, type GroupRow } from './readGroups.ts';

const DEFAULT_LIMIT = 20;
/** What a search looks at for one page, found or not: with rare finds it must not read everything there is. */
const SEARCHED = 5_000;

type Eb = ExpressionBuilder<Tables, 'error_groups'>;

const keyOf = ({ last_seen, id }: Pick<GroupRow, 'last_seen' | 'id'>): Keyset => ({ at: last_seen, id });

/** In the list's order. The first condition is what an index can be entered by. */
const after = ({ at, id }: Keyset) => (eb: Eb) =>
  eb.and([eb('last_seen', '<=', at), eb.or([eb('last_seen', '<', at), eb('error_groups.id', '>', id)])]);
const notAfter = ({ at, id }: Keyset) => (eb: Eb) =>
  eb.and([eb('last_seen', '>=', at), eb.or([eb('last_seen', '>', at), eb('error_groups.id', '<=', id)])]);

const contains = (text: string): string => `%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;

/** What is looked into group by group. */
function searches({ environment, textSearch }: GroupListQuery): ((eb: Eb) => Expression<SqlBool>)[] {
  return [
    ...(environment === undefined ? [] : [(eb: Eb) => eb.exists(eb.selectFrom('error_group_places as place').select('place.key').whereRef('place.group_id', '=', 'error_groups.id')
      .where('place.kind', '=', 'environment').where('place.key', '=', createHash('sha256').update(environment).digest('hex')))]),
    ...(textSearch === undefined ? [] : [(eb: Eb) => eb.or((['cleaned_message', 'raw_message'] as const)
      .map((column) => sql<boolean>`lower(${sql.ref(column)}) like ${contains(textSearch)} escape '\\'`))]),
  ];
}

/** @returns the rows and the cursor of the next page, null at the end; a page of a search may be short, and even empty, before the end. 400 for a bad cursor. */
export async function listGroups(read: Reads, accountId: string, query: GroupListQuery): Promise<{ rows: GroupRow[]; nextId: string | null }> {
  const { limit = DEFAULT_LIMIT, projectId, archived = false } = query;
  let all = groups(read, accountId, 'test-session', DEFAULT_SESSIONS).where('archived', archived ? 'is not' : 'is', null).orderBy('last_seen', 'desc').orderBy('error_groups.id');
  if (projectId !== undefined) all = all.where('scope_id', '=', projectId);
  if (query.nextId !== undefined) all = all.where(after(readCursor(query.nextId)));
  const wanted = searches(query);
  const edge = wanted.length > 0 ? await all.clearSelect().select(['last_seen', 'error_groups.id']).offset(SEARCHED - 1).limit(1).executeTakeFirst() : undefined;
  if (edge) all = all.where(notAfter(keyOf(edge)));
  for (const search of wanted) all = all.where(search);
  const rows = await all.limit(limit + 1).execute();
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, nextId: rows.length > limit && last ? writeCursor(keyOf(last)) : edge ? writeCursor(keyOf(edge)) : null };
}

/** The names of projects by their ids. */
export async function projectNames(read: Reads, ids: readonly (string | null)[]): Promise<Map<string, string>> {
  const known = [...new Set(ids.filter((id) => id !== null))];
  if (known.length === 0) return new Map();
  const rows = await read.selectFrom('projects').select(['id', 'name']).where('id', 'in', known).execute();
  return new Map(rows.map(({ id, name }) => [id, name]));
}
