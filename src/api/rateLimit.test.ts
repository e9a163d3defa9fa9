import assert from 'node:assert/strict';
import test from 'node:test';
import { headersOf, openApiUnderTest } from '../../test/apiUnderTest.ts';

test('the limit counts by key, says how much is left, and refuses in the one form', async () => {
  await using api = await openApiUnderTest({ config: { rateLimitPerMinute: 3 } });
  const get = () => api.app.inject({ url: '/v1/accounts/me', headers: headersOf(api.owner) });
  const first = await get();
  assert.equal(first.statusCode, 200);
  for (const prefix of ['ratelimit', 'x-ratelimit']) {
    assert.equal(Number(first.headers[`${prefix}-limit`]), 3, prefix);
    assert.equal(Number(first.headers[`${prefix}-remaining`]), 2, prefix);
  }
  const seconds = Number(first.headers['ratelimit-reset']);
  assert.ok(seconds > 0 && seconds <= 60);
  const resetAt = Number(first.headers['x-ratelimit-reset']) * 1000;
  assert.ok(Math.abs(resetAt - Date.now()) <= 61_000, 'a Unix time in seconds');
  await get();
  await get();
  const refused = await get();
  assert.equal(refused.statusCode, 429);
  assert.deepEqual({ ...refused.json<object>(), message: '' }, { statusCode: 429, error: 'Too Many Requests', message: '' });
  assert.ok(Number(refused.headers['retry-after']) > 0);
  assert.equal(Number(refused.headers['x-ratelimit-remaining']), 0);
  const another = await api.accounts.createServiceKey({ accountId: api.owner.accountId, role: 'READ_ONLY', name: 'x' });
  assert.equal((await api.app.inject({ url: '/v1/accounts/me', headers: headersOf(another) })).statusCode, 200, 'another key has its own count');
});

test('calls without a good key are counted by address', async () => {
  await using api = await openApiUnderTest({ config: { rateLimitPerMinute: 2 } });
  const statuses = [];
  for (const key of ['cu_a', 'cu_b', 'cu_c']) statuses.push((await api.app.inject({ url: '/v1/accounts/me', headers: { authorization: `Bearer ${key}` } })).statusCode);
  assert.deepEqual(statuses, [401, 401, 429]);
  assert.equal((await api.app.inject({ url: '/v1/accounts/me', headers: headersOf(api.owner) })).statusCode, 200);
});

test('what a running session asks for is not counted', async () => {
  await using api = await openApiUnderTest({ config: { rateLimitPerMinute: 1 } });
  const uncounted = api.routes.filter(({ config }) => config?.rateLimit === false).map(({ url }) => url);
  for (const url of [
    '/next/assets/log/:region/:key', '/next/assets/check-run-data/:region/:key', '/next/test-sessions/:testSessionId/link',
    '/next/test-sessions/:testSessionId/results/:testSessionResultId/links', '/v1/test-sessions/:testSessionId/completion',
    '/v1/test-sessions/scheduling/:schedulingId/completion', '/healthz', '/readyz',
  ]) assert.ok(uncounted.includes(url), url);
  for (let i = 0; i < 5; i++) {
    const response = await api.app.inject({ url: '/next/assets/log/eu-west-1/x', headers: headersOf(api.owner) });
    assert.deepEqual([response.statusCode, response.headers['ratelimit-limit']], [404, undefined]);
  }
});

test('zero switches the limit off', async () => {
  await using api = await openApiUnderTest({ config: { rateLimitPerMinute: 0 } });
  const response = await api.app.inject({ url: '/v1/accounts/me', headers: headersOf(api.owner) });
  assert.deepEqual([response.statusCode, response.headers['ratelimit-limit']], [200, undefined]);
});
