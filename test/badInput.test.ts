/** Whatever is sent to whatever route: a 4xx in the contract's form, or the regular answer; never a 5xx, never a crash. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { InjectOptions, LightMyRequestResponse, RouteOptions } from 'fastify';
import { titleOf } from '../src/contract/errors.ts';
import { headersOf, openApiUnderTest, type ApiUnderTest } from './apiUnderTest.ts';

const RUNS = Number(process.env['ASSAY_BAD_INPUT_RUNS'] ?? 25);
const BODY_LIMIT = 20_000;

/** The one that is asked at the moment. */
let api: ApiUnderTest;

type Properties = Record<string, { type?: string; format?: string; enum?: unknown[] }>;
interface ObjectSchema { properties?: Properties; required?: string[]; allOf?: ObjectSchema[] }
/** The properties of a schema and of what it intersects. */
const propertiesOf = (schema: unknown): Properties => {
  const { properties = {}, allOf = [] } = (schema ?? {}) as ObjectSchema;
  return Object.assign({}, properties, ...allOf.map(propertiesOf)) as Properties;
};
/** One of them, where a route answers to several. */
const methodOf = ({ method }: RouteOptions) => String(Array.isArray(method) ? method.at(-1) : method) as NonNullable<InjectOptions['method']>;
const takesBody = (route: RouteOptions) => ['POST', 'PUT', 'PATCH'].includes(String(route.method));
const paramsOf = (route: RouteOptions) => [...route.url.matchAll(/:(\w+)/g)].map(([, name]) => name as string);
/** The route's path, each parameter filled by `fill`; a wildcard becomes an odd name. */
const pathOf = (route: RouteOptions, fill: (name: string) => string) =>
  route.url.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(fill(name))).replace('*', 'no/such%20file');

/** What a path's parameter may hold, where it is the id of something of a stranger's. */
const foreignValue = ({ type, format, enum: words }: Properties[string] = {}, id: string): string =>
  (type === 'integer' ? '987654' : words ? String(words[0]) : format === 'uuid' ? id : 'FOREIGN');

/** The headers that let a request through to the route. */
function callerOf(route: RouteOptions): Record<string, string> {
  const access = route.config?.access ?? 'account';
  if (access === 'public') return {};
  return access === 'location' ? headersOf({ apiKey: api.locationKey }) : headersOf(api.owner);
}

/** A 4xx in the form of I.4, or a success; HEAD and 204 have no body. */
function assertDecent(response: LightMyRequestResponse, about: string): void {
  const { statusCode } = response;
  assert.ok(statusCode < 500, `${about}: ${statusCode} ${response.body.slice(0, 300)}`);
  if (statusCode < 400) return;
  assert.match(String(response.headers['content-type']), /^application\/json/, about);
  const body = response.json<Record<string, unknown>>();
  assert.equal(body['statusCode'], statusCode, about);
  assert.equal(body['error'], titleOf(statusCode), about);
  assert.ok(typeof body['message'] === 'string' && body['message'] !== '', about);
}

async function send(route: RouteOptions, options: Omit<InjectOptions, 'method' | 'url'> & { url?: string }): Promise<LightMyRequestResponse> {
  const url = options.url ?? pathOf(route, () => randomUUID());
  const headers = { ...callerOf(route), ...options.headers };
  const response = await api.app.inject({ ...options, method: methodOf(route), url, headers });
  assertDecent(response, `${methodOf(route)} ${url} ${JSON.stringify(headers).slice(0, 400)} ${String(options.payload).slice(0, 400)}`);
  return response;
}

async function everyRoute(which: (route: RouteOptions) => boolean, visit: (route: RouteOptions) => Promise<void>): Promise<void> {
  const routes = api.routes.filter(which);
  assert.ok(routes.length > 0);
  for (const route of routes) await visit(route);
}

const json = { 'content-type': 'application/json' };
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

