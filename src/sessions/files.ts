/** Rows for files: what a client uploaded before its run, and what a run left. The bytes are stored before the row is. */
import type { Selectable } from 'kysely';
import { refuse } from '../contract/errors.ts';
import type { AssetType } from '../contract/results.ts';
import { onRun, whyLost, type HeldRun } from './held.ts';
import type { EngineDeps } from './ledger.ts';
import type { AssetTable } from '../store/tables.ts';

export interface UploadedFile { name: string; storageKey: string; size: number }
export interface RunFile extends UploadedFile {
  type: string;
  contentType: string;
  /** The file is an archive, and what is in it is what its result has left (G.4). */
  entries?: ArchiveEntry[];
}
/** `name` is the path in the archive. */
export interface ArchiveEntry { name: string; type: AssetType; contentType: string }

/** @returns the file's id. */
export async function keepUpload(deps: EngineDeps, accountId: string, file: UploadedFile): Promise<string> {
  const id = deps.newId();
  await deps.store.transaction((tx) => tx.db.insertInto('assets').values({
    id, account_id: accountId, session_id: null, result_id: null, type: 'file', name: file.name, content_type: 'application/octet-stream',
    size: file.size, storage_key: file.storageKey, created_at: deps.clock(),
  }).execute());
  return id;
}

/** asset: a file of a run; refused by name when the run is not the agent's any more. @returns the asset's id. */
export async function keepAsset(deps: EngineDeps, agentId: string, held: HeldRun, file: RunFile): Promise<string> {
  return deps.store.transaction((tx) => onRun(deps, tx, held.runId, async (_ledger, run) => {
    const lost = whyLost(run, agentId, held.token);
    if (lost !== undefined) throw refuse.leaseLost(run.id, lost);
    const id = deps.newId();
    await tx.db.insertInto('assets').values({
      id, account_id: run.account_id, session_id: run.session_id, result_id: run.id, type: file.type, name: file.name,
      content_type: file.contentType, size: file.size, storage_key: file.storageKey, created_at: deps.clock(),
    }).execute();
    return id;
  }));
}

const UPLOAD_KEY = /^(bundle|file)\/([0-9a-f-]{36})$/;

/** input: an upload of the run's own account, by the key that its client was given. Refused by name when the run is not the agent's any more. */
export async function findInput(deps: EngineDeps, agentId: string, held: HeldRun, key: string): Promise<Selectable<AssetTable>> {
  const run = await deps.store.read.selectFrom('results').selectAll().where('id', '=', held.runId).executeTakeFirst();
  const lost = run ? whyLost(run, agentId, held.token) : 'there is no such run';
  if (!run || lost !== undefined) throw refuse.leaseLost(held.runId, lost ?? '');
  const [, name = '', id = ''] = UPLOAD_KEY.exec(key) ?? [];
  const file = await deps.store.read.selectFrom('assets').selectAll().where('id', '=', id).where('name', '=', name)
    .where('account_id', '=', run.account_id).where('result_id', 'is', null).executeTakeFirst();
  if (!file) throw refuse.noUpload(key);
  return file;
}
