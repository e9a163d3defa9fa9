import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test, { after, before } from 'node:test';
import type { InjectOptions } from 'fastify';
import { headersOf, openApiUnderTest, type ApiUnderTest } from '../../../test/apiUnderTest.ts';

let api: ApiUnderTest;
before(async () => { api = await openApiUnderTest(); });
after(async () => { await api[Symbol.asyncDispose](); });
const call = (method: InjectOptions['method'], url: string, payload?: object) =>
  api.app.inject({ method: method as 'GET', url, headers: headersOf(api.owner), ...(payload ? { payload } : {}) });
const create = async (slugName: string) => (await call('POST', '/v1/private-locations', { name: slugName, slugName })).json<{ id: string }>().id;
const agentOf = (locationId: string, name: string, version: string, lastSeenAt: number) => api.store.transaction(async ({ db }) => {
  await db.insertInto('agents').values({
    id: randomUUID(), location_id: locationId, name, version, light_slots: 1, heavy_slots: 1, first_seen_at: lastSeenAt, last_seen_at: lastSeenAt,
  }).execute();
});

test('a location lives: created, read, changed, deleted', async () => {
  const created = await call('POST', '/v1/private-locations', { name: 'Office', slugName: 'office', proxyUrl: 'http://u:{{P}}@proxy.example' });
  assert.equal(created.statusCode, 201);
  const location = created.json<{ id: string; created_at: string }>();
  assert.deepEqual({ ...location, id: '', created_at: '' }, {
    id: '', created_at: '', name: 'Office', slugName: 'office', icon: 'location', proxyUrl: 'http://u:{{P}}@proxy.example', updated_at: null, keys: [], egress: { allow: [], deny: [], loopback: false },
  });
  const url = `/v1/private-locations/${location.id}`;
  const changed = (await call('PUT', url, { name: 'Bureau', slugName: 'ignored' })).json<{ name: string; slugName: string; proxyUrl: string; updated_at: string }>();
  assert.deepEqual([changed.name, changed.slugName, changed.proxyUrl], ['Bureau', 'office', 'http://u:{{P}}@proxy.example']);
  assert.match(changed.updated_at, /^\d{4}-.*Z$/);
  assert.deepEqual((await call('GET', url)).json(), { ...changed, lastSeen: null, agentCount: 0, minAgentVersion: null });
  assert.equal((await call('DELETE', url)).statusCode, 204);
  assert.equal((await call('GET', url)).statusCode, 404);
});

test('what checks of a location may connect to: given, kept, changed as a whole, refused with the rule that is wrong', async () => {
  type Egress = { egress: { allow: string[]; deny: string[]; loopback: boolean } };
  const created = (await call('POST', '/v1/private-locations', { name: 'E', slugName: 'egress', egress: { allow: ['*.shop.test', '10.0.0.0/8'], loopback: true } })).json<Egress & { id: string }>();
  assert.deepEqual(created.egress, { allow: ['*.shop.test', '10.0.0.0/8'], deny: [], loopback: true });
  const url = `/v1/private-locations/${created.id}`;
  assert.deepEqual((await call('PUT', url, { name: 'F' })).json<Egress>().egress, created.egress);
  assert.deepEqual((await call('PUT', url, { name: 'F', egress: { deny: ['192.0.2.1'] } })).json<Egress>().egress, { allow: [], deny: ['192.0.2.1'], loopback: false });
  assert.deepEqual((await call('GET', url)).json<Egress>().egress, { allow: [], deny: ['192.0.2.1'], loopback: false });
  for (const egress of [{ allow: ['10.0.0.0/33'] }, { deny: ['a.test', 'http://b.test'] }, { loopback: 'maybe' }, { allow: 'a.test' }]) {
    const refused = await call('PUT', url, { name: 'F', egress });
    assert.equal(refused.statusCode, 400, JSON.stringify(egress));
  }
  const { message } = (await call('PUT', url, { name: 'F', egress: { deny: ['a.test', 'http://b.test'] } })).json<{ message: string }>();
  assert.match(message, /body\/egress\/deny\/1 "http:\/\/b\.test" is no rule/);
});

