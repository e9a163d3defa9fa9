import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test, { after, before } from 'node:test';
import { headersOf, openApiUnderTest, type ApiUnderTest } from '../../test/apiUnderTest.ts';
import { ROLES, type Role } from '../contract/checkTypes.ts';

let api: ApiUnderTest;
before(async () => { api = await openApiUnderTest(); });
after(async () => { await api[Symbol.asyncDispose](); });

const get = (headers: Record<string, string>, url = '/v1/accounts/me') => api.app.inject({ url, headers });

/** A key of each role: the owner's own, and service keys. */
async function keyOf(role: Role): Promise<string> {
  if (role === 'OWNER') return api.owner.apiKey;
  return (await api.accounts.createServiceKey({ accountId: api.owner.accountId, role, name: role })).apiKey;
}

test('no key, a bad one, another scheme and a key of the wrong kind are 401 Bad Token', async () => {
  const account = { 'x-checkly-account': api.owner.accountId };
  for (const authorization of [undefined, '', 'Bearer', 'Bearer ', `Basic ${api.owner.apiKey}`, api.owner.apiKey, `Bearer ${api.owner.apiKey}x`, `Bearer ${api.locationKey}`]) {
    const response = await get({ ...account, ...(authorization === undefined ? {} : { authorization }) });
    assert.deepEqual([response.statusCode, response.json()], [401, { statusCode: 401, error: 'Unauthorized', message: 'Bad Token' }], String(authorization));
  }
});

test('the scheme is read in any case', async () => {
  assert.equal((await get({ authorization: `bearer ${api.owner.apiKey}` })).statusCode, 200);
});

test('a malformed account header is 400, an unknown or foreign account 403', async () => {
  for (const [account, status] of [['nonsense', 400], ['', 400], [`${api.owner.accountId},${api.owner.accountId}`, 400], [randomUUID(), 403], [api.stranger.accountId, 403]] as const) {
    const response = await get({ authorization: `Bearer ${api.owner.apiKey}`, 'x-checkly-account': account });
    assert.equal(response.statusCode, status, account);
    assert.match(response.json<{ message: string }>().message, status === 400 ? /x-checkly-account/ : /no access/);
  }
});

test('an account id is read in any case', async () => {
  assert.equal((await get({ ...headersOf(api.owner), 'x-checkly-account': api.owner.accountId.toUpperCase() })).statusCode, 200);
});

test('without the header the only account is taken; with several it is needed, but not to list them', async () => {
  const { apiKey, accountId } = await api.accounts.createAccount({ name: 'One' });
  assert.equal((await get({ authorization: `Bearer ${apiKey}` })).json<{ id: string }>().id, accountId);
  const holder = await api.accounts.findPrincipal(apiKey);
  await api.store.transaction(async ({ db }) => {
    await db.insertInto('members').values({ account_id: api.owner.accountId, user_id: holder?.userId ?? '', role: 'READ_ONLY', created_at: 1, updated_at: null }).execute();
  });
  api.accounts.forgetKeys();
  const unclear = await get({ authorization: `Bearer ${apiKey}` });
  assert.equal(unclear.statusCode, 400);
  assert.match(unclear.json<{ message: string }>().message, /x-checkly-account is needed/);
  const list = await get({ authorization: `Bearer ${apiKey}` }, '/v1/accounts');
  assert.deepEqual(new Set(list.json<{ id: string }[]>().map(({ id }) => id)), new Set([accountId, api.owner.accountId]));
});

test('a key whose user belongs to no account any more is 403', async () => {
  const userId = await api.accounts.addMember(api.owner.accountId, { name: 'Leaver', email: 'l@example.com', role: 'ADMIN' });
  const { apiKey } = await api.accounts.createUserKey({ userId, name: 'key' });
  assert.equal((await get({ authorization: `Bearer ${apiKey}` })).statusCode, 200);
  await api.accounts.removeMember(api.owner.accountId, userId);
  assert.equal((await get({ authorization: `Bearer ${apiKey}` })).statusCode, 403);
});

test('a service key knows its account, and no other', async () => {
  const { apiKey, id } = await api.accounts.createServiceKey({ accountId: api.owner.accountId, role: 'READ_ONLY', name: 'ci' });
  assert.equal((await get({ authorization: `Bearer ${apiKey}` })).json<{ id: string }>().id, api.owner.accountId);
  assert.equal((await get(headersOf({ apiKey, accountId: api.stranger.accountId }))).statusCode, 403);
  await api.accounts.revokeKey(id);
  assert.equal((await get({ authorization: `Bearer ${apiKey}` })).statusCode, 401);
});

test('every route lets its weakest role through and turns the next weaker one away with 403, before the body is looked at', async () => {
  const guarded = api.routes.filter(({ config }) => config?.role);
  assert.ok(guarded.length > 5);
  for (const role of ROLES) {
    const headers = headersOf({ apiKey: await keyOf(role), accountId: api.owner.accountId });
    for (const route of guarded) {
      const url = route.url.replace(/:\w+/g, () => randomUUID());
      const { statusCode, body } = await api.app.inject({ method: route.method as 'POST', url, headers, payload: 'no json' });
      const mayCall = ROLES.indexOf(role) <= ROLES.indexOf(route.config?.role as Role);
      assert.equal(statusCode === 403 && body.includes('role does not allow'), !mayCall, `${role} ${String(route.method)} ${route.url}: ${statusCode} ${body}`);
    }
  }
});

test('what changes an account needs the role of I.2', () => {
  const roleOf = (method: string, url: string) => api.routes.find((route) => route.method === method && route.url === url)?.config?.role;
  for (const [method, url, role] of [
    ['POST', '/v1/test-sessions/run', 'READ_RUN'], ['POST', '/v1/test-sessions/trigger', 'READ_RUN'], ['POST', '/v1/test-sessions/:testSessionId/cancel', 'READ_RUN'],
    ['POST', '/v1/variables', 'READ_WRITE'], ['PUT', '/v1/variables/:key', 'READ_WRITE'], ['DELETE', '/v1/variables/:key', 'READ_WRITE'],
    ['POST', '/v1/private-locations', 'ADMIN'], ['PUT', '/v1/private-locations/:id', 'ADMIN'], ['DELETE', '/v1/private-locations/:id', 'ADMIN'],
    ['POST', '/v1/private-locations/:id/keys', 'ADMIN'], ['DELETE', '/v1/private-locations/:id/keys/:keyId', 'ADMIN'],
    ['POST', '/v1/client-certificates', 'ADMIN'], ['DELETE', '/v1/client-certificates/:id', 'ADMIN'],
  ] as const) assert.equal(roleOf(method, url), role, `${method} ${url}`);
});

test('a location key opens the agents\' routes only, and a user key none of them', async () => {
  const agentRoutes = api.routes.filter(({ config }) => config?.access === 'location');
  assert.ok(agentRoutes.length > 0);
  for (const { method, url } of agentRoutes) {
    const response = await api.app.inject({ method: method as 'POST', url, headers: headersOf(api.owner), payload: {} });
    assert.equal(response.statusCode, 401, url);
  }
});
