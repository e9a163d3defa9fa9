import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Value } from 'typebox/value';
import { settings } from '../../../test/grpc/runProbe.ts';
import { checkRules, GrpcSettings } from './schema.ts';

const METHOD = 'shop.v1.Shop/Get';
const rule = (grpcConfig: object, request: object = {}, extra: object = {}) => checkRules(settings({ port: 1, ...request, grpcConfig }, extra));

test('what may be left out has its default; the check that says least is one of the whole server\'s health', () => {
  const { request, degradedResponseTime, maxResponseTime } = settings({ port: 50_051, grpcConfig: { mode: 'HEALTH' } });
  assert.deepEqual(request, {
    url: '127.0.0.1', port: 50_051, ipFamily: 'IPv4', skipSSL: false, timeout: 60, assertions: [], grpcConfig: { mode: 'HEALTH', tls: true, metadata: [] },
  });
  assert.deepEqual([degradedResponseTime, maxResponseTime], [10_000, 20_000]);
  assert.equal(settings({ port: 1, grpcConfig: { method: METHOD } }).request.grpcConfig.mode, 'BEHAVIOR');
});

test('each limit holds', () => {
  const fits = (request: object, extra: object = {}) => Value.Check(GrpcSettings, Value.Default(GrpcSettings, { name: 'a', logicalId: 'a', request: { url: 'a.test', port: 1, grpcConfig: { method: METHOD }, ...request }, ...extra }));
  assert.ok(fits({}));
  for (const good of [{ timeout: 1 }, { timeout: 180 }, { timeout: null }, { port: 65_535 }, { ipFamily: 'IPv6' }, { ipFamily: null }, { url: '[::1]' }, { url: '{{HOST}}' }]) assert.ok(fits(good), JSON.stringify(good));
  for (const bad of [{ timeout: 0 }, { timeout: 181 }, { timeout: 1.5 }, { port: 0 }, { port: '443' }, { ipFamily: 'IPv5' }, { url: 'https://a.test' }, { url: 'a.test:443' }, { url: '' }, { grpcConfig: undefined },
    { grpcConfig: { method: METHOD, mode: 'STREAM' } }, { grpcConfig: { method: METHOD, metadata: [{ key: '', value: 'x' }] } }, { grpcConfig: { method: METHOD, metadata: [{ key: 'k', value: 'x'.repeat(8_193) }] } },
    { grpcConfig: { method: METHOD, metadata: Array.from({ length: 51 }, () => ({ key: 'k', value: 'x' })) } }, { assertions: [{ source: 'JSON_BODY', comparison: 'EQUALS' }] }, { assertions: [{ source: 'TEXT_BODY', comparison: 'MATCHES' }] }]) {
    assert.ok(!fits(bad), JSON.stringify(bad).slice(0, 100));
  }
  assert.ok(fits({}, { maxResponseTime: 180_000 }) && !fits({}, { maxResponseTime: 180_001 }));
});

test('rules between fields name the field and the rule', () => {
  const on = (mode: string) => `request.grpcConfig.mode is ${mode}`;
  for (const [given, sentence] of [
    [{}, `request.grpcConfig.method is required when ${on('BEHAVIOR')}.`],
    [{ method: '' }, `request.grpcConfig.method is required when ${on('BEHAVIOR')}.`],
    [{ method: 'Get' }, 'request.grpcConfig.method must be given as package.Service/Method.'],
    [{ method: METHOD, service: 'a' }, `request.grpcConfig.service is allowed only when ${on('HEALTH')}.`],
    [{ method: METHOD, serviceDefinition: 'PROTO_FILE', protoContent: ' ' }, 'request.grpcConfig.protoContent is required when request.grpcConfig.serviceDefinition is PROTO_FILE.'],
    [{ method: METHOD, encoding: 'FLATBUFFERS' }, 'request.grpcConfig.encoding must be PROTOBUF: messages in FLATBUFFERS are not supported.'],
    [{ mode: 'HEALTH', method: METHOD }, `request.grpcConfig.method is not allowed when ${on('HEALTH')}.`],
    [{ mode: 'HEALTH', serviceDefinition: 'REFLECTION' }, `request.grpcConfig.serviceDefinition is not allowed when ${on('HEALTH')}.`],
    [{ method: METHOD, metadata: [{ key: 'a b', value: '' }] }, 'request.grpcConfig.metadata[0].key must consist of letters, digits, "_", "-" and ".".'],
    [{ method: METHOD, metadata: [{ key: 'ok', value: '' }, { key: 'grpc-timeout', value: '1S' }] }, 'request.grpcConfig.metadata[1].key must not be grpc-timeout, which is set by gRPC itself.'],
  ] as const) assert.equal(rule(given), sentence);
  for (const given of [{ method: `/${METHOD}` }, { method: METHOD, service: '', serviceDefinition: '', encoding: 'PROTOBUF' }, { mode: 'HEALTH', method: null, serviceDefinition: null, service: 'a' }]) assert.equal(rule(given), null);
});

test('a health status is asserted by its number; a degraded limit lies below the other', () => {
  const health = (comparison: string, target: unknown) => rule({ mode: 'HEALTH' }, { assertions: [{ source: 'GRPC_HEALTHCHECK_STATUS', comparison, target }] });
  for (const target of ['0', '3', 1, ' 2 ', '{{WANTED}}']) assert.equal(health('EQUALS', target), null);
  for (const target of ['SERVING', '4', '']) {
    assert.equal(health('NOT_EQUALS', target), 'request.assertions[0].target must be 0 (UNKNOWN), 1 (SERVING), 2 (NOT_SERVING) or 3 (SERVICE_UNKNOWN) for the source GRPC_HEALTHCHECK_STATUS.');
  }
  assert.equal(health('NOT_NULL', ''), null);
  assert.equal(rule({ mode: 'HEALTH' }, {}, { degradedResponseTime: 200, maxResponseTime: 100 }), 'degradedResponseTime (200) must not be greater than maxResponseTime (100).');
});
