/** Error groups and flakiness in the engine (F, A.3.8, K.19), on both stores. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { it } from 'node:test';
import type { GroupedError } from '../src/grouping/groupErrors.ts';
import { forgetSession } from '../src/sessions/forget.ts';
import { openGroupBook, type OfSession } from '../src/sessions/groupBook.ts';
import type { Plan } from '../src/sessions/plan.ts';
import { audit, snapshot } from './audit.ts';
import { ACCOUNT, check, createEngineUnderTest, held, outcome, plan, type EngineUnderTest } from './engineUnderTest.ts';
import { playSession } from './playSession.ts';
import { countRepeats, forEachStore, type Rooms } from './stores.ts';

const REFUSED = 'connect ECONNREFUSED 127.0.0.1:4001';
const REFUSED_ELSEWHERE = 'connect ECONNREFUSED 127.0.0.1:4002';
const UNKNOWN = 'getaddrinfo ENOTFOUND shop.invalid';
const PROJECT = randomUUID();

const groupsIn = ({ store }: Rooms) => store.read.selectFrom('error_groups').selectAll().orderBy('first_seen').orderBy('id').execute();
const seenIn = ({ store }: Rooms) => store.read.selectFrom('error_group_sessions').selectAll().execute();
const idsOf = (row: { error_group_ids: string } | undefined) => JSON.parse(row?.error_group_ids ?? '[]') as string[];
const detailOf = (error?: string) => ({ assertions: [], requestError: error ?? null });

const sessionOf = (environment: string | null): OfSession => ({ id: randomUUID(), account_id: ACCOUNT, project_id: null, environment, recorded: 1, created_at: 1 });

async function play({ engine, rooms }: EngineUnderTest, checks: Parameters<typeof playSession>[2], more: Partial<Plan> = {}): Promise<string> {
  const sessionId = await playSession(engine, rooms.clock.now(), checks, { projectId: PROJECT, ...more });
  audit(await snapshot(rooms.store, [sessionId]));
  return sessionId;
}

forEachStore('error groups', (start) => {
  it('are one for one fault, whatever its noise and whichever run of which session showed it', async () => {
    await using rooms = await start();
    const world = createEngineUnderTest(rooms);
    const first = await play(world, { a: [['failed', REFUSED]], b: [['passed']], c: [['failed', UNKNOWN]], d: [['failed', REFUSED_ELSEWHERE]] });
    const [refused, passed, unknown, elsewhere] = (await world.results(first)).map(idsOf);
    assert.deepEqual(passed, []);
    assert.deepEqual(refused, elsewhere);
    assert.notDeepEqual(refused, unknown);
    const started = rooms.clock.now();
    await rooms.clock.advance(5_000);
    await play(world, { a: [['failed', REFUSED_ELSEWHERE]] });
    const groups = await groupsIn(rooms);
    assert.equal(groups.length, 2);
    const group = groups.find(({ id }) => id === refused?.[0])!;
    assert.deepEqual([group.family, group.account_id, group.scope_id, group.archived], ['test-session', ACCOUNT, PROJECT, null]);
    assert.deepEqual([group.first_seen, group.last_seen, group.raw_message], [started, started + 5_000, REFUSED_ELSEWHERE], 'the latest text');
    assert.equal((await seenIn(rooms)).length, 3);
  });

  it('are apart by account and by project, of which none is one as well', async () => {
    await using rooms = await start();
    const world = createEngineUnderTest(rooms);
    const stranger = randomUUID();
    for (const more of [{}, { projectId: null }, { projectId: null }, { projectId: randomUUID() }, { accountId: stranger, projectId: null }]) await play(world, { a: [['failed', REFUSED]] }, more);
    const groups = await groupsIn(rooms);
    assert.deepEqual(groups.map((group) => group.account_id === stranger).sort(), [false, false, false, true]);
    assert.equal(new Set(groups.map((group) => group.error_hash)).size, 1);
    assert.equal(groups.filter((group) => group.scope_id === null).length, 2);
  });

  it('are one also when many sessions show the same faults at once', async () => {
    await using rooms = await start();
    const { engine } = createEngineUnderTest(rooms);
    const sentences = ['Not run by this version.', 'No such place.'];
    const opened = await Promise.all(Array.from({ length: 12 }, (_, n) =>
      engine.open(plan([0, 1].map((i) => check(String(i), { scheduleError: sentences[(i + n) % 2]! }))))));
    assert.equal((await groupsIn(rooms)).length, 2);
    assert.equal((await seenIn(rooms)).length, 24);
    audit(await snapshot(rooms.store, opened.map(({ sessionId }) => sessionId)));
  });

  it('go with the last session that showed them; what is archived for ever stays', async () => {
    await using rooms = await start();
    const world = createEngineUnderTest(rooms);
    const first = await play(world, { a: [['failed', REFUSED]], b: [['failed', UNKNOWN]] });
    const second = await play(world, { a: [['failed', REFUSED]] });
    const forget = (id: string) => rooms.store.transaction((tx) => forgetSession(tx, id));
    await forget(first);
    assert.deepEqual((await groupsIn(rooms)).map((group) => group.raw_message), [REFUSED], 'the other one showed it too');
    const [left] = await groupsIn(rooms);
    await world.engine.archiveGroup(ACCOUNT, 'test-session', left!.id, { archiveForEver: true });
    await forget(second);
    assert.deepEqual((await groupsIn(rooms)).map((group) => group.archived), ['for-ever']);
    assert.deepEqual(await seenIn(rooms), []);
  });

  it('are locked in one order, so that nobody waits for one who waits for him', async () => {
    await using started = await start();
    const { rooms: { store }, repeats } = countRepeats(started);
    const hashes = Array.from({ length: 300 }, (_, i) => String(i));
    for (let round = 0; round < 2; round++) {
      await Promise.all(Array.from({ length: 10 }, (_, n) => {
        const order = n % 2 === 0 ? hashes : hashes.toReversed();
        const book = openGroupBook(sessionOf(null), () => order.map((hash) => ({ raw: hash, cleaned: hash, hash, test: null })));
        book.see({ checkType: 'API', detail: null, scheduleError: null });
        return store.transaction((tx) => book.write(tx, 1));
      }));
    }
    assert.deepEqual([repeats(), (await groupsIn(started)).length, (await seenIn(started)).length], [0, 300, 20 * 300]);
  });

  it('are shown by attempts, too, and are overcome where the sequence passes in the end', async () => {
    await using rooms = await start();
    const world = createEngineUnderTest(rooms);
    const sessionId = await play(world, { a: [['failed', UNKNOWN], ['failed', REFUSED], ['passed']], b: [['failed', REFUSED], ['failed', UNKNOWN], ['failed', 'socket hang up']] });
    const results = await world.results(sessionId);
    assert.deepEqual(results.map((row) => idsOf(row).length), [1, 1, 0, 1, 1, 1]);
    assert.deepEqual(results.map((row) => row.is_flaky), [0, 0, 1, 0, 0, 0]);
    assert.deepEqual((await world.sequences(sessionId)).map(({ flaky }) => flaky), [1, 0]);
    // What the second check showed on its way to a failure has lasted, although it was not its last word.
    assert.deepEqual((await seenIn(rooms)).map(({ flaky }) => flaky), [0, 0, 0]);
    const other = await play(world, { a: [['failed', REFUSED], ['passed']] });
    assert.deepEqual((await seenIn(rooms)).filter((row) => row.session_id === other).map(({ flaky }) => flaky), [1]);
  });

  it('are made by schedule errors, lost agents and untold recordings, and by nothing that was cancelled', async () => {
    await using rooms = await start();
    const { engine, agent, take, results } = createEngineUnderTest(rooms);
    const unscheduled = await engine.open(plan([check('a', { scheduleError: 'Not run by this version.' })]));
    const lost = await engine.open(plan([check('a')]));
    for (let n = 0; n <= engine.limits.takeovers; n++) {
      assert.equal((await take(await agent(`lost ${n}`))).length, 1);
      await rooms.clock.advance(engine.limits.leaseMs + 1);
      await engine.expire();
    }
    const untold = await engine.record(plan([check('0', { checkType: 'PLAYWRIGHT' })], { provider: 'PW_REPORTER' }), rooms.clock.now());
    await rooms.clock.advance(engine.limits.recordingMs + 1);
    await engine.expire();
    const [waiting, running] = [await engine.open(plan([check('a')])), await engine.open(plan([check('a')]))];
    await engine.cancel(ACCOUNT, waiting.sessionId);
    const me = await agent();
    const [run] = await take(me);
    await engine.cancel(ACCOUNT, running.sessionId);
    await engine.finished(me.id, held(run!), outcome('failed', rooms.clock.now(), { interrupted: true, detail: detailOf(REFUSED) }));
    const ids = [unscheduled, lost, untold, waiting, running].map(({ sessionId }) => sessionId);
    assert.deepEqual(await Promise.all(ids.map(async (id) => idsOf((await results(id))[0]).length)), [1, 1, 1, 0, 0]);
    assert.equal((await groupsIn(rooms)).length, 3);
    audit(await snapshot(rooms.store, ids));
  });

  it('are not made by sessions that are not recorded, which leave nothing when they are forgotten', async () => {
    await using rooms = await start();
    const world = createEngineUnderTest(rooms);
    const kept = await play(world, { a: [['failed', REFUSED]] });
    const before = { groups: await groupsIn(rooms), seen: await seenIn(rooms) };
    await rooms.clock.advance(1_000);
    const gone = await play(world, { a: [['failed', REFUSED], ['failed', UNKNOWN]] }, { recorded: false, projectId: null });
    await rooms.clock.advance(world.engine.limits.forgetMs + 1);
    await world.engine.expire();
    assert.deepEqual(await world.results(gone), []);
    assert.deepEqual({ groups: await groupsIn(rooms), seen: await seenIn(rooms) }, before);
    audit(await snapshot(rooms.store, [kept]));
  });

  it('come back with the next event where they were archived until then, and never where for ever (K.19)', async () => {
    await using rooms = await start();
    const world = createEngineUnderTest(rooms);
    const { engine } = world;
    await play(world, { a: [['failed', REFUSED]], b: [['failed', UNKNOWN]] });
    const [once, ever] = (await groupsIn(rooms)).map(({ id }) => id);
    assert.equal(await engine.archiveGroup(ACCOUNT, 'test-session', once!, { archivedUntilNextEvent: true }), true);
    assert.equal(await engine.archiveGroup(ACCOUNT, 'test-session', ever!, { archiveForEver: true }), true);
    assert.equal(await engine.archiveGroup(randomUUID(), 'test-session', once!, { archiveForEver: true }), false);
    assert.equal(await engine.archiveGroup(ACCOUNT, 'check', once!, { archiveForEver: true }), false);
    const stateOf = async () => new Map((await groupsIn(rooms)).map((group) => [group.id, [group.archived, group.last_seen]]));
    const before = rooms.clock.now();
    assert.deepEqual([(await stateOf()).get(once!), (await stateOf()).get(ever!)], [['until-next-event', before], ['for-ever', before]]);
    await rooms.clock.advance(1_000);
    await play(world, { a: [['failed', REFUSED]], b: [['failed', UNKNOWN]] });
    assert.deepEqual([(await stateOf()).get(once!), (await stateOf()).get(ever!)], [[null, before + 1_000], ['for-ever', before + 1_000]]);
  });

  it('know each environment once, and each test', async () => {
    await using rooms = await start();
    const { store, clock } = rooms;
    const test = (testTitle: string) => ({ projectName: 'chromium', testFile: 'a.spec.ts', testTitle, suitePath: ['shop'] });
    const error = (hash: string, title: string | null): GroupedError => ({ raw: `raw\u0000${hash}`, cleaned: hash, hash, test: title === null ? null : test(title) });
    const write = async (environment: string | null, errors: GroupedError[]) => {
      const book = openGroupBook(sessionOf(environment), () => errors);
      const ids = book.see({ checkType: 'PLAYWRIGHT', detail: {}, scheduleError: null });
      await store.transaction((tx) => book.write(tx, clock.now()));
      return ids;
    };
    const ids = await write('staging', [error('b', 'buys'), error('a', null), error('b', 'sells'), error('b', 'buys')]);
    assert.equal(ids.length, 2);
    for (const environment of ['staging', 'x'.repeat(20_000), null]) await write(environment, [error('b', 'buys')]);
    const places = await store.read.selectFrom('error_group_places').selectAll().where('group_id', '=', ids[0]!).execute();
    const of = (kind: string) => places.filter((place) => place.kind === kind).map(({ value }) => value);
    assert.deepEqual(of('environment').map((value) => value.length).sort(), [20_000, 7]);
    assert.deepEqual(of('test').map((value) => JSON.parse(value)).sort((a, b) => (a.testTitle < b.testTitle ? -1 : 1)), [test('buys'), test('sells')]);
    assert.deepEqual((await groupsIn(rooms)).map((group) => group.raw_message).sort(), ['raw\uFFFDa', 'raw\uFFFDb'], 'no text keeps a run from ending');
  });

  it('count tests that were flaky within a suite that passed', async () => {
    await using rooms = await start();
    const { engine, agent, take, sequences, results } = createEngineUnderTest(rooms);
    const { sessionId } = await engine.open(plan([check('suite', { checkType: 'PLAYWRIGHT' })], { projectId: PROJECT }));
    const me = await agent();
    const counts = { total: 2, passed: 1, failed: 0, flaky: 1, skipped: 0 };
    await engine.finished(me.id, held((await take(me))[0]!), outcome('passed', rooms.clock.now(), { detail: { errors: [], counts } }));
    assert.deepEqual([(await sequences(sessionId))[0]?.flaky, (await results(sessionId))[0]?.is_flaky, await groupsIn(rooms)], [1, 1, []]);
  });
});
