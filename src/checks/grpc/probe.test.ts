import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SHOP_PROTO, startShop } from '../../../test/grpc/shop.ts';
import { probeContext } from '../../../test/httpTargets.ts';
import { assertion, errorsOf, GET, responseOf, run } from '../../../test/grpc/runProbe.ts';

const HEALTH = { tls: false, mode: 'HEALTH' };
const CUP = {
  name: 'cup red', id: '9007199254740993', size: 'LARGE', picture: '/wBB', inStock: { red: 3 }, cents: 450, madeAt: '2023-11-14T22:13:20.500Z',
  driesFor: '90s', extra: { '@type': 'type.googleapis.com/extras.v1.Lid', colour: 'blue', tight: false }, rating: 5, set: [], handle: { left: false },
};

test('a method is found by reflection and called; its answer is JSON as proto3 has it, types inside of Any included', async () => {
  await using shop = await startShop();
  const outcome = await run({
    port: shop.port, grpcConfig: { ...GET, method: '/shop.v1.Shop/Get', message: '{"name":"red"}' },
    assertions: [
      assertion('GRPC_STATUS_CODE', 'EQUALS', '0'), assertion('GRPC_RESPONSE', 'EQUALS', '9007199254740993', '$.id'), assertion('GRPC_RESPONSE', 'EQUALS', 'false', '$.handle.left'),
      assertion('TEXT_BODY', 'EQUALS', 'red', '"cup (\\w+)"'), assertion('GRPC_METADATA', 'EQUALS', 'blue', 'x-cup'), assertion('GRPC_METADATA', 'CONTAINS', 'grpc', 'content-type'),
      assertion('GRPC_METADATA', 'EQUALS', 'the message', 'X-After'), assertion('RESPONSE_TIME', 'LESS_THAN', '60000'),
    ],
  });
  assert.deepEqual(errorsOf(outcome), [null, null, null, null, null, null, null, null]);
  assert.equal(outcome.verdict, 'passed');
  const { responseMessage, timingPhases, metadata, ...response } = responseOf(outcome);
  assert.deepEqual(JSON.parse(responseMessage ?? ''), CUP);
  assert.deepEqual(response, {
    grpcMode: 'BEHAVIOR', host: '127.0.0.1', resolvedIp: '127.0.0.1', port: shop.port, grpcMethod: 'shop.v1.Shop/Get', grpcStatusCode: 0, grpcStatusMessage: 'OK',
    healthStatus: null, requestError: null, discoveredMethods: ['Fill', 'Get', 'Hold', 'Talk', 'Watch'].map((name) => `shop.v1.Shop/${name}`),
  });
  assert.deepEqual(metadata?.filter(({ key }) => key.startsWith('x-')), [{ key: 'x-cup', value: 'blue' }, { key: 'x-token', value: '******' }, { key: 'x-after', value: 'the message' }]);
  assert.deepEqual(Object.keys(timingPhases), ['dns', 'connect', 'total']);
  assert.equal(outcome.responseTime, Math.round(timingPhases['total'] ?? NaN));
  assert.deepEqual([outcome.detail.grpcStatusCode, outcome.detail.healthStatus, outcome.detail.timingPhases], [0, null, timingPhases]);
});

