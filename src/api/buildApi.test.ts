import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import test from 'node:test';
import type { InjectOptions } from 'fastify';
import { pino } from 'pino';
import { headersOf, openApiUnderTest } from '../../test/apiUnderTest.ts';

test('health: alive without a key; ready only while the store answers', async () => {
  await using api = await openApiUnderTest();
  assert.deepEqual((await api.app.inject('/healthz')).json(), { status: 'ok' });
  assert.deepEqual((await api.app.inject('/readyz')).json(), { status: 'ready' });
});

test('unknown paths and methods are 404 in the one form, keys or not', async () => {
  await using api = await openApiUnderTest();
  for (const [method, url] of [['GET', '/v1/nothing'], ['DELETE', '/v1/accounts/me'], ['POST', '/v1/accounts/me'], ['GET', '//v1/accounts']] as const) {
    for (const headers of [{}, headersOf(api.owner)]) {
      const response = await api.app.inject({ method, url, headers });
      assert.deepEqual([response.statusCode, response.json<{ error: string }>().error], [404, 'Not Found'], `${method} ${url}`);
    }
  }
});

test('a path that cannot be decoded is 400 in the one form', async () => {
  await using api = await openApiUnderTest();
  const response = await api.app.inject('/v1/runtimes/%E0%A4%A');
  assert.deepEqual([response.statusCode, response.json<{ error: string }>().error], [400, 'Bad Request']);
});

test('a slash that is percent-encoded stays inside its path segment', async () => {
  await using api = await openApiUnderTest();
  const response = await api.app.inject({ url: '/next/assets/log/eu-west-1/API%2Fabc', headers: headersOf(api.owner) });
  assert.deepEqual([response.statusCode, response.json<{ message: string }>().message], [404, 'Asset API/abc was not found.']);
  const port = Number(new URL(await api.app.listen({ port: 0, host: '127.0.0.1' })).port);
  const real = await fetch(`http://127.0.0.1:${port}/next/assets/log/eu-west-1/API%2Fabc`, { headers: headersOf(api.owner) });
  assert.match(await real.text(), /Asset API\/abc was not found/);
});

test('a bug is 500 without a detail; the log has the stack', async () => {
  const lines: string[] = [];
  const log = pino(new Writable({ write(chunk, _encoding, done) { lines.push(String(chunk)); done(); } }));
  await using api = await openApiUnderTest({ log });
  await api.store.transaction(async ({ db }) => { await db.schema.dropTable('variables').execute(); });
  const response = await api.app.inject({ url: '/v1/variables', headers: headersOf(api.owner) });
  assert.equal(response.statusCode, 500);
  assert.deepEqual(response.json(), { statusCode: 500, error: 'Internal Server Error', message: 'An internal error occurred. The server\'s log has the details.' });
  assert.match(lines.join(''), /no such table: variables/);
  assert.match(lines.join(''), /"stack"/);
});

test('refusals write nothing to the log', async () => {
  const lines: string[] = [];
  const log = pino(new Writable({ write(chunk, _encoding, done) { lines.push(String(chunk)); done(); } }));
  await using api = await openApiUnderTest({ log });
  await api.app.inject('/v1/accounts/me');
  await api.app.inject({ method: 'POST', url: '/v1/variables', headers: headersOf(api.owner), payload: { key: '' } });
  assert.deepEqual(lines, []);
});

test('errors name path and rule', async () => {
  await using api = await openApiUnderTest();
  const headers = headersOf(api.owner);
  const message = async (options: InjectOptions) =>
    (await api.app.inject({ headers, ...options })).json<{ message: string }>().message;
  assert.equal(await message({ method: 'POST', url: '/v1/variables', payload: { value: 'x' } }), 'body must have required property \'key\'.');
  assert.equal(await message({ method: 'POST', url: '/v1/variables', payload: { key: 'A', value: 1 } }), 'body/value must be string.');
  assert.equal(await message({ method: 'PUT', url: '/v1/variables/A', payload: { value: 'x', odd: 1 } }), 'body must NOT have the property odd.');
  assert.equal(await message({ url: '/v1/accounts/me/members?role=KING' }), 'querystring/role must be one of OWNER, ADMIN, READ_WRITE, READ_RUN, READ_ONLY.');
  assert.equal(await message({ url: '/v1/variables?limit=101' }), 'querystring/limit must be <= 100.');
  assert.equal(await message({ url: '/v1/private-locations/nope' }), 'params/id must match format "uuid".');
});
