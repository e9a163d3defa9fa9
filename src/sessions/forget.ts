/** What is not kept: unrecorded sessions after their hour, and what clients uploaded before runs that are long over. */
import type { Tx } from '../store/openStore.ts';
import type { EngineDeps } from './ledger.ts';

const AT_A_TIME = 500;

/** Sessions that exist for the stream only, with all that belongs to them (A.6). @returns how many went. */
export async function forgetUnrecorded(deps: EngineDeps): Promise<number> {
  const old = await deps.store.read.selectFrom('sessions').select('id').where('recorded', '=', 0)
    .where('stopped_at', 'is not', null).where('stopped_at', '<', deps.clock() - deps.limits.forgetMs).limit(AT_A_TIME).execute();
  for (const { id } of old) {
    const files = await deps.store.read.selectFrom('assets').select('storage_key').where('session_id', '=', id).execute();
    // Bytes first: when this is cut off in between, the rows still name what has to go.
    for (const { storage_key } of files) await deps.removeFile(storage_key);
    await deps.store.transaction(async (tx) => {
      await tx.db.deleteFrom('assets').where('session_id', '=', id).execute();
      await forgetSession(tx, id);
    });
  }
  return old.length;
}

/** A session with all its rows but those of its files. Its error groups stay: they are its project's. */
export async function forgetSession({ db }: Tx, id: string): Promise<void> {
  for (const name of ['events', 'error_group_sessions', 'results', 'sequences'] as const) await db.deleteFrom(name).where('session_id', '=', id).execute();
  await db.deleteFrom('sessions').where('id', '=', id).execute();
}

/** Code bundles and snapshots: the CLI uploads one before every run, needed or not (cli-wire 4.1). @returns how many went. */
export async function forgetUploads(deps: EngineDeps): Promise<number> {
  const old = await deps.store.read.selectFrom('assets').select(['id', 'storage_key']).where('result_id', 'is', null)
    .where('created_at', '<', deps.clock() - deps.limits.keepUploadsMs).limit(AT_A_TIME).execute();
  for (const { id, storage_key } of old) {
    await deps.removeFile(storage_key);
    await deps.store.transaction((tx) => tx.db.deleteFrom('assets').where('id', '=', id).execute());
  }
  return old.length;
}
