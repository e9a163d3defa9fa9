/**
 * Accounts, the people and keys that open them, and what belongs to an account besides its sessions.
 * Promises: a plain key leaves this room once, when it is made, and is stored as a hash; secrets in the store are sealed;
 * what belongs to another account is not found. Never: a session, or a decision about roles (the door asks for those).
 */
import type { Role } from '../contract/checkTypes.ts';
import { refuse } from '../contract/errors.ts';
import { CURRENT_RUNTIME } from '../contract/runtimes.ts';
import type { Store } from '../store/openStore.ts';
import type { Seal } from '../store/seal.ts';
import { createCertificates } from './certificates.ts';
import { createKeys, hashOf, maskOf, plainKey } from './keys.ts';
import { listKeys } from './listKeys.ts';
import { createLocations } from './locations.ts';
import { createMembers } from './members.ts';
import { createSignIns } from './signIns.ts';
import { createSnippets } from './snippets.ts';
import { createVariables } from './variables.ts';

export interface AccountsDeps {
  store: Store;
  /** Unix ms. */
  clock: () => number;
  /** A new uuid. */
  newId: () => string;
  randomBytes: (n: number) => Buffer;
  seal: Seal;
}
export interface Account { id: string; name: string; runtimeId: string }
export interface User { id: string; name: string; email: string }
export type Accounts = ReturnType<typeof createAccounts>;

const DEFAULT_OWNER = { name: 'Owner', email: 'owner@localhost.localdomain' };

/** Reads and verbs on accounts and users themselves. */
function createAccountVerbs({ store, clock, newId, randomBytes }: AccountsDeps) {
  return {
    /** A new account with its owner and the owner's first key; `apiKey` (`cu_…`) is given here only. */
    async createAccount({ name, owner = DEFAULT_OWNER }: { name: string; owner?: { name: string; email: string } }) {
      const apiKey = plainKey('user', randomBytes);
      const [accountId, userId, now] = [newId(), newId(), clock()];
      const times = { created_at: now, updated_at: null };
      await store.transaction(async ({ db }) => {
        await db.insertInto('accounts').values({ id: accountId, name, runtime_id: CURRENT_RUNTIME, ...times }).execute();
        await db.insertInto('users').values({ id: userId, ...owner, ...times }).execute();
        await db.insertInto('members').values({ account_id: accountId, user_id: userId, role: 'OWNER', ...times }).execute();
        await db.insertInto('api_keys').values({
          id: newId(), kind: 'user', name: 'first key', key_hash: hashOf(apiKey), masked: maskOf(apiKey), account_id: null, user_id: userId, role: null,
          created_at: now, last_used_at: null, revoked_at: null,
        }).execute();
      });
      return { accountId, userId, apiKey };
    },
    /** 404 when it is unknown. */
    async getAccount(accountId: string): Promise<Account> {
      const row = await store.read.selectFrom('accounts').select(['id', 'name', 'runtime_id']).where('id', '=', accountId).executeTakeFirst();
      if (!row) throw refuse.notFound('Account', accountId);
      return { id: row.id, name: row.name, runtimeId: row.runtime_id };
    },
    /** Every account there is, the oldest first: for the command line. */
    async listAccounts(): Promise<Account[]> {
      const rows = await store.read.selectFrom('accounts').select(['id', 'name', 'runtime_id']).orderBy('created_at').orderBy('id').execute();
      return rows.map((row) => ({ id: row.id, name: row.name, runtimeId: row.runtime_id }));
    },
    /** 404 when it is unknown. */
    async getUser(userId: string): Promise<User> {
      const row = await store.read.selectFrom('users').select(['id', 'name', 'email']).where('id', '=', userId).executeTakeFirst();
      if (!row) throw refuse.notFound('User', userId);
      return row;
    },
    /** The project of a logical id: made at its first session, its repository link kept up to date. @returns its id. */
    async upsertProject(accountId: string, project: { logicalId: string; name: string; repoUrl?: string | null | undefined }): Promise<string> {
      return store.transaction(async ({ db }) => {
        const row = await db.insertInto('projects').values({
          id: newId(), account_id: accountId, logical_id: project.logicalId, name: project.name, repo_url: project.repoUrl ?? null, created_at: clock(),
        }).onConflict((conflict) => conflict.columns(['account_id', 'logical_id'])
          .doUpdateSet({ name: project.name, ...(project.repoUrl ? { repo_url: project.repoUrl } : {}) }))
          .returning('id').executeTakeFirstOrThrow();
        return row.id;
      });
    },
  };
}

/** A person who joins an account: for the command line and for tests, since there are no invitations. */
function createJoining({ store, clock, newId }: AccountsDeps, forgetKeys: () => void) {
  return {
    /** Makes a user and a member of the account. 404 when the account is unknown. @returns the user's id. */
    async addMember(accountId: string, member: { name: string; email: string; role: Exclude<Role, 'OWNER'> }): Promise<string> {
      const userId = newId();
      await store.transaction(async (tx) => {
        const account = await tx.db.selectFrom('accounts').select('id').where('id', '=', accountId).executeTakeFirst();
        if (!account) throw refuse.notFound('Account', accountId);
        const times = { created_at: clock(), updated_at: null };
        await tx.db.insertInto('users').values({ id: userId, name: member.name, email: member.email, ...times }).execute();
        await tx.db.insertInto('members').values({ account_id: accountId, user_id: userId, role: member.role, ...times }).execute();
        tx.onCommit(forgetKeys);
      });
      return userId;
    },
  };
}

export function createAccounts(deps: AccountsDeps) {
  const signIns = createSignIns(deps);
  const keys = createKeys(deps, signIns.forgetSignIns);
  return {
    ...createAccountVerbs(deps),
    ...keys,
    ...signIns,
    ...createMembers(deps, keys.forgetKeys),
    ...createJoining(deps, keys.forgetKeys),
    /** Service keys of the account and keys of its members that still work, the oldest first. */
    listKeys: (accountId: string) => listKeys(deps.store.read, accountId),
    ...createLocations(deps),
    ...createVariables(deps),
    ...createSnippets(deps),
    ...createCertificates(deps),
  };
}
