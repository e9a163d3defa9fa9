/** The people of an account and their roles (I.2, I.6). There are no invitations: members come with their account or by the command line. */
import { sql } from 'kysely';
import type { Role } from '../contract/checkTypes.ts';
import { Refusal, refuse } from '../contract/errors.ts';
import type { AccountsDeps } from './createAccounts.ts';

export interface Member { accountId: string; userId: string; name: string; email: string; role: Role; createdAt: number; updatedAt: number }
/** `search` is part of a name or an email address, in any case; `after` is the last member of the page before. */
export interface MemberFilter { search?: string | undefined; role?: Role | undefined; limit: number; after?: { createdAt: number; userId: string } | undefined }

/** `%` and `_` stand for themselves in a search. */
const pattern = (text: string) => `%${text.toLowerCase().replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;

/** @param forgetKeys called after a change, so that a key loses what its user lost. */
export function createMembers({ store, clock }: AccountsDeps, forgetKeys: () => void) {
  const select = (accountId: string) => store.read.selectFrom('members').innerJoin('users', 'users.id', 'members.user_id')
    .select(['members.account_id', 'members.user_id', 'members.role', 'members.created_at', 'members.updated_at', 'users.name', 'users.email'])
    .where('members.account_id', '=', accountId);
  type Row = Awaited<ReturnType<ReturnType<typeof select>['execute']>>[number];
  const present = (row: Row): Member => ({
    accountId: row.account_id, userId: row.user_id, name: row.name, email: row.email, role: row.role as Role,
    createdAt: row.created_at, updatedAt: row.updated_at ?? row.created_at,
  });
  async function getMember(accountId: string, userId: string): Promise<Member> {
    const row = await select(accountId).where('members.user_id', '=', userId).executeTakeFirst();
    if (!row) throw refuse.notFound('Member', userId);
    return present(row);
  }
  async function changeable(accountId: string, userId: string): Promise<void> {
    const { role } = await getMember(accountId, userId);
    if (role === 'OWNER') throw new Refusal(403, 'The owner of an account can neither be removed nor given another role.');
  }
  return {
    getMember,
    /** Members in the order in which they came, at most `limit`. */
    async listMembers(accountId: string, { search, role, limit, after }: MemberFilter): Promise<Member[]> {
      let query = select(accountId);
      if (role) query = query.where('members.role', '=', role);
      if (search) {
        query = query.where((eb) => eb.or((['users.name', 'users.email'] as const).map((column) =>
          sql<boolean>`lower(${eb.ref(column)}) like ${pattern(search)} escape '\\'`)));
      }
      if (after) {
        query = query.where((eb) => eb.or([
          eb('members.created_at', '>', after.createdAt),
          eb.and([eb('members.created_at', '=', after.createdAt), eb('members.user_id', '>', after.userId)]),
        ]));
      }
      const rows = await query.orderBy('members.created_at').orderBy('members.user_id').limit(limit).execute();
      return rows.map(present);
    },
    /** 404 for a stranger, 403 for the owner. */
    async changeRole(accountId: string, userId: string, role: Exclude<Role, 'OWNER'>): Promise<Member> {
      await changeable(accountId, userId);
      await store.transaction(async (tx) => {
        await tx.db.updateTable('members').set({ role, updated_at: clock() })
          .where('account_id', '=', accountId).where('user_id', '=', userId).where('role', '!=', 'OWNER').execute();
        tx.onCommit(forgetKeys);
      });
      return getMember(accountId, userId);
    },
    /** The person's keys lose this account with it. 404 for a stranger, 403 for the owner. */
    async removeMember(accountId: string, userId: string): Promise<void> {
      await changeable(accountId, userId);
      await store.transaction(async (tx) => {
        await tx.db.deleteFrom('members').where('account_id', '=', accountId).where('user_id', '=', userId).where('role', '!=', 'OWNER').execute();
        tx.onCommit(forgetKeys);
      });
    },
  };
}
