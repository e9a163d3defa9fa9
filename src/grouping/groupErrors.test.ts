import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { FINGERPRINT_VERSION, groupErrors, type FailedRun } from './groupErrors.ts';

const run = (detail: Record<string, unknown> | null, checkType = 'API', scheduleError: string | null = null): FailedRun => ({ checkType, detail, scheduleError });
const cleaned = (detail: Record<string, unknown> | null, checkType = 'API') => groupErrors(run(detail, checkType)).map((error) => error.cleaned);
const assertion = (more: object = {}) => ({ source: 'JSON_BODY', property: '$.name', comparison: 'EQUALS', target: 'zoe', regex: null, actual: 'anna', error: 'Expected JSON_BODY "$.name" to equal "zoe", received "anna".', ...more });

test('a schedule error, a fault, a request without an answer: the one thing that is to be said', () => {
  assert.deepEqual(groupErrors(run(null, 'SSL', 'SSL checks are not supported.')).map(({ raw, test: of }) => [raw, of]), [['SSL checks are not supported.', null]]);
  assert.deepEqual(cleaned(null), ['The check failed.']);
  assert.deepEqual(cleaned({ requestError: 'connect ECONNREFUSED 127.0.0.1:3000', assertions: [assertion({ error: undefined })] }), ['connect ECONNREFUSED <ip>']);
  assert.deepEqual(cleaned({ requestError: 'ESOCKETTIMEDOUT', request: { url: 'https://shop.example:8443/cart' } }), ['ESOCKETTIMEDOUT (shop.example)']);
  assert.deepEqual(cleaned({ requestError: 'getaddrinfo ENOTFOUND shop.example', request: { url: 'https://shop.example/cart' } }), ['getaddrinfo ENOTFOUND shop.example']);
  assert.deepEqual(cleaned({ requestError: null, response: { error: { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 10.0.0.1:25' } } }, 'TCP'), ['connect ECONNREFUSED <ip>'], 'the type is no part of it');
  assert.deepEqual(cleaned({ response: { error: { code: 'SOCKET_TIMEOUT', message: '127.0.0.1:9 sent no data' } } }, 'TCP'), ['SOCKET_TIMEOUT: <ip> sent no data']);
  assert.deepEqual(cleaned({ requestError: 'recvmsg ECONNREFUSED', nameServerInfo: { host: '::1', port: 53 } }, 'DNS'), ['name server: recvmsg ECONNREFUSED']);
});

test('assertions: as they were written, each an error of its own, without what came; what cannot be read is one cause', () => {
  assert.deepEqual(cleaned({ assertions: [assertion(), assertion({ actual: 'bob', error: 'Expected JSON_BODY "$.name" to equal "zoe", received "bob".' }), assertion({ property: '$.id', comparison: 'NOT_EMPTY', target: '' }), assertion({ error: null })] }),
    ['Expected JSON_BODY "$.name" to equal "zoe".', 'Expected JSON_BODY "$.id" to not be empty.']);
  assert.deepEqual(cleaned({ assertions: [assertion({ source: 'HEADERS', property: 'x-id', regex: '^(\\d+)', target: 200 })] }), ['Expected HEADERS "x-id" "^(\\d+)" to equal "200".']);
  const html = 'The response is not JSON: its content type is "text/html".';
  assert.deepEqual(cleaned({ assertions: [assertion({ error: html }), assertion({ property: '$.b', error: html })] }), [html]);
  const different = [{}, { target: 'yan' }, { property: '$.title' }, { comparison: 'CONTAINS' }, { source: 'TEXT_BODY' }, { regex: 'a' }, { target: 200 }, { target: 201 }, { target: '192.0.2.7' }, { target: '192.0.2.8' }, { target: true }];
  assert.equal(new Set(different.map((more) => cleaned({ assertions: [assertion(more)] })[0])).size, different.length);
  assert.deepEqual(cleaned({ assertions: [{ condition: 'The cart is empty', passed: false }, { condition: 'ok', passed: true }] }, 'AGENTIC'), ['The cart is empty']);
});

test('an answer that fails the check without an assertion: status, code, loss, rules, limits, teardown', () => {
  const status = (code: number, url: string) => cleaned({ request: { method: 'GET', url }, response: { status: code, statusText: 'x' }, assertions: [] });
  assert.deepEqual(status(404, 'https://shop.example:8443/orders/77?x=1'), ['GET https://shop.example/orders/<n> was answered with the status 404.']);
  assert.equal(new Set([status(404, 'http://a.example/cart'), status(500, 'http://a.example/cart'), status(404, 'http://a.example/pay'), status(404, 'http://b.example/cart')].flat()).size, 4);
  assert.deepEqual(cleaned({ response: { status: 404 }, assertions: [assertion()] }), ['Expected JSON_BODY "$.name" to equal "zoe".'], 'it may be expected');
  assert.deepEqual(cleaned({ response: { status: 200 }, assertions: [] }), ['The response time was over the limit.']);
  assert.deepEqual(cleaned({ response: { status: 200 }, scriptError: 'The teardown script failed: Error: order 7 is there' }), ['The teardown script failed: Error: order <n> is there']);
  assert.deepEqual(cleaned({ request: { recordType: 'A', query: 'shop.example' }, response: { returnCode: 'NXDOMAIN' } }, 'DNS'), ['The name server answered NXDOMAIN to A shop.example.']);
  const refused = (source: string) => cleaned({ request: { recordType: 'A', query: 'shop.example' }, response: { returnCode: 'REFUSED' }, assertions: [assertion({ source })] }, 'DNS');
  assert.deepEqual([refused('JSON_ANSWER'), refused('RESPONSE_CODE')].map((found) => found.length), [2, 1], 'an assertion about the code takes over');
  assert.deepEqual(cleaned({ request: { hostname: 'shop.example' }, response: { packetLoss: 100 } }, 'ICMP'), ['No reply came back (shop.example).']);
  assert.deepEqual(cleaned({ request: { hostname: '192.0.2.1' }, response: { packetLoss: 33.3 } }, 'ICMP'), ['Packets were lost.']);
  const baseline = { minTLSVersion: { violated: true, severity: 'fail' }, sctPresent: { violated: true, severity: 'ignore' }, weakCipherSuite: { violated: false, severity: 'fail' } };
  assert.deepEqual(cleaned({ daysUntilExpiry: -3, request: { hostname: 'shop.example' }, response: { securityBaseline: baseline } }, 'SSL'),
    ['The certificate has expired (shop.example).', 'The TLS connection violates the rule minTLSVersion (shop.example).']);
  assert.deepEqual(cleaned({ response: { grpcStatusCode: 14, grpcMethod: 'a.B/C', grpcStatusMessage: 'no connection to 10.0.0.1:80' } }, 'GRPC'), ['The gRPC call a.B/C ended with the status 14: no connection to <ip>']);
  assert.deepEqual(cleaned({ response: { grpcStatusCode: 0, healthStatus: 2 } }, 'GRPC'), ['The gRPC health is NOT_SERVING.']);
  assert.deepEqual(cleaned({ request: { url: 'shop.example' }, response: { destinationReached: false, truncationReason: 'maxHops' } }, 'TRACEROUTE'), ['The destination was not reached: maxHops (shop.example).']);
});

const failing = (message: string, more: object = {}) => ({ message, testTitle: 'pays', titlePath: ['shop', 'pays'], file: 'a.spec.ts', project: 'chromium', specId: 's1', ...more });

test('errors of tests: which test, none that only repeats another', () => {
  const errors = [failing('Error: no cart'), failing('Error: no cart', { testTitle: 'sells', specId: 's2' }), failing('Error: no cart'), failing('Error: no stock', { specId: '' })];
  assert.deepEqual(groupErrors(run({ errors }, 'PLAYWRIGHT')).map(({ cleaned: text, test: of }) => [text, of]), [
    ['no cart', { projectName: 'chromium', specId: 's1', testFile: 'a.spec.ts', testTitle: 'pays', suitePath: ['shop'] }],
    ['no cart', { projectName: 'chromium', specId: 's2', testFile: 'a.spec.ts', testTitle: 'sells', suitePath: ['shop', 'pays'] }],
    ['no stock', { projectName: 'chromium', testFile: 'a.spec.ts', testTitle: 'pays', suitePath: ['shop'] }],
  ]);
  const late = failing('Test timeout of 3000ms exceeded.');
  const pending = failing("Error: locator.click: Test timeout of 3000ms exceeded.\nCall log:\n  - waiting for locator('#a')");
  assert.deepEqual(cleaned({ errors: [late, pending] }), ["locator.click: Test timeout of <duration> exceeded. waiting for locator('#a')"]);
  assert.deepEqual(cleaned({ errors: [late, { ...pending, testTitle: 'other' }] }).length, 2);
  assert.deepEqual(cleaned({ errors: [{ message: 'SyntaxError: /tmp/a/b.spec.ts: Unexpected token (3:7)' }, { message: 'Error: No tests found' }] }), ['SyntaxError: <path>/b.spec.ts: Unexpected token (<place>)']);
  assert.deepEqual(cleaned({ errors: ['old results have texts', { error: { message: 'those of agents nest' } }] }), ['old results have texts', 'those of agents nest']);
  assert.equal(groupErrors(run({ errors: [{ message: 'x' }] }))[0]?.test, null);
});

test('the hash is of the version and the cleaned text; all is bounded', () => {
  const [one] = groupErrors(run({ requestError: 'socket hang up' }));
  assert.equal(one?.hash, createHash('sha256').update(`${FINGERPRINT_VERSION}\nsocket hang up`).digest('hex'));
  const many = groupErrors(run({ errors: Array.from({ length: 300 }, (_, n) => ({ message: `error ${String.fromCodePoint(0x4e00 + n)}` })) }));
  assert.equal(new Set(many.map(({ hash }) => hash)).size, 50);
  const [long] = groupErrors(run({ requestError: 'ü🙂 '.repeat(20_000) }));
  assert.ok(Buffer.byteLength(long?.raw ?? '') <= 10 * 1024 && (long?.cleaned.length ?? 0) <= 1_000 && long?.cleaned.isWellFormed() && long.raw.isWellFormed());
});

test('hostile texts of 30 KB cost no more than their length', () => {
  const parts = ['"', "'", '`', '1', '1.', '1:', 'a1', 'a-', 'a.', '/a', '//', '://', 'a://', '@', 'a@', 'a@a.', ':', '::', '[', '[:', '(1:', '<', '\\', '\n', '\n- ', '+ ', 'Expected: ', 'Unexpected token ', 'in JSON at', '1-1-', '2024-', 'Jan 1', 'Mon, ', 'deadbeef', '0x', '127.0.0.', '€', '\u001b[', ' ', '{{', 'expect(', 'Call log:\n', '- waiting for ', '→ GET '];
  for (const part of [...parts, ...parts.map((one, n) => one + (parts[(n * 7 + 3) % parts.length] ?? ''))]) {
    const text = part.repeat(Math.ceil(30_000 / part.length));
    for (const detail of [{ requestError: text }, { errors: [{ message: text }] }, { assertions: [assertion({ target: text, error: text })] }, { request: { url: text }, response: { status: 500 } }]) {
      assert.ok(groupErrors(run(detail)).length >= 1);
    }
  }
});

/** Values that a fault meets on another day. */
const noise = fc.record({
  port: fc.integer({ min: 1024, max: 65_535 }), id: fc.uuid(), at: fc.date({ min: new Date('2001-01-01'), max: new Date('2099-01-01'), noInvalidDate: true }), n: fc.integer({ min: 0, max: 10 ** 9 }), ms: fc.integer({ min: 1, max: 10 ** 6 }),
  ip: fc.ipV4(), user: fc.stringMatching(/^[a-z]{1,12}$/), hex: fc.stringMatching(/^[0-9a-f]{12}7a$/),
});
type Noise = typeof noise extends fc.Arbitrary<infer T> ? T : never;
const TEMPLATES: ((v: Noise) => Record<string, unknown>)[] = [
  (v) => ({ requestError: `connect ECONNREFUSED ${v.ip}:${v.port}` }), (v) => ({ requestError: `The setup script failed: Error: order ${v.n} of ${v.id} was refused since ${v.at.toISOString()}` }),
  (v) => ({ request: { method: 'GET', url: `http://${v.ip}:${v.port}/orders/${v.n}/lines?run=${v.id}` }, response: { status: 500, statusText: v.user } }),
  (v) => ({ assertions: [assertion({ actual: v.n, error: `Expected JSON_BODY "$.name" to equal "zoe", received "${v.user}".` })] }),
  (v) => ({ errors: [failing(`Error: expect(locator).toHaveText(expected) failed\n\nLocator:  locator('h1')\nExpected: "Hi"\nReceived: "${v.user} ${v.n}"\nTimeout:  ${v.ms}ms\n\nCall log:\n  - waiting for locator('h1')\n    ${v.n} × locator resolved to <h1>${v.user}</h1>`)] }),
  (v) => ({ errors: [failing(`Error: page.goto: net::ERR_CONNECTION_REFUSED at http://localhost:${v.port}/cart?user=${v.user}\nCall log:\n  - navigating to "http://localhost:${v.port}/cart?user=${v.user}", waiting until "load"`)] }),
  (v) => ({ errors: [failing(`TimeoutError: locator.click: Timeout ${v.ms}ms exceeded.\nCall log:\n  - waiting for getByTestId('user-${v.id}')\n\n  ${v.n} | x\n    at /tmp/run-${v.hex}/a.spec.ts:${v.port}:7`)] }),
  (v) => ({ requestError: `ENOENT: no such file or directory, open '/tmp/run-${v.hex}/prices.csv'` }),
];

test('the same fault with any noise is one group, and no two faults are', () => {
  fc.assert(fc.property(noise, noise, (one, other) => {
    const of = (v: Noise) => TEMPLATES.map((template) => groupErrors(run(template(v))).map(({ hash }) => hash).join());
    assert.deepEqual(of(one), of(other));
    assert.equal(new Set(of(one)).size, TEMPLATES.length);
  }), { numRuns: 100 });
});

test('any JSON is read without an error, twice the same, into what a store takes', () => {
  const key = fc.constantFrom('errors', 'error', 'message', 'assertions', 'request', 'response', 'requestError', 'status', 'url', 'testTitle', 'titlePath', 'location', 'file', 'securityBaseline', 'code', 'source', 'target', 'comparison', 'passed', 'scriptError', '__proto__', 'toString');
  const value = fc.letrec((tie) => ({ any: fc.oneof({ maxDepth: 3 }, fc.jsonValue(), fc.string({ unit: 'binary' }), fc.array(tie('any'), { maxLength: 4 }), fc.dictionary(key, tie('any'), { maxKeys: 6 })) })).any;
  fc.assert(fc.property(fc.dictionary(key, value), fc.constantFrom('API', 'ICMP', 'PLAYWRIGHT', 'GRPC', 'toString'), fc.option(fc.string({ unit: 'binary' })), (detail, checkType, scheduleError) => {
    const found = groupErrors({ checkType, detail, scheduleError });
    assert.deepEqual(groupErrors({ checkType, detail, scheduleError }), found);
    assert.ok(found.length >= 1 && new Set(found.map(({ hash }) => hash)).size <= 50);
    for (const { raw, cleaned: text, hash } of found) assert.ok(raw !== '' && text !== '' && /^[0-9a-f]{64}$/.test(hash) && raw.isWellFormed() && text.isWellFormed() && !`${raw}${text}`.includes('\0'));
  }), { numRuns: 200 });
});
