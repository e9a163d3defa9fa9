/** Error groups as they are stored, the last seen first (F.1). Lists leave archived ones out; by its id every group is found. */
import type { Selectable } from 'kysely';
import type { Reads } from '../../store/openStore.ts';
import type { ErrorGroupTable } from '../../store/tables.ts';
import { latestOfGroup, SESSIONS_COUNTED, SESSIONS_FLAKY } from '../flakiness.ts';

type Family = ErrorGroupTable['family'];
export type GroupRow = Selectable<ErrorGroupTable> & { sessions: number; flaky_sessions: number };
/** `sessions`: over how many of them flakiness is told. */
export interface GroupPage { sessions: number; limit: number; offset: number }

/** An account's groups with what flakiness is told by, over their last `sessions`. */
export function groups(read: Reads, accountId: string, family: Family, sessions: number) {
  const latest = latestOfGroup(sessions);
  return read.selectFrom('error_groups').selectAll().select([latest(SESSIONS_COUNTED).as('sessions'), latest(SESSIONS_FLAKY).as('flaky_sessions')])
    .where('account_id', '=', accountId).where('family', '=', family);
}

export const findGroup = (read: Reads, accountId: string, family: Family, id: string, sessions: number): Promise<GroupRow | undefined> =>
  groups(read, accountId, family, sessions).where('id', '=', id).executeTakeFirst();

/** @param scopeId only groups of this project or check. */
export async function pageGroups(read: Reads, accountId: string, family: Family, page: GroupPage, scopeId?: string): Promise<GroupRow[]> {
  const all = groups(read, accountId, family, page.sessions).where('archived', 'is', null).orderBy('last_seen', 'desc').orderBy('id');
  return (scopeId === undefined ? all : all.where('scope_id', '=', scopeId)).limit(page.limit).offset(page.offset).execute();
}

/** How many the lists of an account show. */
export async function countGroups(read: Reads, accountId: string, family: Family): Promise<number> {
  const { total } = await read.selectFrom('error_groups').select((eb) => eb.fn.countAll<number>().as('total'))
    .where('account_id', '=', accountId).where('family', '=', family).where('archived', 'is', null).executeTakeFirstOrThrow();
  return Number(total);
}

/** Whether anything was ever seen of this scope, archived or not. */
export async function isScopeKnown(read: Reads, accountId: string, family: Family, scopeId: string): Promise<boolean> {
  const one = await read.selectFrom('error_groups').select('id').where('scope_id', '=', scopeId).where('account_id', '=', accountId)
    .where('family', '=', family).limit(1).executeTakeFirst();
  return one !== undefined;
}

/** Of each kind and group; who names an environment after each of his runs shall not make the answer endless. */
const PLACES_SHOWN = 100;
export interface Places { environments: string[]; tests: string[] }

/** Where else the groups were seen, the latest first. */
export async function placesOfGroups(read: Reads, groupIds: readonly string[]): Promise<Map<string, Places>> {
  const places = new Map(groupIds.map((id) => [id, { environments: [], tests: [] } as Places]));
  if (groupIds.length === 0) return places;
  const rows = await read.selectFrom((eb) => eb.selectFrom('error_group_places')
    .select((each) => ['group_id', 'kind', 'value', each.fn.agg<number>('row_number')
      .over((over) => over.partitionBy(['group_id', 'kind']).orderBy('created_at', 'desc').orderBy('key')).as('n')])
    .where('group_id', 'in', groupIds).as('ranked')).selectAll().where('n', '<=', PLACES_SHOWN).orderBy('n').execute();
  for (const { group_id, kind, value } of rows) places.get(group_id)?.[kind === 'environment' ? 'environments' : 'tests'].push(value);
  return places;
}