test('a definition in the check needs no reflection; what it says is wrong is told without a connection', async () => {
  await using shop = await startShop({ reflection: false });
  const own = (protoContent: string, extra: object = {}) => run({ port: shop.port, grpcConfig: { ...GET, serviceDefinition: 'PROTO_FILE', protoContent, ...extra } });
  const outcome = await own(SHOP_PROTO, { message: '{"name":"red"}' });
  assert.equal(outcome.verdict, 'passed', JSON.stringify(outcome.detail));
  // What is in Any is defined nowhere: such an answer has no JSON, and only who asks for it fails.
  assert.equal(responseOf(outcome).responseMessage, undefined);
  const lid = SHOP_PROTO.replace('google.protobuf.Any extra = 11', 'bytes extra = 11');
  assert.match(responseOf(await own(lid)).responseMessage ?? '', /"cents":450,/);
  assert.equal(shop.seen.length, 2);

  for (const [protoContent, sentence] of [
    ['syntax = "proto3"; message {', /^request\.grpcConfig\.protoContent cannot be read: illegal .*line 1/],
    ['syntax = "proto3"; import "google/api/annotations.proto"; message Cup { Saucer saucer = 1; }', /Cup\.saucer refers to Saucer, which is not defined\. Imports are followed into google\/protobuf\/ only, not into google\/api\/annotations\.proto/],
    [SHOP_PROTO.replace('rpc Get(', 'rpc Take('), /^The definition in request\.grpcConfig\.protoContent has no method shop\.v1\.Shop\/Get\. It has shop\.v1\.Shop\/Fill, /],
  ] as const) {
    const broken = await own(protoContent);
    assert.match(String(broken.detail.requestError), sentence);
    assert.deepEqual([broken.verdict, broken.networkError, responseOf(broken).resolvedIp], ['failed', false, undefined]);
  }
  assert.equal(shop.seen.length, 2);
});

test('what cannot be called is refused with a sentence: streams, unknown names, messages that do not fit', async () => {
  await using shop = await startShop();
  for (const [grpcConfig, sentence] of [
    [{ method: 'shop.v1.Shop/Watch' }, /^shop\.v1\.Shop\/Watch is a server-streaming method: only unary methods can be called\.$/],
    [{ method: 'shop.v1.Shop/Fill' }, /is a client-streaming method/],
    [{ method: 'shop.v1.Shop/Talk' }, /is a bidirectional streaming method/],
    [{ method: 'shop.v1.Shop/Nope' }, /^The server has no method shop\.v1\.Shop\/Nope\. It has shop\.v1\.Shop\/Fill, .*\/Watch\.$/],
    [{ method: 'shop.v9.Shop/Get' }, /^The server has no method shop\.v9\.Shop\/Get\. It has extras\.v1\.Lids\/Fit, shop\.v1\.Shop\/Fill, /],
    [{ message: '{"name":1}' }, /^request\.grpcConfig\.message does not fit shop\.v1\.Question: .*name/],
    [{ message: '{"colour":"red"}' }, /does not fit shop\.v1\.Question: .*colour/],
    [{ message: 'half of a secret' }, /^request\.grpcConfig\.message is not valid JSON: (?!.*half)/],
    [{ metadata: [{ key: 'x-name', value: 'Zoë' }] }, /^The value of the metadata x-name has characters that are not ASCII\.$/],
    [{ metadata: [{ key: 'x-bin', value: 'no base64' }] }, /^The value of the metadata x-bin is not base64\.$/],
  ] as const) {
    const outcome = await run({ port: shop.port, grpcConfig: { ...GET, ...grpcConfig }, assertions: [assertion('GRPC_STATUS_CODE', 'EQUALS', '0')] }, {}, { shouldFail: true });
    assert.match(String(outcome.detail.requestError), sentence);
    assert.deepEqual([outcome.verdict, outcome.networkError, outcome.interrupted, outcome.responseTime], ['failed', false, false, null]);
    assert.deepEqual(outcome.detail.assertions, [{ source: 'GRPC_STATUS_CODE', property: '', comparison: 'EQUALS', target: '0', regex: null }]);
    if (/has no method/.test(String(outcome.detail.requestError))) assert.ok(responseOf(outcome).discoveredMethods.includes('shop.v1.Shop/Get'));
  }
  assert.equal(shop.seen.length, 0);
  await using silent = await startShop({ reflection: false });
  const outcome = await run({ port: silent.port, grpcConfig: GET });
  assert.equal(outcome.detail.requestError, 'The server has no reflection service: give the definition of the service as PROTO_FILE.');
});

