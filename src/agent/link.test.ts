import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { serveHttp } from '../../test/httpTargets.ts';
import { createLink, type LinkOptions } from './link.ts';

const held = { agentId: '6f1c1a52-5a0b-4c5e-9d1e-3f7a3a1b2c3d', runs: [] };
const never = new AbortController().signal;

async function linkTo(t: TestContext, handler: RequestListener, more: Partial<LinkOptions> = {}) {
  const target = await serveHttp(t, handler);
  const link = createLink({ serverUrl: target.url, locationKey: 'pl_key', version: '1.2.3', ...more });
  t.after(() => link.close());
  return { link, target };
}
const ok: RequestListener = (_request, answer) => answer.end('{"cancelled":[],"lost":[]}');

test('a verb is a POST of JSON with the key as bearer, below the path of the server\'s address', async (t) => {
  const { target } = await linkTo(t, ok);
  const link = createLink({ serverUrl: `${target.url}/assay/`, locationKey: 'pl_key', version: '1.2.3' });
  t.after(() => link.close());
  assert.deepEqual(await link.extend(held), { cancelled: [], lost: [] });
  const [seen] = target.seen;
  assert.deepEqual([seen?.method, seen?.path, JSON.parse(seen?.body ?? '')], ['POST', '/assay/agent/v1/extend', held]);
  assert.deepEqual([seen?.headers.authorization, seen?.headers['content-type'], seen?.headers['user-agent']], ['Bearer pl_key', 'application/json', 'assay-agent/1.2.3']);
});

test('connections are kept for the next verb', async (t) => {
  const ports = new Set<number | undefined>();
  const { link } = await linkTo(t, (request, answer) => {
    ports.add(request.socket.remotePort);
    ok(request, answer as never);
  });
  for (let n = 0; n < 5; n++) await link.extend(held);
  assert.equal(ports.size, 1);
});

test('an answer without a body is an answer', async (t) => {
  const { link } = await linkTo(t, (_request, answer) => answer.writeHead(204).end());
  assert.equal(await link.started(held), undefined);
});

test('what is no JSON is no answer', async (t) => {
  const { link } = await linkTo(t, (_request, answer) => answer.end('<h1>Welcome</h1>'));
  await assert.rejects(link.extend(held), { kind: 'transient', message: /not JSON: is this the address of an Assay server/ });
});

test('a refused connection and one that breaks off are transient', async (t) => {
  const { link } = await linkTo(t, (request, answer) => {
    answer.writeHead(200, { 'content-length': 100 }).write('{"cancelled"');
    setImmediate(() => request.socket.destroy());
  });
  await assert.rejects(link.extend(held), { kind: 'transient' });
  const nobody = createLink({ serverUrl: 'http://127.0.0.1:1', locationKey: 'pl_key', version: '1' });
  await assert.rejects(nobody.extend(held), { kind: 'transient', message: /ECONNREFUSED/ });
  nobody.close();
});

test('close and an aborted signal end what waits', async (t) => {
  const asked = Promise.withResolvers<void>();
  const { link, target } = await linkTo(t, () => { if (target.seen.length === 2) asked.resolve(); });
  const taken = new AbortController();
  const question = { agentId: held.agentId, free: { light: 1, heavy: 0 }, waitMs: 20_000 };
  const aborted = assert.rejects(link.next(question, taken.signal), { kind: 'closed' });
  const closed = assert.rejects(link.next(question, never), { kind: 'closed' });
  await asked.promise;
  taken.abort();
  await aborted;
  link.close();
  await closed;
  await assert.rejects(link.extend(held), { kind: 'closed' });
});

test('a proxy for the agent\'s own traffic is used', async (t) => {
  const proxy = await serveHttp(t, ok);
  const link = createLink({ serverUrl: 'http://assay.invalid:8080', locationKey: 'pl_key', version: '1', proxy: { HTTP_PROXY: proxy.url } });
  t.after(() => link.close());
  await link.extend(held);
  assert.equal(proxy.seen[0]?.path, 'http://assay.invalid:8080/agent/v1/extend');
});