test('slugs: the grammar of H.1, and no two alike in an account', async () => {
  for (const slugName of ['', 'with space', 'x'.repeat(31), 'eu-west-1', 'us-gov-east-1-mine', 'ap-northeast-2', 'dot.ted', 'ünder']) {
    const response = await call('POST', '/v1/private-locations', { name: 'x', slugName });
    assert.equal(response.statusCode, 400, slugName);
    assert.match(response.json<{ message: string }>().message, /^body\/slugName /);
  }
  for (const slugName of ['eu-west', 'A1-b', 'x'.repeat(30)]) assert.equal((await call('POST', '/v1/private-locations', { name: 'x', slugName })).statusCode, 201, slugName);
  const twice = await call('POST', '/v1/private-locations', { name: 'y', slugName: 'A1-b' });
  assert.deepEqual([twice.statusCode, twice.json<{ message: string }>().message], [409, 'A private location with the slug A1-b exists already.']);
});

test('keys: the plain one once, two at most, each can go', async () => {
  const url = `/v1/private-locations/${await create('keyed')}/keys`;
  const first = (await call('POST', url)).json<{ id: string; rawKey: string; maskedKey: string }>();
  assert.match(first.rawKey, /^pl_[0-9a-f]{40}$/);
  assert.equal(first.maskedKey, `...${first.rawKey.slice(-4)}`);
  assert.equal((await call('POST', url)).statusCode, 201);
  assert.equal((await call('POST', url)).statusCode, 409);
  const read = await call('GET', url.replace('/keys', ''));
  assert.ok(!read.body.includes(first.rawKey));
  assert.deepEqual(read.json<{ keys: { rawKey: string }[] }>().keys.map(({ rawKey }) => rawKey), ['', '']);
  assert.equal((await call('DELETE', `${url}/${first.id}`)).statusCode, 204);
  assert.equal((await call('DELETE', `${url}/${first.id}`)).statusCode, 404);
  assert.equal((await call('POST', url)).statusCode, 201);
});

test('agents: who is there, since when, and the versions on request', async () => {
  const id = await create('staffed');
  const now = Date.now();
  await agentOf(id, 'a', '1.9.0', now - 5_000);
  await agentOf(id, 'b', '1.10.0', now - 1_000);
  await agentOf(id, 'gone', '1.0.0', now - 3_600_000);
  const list = async (query: string) => (await call('GET', `/v1/private-locations${query}`))
    .json<{ id: string; agentCount: number; minAgentVersion: string; lastSeen: string; runningAgents?: { version: string; isOutdated: boolean; count: number }[] }[]>()
    .find((location) => location.id === id);
  const plain = await list('');
  assert.deepEqual([plain?.agentCount, plain?.minAgentVersion, plain?.lastSeen, plain?.runningAgents], [2, '1.9.0', new Date(now - 1_000).toISOString(), undefined]);
  const versions = (await list('?versions=true'))?.runningAgents?.map(({ version, isOutdated, count }) => [version, isOutdated, count]);
  assert.deepEqual(versions, [['1.10.0', false, 1], ['1.9.0', true, 1]]);
});

test('metrics: one point, now; the times are Unix seconds or dates', async () => {
  const id = await create('measured');
  const url = `/v1/private-locations/${id}/metrics`;
  const now = Math.floor(Date.now() / 1000);
  const empty = (await call('GET', `${url}?from=${now - 60}&to=${now}`)).json<{ timestamps: string[]; queueSize: number[]; oldestScheduledCheckRun: number[] }>();
  assert.deepEqual([empty.timestamps.length, empty.queueSize, empty.oldestScheduledCheckRun], [1, [0], [0]]);
  const run = await call('POST', '/v1/test-sessions/run', {
    name: 's', runLocation: { type: 'PRIVATE', id, slugName: 'measured' }, shouldRecord: true,
    checkRunJobs: [{ logicalId: 'u', checkType: 'URL', name: 'u', request: { url: 'http://127.0.0.1:9/' } }],
  });
  assert.equal(run.statusCode, 202, run.body);
  api.advance(90_000);
  const waiting = (await call('GET', `${url}?from=${new Date(Date.now()).toISOString().slice(0, 10)}&to=${now + 1e6}`)).json<typeof empty>();
  assert.deepEqual(waiting.queueSize, [1]);
  assert.ok((waiting.oldestScheduledCheckRun[0] ?? 0) >= 90);
  for (const query of ['', '?from=1', '?from=x&to=y', `?from=${now}&to=${now - 1}`, `?from=${now - 16 * 86_400}&to=${now}`]) {
    assert.equal((await call('GET', url + query)).statusCode, 400, query);
  }
});
