/** Account-level environment variables (I.7, A.10). Values are sealed in the store, secret or not. */
import { refuse } from '../contract/errors.ts';
import type { VariableTable } from '../store/tables.ts';
import type { AccountsDeps } from './createAccounts.ts';

/** A variable with its value in plain: the caller decides who may see it. */
export interface AccountVariable { key: string; value: string; locked: boolean; secret: boolean }

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

function assertStorable({ key, value, secret }: AccountVariable): void {
  if (!NAME.test(key)) throw refuse.badRequest('body/key must be a name: letters, digits and underscores, not beginning with a digit.');
  if (!secret && value === '') throw refuse.badRequest('body/value must NOT have fewer than 1 characters, unless the variable is secret.');
}

export function createVariables({ store, clock, seal }: AccountsDeps) {
  const open = (row: VariableTable): AccountVariable => ({ key: row.key, value: seal.open(row.value), locked: row.locked === 1, secret: row.secret === 1 });
  const find = async (accountId: string, key: string): Promise<AccountVariable> => {
    const row = await store.read.selectFrom('variables').selectAll().where('account_id', '=', accountId).where('key', '=', key).executeTakeFirst();
    if (!row) throw refuse.notFound('Variable', key);
    return open(row);
  };
  return {
    getVariable: find,
    /** One page, by key, and how many there are in all. */
    async listVariables(accountId: string, { limit, page }: { limit: number; page: number }): Promise<{ entries: AccountVariable[]; total: number }> {
      const rows = await store.read.selectFrom('variables').selectAll().where('account_id', '=', accountId)
        .orderBy('key').limit(limit).offset(Math.min((page - 1) * limit, Number.MAX_SAFE_INTEGER)).execute();
      const { total } = await store.read.selectFrom('variables').select((eb) => eb.fn.countAll<number>().as('total'))
        .where('account_id', '=', accountId).executeTakeFirstOrThrow();
      return { entries: rows.map(open), total: Number(total) };
    },
    /** All of them, for a run. */
    async openVariables(accountId: string): Promise<AccountVariable[]> {
      const rows = await store.read.selectFrom('variables').selectAll().where('account_id', '=', accountId).orderBy('key').execute();
      return rows.map(open);
    },
    /** 400 for a key that is no name or an empty plain value, 409 for a key that is there. */
    async createVariable(accountId: string, variable: AccountVariable): Promise<AccountVariable> {
      assertStorable(variable);
      await store.transaction(async ({ db }) => {
        const { numInsertedOrUpdatedRows } = await db.insertInto('variables').values({
          account_id: accountId, key: variable.key, value: seal.seal(variable.value), locked: variable.locked ? 1 : 0, secret: variable.secret ? 1 : 0,
          created_at: clock(), updated_at: null,
        }).onConflict((conflict) => conflict.columns(['account_id', 'key']).doNothing()).executeTakeFirstOrThrow();
        if (!numInsertedOrUpdatedRows) throw refuse.conflict(`A variable with the key ${variable.key} exists already.`);
      });
      return variable;
    },
    /**
     * Gives a variable another value. A secret one stays secret whatever is asked (A.10: no way back to plain): the
     * CLI sends `secret: false` whenever its flag is absent, so a refusal would forbid to change a secret's value.
     */
    async updateVariable(accountId: string, change: AccountVariable): Promise<AccountVariable> {
      const before = await find(accountId, change.key);
      const after = { ...change, secret: change.secret || before.secret };
      await store.transaction(async ({ db }) => {
        const { numUpdatedRows } = await db.updateTable('variables')
          .set({ value: seal.seal(after.value), locked: after.locked ? 1 : 0, secret: after.secret ? 1 : 0, updated_at: clock() })
          .where('account_id', '=', accountId).where('key', '=', change.key).executeTakeFirst();
        if (!numUpdatedRows) throw refuse.notFound('Variable', change.key);
      });
      return after;
    },
    async deleteVariable(accountId: string, key: string): Promise<void> {
      await store.transaction(async ({ db }) => {
        const { numDeletedRows } = await db.deleteFrom('variables').where('account_id', '=', accountId).where('key', '=', key).executeTakeFirst();
        if (!numDeletedRows) throw refuse.notFound('Variable', key);
      });
    },
  };
}
