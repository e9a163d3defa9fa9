import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Type, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { Assertion, CheckFields, Hostname, IpFamily, KeyValue, NUMERIC_COMPARISONS, RequestUrl, responseTimeLimits } from './schemas.ts';

const filled = (schema: TSchema, value: unknown): unknown => Value.Default(schema, structuredClone(value));
const accepts = (schema: TSchema, value: unknown) => Value.Check(schema, filled(schema, value));

test('assertions: defaults, targets of three types, closed sources and comparisons', () => {
  const schema = Assertion(['STATUS_CODE'], NUMERIC_COMPARISONS);
  const least = { source: 'STATUS_CODE', comparison: 'EQUALS' };
  assert.deepEqual(filled(schema, least), { ...least, property: '', target: '', regex: null });
  for (const target of ['200', 200, true]) assert.equal(accepts(schema, { ...least, target }), true);
  assert.equal(accepts(schema, { ...least, regex: '' }), true);
  for (const wrong of [{ target: {} }, { target: null }, { source: 'TEXT_BODY' }, { comparison: 'CONTAINS' }, { comparison: 'MATCHES' }, { property: 1 }]) {
    assert.equal(accepts(schema, { ...least, ...wrong }), false, JSON.stringify(wrong));
  }
  assert.equal(accepts(Assertion(['X']), { source: 'X', comparison: 'NOT_HAS_VALUE' }), true);
  assert.equal(accepts(Assertion(['X']), { source: 'X', comparison: 'MATCHES' }), false);
  assert.equal(accepts(schema, { comparison: 'EQUALS' }), false);
});

test('limits: defaults by type, null for none', () => {
  const schema = Type.Object(responseTimeLimits({ degraded: 3000, max: 5000 }));
  assert.deepEqual(filled(schema, {}), { degradedResponseTime: 3000, maxResponseTime: 5000 });
  for (const limit of [null, 0, 45_000, 0.5]) assert.equal(accepts(schema, { maxResponseTime: limit }), true);
  for (const limit of [-1, 45_001, '5']) assert.equal(accepts(schema, { maxResponseTime: limit }), false);
  assert.equal(accepts(Type.Object(responseTimeLimits({ degraded: 1, max: 2, maximum: 180_000 })), { maxResponseTime: 180_000 }), true);
});

test('hosts have no scheme, path or port', () => {
  for (const host of ['example.com', '10.0.0.1', '::1', '[2001:db8::1]', 'fe80::1%eth0', '{{HOST}}', '{{ HOST }}.example.com', '{{{HOST}}}', 'xn--a_b']) {
    assert.equal(accepts(Hostname, host), true, host);
  }
  for (const host of ['', 'http://example.com', 'example.com/x', 'example.com:80', '[::1]:80', 'a b', '{{HOST}', 'x'.repeat(2049)]) {
    assert.equal(accepts(Hostname, host), false, host);
  }
  assert.equal(accepts(Hostname, '{{'.repeat(1024)), false);
});

test('small ones', () => {
  assert.equal(filled(IpFamily, undefined), 'IPv4');
  assert.equal(accepts(IpFamily, 'IPv6'), true);
  assert.equal(accepts(IpFamily, 'ipv4'), false);
  assert.deepEqual(filled(KeyValue, { key: 'a' }), { key: 'a', value: '' });
  assert.equal(accepts(KeyValue, { key: '', value: 'x' }), false);
  assert.equal(accepts(RequestUrl, ''), false);
});

test('the fields of every job, as the command line sends them', () => {
  const job = {
    name: 'API green', locations: ['eu-west-1'], tags: ['wire'], frequency: 10, groupId: { ref: 'group-1' },
    retryStrategy: { type: 'LINEAR', baseBackoffSeconds: 10, maxRetries: 2, maxDurationSeconds: 600, sameRegion: true },
    alertSettings: { escalationType: 'RUN_BASED' }, useGlobalAlertSettings: false, runParallel: false, runtimeId: '2025.04',
    environmentVariables: [{ key: 'TOKEN', value: 's3cret', secret: true }, { key: 'GONE', value: null, locked: true }], checkType: 'API',
    testRetryStrategy: { type: 'FIXED', baseBackoffSeconds: 0, maxRetries: 3, maxDurationSeconds: 600, sameRegion: true },
    group: { name: 'Group One', v: 2 }, sourceInfo: { checkRunSuiteId: 's', checkRunId: 'r', updateSnapshots: false },
    logicalId: 'api-green', filePath: 'src/all.check.ts', unheardOf: [1],
  };
  assert.equal(accepts(CheckFields, job), true);
  assert.equal(accepts(CheckFields, { name: 'n', logicalId: 'l' }), true);
  assert.equal(accepts(CheckFields, { name: 'n', logicalId: 'l', runtimeId: null, group: null, testRetryStrategy: null, retryStrategy: null, environmentVariables: null }), true);
  assert.equal(accepts(CheckFields, { ...job, retryStrategy: { type: 'SINGLE_RETRY', onlyOn: 'NETWORK_ERROR' } }), true);
  assert.equal(accepts(CheckFields, { ...job, retryStrategy: { type: 'FIXED', onlyOn: ['NETWORK_ERROR'] } }), true);
  for (const wrong of [{ name: '' }, { logicalId: undefined }, { tags: [''] }, { retryStrategy: { type: 'OFTEN' } }, { environmentVariables: [{ key: '', value: 'x' }] }]) {
    assert.equal(accepts(CheckFields, { ...job, ...wrong }), false, JSON.stringify(wrong));
  }
});
