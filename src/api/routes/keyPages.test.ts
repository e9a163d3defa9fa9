/** The settings page about keys, on both stores: who sees, makes and ends which. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { headersOf, openApiUnderTest, type ApiUnderTest } from '../../../test/apiUnderTest.ts';
import type { Role } from '../../contract/checkTypes.ts';
import type { KeyList, NewKey } from '../../contract/pages/settings.ts';

for (const kind of ['sqlite', 'postgres'] as const) describe(`keys for the pages (${kind})`, { concurrency: false }, () => {
  let api: ApiUnderTest;
  let path = '';
  before(async () => {
    api = await openApiUnderTest({ kind });
    path = `/web/accounts/${api.owner.accountId}/keys`;
  });
  after(() => api[Symbol.asyncDispose]());

  const send = (method: 'GET' | 'POST' | 'DELETE', url: string, apiKey: string, payload?: object) => api.app.inject({ method, url, headers: headersOf({ apiKey }), ...(payload ? { payload } : {}) });
  const list = async (apiKey: string) => (await send('GET', path, apiKey)).json<KeyList>();
  const make = async (apiKey: string, wish: object) => {
    const answer = await send('POST', path, apiKey, wish);
    return { status: answer.statusCode, headers: answer.headers, body: answer.json<NewKey & { message: string }>() };
  };
  /** A member with a key of their own. */
  const join = async (name: string, role: Exclude<Role, 'OWNER'>) => {
    const userId = await api.accounts.addMember(api.owner.accountId, { name, email: `${name}@corp.example`, role });
    return { userId, ...await api.accounts.createUserKey({ userId, name: `${name}'s` }) };
  };
  const works = async (apiKey: string) => (await api.app.inject({ url: '/v1/accounts/me', headers: headersOf({ apiKey, accountId: api.owner.accountId }) })).statusCode;

  it('are made for machines with a role, listed without the key, used, and ended', async () => {
    const made = await make(api.owner.apiKey, { kind: 'service', name: '  ci  ', role: 'READ_RUN' });
    assert.deepEqual([made.status, made.headers['cache-control']], [201, 'no-store']);
    assert.match(made.body.apiKey, /^sv_[0-9a-f]{40}$/);
    assert.equal(await works(made.body.apiKey), 200);
    const all = await send('GET', path, api.owner.apiKey);
    assert.ok(!all.body.includes(made.body.apiKey));
    const find = async () => (await list(api.owner.apiKey)).keys.find(({ id }) => id === made.body.id);
    let listed = await find();
    // No request waits until its time is noted.
    while (!listed?.lastUsedAt) {
      await new Promise(setImmediate);
      listed = await find();
    }
    assert.ok(Date.parse(listed.createdAt) <= Date.now());
    assert.deepEqual({ ...listed, createdAt: '', lastUsedAt: '' }, {
      id: made.body.id, kind: 'service', name: 'ci', owner: null, maskedKey: `...${made.body.apiKey.slice(-4)}`, role: 'READ_RUN', createdAt: '', lastUsedAt: '', isCurrent: false, mayRevoke: true,
    });
    assert.equal((await send('DELETE', `${path}/${made.body.id}`, api.owner.apiKey)).statusCode, 204);
    assert.equal(await works(made.body.apiKey), 401);
    assert.equal((await send('DELETE', `${path}/${made.body.id}`, api.owner.apiKey)).statusCode, 404);
  });

  it('are made for oneself without a role, and tell which one somebody came with', async () => {
    const { status, body } = await make(api.owner.apiKey, { kind: 'user', name: 'laptop' });
    assert.equal(status, 201);
    const { keys, mayCreate, isWhole } = await list(body.apiKey);
    assert.deepEqual([mayCreate, isWhole], [['service', 'user'], true]);
    assert.deepEqual(keys.filter(({ isCurrent }) => isCurrent).map(({ id, owner, role, name }) => [id, owner, role, name]), [[body.id, 'Olga Owner', 'OWNER', 'laptop']]);
    // Whoever ends the key that they came with has nothing any more.
    assert.equal((await send('DELETE', `${path}/${body.id}`, body.apiKey)).statusCode, 204);
    assert.equal((await send('GET', path, body.apiKey)).statusCode, 401);
  });

  it('are an Admin\'s to look after, and personal ones their person\'s alone', async () => {
    const [ann, ben] = [await join('ann', 'READ_WRITE'), await join('ben', 'ADMIN')];
    const { body: machine } = await make(ben.apiKey, { kind: 'service', name: 'machine', role: 'ADMIN' });
    const seen = await list(ann.apiKey);
    assert.deepEqual([seen.keys.map(({ id }) => id), seen.mayCreate, seen.isWhole], [[ann.id], ['user'], false]);
    assert.deepEqual((await make(ann.apiKey, { kind: 'service', name: 'x', role: 'READ_ONLY' })).status, 403);
    assert.equal((await send('DELETE', `${path}/${machine.id}`, ann.apiKey)).statusCode, 403);
    const whole = await list(ben.apiKey);
    const mayEnd = Object.fromEntries(whole.keys.map(({ id, mayRevoke }) => [id, mayRevoke]));
    assert.deepEqual([mayEnd[machine.id], mayEnd[ben.id], mayEnd[ann.id]], [true, true, false]);
    const others = await send('DELETE', `${path}/${ann.id}`, api.owner.apiKey);
    assert.deepEqual([others.statusCode, await works(ann.apiKey)], [403, 200]);
    assert.match(others.json<{ message: string }>().message, /somebody else's personal key/);
    assert.equal((await send('DELETE', `${path}/${ann.id}`, ann.apiKey)).statusCode, 204);
    // A service key is nobody's: it makes no personal ones.
    assert.deepEqual([(await list(machine.apiKey)).mayCreate, (await make(machine.apiKey, { kind: 'user', name: 'x' })).status], [['service'], 400]);
  });

  it('are told what is wrong with a wish', async () => {
    for (const [wish, says] of [
      [{ kind: 'service', name: 'x' }, /body\/role is needed/], [{ kind: 'user', name: 'x', role: 'ADMIN' }, /body\/role must not/], [{ kind: 'service', name: 'x', role: 'OWNER' }, /body\/role must be one of/],
      [{ kind: 'location', name: 'x' }, /body\/kind/], [{ kind: 'user', name: ' ' }, /body\/name/], [{ kind: 'user', name: 'x'.repeat(101) }, /body\/name/], [{ kind: 'user', name: 'x', apiKey: 'cu_' }, /apiKey/],
    ] as const) {
      const { status, body } = await make(api.owner.apiKey, wish);
      assert.equal(status, 400, JSON.stringify(wish));
      assert.match(body.message, says);
    }
  });

  it('of another account are not found', async () => {
    const { keys } = (await send('GET', `/web/accounts/${api.stranger.accountId}/keys`, api.stranger.apiKey)).json<KeyList>();
    assert.equal(keys.length, 1);
    assert.equal((await send('DELETE', `${path}/${keys[0]?.id}`, api.owner.apiKey)).statusCode, 404);
    for (const [method, url] of [['GET', path], ['POST', path], ['DELETE', `${path}/${keys[0]?.id}`]] as const) {
      assert.equal((await send(method, url, api.stranger.apiKey, method === 'POST' ? { kind: 'user', name: 'x' } : undefined)).statusCode, 404, method);
    }
  });
});
