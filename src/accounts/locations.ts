/** Private locations and the keys of the agents that serve them (H.1). The built-in place is not a row: its id is `public`. */
import { SHARED_EGRESS, type EgressPolicy } from '../contract/egress.ts';
import { refuse } from '../contract/errors.ts';
import type { Reads } from '../store/openStore.ts';
import type { Seal } from '../store/seal.ts';
import type { AgentTable, LocationKeyTable, PrivateLocationTable } from '../store/tables.ts';
import type { AccountsDeps } from './createAccounts.ts';
import { createKeyMemory, type KeyMemory } from './keyMemory.ts';
import { hashOf, maskOf, plainKey } from './keys.ts';

export interface LocationKey { id: string; masked: string; createdAt: number; updatedAt: number | null }
export interface AgentSeen { id: string; version: string; lastSeenAt: number }
export interface PrivateLocation {
  id: string; name: string; slug: string; icon: string; proxyUrl: string | null; egress: EgressPolicy; createdAt: number; updatedAt: number | null;
  keys: LocationKey[]; agents: AgentSeen[];
}
export interface LocationChange { name: string; icon?: string | undefined; proxyUrl?: string | null | undefined; egress?: EgressPolicy | undefined }
/** What a location key opens; the built-in place belongs to no account. */
export interface LocationHolder { locationId: string; accountId: string | null; slug: string | null }
/** The id of the built-in place. */
export const PUBLIC_LOCATION = 'public';
/** Two keys, so that one can be changed without a pause (H.1). */
const KEYS_PER_LOCATION = 2;

/** A proxy's address may hold a password: it is sealed in the store. */
const sealProxy = (seal: Seal, url: string | null): string | null => (url === null ? null : seal.seal(url));
const openProxy = (seal: Seal, sealed: string | null): string | null => (sealed === null ? null : seal.open(sealed));

const openEgress = (text: string | null): EgressPolicy => (text === null ? SHARED_EGRESS : JSON.parse(text) as EgressPolicy);

function present(row: PrivateLocationTable, keys: LocationKeyTable[], agents: AgentTable[], seal: Seal): PrivateLocation {
  return {
    id: row.id, name: row.name, slug: row.slug, icon: row.icon, proxyUrl: openProxy(seal, row.proxy_url), egress: openEgress(row.egress), createdAt: row.created_at, updatedAt: row.updated_at,
    keys: keys.filter((key) => key.location_id === row.id)
      .map((key) => ({ id: key.id, masked: key.masked, createdAt: key.created_at, updatedAt: key.updated_at })),
    agents: agents.filter((agent) => agent.location_id === row.id)
      .map((agent) => ({ id: agent.id, version: agent.version, lastSeenAt: agent.last_seen_at })),
  };
}

async function complete(db: Reads, rows: PrivateLocationTable[], seal: Seal): Promise<PrivateLocation[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const keys = await db.selectFrom('location_keys').selectAll().where('location_id', 'in', ids).orderBy('created_at').orderBy('id').execute();
  const agents = await db.selectFrom('agents').selectAll().where('location_id', 'in', ids).orderBy('id').execute();
  return rows.map((row) => present(row, keys, agents, seal));
}

/** The keys of locations: made, ended, looked up. */
function createLocationKeys({ store, clock, newId, randomBytes }: AccountsDeps, memory: KeyMemory<LocationHolder>) {
  const own = (db: Reads, accountId: string, id: string) =>
    db.selectFrom('private_locations').select('id').where('id', '=', id).where('account_id', '=', accountId).executeTakeFirst();
  return {
    /** `rawKey` (`pl_…`) is given here only. 404 for a location of others, 409 when there are two keys already. */
    async createLocationKey(accountId: string, locationId: string): Promise<LocationKey & { rawKey: string }> {
      const rawKey = plainKey('location', randomBytes);
      const key = { id: newId(), masked: maskOf(rawKey), createdAt: clock(), updatedAt: null };
      await store.transaction(async ({ db }) => {
        if (!await own(db, accountId, locationId)) throw refuse.notFound('Private location', locationId);
        const held = await db.selectFrom('location_keys').select('id').where('location_id', '=', locationId).execute();
        if (held.length >= KEYS_PER_LOCATION) throw refuse.conflict(`A private location has at most ${KEYS_PER_LOCATION} keys: delete one first.`);
        await db.insertInto('location_keys').values({
          id: key.id, location_id: locationId, key_hash: hashOf(rawKey), masked: key.masked, created_at: key.createdAt, updated_at: null,
        }).execute();
      });
      return { ...key, rawKey };
    },
    async deleteLocationKey(accountId: string, locationId: string, keyId: string): Promise<void> {
      await store.transaction(async ({ db, onCommit }) => {
        if (!await own(db, accountId, locationId)) throw refuse.notFound('Private location', locationId);
        onCommit(memory.forget);
        const { numDeletedRows } = await db.deleteFrom('location_keys').where('id', '=', keyId).where('location_id', '=', locationId).executeTakeFirst();
        if (!numDeletedRows) throw refuse.notFound('Key', keyId);
      });
    },
    /** The place that a plain `pl_…` key opens; null for an unknown one. A key that another process deletes dies within 5 s. */
    async findLocationKey(rawKey: string): Promise<LocationHolder | null> {
      const hash = hashOf(rawKey);
      const known = memory.recall(hash);
      if (known) return known;
      const row = await store.read.selectFrom('location_keys').leftJoin('private_locations', 'private_locations.id', 'location_keys.location_id')
        .select(['location_keys.location_id', 'private_locations.account_id', 'private_locations.slug'])
        .where('location_keys.key_hash', '=', hash).executeTakeFirst();
      if (!row) return null;
      const found = { locationId: row.location_id, accountId: row.account_id, slug: row.slug };
      memory.keep(hash, found);
      return found;
    },
    /** Makes `plain` a key of the built-in place, once; servers on one store may each have their own. */
    async ensurePublicLocationKey(plain: string): Promise<void> {
      await store.transaction(async ({ db }) => {
        await db.insertInto('location_keys').values({
          id: newId(), location_id: PUBLIC_LOCATION, key_hash: hashOf(plain), masked: maskOf(plain), created_at: clock(), updated_at: null,
        }).onConflict((conflict) => conflict.column('key_hash').doNothing()).execute();
      });
    },
  };
}

