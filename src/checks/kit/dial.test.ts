import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { describeNetworkError, isNetworkError, resolveHost } from './dial.ts';

const open = () => ({ signal: new AbortController().signal });

test('literals: the family is strict, brackets come off', async () => {
  assert.deepEqual(await resolveHost('127.0.0.1', 4, open()), { address: '127.0.0.1' });
  assert.deepEqual(await resolveHost('[::1]', 6, open()), { address: '::1' });
  assert.deepEqual(await resolveHost('2001:db8::1', 6, open()), { address: '2001:db8::1' });
  for (const [host, family] of [['::1', 4], ['[::1]', 4], ['127.0.0.1', 6], ['::ffff:127.0.0.1', 4]] as const) {
    const resolved = await resolveHost(host, family, open());
    assert.equal('error' in resolved && resolved.error.code, 'ERR_INVALID_IP_ADDRESS', host);
  }
});

test('localhost is known in both families', async () => {
  assert.deepEqual(await resolveHost('localhost', 4, open()), { address: '127.0.0.1' });
  assert.deepEqual(await resolveHost('LocalHost', 6, open()), { address: '::1' });
});

test('names that cannot be are errors, not exceptions', async () => {
  for (const host of ['', '[]', 'no such host', 'a\0b', `${'x'.repeat(300)}.invalid`]) {
    const resolved = await resolveHost(host, 4, open());
    assert.ok('error' in resolved && resolved.error.code !== '' && resolved.error.message !== '', JSON.stringify(host));
  }
});

test('a cancelled run does not wait for the resolver', async () => {
  const aborted = await resolveHost('name.invalid', 4, { signal: AbortSignal.abort() });
  assert.deepEqual(aborted, { error: { code: 'ABORT_ERR', message: 'the run was cancelled', hostname: 'name.invalid' } });
});

test('a refused connection in the words of the contract', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const [error] = await once(connect(port, '127.0.0.1'), 'error') as [unknown];
  const fault = describeNetworkError(error);
  assert.deepEqual(fault, {
    code: 'ECONNREFUSED', message: `connect ECONNREFUSED 127.0.0.1:${port}`, syscall: 'connect', address: '127.0.0.1', port, errno: -111,
  });
  assert.equal(isNetworkError(fault.code), true);
});

test('errors inside of errors, and things that are none', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED ::1:9'), { code: 'ECONNREFUSED', port: 9 });
  assert.deepEqual(describeNetworkError(new TypeError('failed', { cause: refused })), { code: 'ECONNREFUSED', message: refused.message, port: 9 });
  const aggregate = Object.assign(new AggregateError([refused, new Error('other')]), { code: 'ECONNREFUSED' });
  assert.equal(describeNetworkError(aggregate).port, 9);
  assert.deepEqual(describeNetworkError(new Error('plain')), { code: 'UNKNOWN', message: 'plain' });
  assert.equal(describeNetworkError(new DOMException('gone', 'AbortError')).code, 'ABORT_ERR');
  assert.deepEqual(describeNetworkError('text'), { code: 'UNKNOWN', message: 'text' });
  assert.deepEqual(describeNetworkError(null), { code: 'UNKNOWN', message: 'null' });
  const circle: { cause?: unknown } = {};
  circle.cause = circle;
  assert.equal(describeNetworkError(circle).code, 'UNKNOWN');
});

test('network errors are those without an answer', () => {
  for (const code of ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ESOCKETTIMEDOUT', 'SOCKET_TIMEOUT', 'EHOSTUNREACH']) {
    assert.equal(isNetworkError(code), true, code);
  }
  for (const code of ['', 'UNKNOWN', 'CERT_HAS_EXPIRED', 'ERR_INVALID_IP_ADDRESS', 'ABORT_ERR', 'constructor']) assert.equal(isNetworkError(code), false, code);
});
