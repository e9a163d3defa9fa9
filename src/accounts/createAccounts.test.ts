import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { freshLocation } from '../../test/stores.ts';
import { openStore, type Store } from '../store/openStore.ts';
import { createSeal } from '../store/seal.ts';
import { createAccounts } from './createAccounts.ts';

const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n';
const KEY = '-----BEGIN PRIVATE KEY-----\nU0VDUkVU\n-----END PRIVATE KEY-----\n';
const refused = (statusCode: number, message?: RegExp) => (error: Error & { statusCode?: number }) => {
  assert.equal(error.statusCode, statusCode, error.message);
  if (message) assert.match(error.message, message);
  return true;
};

/**
 * A room on a store that several share; `make` makes a second one, as another process would have it, and `written` waits
 * for every transaction that has begun, also for those that no caller waits for.
 */
function openRoom(shared: Store) {
  const begun: Promise<unknown>[] = [];
  const store: Store = {
    ...shared,
    transaction(work) {
      const done = shared.transaction(work);
      begun.push(done);
      return done;
    },
  };
  const time = { now: 1_700_000_000_000 };
  const sealingKey = randomBytes(32);
  const make = () => createAccounts({ store, clock: () => time.now, newId: randomUUID, randomBytes, seal: createSeal(sealingKey, () => randomBytes(12)) });
  return { store, time, make, accounts: make(), written: () => Promise.allSettled(begun) };
}

