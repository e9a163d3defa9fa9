import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Value } from 'typebox/value';
import { checkRules, traceRequest, TracerouteSettings } from './schema.ts';

const filled = (request: object, extra: object = {}) => Value.Default(TracerouteSettings, { name: 'way', logicalId: 'way', request: { url: 'shop.test', ...request }, ...extra });
const accepts = (request: object, extra: object = {}) => Value.Check(TracerouteSettings, filled(request, extra));
const complete = (request: object, extra: object = {}) => Value.Parse(TracerouteSettings, filled(request, extra));
const rule = (assertion: object, extra: object = {}) => checkRules(complete({ assertions: [{ target: '5', ...assertion }] }, extra));

test('defaults, which null means too; the port is that of the protocol', () => {
  const settings = complete({});
  assert.deepEqual([settings.degradedResponseTime, settings.maxResponseTime], [10_000, 20_000]);
  const defaults = { url: 'shop.test', protocol: 'TCP', port: 443, ipFamily: 'IPv4', maxHops: 30, maxUnknownHops: 15, ptrLookup: true, timeout: 10 };
  assert.deepEqual(traceRequest(settings), defaults);
  const nulls = Object.fromEntries(Object.keys(defaults).filter((key) => key !== 'url').map((key) => [key, null]));
  assert.deepEqual(traceRequest(complete(nulls)), defaults);
  for (const protocol of ['UDP', 'SCTP']) assert.equal(traceRequest(complete({ protocol })).port, 33_434);
  assert.equal(traceRequest(complete({ protocol: 'UDP', port: 53 })).port, 53);
  assert.equal('port' in traceRequest(complete({ protocol: 'ICMP', port: 53 })), false);
});

test('the limits of every field', () => {
  for (const good of [{ maxHops: 1 }, { maxHops: 64 }, { maxUnknownHops: 30 }, { timeout: 30 }, { url: '2001:db8::1', ipFamily: 'IPv6' }, { url: '{{HOST}}' }]) {
    assert.ok(accepts(good), JSON.stringify(good));
  }
  const bad = [
    { maxHops: 0 }, { maxHops: 65 }, { maxHops: 1.5 }, { maxUnknownHops: 0 }, { maxUnknownHops: 31 }, { timeout: 0 }, { timeout: 31 }, { port: 0 }, { port: 65_536 },
    { url: '' }, { url: 'https://shop.test' }, { url: 'shop.test:443' }, { protocol: 'tcp' }, { ipFamily: 'IPv5' }, { ptrLookup: 'yes' },
  ];
  for (const one of bad) assert.equal(accepts(one), false, JSON.stringify(one));
  assert.equal(accepts({}, { maxResponseTime: 30_001 }), false);
});

test('each source has its properties and comparisons', () => {
  for (const property of ['avg', 'min', 'max', 'stdDev']) {
    for (const comparison of ['EQUALS', 'NOT_EQUALS', 'GREATER_THAN', 'LESS_THAN']) assert.equal(rule({ source: 'RESPONSE_TIME', property, comparison }), null);
  }
  assert.equal(rule({ source: 'RESPONSE_TIME', comparison: 'LESS_THAN' }), 'request.assertions[0].property must be one of avg, min, max, stdDev for the source RESPONSE_TIME.');
  for (const source of ['HOP_COUNT', 'PACKET_LOSS']) {
    for (const comparison of ['EQUALS', 'GREATER_THAN', 'LESS_THAN']) assert.equal(rule({ source, comparison }), null);
    assert.equal(rule({ source, comparison: 'NOT_EQUALS' }), `request.assertions[0].comparison must be one of EQUALS, GREATER_THAN, LESS_THAN for the source ${source}.`);
    assert.equal(rule({ source, property: 'avg', comparison: 'EQUALS' }), `request.assertions[0].property must be empty for the source ${source}.`);
  }
  for (const other of [{ source: 'RESPONSE_TIME', comparison: 'CONTAINS' }, { source: 'JSON_RESPONSE', comparison: 'EQUALS' }]) {
    assert.equal(accepts({ assertions: [{ ...other, target: '5' }] }), false);
  }
});

test('the degraded limit must not lie above the other one', () => {
  assert.equal(checkRules(complete({}, { degradedResponseTime: 25_000 })), null);
  assert.equal(checkRules(complete({}, { degradedResponseTime: 10, maxResponseTime: 9 })), 'degradedResponseTime (10) must not be greater than maxResponseTime (9).');
});
