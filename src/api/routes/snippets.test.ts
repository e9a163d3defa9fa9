import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import type { InjectOptions } from 'fastify';
import { headersOf, openApiUnderTest, type ApiUnderTest } from '../../../test/apiUnderTest.ts';

let api: ApiUnderTest;
before(async () => { api = await openApiUnderTest(); });
after(async () => { await api[Symbol.asyncDispose](); });
const call = (method: InjectOptions['method'], url: string, payload?: object, headers = headersOf(api.owner)) =>
  api.app.inject({ method: method as 'GET', url, headers, ...(payload ? { payload } : {}) });

interface Shown { id: number; name: string; script: string; created_at: string; updated_at: string | null }

test('a snippet lives: added, read, changed, removed; its number is not given again', async () => {
  const first = (await call('POST', '/v1/snippets', { name: 'login', script: 'one' })).json<Shown>();
  assert.deepEqual([first.id, first.name, first.script, first.updated_at], [1, 'login', 'one', null]);
  const added = await call('POST', '/v1/snippets', { name: 'login', script: 'two' });
  assert.deepEqual([added.statusCode, added.json<Shown>().id], [201, 2]);
  const changed = (await call('PUT', '/v1/snippets/2', { name: 'tokens', script: 'three' })).json<Shown>();
  assert.deepEqual([changed.name, changed.script, changed.created_at], ['tokens', 'three', added.json<Shown>().created_at]);
  assert.match(String(changed.updated_at), /^\d{4}-\d\d-\d\dT/);
  assert.deepEqual((await call('GET', '/v1/snippets/2')).json(), changed);
  assert.equal((await call('DELETE', '/v1/snippets/2')).statusCode, 204);
  for (const [method, body] of [['GET'], ['DELETE'], ['PUT', { name: 'x', script: 'x' }]] as const) assert.equal((await call(method, '/v1/snippets/2', body)).statusCode, 404);
  assert.equal((await call('POST', '/v1/snippets', { name: 'next', script: 'x' })).json<Shown>().id, 3);
  const page = await call('GET', '/v1/snippets?limit=1&page=2');
  assert.deepEqual([page.headers['x-total-count'], page.json<Shown[]>().map(({ id }) => id)], ['2', [3]]);
});

test('snippets are their account\'s; only Read & Write and above change them; their text is sealed', async () => {
  const { id } = (await call('POST', '/v1/snippets', { name: 'mine', script: 'const password = "s3cret-text"' })).json<Shown>();
  const reader = headersOf(await api.accounts.createServiceKey({ accountId: api.owner.accountId, role: 'READ_RUN', name: 'reader' }));
  assert.equal((await call('GET', `/v1/snippets/${id}`, undefined, reader)).statusCode, 200);
  for (const [method, url] of [['POST', '/v1/snippets'], ['PUT', `/v1/snippets/${id}`], ['DELETE', `/v1/snippets/${id}`]] as const) {
    assert.equal((await call(method, url, method === 'DELETE' ? undefined : { name: 'x', script: 'x' }, reader)).statusCode, 403, method);
  }
  const stranger = headersOf(await api.accounts.createAccount({ name: 'Strangers' }));
  assert.equal((await call('GET', `/v1/snippets/${id}`, undefined, stranger)).statusCode, 404);
  assert.deepEqual((await call('GET', '/v1/snippets', undefined, stranger)).json(), []);
  for (const bad of [{ name: '', script: 'x' }, { name: 'x', script: '' }, { name: 'x' }]) assert.equal((await call('POST', '/v1/snippets', bad)).statusCode, 400);
  for (const method of ['GET', 'DELETE'] as const) assert.equal((await call(method, '/v1/snippets/99999999999999999999')).statusCode, 404);
  for (const bad of ['0', '-1', '1.5', 'x']) assert.equal((await call('GET', `/v1/snippets/${bad}`)).statusCode, 400, bad);
});