for (const kind of ['sqlite', 'postgres'] as const) describe(`accounts (${kind})`, () => {
  let place: Awaited<ReturnType<typeof freshLocation>>;
  let shared: Store;
  before(async () => {
    place = await freshLocation(kind);
    shared = await openStore(place.location);
  });
  after(async () => {
    await shared.close();
    place.remove();
  });

  test('an account comes with its owner and a key that opens it', async () => {
    const room = openRoom(shared);
    const { accountId, userId, apiKey } = await room.accounts.createAccount({ name: 'A', owner: { name: 'Olga', email: 'o@example.com' } });
    assert.match(apiKey, /^cu_[0-9a-f]{40}$/);
    const holder = await room.accounts.findPrincipal(apiKey);
    assert.equal(holder?.kind, 'user');
    assert.equal(holder.userId, userId);
    assert.equal(holder.name, 'Olga');
    assert.deepEqual(holder.accounts, [{ accountId, role: 'OWNER' }]);
    assert.equal((await room.accounts.getAccount(accountId)).runtimeId, '2026.04');
    assert.equal((await room.accounts.getUser(userId)).email, 'o@example.com');
    assert.ok((await room.accounts.listAccounts()).some(({ id }) => id === accountId));
  });

  test('unknown keys open nothing, and a location key is no principal', async () => {
    const room = openRoom(shared);
    const { accountId } = await room.accounts.createAccount({ name: 'A' });
    const location = await room.accounts.createLocation(accountId, { name: 'L', slug: 'l', icon: 'location', proxyUrl: 'http://user:canary-of-a-proxy@p:1' });
    assert.equal((await room.accounts.findLocationBySlug(accountId, 'l'))?.proxyUrl, 'http://user:canary-of-a-proxy@p:1');
    const { rawKey } = await room.accounts.createLocationKey(accountId, location.id);
    for (const key of ['', 'cu_', `cu_${'0'.repeat(40)}`, 'sv_x', rawKey]) assert.equal(await room.accounts.findPrincipal(key), null);
    assert.equal(await room.accounts.findLocationKey('pl_unknown'), null);
  });

  test('a service key is bound to its account and role, until it is revoked', async () => {
    const room = openRoom(shared);
    const { accountId } = await room.accounts.createAccount({ name: 'A' });
    const { id, apiKey } = await room.accounts.createServiceKey({ accountId, role: 'READ_RUN', name: 'ci' });
    assert.match(apiKey, /^sv_/);
    const holder = await room.accounts.findPrincipal(apiKey);
    assert.deepEqual({ ...holder, keyId: '' }, {
      keyId: '', kind: 'service', name: 'ci', userId: null, accountId, role: 'READ_RUN', accounts: [{ accountId, role: 'READ_RUN' }],
    });
    await room.accounts.revokeKey(id);
    assert.equal(await room.accounts.findPrincipal(apiKey), null);
    await assert.rejects(room.accounts.revokeKey(id), refused(404));
    await assert.rejects(room.accounts.createServiceKey({ accountId: randomUUID(), role: 'ADMIN', name: 'x' }), refused(404));
    await assert.rejects(room.accounts.createUserKey({ userId: randomUUID(), name: 'x' }), refused(404));
  });

  test('a key that another process revokes is believed for five seconds at most', async () => {
    const room = openRoom(shared);
    const { accountId } = await room.accounts.createAccount({ name: 'A' });
    const { id, apiKey } = await room.accounts.createServiceKey({ accountId, role: 'ADMIN', name: 'x' });
    assert.ok(await room.accounts.findPrincipal(apiKey));
    await room.make().revokeKey(id);
    room.time.now += 4_999;
    assert.ok(await room.accounts.findPrincipal(apiKey), 'answered from memory, without SQL');
    room.time.now += 1;
    assert.equal(await room.accounts.findPrincipal(apiKey), null);
  });

  test('the time of last use is written once a minute at most', async () => {
    const room = openRoom(shared);
    const { apiKey, userId } = await room.accounts.createAccount({ name: 'A' });
    const used = async () => {
      await room.written();
      return (await room.store.read.selectFrom('api_keys').select('last_used_at').where('user_id', '=', userId).executeTakeFirstOrThrow()).last_used_at;
    };
    const first = room.time.now;
    await room.accounts.findPrincipal(apiKey);
    assert.equal(await used(), first);
    for (const later of [10_000, 59_999]) {
      room.time.now = first + later;
      await room.accounts.findPrincipal(apiKey);
      assert.equal(await used(), first);
    }
    room.time.now = first + 60_000;
    await room.accounts.findPrincipal(apiKey);
    assert.equal(await used(), first + 60_000);
  });

  test('neither plain keys nor values nor private keys stand in the store', async () => {
    const room = openRoom(shared);
    const { accountId, apiKey } = await room.accounts.createAccount({ name: 'A' });
    const location = await room.accounts.createLocation(accountId, { name: 'L', slug: 'l', icon: 'location', proxyUrl: 'http://user:canary-of-a-proxy@p:1' });
    assert.equal((await room.accounts.findLocationBySlug(accountId, 'l'))?.proxyUrl, 'http://user:canary-of-a-proxy@p:1');
    const { rawKey } = await room.accounts.createLocationKey(accountId, location.id);
    await room.accounts.createVariable(accountId, { key: 'K', value: 'canary-of-a-value', locked: false, secret: false });
    await room.accounts.createCertificate(accountId, { host: 'a.example', cert: CERTIFICATE + KEY, key: null, ca: null, passphrase: 'canary-of-a-phrase' });
    const [open] = await room.accounts.openCertificates(accountId);
    assert.match(open?.key ?? '', /U0VDUkVU/);
    assert.equal(open?.passphrase, 'canary-of-a-phrase');
    assert.equal(open?.cert, CERTIFICATE);
    if (place.location.kind !== 'sqlite') return;
    const { folder } = place.location;
    const stored = Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
    for (const secret of [apiKey, rawKey, 'canary-of-a-value', 'U0VDUkVU', 'canary-of-a-phrase', 'canary-of-a-proxy']) assert.equal(stored.includes(secret), false, secret);
  });

  test('members: order, search, role, change, removal; the owner stays', async () => {
    const room = openRoom(shared);
    const { accountId, userId: owner } = await room.accounts.createAccount({ name: 'A', owner: { name: 'Olga', email: 'o@example.com' } });
    const ids = [];
    for (const [name, role] of [['Ann', 'READ_ONLY'], ['Bob_x', 'READ_RUN'], ['Bobby', 'ADMIN']] as const) {
      room.time.now += 1;
      ids.push(await room.accounts.addMember(accountId, { name, email: `${name.toLowerCase()}@corp.example`, role }));
    }
    const names = async (filter: Parameters<typeof room.accounts.listMembers>[1]) => (await room.accounts.listMembers(accountId, filter)).map(({ name }) => name);
    assert.deepEqual(await names({ limit: 10 }), ['Olga', 'Ann', 'Bob_x', 'Bobby']);
    assert.deepEqual(await names({ limit: 10, search: 'CORP' }), ['Ann', 'Bob_x', 'Bobby']);
    assert.deepEqual(await names({ limit: 10, search: 'b_' }), ['Bob_x'], 'an underscore is no wildcard');
    assert.deepEqual(await names({ limit: 10, role: 'ADMIN' }), ['Bobby']);
    const [, ann] = await room.accounts.listMembers(accountId, { limit: 2 });
    assert.deepEqual(await names({ limit: 1, after: ann }), ['Bob_x']);
    assert.equal((await room.accounts.changeRole(accountId, ids[0] as string, 'ADMIN')).role, 'ADMIN');
    await assert.rejects(room.accounts.changeRole(accountId, owner, 'ADMIN'), refused(403));
    await assert.rejects(room.accounts.removeMember(accountId, owner), refused(403));
    await assert.rejects(room.accounts.removeMember(accountId, randomUUID()), refused(404));
    const { apiKey } = await room.accounts.createUserKey({ userId: ids[1] as string, name: 'bob' });
    assert.equal((await room.accounts.findPrincipal(apiKey))?.accounts.length, 1);
    await room.accounts.removeMember(accountId, ids[1] as string);
    assert.deepEqual((await room.accounts.findPrincipal(apiKey))?.accounts, [], 'the key outlives the membership and opens nothing');
    await assert.rejects(room.accounts.addMember(randomUUID(), { name: 'x', email: 'x@example.com', role: 'ADMIN' }), refused(404));
  });

  test('private locations: slug unique in the account, two keys at most, gone with their keys', async () => {
    const room = openRoom(shared);
    const { accountId } = await room.accounts.createAccount({ name: 'A' });
    const { accountId: other } = await room.accounts.createAccount({ name: 'B' });
    const wanted = { name: 'L', slug: 'office', icon: 'location', proxyUrl: 'http://proxy.example' };
    const location = await room.accounts.createLocation(accountId, wanted);
    await assert.rejects(room.accounts.createLocation(accountId, wanted), refused(409, /office/));
    await room.accounts.createLocation(other, wanted);
    const first = await room.accounts.createLocationKey(accountId, location.id);
    await room.accounts.createLocationKey(accountId, location.id);
    await assert.rejects(room.accounts.createLocationKey(accountId, location.id), refused(409, /at most 2/));
    assert.deepEqual(await room.accounts.findLocationKey(first.rawKey), { locationId: location.id, accountId, slug: 'office' });
    assert.equal(first.masked, `...${first.rawKey.slice(-4)}`);
    await assert.rejects(room.accounts.deleteLocationKey(other, location.id, first.id), refused(404));
    await room.accounts.deleteLocationKey(accountId, location.id, first.id);
    assert.equal(await room.accounts.findLocationKey(first.rawKey), null);
    const third = await room.accounts.createLocationKey(accountId, location.id);
    const changed = await room.accounts.updateLocation(accountId, location.id, { name: 'M' });
    assert.deepEqual([changed.name, changed.slug, changed.proxyUrl, changed.keys.length], ['M', 'office', 'http://proxy.example', 2]);
    assert.equal((await room.accounts.updateLocation(accountId, location.id, { name: 'M', proxyUrl: null })).proxyUrl, null);
    assert.deepEqual(await room.accounts.findLocationBySlug(accountId, 'office'), { id: location.id, slug: 'office', proxyUrl: null });
    await assert.rejects(room.accounts.getLocation(other, location.id), refused(404));
    await room.accounts.deleteLocation(accountId, location.id);
    assert.equal(await room.accounts.findLocationKey(third.rawKey), null);
    await assert.rejects(room.accounts.deleteLocation(accountId, location.id), refused(404));
    assert.equal((await room.accounts.listLocations(other)).length, 1);
  });

  test('the built-in place gets its key once', async () => {
    const room = openRoom(shared);
    await room.accounts.ensurePublicLocationKey('pl_builtin');
    await room.accounts.ensurePublicLocationKey('pl_builtin');
    assert.deepEqual(await room.accounts.findLocationKey('pl_builtin'), { locationId: 'public', accountId: null, slug: null });
    assert.equal((await room.store.read.selectFrom('location_keys').selectAll().where('location_id', '=', 'public').execute()).length, 1);
  });

  test('variables: names, empty values, conflicts, secrets that stay secret', async () => {
    const room = openRoom(shared);
    const { accountId } = await room.accounts.createAccount({ name: 'A' });
    const variable = { key: 'TOKEN', value: 'one', locked: false, secret: true };
    await room.accounts.createVariable(accountId, variable);
    await assert.rejects(room.accounts.createVariable(accountId, variable), refused(409, /TOKEN/));
    await assert.rejects(room.accounts.createVariable(accountId, { ...variable, key: '1a' }), refused(400, /body\/key/));
    await assert.rejects(room.accounts.createVariable(accountId, { ...variable, key: 'E', value: '', secret: false }), refused(400, /body\/value/));
    const changed = await room.accounts.updateVariable(accountId, { ...variable, value: 'two', secret: false });
    assert.deepEqual(changed, { ...variable, value: 'two', secret: true });
    assert.deepEqual(await room.accounts.openVariables(accountId), [changed]);
    await room.accounts.createVariable(accountId, { ...variable, key: 'A' });
    const page = await room.accounts.listVariables(accountId, { limit: 1, page: 2 });
    assert.deepEqual([page.total, page.entries.map(({ key }) => key)], [2, ['TOKEN']]);
    assert.deepEqual((await room.accounts.listVariables(accountId, { limit: 100, page: 1e300 })).entries, []);
    await room.accounts.deleteVariable(accountId, 'TOKEN');
    await assert.rejects(room.accounts.getVariable(accountId, 'TOKEN'), refused(404));
    await assert.rejects(room.accounts.deleteVariable(accountId, 'TOKEN'), refused(404));
    await assert.rejects(room.accounts.updateVariable(accountId, variable), refused(404));
  });

  test('client certificates must be PEM and have a key', async () => {
    const room = openRoom(shared);
    const { accountId } = await room.accounts.createAccount({ name: 'A' });
    const good = { host: '*.example.com', cert: CERTIFICATE, key: KEY, ca: null, passphrase: null };
    for (const [change, field] of [[{ host: ' ' }, /body\/host/], [{ cert: 'x' }, /body\/cert/], [{ ca: 'x' }, /body\/ca/], [{ key: 'x' }, /body\/key/], [{ key: null }, /body\/key/]] as const) {
      await assert.rejects(room.accounts.createCertificate(accountId, { ...good, ...change }), refused(400, field));
    }
    const { id } = await room.accounts.createCertificate(accountId, good);
    assert.equal((await room.accounts.getCertificate(accountId, id)).host, '*.example.com');
    await room.accounts.deleteCertificate(accountId, id);
    await assert.rejects(room.accounts.getCertificate(accountId, id), refused(404));
  });

  test('a project keeps its id and follows its name', async () => {
    const room = openRoom(shared);
    const { accountId } = await room.accounts.createAccount({ name: 'A' });
    const id = await room.accounts.upsertProject(accountId, { logicalId: 'p', name: 'One', repoUrl: 'https://example.com/r' });
    assert.equal(await room.accounts.upsertProject(accountId, { logicalId: 'p', name: 'Two' }), id);
    const row = await room.store.read.selectFrom('projects').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
    assert.deepEqual([row.name, row.repo_url], ['Two', 'https://example.com/r']);
    assert.notEqual(await room.accounts.upsertProject(accountId, { logicalId: 'q', name: 'Q' }), id);
  });
});