/** What is turned down whatever the route makes of bodies, with the statuses that are right for it. */
const BROKEN: readonly { name: string; payload: string | Buffer | ((limit: number) => Buffer); headers: Record<string, string>; status: number }[] = [
  { name: 'JSON cut short', payload: '{"name":', headers: json, status: 400 },
  { name: 'no JSON at all', payload: '\u0000\u0001<xml/>', headers: json, status: 400 },
  { name: 'JSON nested deeply', payload: deep(5_000), headers: json, status: 400 },
  { name: 'JSON nested one level too deep', payload: `{"a":${deep(100)}}`, headers: json, status: 400 },
  { name: 'a body over the limit', payload: (limit) => Buffer.alloc(limit + 1, 32), headers: json, status: 413 },
  { name: 'a prototype in JSON', payload: '{"__proto__":{"admin":true}}', headers: json, status: 400 },
  { name: 'gzip cut short', payload: gzipSync('{"name":"a name that is long enough"}').subarray(0, 25), headers: { ...json, 'content-encoding': 'gzip' }, status: 400 },
  { name: 'no gzip at all', payload: '{"name":1}', headers: { ...json, 'content-encoding': 'gzip' }, status: 400 },
  { name: 'gzip that inflates over the limit', payload: (limit) => gzipSync(Buffer.alloc(limit * 2, 32)), headers: { ...json, 'content-encoding': 'gzip' }, status: 413 },
  { name: 'an unknown encoding', payload: '{}', headers: { ...json, 'content-encoding': 'zstd' }, status: 415 },
  { name: 'an unknown type', payload: 'a: 1', headers: { 'content-type': 'application/yaml' }, status: 415 },
  { name: 'a type that is none', payload: 'a: 1', headers: { 'content-type': '////' }, status: 415 },
];

const anyJson = fc.jsonValue({ maxDepth: 3 });
/** An object that has the names of the schema and anything as values, or anything at all. */
function bodiesOf(route: RouteOptions): fc.Arbitrary<unknown> {
  const names = Object.entries(propertiesOf(route.schema?.body));
  const likely = Object.fromEntries(names.map(([name, { enum: words }]) =>
    [name, fc.oneof(anyJson, fc.string(), fc.constantFrom('', 0, -1, 1e308, null, '\u0000', 'x'.repeat(500), ...(words ?? [])))]));
  return fc.oneof({ weight: 3, arbitrary: fc.record(likely, { requiredKeys: [] }) }, { weight: 1, arbitrary: anyJson });
}

const oddText: fc.Arbitrary<string> = fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom('', '-1', '0', '1e400', '999999999999999999999', 'NaN', 'null', 'true', '%', '\u0000', '../..', "' or 1=1 --", '[]', '{}', '2026-02-31'));
function queriesOf(route: RouteOptions): fc.Arbitrary<string> {
  const names = ['limit', 'page', 'nextId', 'from', '__proto__', 'constructor', ...Object.keys(propertiesOf(route.schema?.querystring))];
  const name = fc.constantFrom(...names, ...names.map((one) => `${one}[]`), ...names.map((one) => `${one}[a][b]`));
  const wellFormed = (value: string) => encodeURIComponent(value.toWellFormed());
  return fc.array(fc.tuple(name, oddText), { maxLength: 4 })
    .map((pairs) => pairs.map(([key, value]) => `${wellFormed(key)}=${wellFormed(value)}`).join('&'));
}
/** Long polls answer a malformed wait at once; a well-formed one would only make the test slow. */
const isPoll = (route: RouteOptions) => 'maxWaitSeconds' in propertiesOf(route.schema?.querystring);

const HEADERS = ['authorization', 'x-checkly-account', 'content-type', 'content-encoding', 'accept', 'accept-encoding', 'range', 'if-none-match', 'cookie'];
const headerText = fc.oneof(fc.stringMatching(/^[ -~]{0,40}$/), fc.constantFrom('Bearer', 'Bearer cu_', 'Basic eDp5', 'null', 'gzip, br', 'bytes=5-1', 'x'.repeat(4_000)));

/** What the server says before it closes; a reset after the answer is its right, since it does not read on. */
async function answerTo(port: number, bytes: string): Promise<string> {
  let answer = '';
  await new Promise<void>((resolve) => {
    connect(port, '127.0.0.1').on('data', (chunk) => { answer += String(chunk); }).on('error', () => {}).on('close', () => resolve()).end(bytes);
  });
  return answer;
}

