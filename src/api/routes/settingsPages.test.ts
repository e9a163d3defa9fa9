/** The settings pages about places, retention and the CLI, on both stores. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { headersOf, openApiUnderTest, type ApiUnderTest } from '../../../test/apiUnderTest.ts';
import { check, held, outcome, plan } from '../../../test/engineUnderTest.ts';
import { playSession } from '../../../test/playSession.ts';
import type { Connection, PlaceList, RetentionPage } from '../../contract/pages/settings.ts';
import type { PrivateLocation } from '../../accounts/locations.ts';
import { findExpired } from '../../sessions/retention/expired.ts';
import { foresee } from '../../sessions/retention/foresee.ts';

const DAY = 86_400_000;
const RETENTION = { sessions: 0, logs: 5, traces: 7, videos: 0, screenshots: 30, pcaps: 30, reports: 30, files: 30 };

for (const kind of ['sqlite', 'postgres'] as const) describe(`settings for the pages (${kind})`, { concurrency: false }, () => {
  let api: ApiUnderTest;
  let own: PrivateLocation;
  before(async () => {
    api = await openApiUnderTest({ kind, config: { retention: RETENTION } });
    [own] = await api.accounts.listLocations(api.owner.accountId) as [PrivateLocation];
  });
  after(() => api[Symbol.asyncDispose]());

  const get = async <T>(part: string, headers = headersOf(api.owner)): Promise<T> => {
    const answer = await api.app.inject({ url: `/web/accounts/${api.owner.accountId}/${part}`, headers });
    assert.equal(answer.statusCode, 200, `${part}: ${answer.body}`);
    return answer.json<T>();
  };

  it('tell the places with their agents, how busy these are, and what they give to user code', async () => {
    const { engine } = api;
    const agent = (name: string, sandbox?: { level: 'strict' | null; says: string }) => ({ id: randomUUID(), locationId: own.id, name, version: '1.2.3', slots: { light: 4, heavy: 1 }, sandbox });
    await engine.registerAgent(agent('gone'));
    api.advance(120_000);
    const busy = agent('busy', { level: 'strict', says: 'level strict (walls)' });
    await engine.registerAgent(busy);
    await engine.registerAgent(agent('walled off', { level: null, says: 'User code is not run.' }));
    const location = { code: own.slug, locationId: own.id, privateLocationId: own.id, proxyUrl: null };
    const { sessionId } = await engine.open(plan(['a', 'b', 'c', 'd'].map((id) => check(id, { weight: id === 'd' ? 'heavy' : 'light' })), { accountId: api.owner.accountId, location }));
    const taken = await engine.assign(busy, { light: 2, heavy: 1 });
    const { places, waitingIsLeast } = await get<PlaceList>('places');
    // What a stranger's session left waiting there counts, and only as a number.
    assert.deepEqual([waitingIsLeast, places.map(({ name, slugName, waiting }) => [name, slugName, waiting])], [false, [['Public regions', null, { light: 1, heavy: 0 }], ['Own', 'own', { light: 1, heavy: 0 }]]]);
    assert.ok(places[1]?.oldestWaitingAt);
    assert.deepEqual(places[1].agents.map(({ name, isAlive, taken: runs, slots, sandbox, version }) => ({ name, isAlive, runs, slots, sandbox, version })), [
      { name: 'busy', isAlive: true, runs: { light: 2, heavy: 1 }, slots: { light: 4, heavy: 1 }, sandbox: { level: 'strict', says: 'level strict (walls)' }, version: '1.2.3' },
      { name: 'walled off', isAlive: true, runs: { light: 0, heavy: 0 }, slots: { light: 4, heavy: 1 }, sandbox: { level: null, says: 'User code is not run.' }, version: '1.2.3' },
      { name: 'gone', isAlive: false, runs: { light: 0, heavy: 0 }, slots: { light: 4, heavy: 1 }, sandbox: null, version: '1.2.3' },
    ]);
    for (const assignment of taken) await engine.finished(busy.id, held(assignment), outcome('passed', Date.now()));
    await engine.cancel(api.owner.accountId, sessionId);
    const calm = (await get<PlaceList>('places')).places[1];
    assert.deepEqual([calm?.agents[0]?.taken, calm?.waiting, calm?.oldestWaitingAt], [{ light: 0, heavy: 0 }, { light: 0, heavy: 0 }, null]);
    const theirs = await api.app.inject({ url: `/web/accounts/${api.stranger.accountId}/places`, headers: headersOf(api.stranger) });
    assert.deepEqual(theirs.json<PlaceList>().places.map(({ slugName }) => slugName), [null, 'foreign']);
  });

  it('hear of the sandbox from the agent\'s hello, of one who says nothing too', async () => {
    const hello = (name: string, more: object) => api.app.inject({
      method: 'POST', url: '/agent/v1/hello', headers: headersOf({ apiKey: api.locationKey }), payload: { name, incarnation: randomUUID(), version: '1', slots: { light: 1, heavy: 0 }, ...more },
    });
    const told = { level: 'standard', says: 'level standard (no network of its own)' };
    assert.deepEqual([(await hello('new', { sandbox: told })).statusCode, (await hello('old', {})).statusCode], [200, 200]);
    assert.equal((await hello('wrong', { sandbox: { level: 'loose', says: '' } })).statusCode, 400);
    const { agents } = (await get<PlaceList>('places')).places[1]!;
    assert.deepEqual(['new', 'old'].map((name) => agents.find((agent) => agent.name === name)?.sandbox), [told, null]);
  });

  it('tell what is kept for how long, and to an Admin what is due: of this account, by the rules of the removal', async () => {
    const of = async (headers?: Record<string, string>) => (await get<RetentionPage>('retention', headers)).classes;
    assert.deepEqual((await of()).map(({ name, days, due }) => [name, days, due?.count]), Object.entries(RETENTION).map(([name, days]) => [name, days, 0]));
    const before = Date.now();
    for (const accountId of [api.owner.accountId, api.owner.accountId, api.stranger.accountId]) await playSession(api.engine, before, { a: [['passed']] }, { accountId });
    api.advance(6 * DAY);
    const logs = (await of()).find(({ name }) => name === 'logs')?.due;
    // Two of these sessions, and the two runs that the test before has finished and the one that it cancelled before it ran.
    const results = await api.store.read.selectFrom('results').select('id').where('account_id', '=', api.owner.accountId).where((eb) => eb.or([eb('detail', 'is not', null), eb('log', 'is not', null)])).execute();
    assert.deepEqual([logs?.count, logs?.atLeast], [results.length, false]);
    assert.ok(results.length >= 2 && (logs?.bytes ?? 0) > 0 && Date.parse(logs?.oldest ?? '') >= before);
    const now = Date.now() + 7 * DAY;
    const everything = { ...RETENTION, sessions: 6 };
    const foreseen = await Promise.all([api.owner, api.stranger].map(({ accountId }) => foresee(api.store.read, accountId, everything, now, 1_000)));
    for (const { class: name, days, count, oldest } of await findExpired(api.store.read, everything, now)) {
      const parts = foreseen.map((list) => list.find((one) => one.class === name));
      if (days === 0) assert.deepEqual(parts, [undefined, undefined], name);
      else assert.deepEqual([parts.reduce((all, part) => all + (part?.count ?? 0), 0), Math.min(...parts.map((part) => part?.oldest ?? Infinity))], [count, oldest ?? Infinity], name);
    }
    const [first] = await foresee(api.store.read, api.owner.accountId, everything, now, 1);
    assert.deepEqual([first?.class, first?.atLeast], ['sessions', true], 'looking stops there');
    const reader = headersOf(await api.accounts.createServiceKey({ accountId: api.owner.accountId, role: 'READ_WRITE', name: 'reader' }));
    assert.deepEqual((await of(reader)).map(({ days, due }) => [days, due]), Object.values(RETENTION).map((days) => [days, null]));
  });

  it('tell where clients find the server', async () => {
    assert.deepEqual(await get<Connection>('connection'), { apiUrl: 'http://assay.test', mqttUrl: 'ws://assay.test/mqtt', accountId: api.owner.accountId });
  });

  it('are an account\'s own', async () => {
    for (const part of ['places', 'retention', 'connection']) {
      assert.equal((await api.app.inject({ url: `/web/accounts/${api.owner.accountId}/${part}`, headers: headersOf(api.stranger) })).statusCode, 404, part);
    }
  });
});