test('every status but 0 fails, with its sentence; who asserts the code or sets shouldFail has taken that over', async () => {
  await using shop = await startShop();
  const codes = Array.from({ length: 16 }, (_, index) => index + 1);
  for (const code of codes) {
    const outcome = await run({ port: shop.port, grpcConfig: { ...GET, message: JSON.stringify({ code, reason: `no tea: 100 % “${code}”` }) } });
    const { grpcStatusCode, grpcStatusMessage, responseMessage, metadata } = responseOf(outcome);
    assert.deepEqual([outcome.verdict, outcome.networkError, outcome.detail.requestError], ['failed', false, null]);
    assert.deepEqual([grpcStatusCode, grpcStatusMessage, responseMessage], [code, `no tea: 100 % “${code}”`, undefined]);
    assert.ok(metadata?.some(({ key }) => key === 'x-after'));
    assert.notEqual(outcome.responseTime, null);
  }
  const failing = { port: shop.port, grpcConfig: { ...GET, message: '{"code":5,"reason":"no such cup"}' } };
  const asserted = await run({ ...failing, assertions: [assertion('GRPC_STATUS_CODE', 'EQUALS', '5'), assertion('GRPC_RESPONSE', 'IS_NULL', '')] });
  assert.equal(asserted.verdict, 'passed', JSON.stringify(asserted.detail));
  const wrong = await run({ ...failing, assertions: [assertion('GRPC_STATUS_CODE', 'EQUALS', '7')] });
  assert.deepEqual(errorsOf(wrong), ['Expected GRPC_STATUS_CODE to equal "7", received "5".']);
  assert.equal((await run(failing, {}, { shouldFail: true })).verdict, 'passed');
});

test('health: SERVING passes, all else fails unless it is asserted', async () => {
  await using shop = await startShop({ reflection: false });
  const ask = (service: string, assertions: object[] = [], extra = {}) => run({ port: shop.port, grpcConfig: { ...HEALTH, service }, assertions }, {}, extra);
  const serving = await ask('shop.v1.Shop', [assertion('GRPC_HEALTHCHECK_STATUS', 'EQUALS', '1'), assertion('GRPC_HEALTHCHECK_STATUS', 'NOT_EQUALS', '2'), assertion('GRPC_RESPONSE', 'EQUALS', 'SERVING', '$.status')]);
  assert.deepEqual([serving.verdict, serving.detail.healthStatus, responseOf(serving).healthStatusLabel, responseOf(serving).grpcMethod], ['passed', 1, 'SERVING', 'grpc.health.v1.Health/Check']);
  assert.equal((await ask('')).verdict, 'passed');

  const closed = await ask('closed');
  assert.deepEqual([closed.verdict, closed.detail.grpcStatusCode, closed.detail.healthStatus, responseOf(closed).healthStatusLabel], ['failed', 0, 2, 'NOT_SERVING']);
  assert.equal((await ask('closed', [assertion('GRPC_HEALTHCHECK_STATUS', 'EQUALS', '2')])).verdict, 'passed');
  assert.equal((await ask('closed', [assertion('GRPC_STATUS_CODE', 'EQUALS', '0')])).verdict, 'failed');
  assert.equal((await ask('closed', [], { shouldFail: true })).verdict, 'passed');

  const unknown = await ask('nobody');
  assert.deepEqual([unknown.verdict, unknown.detail.grpcStatusCode, unknown.detail.healthStatus, responseOf(unknown).healthStatusLabel], ['failed', 5, 3, 'SERVICE_UNKNOWN']);
  assert.equal((await ask('nobody', [assertion('GRPC_HEALTHCHECK_STATUS', 'EQUALS', '3')])).verdict, 'passed');
  assert.equal((await ask('nobody', [assertion('GRPC_STATUS_CODE', 'EQUALS', '5')])).verdict, 'passed');
  const odd = await ask('', [assertion('GRPC_HEALTHCHECK_STATUS', 'GREATER_THAN', '0')]);
  assert.deepEqual(errorsOf(odd), ['GRPC_HEALTHCHECK_STATUS is compared with EQUALS and NOT_EQUALS only.']);
});