for (const kind of ['sqlite', 'postgres'] as const) describe(`bad input (${kind})`, () => {
  before(async () => { api = await openApiUnderTest({ kind, config: { bodyLimit: BODY_LIMIT, runBodyLimit: BODY_LIMIT, uploadLimit: BODY_LIMIT } }); });
  after(async () => { await api[Symbol.asyncDispose](); });

  for (const { name, payload, headers, status } of BROKEN) {
    test(`every route that takes a body turns down ${name}`, () => everyRoute((route) => takesBody(route), async (route) => {
      const body = typeof payload === 'function' ? payload(route.bodyLimit ?? BODY_LIMIT) : payload;
      const { statusCode } = await send(route, { payload: body, headers });
      // A route for raw uploads takes no JSON, whatever is in it.
      assert.equal(statusCode, route.config?.stream ? 415 : status, `${methodOf(route)} ${route.url}`);
    }));
  }

  test('a raw upload over the limit is turned down', () => everyRoute((route) => route.config?.stream === true, async (route) => {
    const { statusCode } = await send(route, { payload: Buffer.alloc(BODY_LIMIT + 1), headers: { 'content-type': 'application/octet-stream' } });
    assert.equal(statusCode, 413, route.url);
  }));

  test('bodies of the wrong types', () => everyRoute((route) => takesBody(route) && !route.config?.stream, async (route) => {
    await fc.assert(fc.asyncProperty(bodiesOf(route), async (body) => {
      await send(route, { payload: JSON.stringify(body), headers: json });
    }), { numRuns: RUNS });
  }));

  test('odd queries', () => everyRoute((route) => !isPoll(route), async (route) => {
    await fc.assert(fc.asyncProperty(queriesOf(route), async (query) => {
      await send(route, { url: `${pathOf(route, () => randomUUID())}?${query}` });
    }), { numRuns: RUNS });
  }));

  test('a long poll with a malformed wait is 400, at once', async () => {
    for (const route of api.routes.filter(isPoll)) {
      for (const wait of ['abc', '-1', '1e400', '31']) {
        const { statusCode } = await send(route, { url: `${pathOf(route, () => randomUUID())}?maxWaitSeconds=${wait}` });
        assert.equal(statusCode, 400, `${route.url} ${wait}`);
      }
    }
  });

  test('odd ids in paths', () => everyRoute((route) => paramsOf(route).length > 0, async (route) => {
    await fc.assert(fc.asyncProperty(oddText, async (value) => {
      await send(route, { url: pathOf(route, () => value.toWellFormed() || '-') });
    }), { numRuns: RUNS });
  }));

  test('a malformed uuid in a path is 400', () => everyRoute((route) => Object.values(propertiesOf(route.schema?.params)).some(({ format }) => format === 'uuid'), async (route) => {
    const { statusCode } = await send(route, { url: pathOf(route, () => 'not-a-uuid') });
    assert.equal(statusCode, route.config?.stream ? 415 : 400, `${methodOf(route)} ${route.url}`);
  }));

  test('odd headers', () => everyRoute((route) => !isPoll(route), async (route) => {
    await fc.assert(fc.asyncProperty(fc.dictionary(fc.constantFrom(...HEADERS), headerText, { maxKeys: 3 }), async (headers) => {
      await send(route, { headers });
    }), { numRuns: RUNS });
  }));

  test('things of another account are not found', () => everyRoute((route) => paramsOf(route).length > 0 && route.config?.access !== 'public', async (route) => {
    const params = propertiesOf(route.schema?.params);
    const needsMore = takesBody(route) || ((route.schema?.querystring as ObjectSchema | undefined)?.required ?? []).length > 0;
    for (const id of api.foreignIds) {
      const { statusCode } = await send(route, { url: pathOf(route, (name) => foreignValue(params[name], id)) });
      const about = `${methodOf(route)} ${route.url} with the foreign id ${id}`;
      if (needsMore) assert.ok(statusCode >= 400, `${about}: ${statusCode}`);
      else assert.equal(statusCode, 404, about);
    }
  }));

  test('no route but the public ones answers without a key', () => everyRoute((route) => route.config?.access !== 'public', async (route) => {
    const { statusCode } = await api.app.inject({ method: methodOf(route), url: pathOf(route, () => randomUUID()) });
    assert.equal(statusCode, 401, `${methodOf(route)} ${route.url}`);
  }));

  test('bytes that are no HTTP get a 400 and the server stays', async () => {
    const port = Number(new URL(await api.app.listen({ port: 0, host: '127.0.0.1' })).port);
    for (const bytes of ['GARBAGE\r\n\r\n', 'GET /v1/runtimes HTTP/1.1\r\nHost: a\r\nX: \u0001\r\n\r\n', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(100_000)}\r\n\r\n`]) {
      assert.match(await answerTo(port, bytes), /^HTTP\/1\.1 4\d\d /);
    }
    assert.equal((await api.app.inject('/healthz')).statusCode, 200);
  });

  test('the character NUL in a text: stored where the store can, turned down where it cannot', async () => {
    const run = (name: string) => ({ name, runLocation: { type: 'PUBLIC', region: 'eu-west-1' }, checkRunJobs: [{ logicalId: name, checkType: 'URL', name, request: { url: 'http://127.0.0.1:9/' } }] });
    for (const [url, payload, whole] of [
      ['/v1/private-locations', { name: 'a\u0000b', slugName: 'nul' }, 201], ['/v1/variables', { key: 'NUL', value: 'a\u0000b' }, 201], ['/v1/test-sessions/run', run('a\u0000b'), 202],
    ] as const) {
      const response = await api.app.inject({ method: 'POST', url, headers: headersOf(api.owner), payload });
      assertDecent(response, url);
      assert.ok(response.statusCode === whole || response.statusCode === 400, `${url}: ${response.statusCode}`);
    }
  });
});
