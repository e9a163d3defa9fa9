/** Keys: made, shown once, kept as a hash, looked up on every request (I.1). */
import { hash } from 'node:crypto';
import type { Role } from '../contract/checkTypes.ts';
import { refuse } from '../contract/errors.ts';
import type { Reads } from '../store/openStore.ts';
import type { AccountsDeps } from './createAccounts.ts';
import { createKeyMemory } from './keyMemory.ts';

export type KeyKind = 'user' | 'service';
/** Who holds a key, and what it opens: a user key opens every account of its user, a service key exactly one. */
export interface KeyHolder {
  keyId: string;
  kind: KeyKind;
  /** The user's name, or the service key's. */
  name: string;
  userId: string | null;
  /** The one account of a service key, with its role; null for a user key. */
  accountId: string | null;
  role: Role | null;
  accounts: readonly { accountId: string; role: Role }[];
}

const PREFIXES = { user: 'cu_', service: 'sv_', location: 'pl_' } as const;
const TOUCH_EVERY_MS = 60_000;

/** A new plain key: the prefix that tells its kind, and 160 random bits. */
export function plainKey(kind: keyof typeof PREFIXES, randomBytes: (n: number) => Buffer): string {
  return PREFIXES[kind] + randomBytes(20).toString('hex');
}
export const hashOf = (plain: string): string => hash('sha256', plain);
/** The last four characters, as lists show a key. */
export const maskOf = (plain: string): string => `...${plain.slice(-4)}`;

interface Found { holder: KeyHolder; lastUsedAt: number | null }

async function readHolder(db: Reads, column: 'id' | 'key_hash', value: string): Promise<Found | undefined> {
  const row = await db.selectFrom('api_keys').leftJoin('users', 'users.id', 'api_keys.user_id')
    .select(['api_keys.id', 'api_keys.kind', 'api_keys.name', 'api_keys.account_id', 'api_keys.user_id', 'api_keys.role', 'api_keys.last_used_at', 'users.name as user_name'])
    .where(`api_keys.${column}`, '=', value).where('revoked_at', 'is', null).executeTakeFirst();
  if (!row) return undefined;
  const [lastUsedAt, keyId, name] = [row.last_used_at, row.id, row.user_name ?? row.name];
  if (row.kind === 'service' && row.account_id !== null) {
    const [accountId, role] = [row.account_id, row.role as Role];
    return { lastUsedAt, holder: { keyId, name, kind: 'service', userId: null, accountId, role, accounts: [{ accountId, role }] } };
  }
  const members = await db.selectFrom('members').select(['account_id', 'role']).where('user_id', '=', row.user_id)
    .orderBy('created_at').orderBy('account_id').execute();
  const accounts = members.map((member) => ({ accountId: member.account_id, role: member.role as Role }));
  return { lastUsedAt, holder: { keyId, name, kind: 'user', userId: row.user_id, accountId: null, role: null, accounts } };
}

/** Who holds a key that still works, by its id. */
export const findHolder = async (db: Reads, keyId: string): Promise<KeyHolder | undefined> => (await readHolder(db, 'id', keyId))?.holder;

function createKeyLookup({ store, clock }: AccountsDeps) {
  const memory = createKeyMemory<Found>(clock);
  const touch = (found: Found) => {
    const now = clock();
    if (now < (found.lastUsedAt ?? 0) + TOUCH_EVERY_MS) return;
    found.lastUsedAt = now;
    const write = store.transaction(async ({ db }) => {
      await db.updateTable('api_keys').set({ last_used_at: now }).where('id', '=', found.holder.keyId).execute();
    });
    // A request does not wait for this statistic, and must not fail because of it.
    write.catch(() => {});
  };
  return {
    forget: memory.forget,
    /** The holder of a plain key, where it is remembered from a moment ago. */
    recallPrincipal(rawKey: string): KeyHolder | undefined {
      const found = memory.recall(hashOf(rawKey));
      if (found) touch(found);
      return found?.holder;
    },
    /** The holder of a plain user or service key; null for an unknown or revoked one. A key that another process revokes dies within 5 s. */
    async findPrincipal(rawKey: string): Promise<KeyHolder | null> {
      if (!rawKey.startsWith(PREFIXES.user) && !rawKey.startsWith(PREFIXES.service)) return null;
      const hash = hashOf(rawKey);
      let found = memory.recall(hash);
      if (!found) {
        found = await readHolder(store.read, 'key_hash', hash);
        if (!found) return null;
        memory.keep(hash, found);
      }
      touch(found);
      return found.holder;
    },
  };
}

/** The verbs on user and service keys. @param forgetSignIns what was found by way of a key is to be read again, too. */
export function createKeys(deps: AccountsDeps, forgetSignIns: () => void) {
  const { store, clock, newId, randomBytes } = deps;
  const lookup = createKeyLookup(deps);
  const forget = () => {
    lookup.forget();
    forgetSignIns();
  };
  async function insert(kind: KeyKind, owner: { account_id: string | null; user_id: string | null; role: Role | null }, name: string) {
    const apiKey = plainKey(kind, randomBytes);
    const id = newId();
    await store.transaction(async ({ db }) => {
      const [table, ownerId] = kind === 'user' ? ['users' as const, owner.user_id] : ['accounts' as const, owner.account_id];
      const exists = await db.selectFrom(table).select('id').where('id', '=', ownerId).executeTakeFirst();
      if (!exists) throw refuse.notFound(kind === 'user' ? 'User' : 'Account', String(ownerId));
      await db.insertInto('api_keys').values({
        id, kind, name, key_hash: hashOf(apiKey), masked: maskOf(apiKey), ...owner, created_at: clock(), last_used_at: null, revoked_at: null,
      }).execute();
    });
    return { id, apiKey };
  }
  return {
    findPrincipal: lookup.findPrincipal,
    recallPrincipal: lookup.recallPrincipal,
    /** Cached keys are read again from now on: call it after a change of keys or memberships. */
    forgetKeys: forget,
    /** A key of an account with a role of its own; `apiKey` (`sv_…`) is given here only. 404 when the account is unknown. */
    createServiceKey: (key: { accountId: string; role: Exclude<Role, 'OWNER'>; name: string }) =>
      insert('service', { account_id: key.accountId, user_id: null, role: key.role }, key.name),
    /** A key of a person, for all accounts of that person; `apiKey` (`cu_…`) is given here only. 404 when the user is unknown. */
    createUserKey: (key: { userId: string; name: string }) =>
      insert('user', { account_id: null, user_id: key.userId, role: null }, key.name),
    /** Ends a key for good; 404 when it is unknown or ended already. */
    async revokeKey(keyId: string): Promise<void> {
      await store.transaction(async (tx) => {
        const { numUpdatedRows } = await tx.db.updateTable('api_keys').set({ revoked_at: clock() })
          .where('id', '=', keyId).where('revoked_at', 'is', null).executeTakeFirst();
        if (!numUpdatedRows) throw refuse.notFound('Key', keyId);
        tx.onCommit(forget);
      });
    },
  };
}
