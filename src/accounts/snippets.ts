/** Stored snippets of an account (B.15). Their text is sealed in the store: people write credentials into scripts. */
import { refuse } from '../contract/errors.ts';
import type { SnippetTable } from '../store/tables.ts';
import type { AccountsDeps } from './createAccounts.ts';

/** Times in Unix ms. */
export interface Snippet { id: number; name: string; script: string; createdAt: number; updatedAt: number | null }

/** How often a number is tried that somebody else may take at the same time. */
const TRIES = 20;

export function createSnippets({ store, clock, seal }: AccountsDeps) {
  const rows = (accountId: string) => store.read.selectFrom('snippets').selectAll().where('account_id', '=', accountId).where('script', 'is not', null);
  const open = (row: SnippetTable): Snippet =>
    ({ id: Number(row.id), name: row.name, script: seal.open(row.script ?? ''), createdAt: row.created_at, updatedAt: row.updated_at });
  const get = async (accountId: string, id: number): Promise<Snippet> => {
    const row = Number.isSafeInteger(id) ? await rows(accountId).where('id', '=', id).executeTakeFirst() : undefined;
    if (!row) throw refuse.notFound('Snippet', String(id));
    return open(row);
  };
  const change = async (accountId: string, id: number, set: Pick<SnippetTable, 'name' | 'script'>): Promise<void> => store.transaction(async ({ db }) => {
    if (!Number.isSafeInteger(id)) throw refuse.notFound('Snippet', String(id));
    const { numUpdatedRows } = await db.updateTable('snippets').set({ ...set, updated_at: clock() })
      .where('account_id', '=', accountId).where('id', '=', id).where('script', 'is not', null).executeTakeFirst();
    if (!numUpdatedRows) throw refuse.notFound('Snippet', String(id));
  });
  return {
    getSnippet: get,
    /** One page, the oldest first, and how many there are in all. */
    async listSnippets(accountId: string, { limit, page }: { limit: number; page: number }): Promise<{ entries: Snippet[]; total: number }> {
      const found = await rows(accountId).orderBy('id').limit(limit).offset(Math.min((page - 1) * limit, Number.MAX_SAFE_INTEGER)).execute();
      const { total } = await store.read.selectFrom('snippets').select((eb) => eb.fn.countAll<number>().as('total'))
        .where('account_id', '=', accountId).where('script', 'is not', null).executeTakeFirstOrThrow();
      return { entries: found.map(open), total: Number(total) };
    },
    /** All of them, for a run; the oldest first. */
    async openSnippets(accountId: string): Promise<Snippet[]> {
      return (await rows(accountId).orderBy('id').execute()).map(open);
    },
    async createSnippet(accountId: string, { name, script }: Pick<Snippet, 'name' | 'script'>): Promise<Snippet> {
      const createdAt = clock();
      for (let attempt = 0; attempt < TRIES; attempt++) {
        const id = await store.transaction(async ({ db }) => {
          // Removed ones keep their rows: a check that names one must not find another under its number.
          const { last } = await db.selectFrom('snippets').select((eb) => eb.fn.max('id').as('last')).where('account_id', '=', accountId).executeTakeFirstOrThrow();
          const next = Number(last ?? 0) + 1;
          const { numInsertedOrUpdatedRows } = await db.insertInto('snippets')
            .values({ account_id: accountId, id: next, name, script: seal.seal(script), created_at: createdAt, updated_at: null })
            .onConflict((conflict) => conflict.columns(['account_id', 'id']).doNothing()).executeTakeFirstOrThrow();
          return numInsertedOrUpdatedRows ? next : null;
        });
        if (id !== null) return { id, name, script, createdAt, updatedAt: null };
      }
      throw new Error('No number was free for the snippet.');
    },
    async updateSnippet(accountId: string, id: number, { name, script }: Pick<Snippet, 'name' | 'script'>): Promise<Snippet> {
      await change(accountId, id, { name, script: seal.seal(script) });
      return get(accountId, id);
    },
    deleteSnippet: (accountId: string, id: number): Promise<void> => change(accountId, id, { name: '', script: null }),
  };
}