test('templates are filled in in url, metadata and message; credentials are masked in what is shown', async () => {
  await using shop = await startShop();
  const metadata = [{ key: 'Authorization', value: 'Bearer {{{TOKEN}}}' }, { key: 'x-tenant', value: '{{TENANT}}' }, { key: 'x-tenant', value: 'two' }, { key: 'x-raw-bin', value: '/wA=' }];
  const outcome = await run(
    { url: '{{HOST}}', port: shop.port, grpcConfig: { ...GET, metadata, message: '{"name":"{{{NAME}}}"}' }, assertions: [assertion('GRPC_RESPONSE', 'EQUALS', 'cup {{{NAME}}}', '$.{{FIELD}}')] },
    { env: { HOST: '127.0.0.1', TOKEN: 'tea+secret', TENANT: 'a b', NAME: 'no "tea"'.replaceAll('"', '\\"'), FIELD: 'name' } },
  );
  const [seen] = shop.seen;
  assert.deepEqual([seen?.get('authorization'), seen?.get('x-tenant'), seen?.get('x-raw-bin')], [['Bearer tea+secret'], ['a%20b, two'], [Buffer.from([0xff, 0x00])]]);
  assert.match(String(seen?.get('user-agent')), /^Assay\//);
  const { grpcConfig, url } = outcome.detail.request as { url: string; grpcConfig: { metadata: object[]; message: string } };
  assert.equal(url, '127.0.0.1');
  assert.deepEqual(grpcConfig.metadata[0], { key: 'Authorization', value: '******' });
  assert.equal(responseOf(outcome).responseMessage?.includes('cup no \\"tea\\"'), true);
});

test('limits degrade and fail by the total, which counts name, connection and call but not the discovery', async () => {
  await using shop = await startShop();
  const context = probeContext();
  const outcome = await run({ port: shop.port, grpcConfig: GET }, context, { degradedResponseTime: 0, maxResponseTime: null });
  const { dns = 0, connect = 0, total = 0 } = responseOf(outcome).timingPhases;
  assert.deepEqual([outcome.verdict, outcome.overMaxResponseTime], ['degraded', false]);
  assert.ok(total > dns + connect);
  const over = await run({ port: shop.port, grpcConfig: GET }, context, { degradedResponseTime: 0, maxResponseTime: 0 });
  assert.deepEqual([over.verdict, over.overMaxResponseTime], ['failed', true]);
});

test('a message of more than a result keeps is cut there and judged whole; one over 4 MiB ends with status 8', async () => {
  await using shop = await startShop();
  const large = await run({ port: shop.port, grpcConfig: { ...GET, message: '{"length":1000000}' }, assertions: [assertion('GRPC_RESPONSE', 'EQUALS', '450', '$.cents')] });
  assert.equal(large.verdict, 'passed');
  assert.equal(responseOf(large).responseMessage?.length, 256 * 1024);
  assert.equal(responseOf(large).truncated, true);
  const huge = await run({ port: shop.port, grpcConfig: { ...GET, message: '{"length":5000000}' } });
  assert.deepEqual([huge.verdict, responseOf(huge).grpcStatusCode, responseOf(huge).grpcStatusMessage], ['failed', 8, 'The answer is larger than 4194304 bytes.']);
});

test('no answer within the timeout is SOCKET_TIMEOUT; a cancelled run stops at once; both leave the server', async () => {
  await using shop = await startShop();
  const holding = { port: shop.port, grpcConfig: { ...GET, method: 'shop.v1.Shop/Hold' } };
  const late = await run({ ...holding, timeout: 1 }, {}, {}, 300);
  assert.deepEqual([late.verdict, late.networkError, late.interrupted, late.responseTime, late.detail.requestError], ['failed', true, true, null, null]);
  assert.deepEqual(responseOf(late).error, { code: 'SOCKET_TIMEOUT', message: `127.0.0.1:${shop.port} did not answer within 1 s`, address: '127.0.0.1', port: shop.port });
  assert.equal((await run({ ...holding, timeout: 1 }, {}, { shouldFail: true }, 300)).verdict, 'passed');

  await using other = await startShop();
  const cancel = new AbortController();
  const running = run({ ...holding, port: other.port }, { signal: cancel.signal });
  await other.held;
  cancel.abort();
  const outcome = await running;
  assert.deepEqual([outcome.verdict, outcome.interrupted, outcome.networkError], ['failed', true, false]);
  assert.match(String(outcome.detail.requestError), /cancelled/);
});
