/** A project of the account; unknown and foreign ids are the same 404 (I.1). */
import { refuse } from '../contract/errors.ts';
import type { Reads } from '../store/openStore.ts';

export async function findProject(read: Reads, accountId: string, projectId: string): Promise<void> {
  const project = await read.selectFrom('projects').select('id').where('id', '=', projectId).where('account_id', '=', accountId).executeTakeFirst();
  if (!project) throw refuse.notFound('Project', projectId);
}
