/**
 * Retention at work (G.7): what is kept for no longer is taken away in small steps, by as many servers as like, beside all that runs.
 * Promises: no answer names what is gone: rows are taken first, and bytes only when every server has had time to forget what it has
 * rendered; killed anywhere, the next round goes on; a file's address answers 410 afterwards, as long as its session is there.
 * Never: touches a session that has a sequence running, or what is not a recorded session's.
 */
import { sql } from 'kysely';
import type { Store, Tx } from '../../store/openStore.ts';
import { forgetSession } from '../forget.ts';
import { FILE_CLASSES, FILE_TYPES, type RetentionDays } from './classes.ts';
import { cutoffsOf, expiredData, expiredFiles, expiredSessions } from './expired.ts';
import { nextGeneration } from './generation.ts';

export interface RetentionDeps {
  store: Store;
  /** Unix ms. */
  clock(): number;
  /** Removes the bytes of a file; nothing happens when they are gone already. */
  removeFile(storageKey: string): Promise<void>;
}

/** From the row to the bytes, in ms: servers look at the generation every second. */
export const LEAVING_MS = 5_000;
const FILES_AT_A_TIME = 500;
const SESSIONS_AT_A_TIME = 50;

/** One round. @returns how many sessions, files and results were taken; 0 when there is nothing more. */
export async function retire(deps: RetentionDeps, days: RetentionDays): Promise<number> {
  const { store: { read }, clock } = deps;
  const cutoffs = cutoffsOf(days, clock());
  let taken = 0;
  if (cutoffs.sessions !== null) {
    const due = await expiredSessions(read, cutoffs.sessions).select('s.id').orderBy('s.stopped_at').limit(SESSIONS_AT_A_TIME).execute();
    for (const { id } of due) taken += await retireSession(deps, id, cutoffs.sessions);
  }
  for (const name of FILE_CLASSES) {
    const before = cutoffs[name];
    if (before === null) continue;
    const due = await expiredFiles(read, FILE_TYPES[name], before, cutoffs.sessions).select('a.id').orderBy('a.created_at').limit(FILES_AT_A_TIME).execute();
    if (due.length > 0) taken += await retireFiles(deps, due.map(({ id }) => id));
    if (name === 'logs') taken += await retireData(deps, before, cutoffs.sessions);
  }
  return taken;
}

async function retireSession({ store, clock }: RetentionDeps, id: string, before: number): Promise<number> {
  return store.transaction(async (tx) => {
    const query = expiredSessions(tx.db, before).select('s.id').where('s.id', '=', id);
    const due = await (tx.kind === 'postgres' ? query.forUpdate() : query).executeTakeFirst();
    if (!due) return 0;
    await tx.db.deleteFrom('assets').where('session_id', '=', id).where('storage_key', '=', '').execute();
    await tx.db.updateTable('assets').set({ removed_at: clock() }).where('session_id', '=', id).where('removed_at', 'is', null).execute();
    await forgetSession(tx, id);
    await nextGeneration(tx);
    return 1;
  });
}

async function retireFiles({ store, clock }: RetentionDeps, ids: readonly string[]): Promise<number> {
  return store.transaction(async (tx) => {
    const { numUpdatedRows } = await tx.db.updateTable('assets').set({ removed_at: clock(), entries: null }).where('id', 'in', ids).where('removed_at', 'is', null).executeTakeFirst();
    if (numUpdatedRows > 0n) await nextGeneration(tx);
    return Number(numUpdatedRows);
  });
}

async function retireData(deps: RetentionDeps, before: number, staysFrom: number | null): Promise<number> {
  const due = await expiredData(deps.store.read, before, staysFrom).select(['r.id', 'r.session_id']).orderBy('r.created_at').limit(FILES_AT_A_TIME).execute();
  if (due.length === 0) return 0;
  return deps.store.transaction(async (tx) => {
    const { numUpdatedRows } = await tx.db.updateTable('results').set({ detail: null, log: null, data_removed_at: deps.clock() })
      .where('id', 'in', due.map(({ id }) => id)).where('data_removed_at', 'is', null).executeTakeFirst();
    // The lines as they were told while the run went on: its log once more.
    await tx.db.deleteFrom('events').where('session_id', 'in', [...new Set(due.map(({ session_id }) => session_id))]).where('kind', '=', 'stream-logs').execute();
    if (numUpdatedRows > 0n) await nextGeneration(tx);
    return Number(numUpdatedRows);
  });
}

/** Bytes of what was taken a while ago. One that cannot be removed does not keep the others: it is tried again, and the first reason is thrown. */
export async function clearRetired(deps: RetentionDeps): Promise<number> {
  const due = await deps.store.read.selectFrom('assets').select(['id', 'storage_key']).where('removed_at', 'is not', null)
    .where(sql<boolean>`storage_key <> ''`).where('removed_at', '<=', deps.clock() - LEAVING_MS).orderBy('removed_at').limit(FILES_AT_A_TIME).execute();
  const gone: string[] = [];
  const reasons: unknown[] = [];
  for (const { id, storage_key } of due) await deps.removeFile(storage_key).then(() => gone.push(id), (error: unknown) => reasons.push(error));
  if (gone.length > 0) await deps.store.transaction((tx) => noteGone(tx, gone));
  if (reasons.length > 0) throw reasons[0];
  return gone.length;
}

/** A row stays as long as its session, to say that the file was there. */
async function noteGone({ db }: Tx, ids: readonly string[]): Promise<void> {
  await db.deleteFrom('assets').where('id', 'in', ids)
    .where(({ not, exists, selectFrom }) => not(exists(selectFrom('sessions').select('sessions.id').whereRef('sessions.id', '=', 'assets.session_id')))).execute();
  await db.updateTable('assets').set({ storage_key: '' }).where('id', 'in', ids).execute();
}
