/** archiveGroup: hides an error group until its next event or for ever, and brings it back (F.4). */
import type { ErrorGroupTable } from '../store/tables.ts';
import type { EngineDeps } from './ledger.ts';

export type GroupFamily = ErrorGroupTable['family'];
type Archived = ErrorGroupTable['archived'];
export interface ArchiveWish { archivedUntilNextEvent?: boolean | undefined; archiveForEver?: boolean | undefined }

/** Each `false` undoes its own kind only: while a group is archived for ever, `archivedUntilNextEvent` stays true (F.4). Pure. */
export function archivedAfter(now: Archived, { archivedUntilNextEvent: untilNext, archiveForEver: forEver }: ArchiveWish): Archived {
  if (forEver === true) return 'for-ever';
  const left = forEver === false && now === 'for-ever' ? null : now;
  if (left === 'for-ever') return left;
  return untilNext === undefined ? left : untilNext ? 'until-next-event' : null;
}

/** @returns false when the account has no such group in this family. */
export async function archiveGroup(deps: EngineDeps, accountId: string, family: GroupFamily, id: string, wish: ArchiveWish): Promise<boolean> {
  return deps.store.transaction(async (tx) => {
    const query = tx.db.selectFrom('error_groups').select('archived').where('id', '=', id).where('account_id', '=', accountId).where('family', '=', family);
    const group = await (tx.kind === 'postgres' ? query.forUpdate() : query).executeTakeFirst();
    if (!group) return false;
    await tx.db.updateTable('error_groups').set({ archived: archivedAfter(group.archived, wish) }).where('id', '=', id).execute();
    return true;
  });
}
