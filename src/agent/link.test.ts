import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
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
