import assert from 'node:assert/strict';
import { test } from 'node:test';
import { credentialsOf } from './credentials.ts';

const plain = (text: string) => text;
const found = (settings: unknown, proxyUrl: string | null = null, render = plain) => credentialsOf({ settings, proxyUrl }, render);

test('credential headers are secret whole and without their scheme; others are not', () => {
  const headers = [{ key: 'authorization', value: 'Bearer abcdef123' }, { key: 'X-Api-Key', value: 'key-98765' }, { key: 'Accept', value: 'text/html' }];
  assert.deepEqual(found({ request: { headers } }), ['Bearer abcdef123', 'abcdef123', 'key-98765']);
});

test('cookies are secret one by one, short values and words excepted', () => {
  const headers = [{ key: 'Cookie', value: 'session=s3cr3t-id; theme=dark' }, { key: 'X-Auth', value: 'true' }];
  assert.deepEqual(found({ request: { headers } }), ['session=s3cr3t-id; theme=dark', 's3cr3t-id']);
});

test('a Basic header gives away its password in plain too', () => {
  const value = `Basic ${Buffer.from('ann:pass-word').toString('base64')}`;
  const secrets = found({ request: { headers: [{ key: 'Authorization', value }] } });
  for (const secret of [value, value.slice(6), 'pass-word', 'ann:pass-word']) assert.ok(secrets.includes(secret), secret);
});

test('basic auth, the group\'s defaults, parameters, addresses and the proxy are looked at', () => {
  const settings = {
    request: { basicAuth: { username: 'u', password: 'pw' }, url: 'https://joe:in-the-url@host/', queryParameters: [{ key: 'api_key', value: 'query-key' }, { key: 'q', value: 'hello world' }] },
    group: { apiCheckDefaults: { headers: [{ key: 'X-Auth-Token', value: 'group-token' }], basicAuth: { username: 'g', password: 'gpw' } } },
  };
  const secrets = found(settings, 'http://proxyuser:p%40ss@proxy:3128');
  assert.deepEqual(new Set(secrets), new Set(['query-key', 'pw', 'u:pw', 'in-the-url', 'joe:in-the-url', 'group-token', 'gpw', 'g:gpw', 'p%40ss', 'p@ss', 'proxyuser:p@ss']));
});

test('metadata of gRPC is looked at like headers', () => {
  const grpcConfig = { metadata: [{ key: 'authorization', value: 'Bearer grpc-token' }, { key: 'x-tenant', value: 'shop-one' }] };
  assert.deepEqual(found({ request: { url: 'grpc.example', grpcConfig } }), ['Bearer grpc-token', 'grpc-token']);
  assert.deepEqual(found({ request: { grpcConfig: { metadata: 'none' } } }), []);
});

test('templates are filled in: what is sent is what is secret', () => {
  const render = (text: string) => text.replace('{{TOKEN}}', 'rendered-token');
  assert.ok(found({ request: { headers: [{ key: 'Authorization', value: 'Bearer {{TOKEN}}' }] } }, null, render).includes('rendered-token'));
});

test('settings of any shape are read without harm', () => {
  for (const settings of [null, undefined, {}, { request: null, group: null }, { request: { headers: 'x', basicAuth: null, url: 7 } }, { group: { apiCheckDefaults: null } }]) {
    assert.deepEqual(found(settings), []);
  }
});
