import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { headersOf, openApiUnderTest, type ApiUnderTest } from '../../../test/apiUnderTest.ts';

let api: ApiUnderTest;
before(async () => { api = await openApiUnderTest(); });
after(async () => { await api[Symbol.asyncDispose](); });
const get = (url: string, headers = headersOf(api.owner)) => api.app.inject({ url, headers });

test('an account by me and by id, under the CLI\'s path and the public one', async () => {
  const { accountId } = api.owner;
  const expected = {
    id: accountId, name: 'Under test', runtimeId: '2026.04', plan: 'self-hosted', planDisplayName: 'Self-hosted', addons: {}, settings: {}, alertSettings: {}, features: [],
  };
  for (const url of ['/v1/accounts/me', `/v1/accounts/${accountId}`, `/next/accounts/${accountId}`, `/next/accounts/${accountId.toUpperCase()}`]) {
    assert.deepEqual((await get(url)).json(), expected, url);
  }
  for (const url of ['/v1/accounts', '/next/accounts']) assert.deepEqual((await get(url)).json(), [expected], url);
});

test('another account is not found', async () => {
  for (const path of ['/v1/accounts', '/next/accounts']) assert.equal((await get(`${path}/${api.stranger.accountId}`)).statusCode, 404, path);
});

test('the calling user: a person, or the service key itself', async () => {
  assert.deepEqual((await get('/next/users/me')).json(), { id: api.owner.userId, name: 'Olga Owner', email: 'olga@example.com' });
  const { id, apiKey } = await api.accounts.createServiceKey({ accountId: api.owner.accountId, role: 'READ_ONLY', name: 'nightly' });
  assert.deepEqual((await get('/next/users/me', headersOf({ apiKey }))).json(), { id, name: 'nightly' });
});

test('everything is entitled, everywhere', async () => {
  for (const url of ['/v1/accounts/me/entitlements', `/v1/accounts/${api.owner.accountId}/entitlements`]) {
    const body = (await get(url)).json<{ plan: string; locations: { all: { id: string; available: boolean }[] }; entitlements: { enabled: boolean; key: string }[] }>();
    assert.equal(body.plan, 'self-hosted');
    assert.ok(body.locations.all.some(({ id }) => id === 'eu-central-1') && body.locations.all.every(({ available }) => available));
    assert.ok(body.entitlements.some(({ key }) => key === 'API_CHECKS') && body.entitlements.every(({ enabled }) => enabled));
  }
});