const run = { agentId: held.agentId, runId: held.agentId, token: 1 };
const facts = { ...run, type: 'trace', name: 'trace é & co.zip', contentType: 'application/zip' };
const bytes = randomBytes(300_000);
const content = () => Readable.from([bytes.subarray(0, 100_000), bytes.subarray(100_000)]);

test('an input is its bytes, and one that breaks off says so', async (t) => {
  const { link, target } = await linkTo(t, (request, answer) => {
    answer.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes.length });
    if (target.seen.length === 1) return answer.end(bytes);
    answer.write(bytes.subarray(0, 1000), () => request.socket.destroy());
  });
  const question = { ...run, key: 'bundle/1' };
  assert.deepEqual(await buffer(await link.input(question, never)), bytes);
  assert.deepEqual(JSON.parse(target.seen[0]?.body ?? ''), question);
  await assert.rejects(buffer(await link.input(question, never)));
});

test('a file travels as raw bytes, what it is in the query; all of it has arrived when its id comes back', async (t) => {
  const arrived: { url: string | undefined; body: Buffer; type: string | undefined; length: string | undefined }[] = [];
  const server = createServer(async (request, answer) => {
    arrived.push({ url: request.url, body: await buffer(request), type: request.headers['content-type'], length: request.headers['content-length'] });
    answer.end('{"assetId":"one"}');
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const link = createLink({ serverUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, locationKey: 'pl_key', version: '1' });
  t.after(() => link.close());
  assert.deepEqual(await link.asset(facts, bytes.length, content, never), { assetId: 'one' });
  assert.deepEqual(await link.asset(facts, 0, () => Readable.from([]), never), { assetId: 'one' });
  const [whole, empty] = arrived;
  assert.deepEqual([whole?.body, whole?.type, whole?.length], [bytes, 'application/octet-stream', String(bytes.length)]);
  const url = new URL(whole?.url ?? '', 'http://x');
  assert.deepEqual([url.pathname, Object.fromEntries(url.searchParams)], ['/agent/v1/asset', { ...facts, token: '1' }]);
  assert.equal(empty?.body.length, 0);
});

test('a refusal in the middle of a file is heard, also when the server stops reading; a file of another length is no trouble of the line', async (t) => {
  const server = createServer((request, answer) => {
    answer.writeHead(409, { 'content-type': 'application/json', connection: 'close' }).end('{"statusCode":409,"error":"Conflict","message":"gone","errorCode":"ERR_LEASE_LOST"}');
    request.pause();
  }).listen(0, '127.0.0.1');
  t.after(() => { server.close(); server.closeAllConnections(); });
  await once(server, 'listening');
  const link = createLink({ serverUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, locationKey: 'pl_key', version: '1' });
  t.after(() => link.close());
  const endless = () => Readable.from((function* () { for (;;) yield bytes; })());
  await assert.rejects(link.asset(facts, 1e12, endless, never), { kind: 'lost' });
});

test('a file that has another length than was said, or cannot be read, is no trouble of the line', async (t) => {
  const server = createServer((request) => { request.on('error', () => {}).resume(); }).listen(0, '127.0.0.1');
  t.after(() => { server.close(); server.closeAllConnections(); });
  await once(server, 'listening');
  const link = createLink({ serverUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, locationKey: 'pl_key', version: '1' });
  t.after(() => link.close());
  for (const size of [bytes.length + 1, bytes.length - 1]) await assert.rejects(link.asset(facts, size, content, never), /^Error: The file changed/);
  await assert.rejects(link.asset(facts, 5, () => new Readable({ read() { this.destroy(new Error('EIO')); } }), never), /^Error: EIO/);
});

test('a run that is over ends its file transfers', async (t) => {
  const asked = Promise.withResolvers<void>();
  const { link } = await linkTo(t, (_request, answer) => { answer.writeHead(200, { 'content-length': 10 }).write('x', () => asked.resolve()); });
  const over = new AbortController();
  const stream = await link.input({ ...run, key: 'bundle/1' }, over.signal);
  await asked.promise;
  over.abort();
  await assert.rejects(buffer(stream));
});
