/** The keys that open an account, for people who look after them. */
import type { Role } from '../contract/checkTypes.ts';
import type { Reads } from '../store/openStore.ts';
import type { KeyKind } from './keys.ts';

export interface ListedKey {
  id: string;
  kind: KeyKind;
  name: string;
  /** Whose it is; null for a service key. */
  user: { id: string; name: string } | null;
  /** The last four characters. */
  masked: string;
  role: Role;
  /** Unix ms. */
  createdAt: number;
  /** Unix ms, to the minute. */
  lastUsedAt: number | null;
}

/** Service keys of the account and keys of its members that still work, the oldest first. */
export async function listKeys(db: Reads, accountId: string): Promise<ListedKey[]> {
  const rows = await db.selectFrom('api_keys')
    .leftJoin('members', (join) => join.onRef('members.user_id', '=', 'api_keys.user_id').on('members.account_id', '=', accountId))
    .leftJoin('users', 'users.id', 'members.user_id')
    .select(['api_keys.id', 'kind', 'api_keys.name', 'masked', 'api_keys.role', 'members.role as member_role', 'users.id as user_id', 'users.name as user_name',
      'api_keys.created_at', 'last_used_at'])
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('api_keys.account_id', '=', accountId), eb('members.account_id', '=', accountId)]))
    .orderBy('api_keys.created_at').orderBy('api_keys.id').execute();
  return rows.map((row) => ({
    id: row.id, kind: row.kind as KeyKind, name: row.name, user: row.user_id === null ? null : { id: row.user_id, name: row.user_name ?? '' }, masked: row.masked,
    role: (row.role ?? row.member_role) as Role, createdAt: row.created_at, lastUsedAt: row.last_used_at,
  }));
}