export function createLocations(deps: AccountsDeps) {
  const { store, clock, newId, seal } = deps;
  const memory = createKeyMemory<LocationHolder>(clock);
  async function getLocation(accountId: string, id: string): Promise<PrivateLocation> {
    const rows = await store.read.selectFrom('private_locations').selectAll().where('id', '=', id).where('account_id', '=', accountId).execute();
    const [location] = await complete(store.read, rows, seal);
    if (!location) throw refuse.notFound('Private location', id);
    return location;
  }
  return {
    ...createLocationKeys(deps, memory),
    getLocation,
    /** All of an account, the oldest first, with keys and every agent that was ever seen. */
    async listLocations(accountId: string): Promise<PrivateLocation[]> {
      return complete(store.read, await store.read.selectFrom('private_locations').selectAll()
        .where('account_id', '=', accountId).orderBy('created_at').orderBy('id').execute(), seal);
    },
    /** The location of a slug in this account, or null. */
    async findLocationBySlug(accountId: string, slug: string): Promise<{ id: string; slug: string; proxyUrl: string | null } | null> {
      const row = await store.read.selectFrom('private_locations').select(['id', 'slug', 'proxy_url'])
        .where('account_id', '=', accountId).where('slug', '=', slug).executeTakeFirst();
      return row ? { id: row.id, slug: row.slug, proxyUrl: openProxy(seal, row.proxy_url) } : null;
    },
    /** What agents of a location may reach; the strictest for one that has just been deleted. */
    async egressOf(locationId: string): Promise<EgressPolicy> {
      const row = await store.read.selectFrom('private_locations').select('egress').where('id', '=', locationId).executeTakeFirst();
      return openEgress(row?.egress ?? null);
    },
    /** 409 when the account has the slug already. */
    async createLocation(accountId: string, location: { name: string; slug: string; icon: string; proxyUrl: string | null; egress?: EgressPolicy | undefined }): Promise<PrivateLocation> {
      const id = newId();
      await store.transaction(async ({ db }) => {
        const { numInsertedOrUpdatedRows } = await db.insertInto('private_locations').values({
          id, account_id: accountId, name: location.name, slug: location.slug, icon: location.icon, proxy_url: sealProxy(seal, location.proxyUrl),
          egress: location.egress ? JSON.stringify(location.egress) : null, created_at: clock(), updated_at: null,
        }).onConflict((conflict) => conflict.columns(['account_id', 'slug']).doNothing()).executeTakeFirstOrThrow();
        if (!numInsertedOrUpdatedRows) throw refuse.conflict(`A private location with the slug ${location.slug} exists already.`);
      });
      return getLocation(accountId, id);
    },
    /** What is absent stays as it is; the slug never changes (H.1). */
    async updateLocation(accountId: string, id: string, change: LocationChange): Promise<PrivateLocation> {
      await getLocation(accountId, id);
      await store.transaction(async ({ db }) => {
        await db.updateTable('private_locations').set({
          name: change.name, updated_at: clock(),
          ...(change.icon === undefined ? {} : { icon: change.icon }),
          ...(change.proxyUrl === undefined ? {} : { proxy_url: sealProxy(seal, change.proxyUrl) }),
          ...(change.egress === undefined ? {} : { egress: JSON.stringify(change.egress) }),
        }).where('id', '=', id).where('account_id', '=', accountId).execute();
      });
      return getLocation(accountId, id);
    },
    /** The location, its keys and the memory of its agents; runs that wait there end by the queue limit (A.9). */
    async deleteLocation(accountId: string, id: string): Promise<void> {
      await store.transaction(async ({ db, onCommit }) => {
        onCommit(memory.forget);
        const { numDeletedRows } = await db.deleteFrom('private_locations').where('id', '=', id).where('account_id', '=', accountId).executeTakeFirst();
        if (!numDeletedRows) throw refuse.notFound('Private location', id);
        await db.deleteFrom('location_keys').where('location_id', '=', id).execute();
        await db.deleteFrom('agents').where('location_id', '=', id).execute();
      });
    },
  };
}
