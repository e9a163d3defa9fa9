import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import type { InjectOptions } from 'fastify';
import { headersOf, openApiUnderTest, type ApiUnderTest } from '../../../test/apiUnderTest.ts';

let api: ApiUnderTest;
before(async () => { api = await openApiUnderTest(); });
after(async () => { await api[Symbol.asyncDispose](); });
const call = (method: InjectOptions['method'], url: string, payload?: object, headers = headersOf(api.owner)) =>
  api.app.inject({ method: method as 'GET', url, headers, ...(payload ? { payload } : {}) });

test('a variable lives: added, read, changed, removed', async () => {
  const added = await call('POST', '/v1/variables', { key: 'PLAIN', value: 'one' });
  assert.deepEqual([added.statusCode, added.json()], [201, { key: 'PLAIN', value: 'one', locked: false, secret: false }]);
  assert.equal((await call('POST', '/v1/variables', { key: 'PLAIN', value: 'two' })).statusCode, 409);
  assert.deepEqual((await call('PUT', '/v1/variables/PLAIN', { value: 'two', locked: true, secret: false })).json(), { key: 'PLAIN', value: 'two', locked: true, secret: false });
  assert.deepEqual((await call('GET', '/v1/variables/PLAIN')).json(), { key: 'PLAIN', value: 'two', locked: true, secret: false });
  assert.equal((await call('DELETE', '/v1/variables/PLAIN')).statusCode, 204);
  for (const method of ['GET', 'DELETE'] as const) assert.equal((await call(method, '/v1/variables/PLAIN')).statusCode, 404);
  assert.equal((await call('PUT', '/v1/variables/PLAIN', { value: 'x' })).statusCode, 404);
});

test('a secret is echoed once and read by nobody, and stays secret', async () => {
  assert.equal((await call('POST', '/v1/variables', { key: 'TOKEN', value: 's3', secret: true })).json<{ value: string }>().value, 's3');
  assert.deepEqual((await call('GET', '/v1/variables/TOKEN')).json(), { key: 'TOKEN', value: null, locked: false, secret: true });
  assert.deepEqual((await call('PUT', '/v1/variables/TOKEN', { value: 's4', secret: false })).json(), { key: 'TOKEN', value: 's4', locked: false, secret: true });
  assert.ok(!(await call('GET', '/v1/variables?limit=100')).body.includes('s4'));
});

test('locked values are shown from Read & Write up', async () => {
  await call('POST', '/v1/variables', { key: 'LOCKED', value: 'shown', locked: true });
  for (const [role, value] of [['ADMIN', 'shown'], ['READ_WRITE', 'shown'], ['READ_RUN', null], ['READ_ONLY', null]] as const) {
    const headers = headersOf(await api.accounts.createServiceKey({ accountId: api.owner.accountId, role, name: role }));
    assert.equal((await call('GET', '/v1/variables/LOCKED', undefined, headers)).json<{ value: string | null }>().value, value, role);
  }
});

test('pages: ten by default, the total in a header, empty past the end', async () => {
  await using other = await openApiUnderTest();
  for (let i = 10; i < 22; i++) await other.accounts.createVariable(other.owner.accountId, { key: `V${i}`, value: 'v', locked: false, secret: false });
  const page = async (query: string) => {
    const response = await other.app.inject({ url: `/v1/variables${query}`, headers: headersOf(other.owner) });
    assert.equal(Number(response.headers['x-total-count']), 12);
    return response.json<{ key: string }[]>().map(({ key }) => key);
  };
  assert.equal((await page('')).length, 10);
  assert.deepEqual(await page('?page=2'), ['V20', 'V21']);
  assert.deepEqual(await page('?limit=5&page=3'), ['V20', 'V21']);
  assert.deepEqual(await page('?page=9'), []);
});

test('what is turned down names the field', async () => {
  for (const [payload, path] of [
    [{ key: '1x', value: 'v' }, 'body/key'], [{ key: 'X' }, 'value'], [{ key: 'X', value: '' }, 'body/value'], [{ key: 'X', value: 'v', secret: 'yes' }, 'body/secret'],
  ] as const) {
    const response = await call('POST', '/v1/variables', payload);
    assert.equal(response.statusCode, 400);
    assert.ok(response.json<{ message: string }>().message.includes(path));
  }
  await call('POST', '/v1/variables', { key: 'FIXED', value: 'v' });
  const renamed = await call('PUT', '/v1/variables/FIXED', { key: 'OTHER', value: 'v' });
  assert.deepEqual([renamed.statusCode, renamed.json<{ message: string }>().message], [400, 'body/key must be the key of the path: it cannot be changed.']);
  assert.equal((await call('PUT', '/v1/variables/FIXED', { key: 'FIXED', value: 'v' })).statusCode, 200);
});
