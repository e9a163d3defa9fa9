import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Value } from 'typebox/value';
import { ApiSettings, checkRules } from './schema.ts';

const minimal = { name: 'a', logicalId: 'a', request: { method: 'GET', url: 'http://shop.test/' } };
const complete = (settings: unknown) => Value.Parse(ApiSettings, Value.Default(ApiSettings, Value.Clone(settings)));
const accepts = (settings: unknown) => Value.Check(ApiSettings, Value.Default(ApiSettings, Value.Clone(settings)));

test('defaults', () => {
  const { request, degradedResponseTime, maxResponseTime } = complete(minimal);
  assert.deepEqual(request, {
    method: 'GET', url: 'http://shop.test/', followRedirects: true, skipSSL: false, ipFamily: 'IPv4', body: '', bodyType: 'NONE',
    headers: [], queryParameters: [], basicAuth: null, assertions: [],
  });
  assert.deepEqual([degradedResponseTime, maxResponseTime], [5000, 20000]);
});

test('what is accepted and what is not', () => {
  const cases: [settings: object, accepted: boolean][] = [
    [minimal, true],
    [{ ...minimal, degradedResponseTime: null, maxResponseTime: 45_000, anything: 'else' }, true],
    [{ ...minimal, maxResponseTime: 45_001 }, false],
    [{ ...minimal, maxResponseTime: -1 }, false],
    [{ name: 'a', logicalId: 'a' }, false],
    ...(['OPTIONS', 'get'].map((method): [object, boolean] => [{ ...minimal, request: { ...minimal.request, method } }, false])),
    [{ ...minimal, request: { ...minimal.request, url: '' } }, false],
    [{ ...minimal, request: { ...minimal.request, url: `http://${'x'.repeat(2042)}` } }, false],
    [{ ...minimal, request: { ...minimal.request, bodyType: 'XML' } }, false],
    [{ ...minimal, request: { ...minimal.request, ipFamily: 'IPv5' } }, false],
    [{ ...minimal, request: { ...minimal.request, headers: [{ key: '', value: 'x' }] } }, false],
    [{ ...minimal, request: { ...minimal.request, headers: [{ key: 'x' }], basicAuth: { username: '', password: '' } } }, true],
    [{ ...minimal, request: { ...minimal.request, assertions: [{ source: 'JSON_BODY', comparison: 'NOT_NULL', property: '$.id' }] } }, true],
    [{ ...minimal, request: { ...minimal.request, assertions: [{ source: 'RESPONSE_DATA', comparison: 'EQUALS' }] } }, false],
    [{ ...minimal, request: { ...minimal.request, assertions: [{ source: 'TEXT_BODY', comparison: 'MATCHES' }] } }, false],
    [{ ...minimal, group: { name: 'g', v: 2, apiCheckDefaults: { headers: [{ key: 'x' }], assertions: [{ source: 'STATUS_CODE', comparison: 'EQUALS' }] } } }, true],
    [{ ...minimal, group: null, localSetupScript: null, setupSnippetId: null }, true],
    [{ ...minimal, group: { apiCheckDefaults: { headers: 'x' } } }, false],
  ];
  for (const [settings, accepted] of cases) assert.equal(accepts(settings), accepted, JSON.stringify(settings).slice(0, 200));
});

test('the degraded limit must not lie above the other one, unless one of them is only the default', () => {
  const rule = (limits: object) => checkRules(complete({ ...minimal, ...limits }));
  assert.equal(rule({ degradedResponseTime: 9, maxResponseTime: 9 }), null);
  assert.equal(rule({ degradedResponseTime: null, maxResponseTime: 1 }), null);
  assert.equal(rule({ maxResponseTime: 1000 }), null);
  assert.equal(rule({ degradedResponseTime: 25_000 }), null);
  assert.equal(rule({ degradedResponseTime: 10, maxResponseTime: 9 }), 'degradedResponseTime (10) must not be greater than maxResponseTime (9).');
});
