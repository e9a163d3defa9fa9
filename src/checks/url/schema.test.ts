import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Value } from 'typebox/value';
import { checkRules, UrlSettings } from './schema.ts';

const minimal = { name: 'a', logicalId: 'a', request: { url: 'http://shop.test/' } };
const withAssertion = (assertion: object) => ({ ...minimal, request: { ...minimal.request, assertions: [assertion] } });
const complete = (settings: unknown) => Value.Parse(UrlSettings, Value.Default(UrlSettings, Value.Clone(settings)));
const accepts = (settings: unknown) => Value.Check(UrlSettings, Value.Default(UrlSettings, Value.Clone(settings)));

test('defaults', () => {
  const { request, degradedResponseTime, maxResponseTime } = complete(minimal);
  assert.deepEqual(request, { method: 'GET', url: 'http://shop.test/', followRedirects: true, skipSSL: false, ipFamily: 'IPv4', assertions: [] });
  assert.deepEqual([degradedResponseTime, maxResponseTime], [3000, 5000]);
});

test('only GET, only the status, only numeric comparisons', () => {
  for (const comparison of ['EQUALS', 'NOT_EQUALS', 'LESS_THAN', 'GREATER_THAN']) assert.ok(accepts(withAssertion({ source: 'STATUS_CODE', comparison, target: '200' })));
  assert.equal(accepts(withAssertion({ source: 'STATUS_CODE', comparison: 'CONTAINS', target: '2' })), false);
  assert.equal(accepts(withAssertion({ source: 'TEXT_BODY', comparison: 'EQUALS', target: '2' })), false);
  assert.equal(accepts({ ...minimal, request: { ...minimal.request, method: 'HEAD' } }), false);
  assert.equal(accepts({ ...minimal, maxResponseTime: 45_001 }), false);
});

test('the degraded limit must not lie above the other one, unless one of them is only the default', () => {
  const rule = (limits: object) => checkRules(complete({ ...minimal, ...limits }));
  assert.equal(rule({ maxResponseTime: 1000 }), null);
  assert.equal(rule({ degradedResponseTime: 9000 }), null);
  assert.equal(rule({ degradedResponseTime: 10, maxResponseTime: 9 }), 'degradedResponseTime (10) must not be greater than maxResponseTime (9).');
});
