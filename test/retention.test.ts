/** Retention on both stores: what goes, what stays, and what a crash in between leaves. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { FILE_TYPES, RETENTION_CLASSES, type RetentionDays } from '../src/sessions/retention/classes.ts';
import { findExpired } from '../src/sessions/retention/expired.ts';
import { createGeneration } from '../src/sessions/retention/generation.ts';
import { clearRetired, LEAVING_MS, retire } from '../src/sessions/retention/retire.ts';
import { check, createEngineUnderTest, held, outcome, plan } from './engineUnderTest.ts';
import { forEachStore, type Rooms } from './stores.ts';

const DAY = 86_400_000;
const ever: RetentionDays = Object.fromEntries(RETENTION_CLASSES.map((name) => [name, 0])) as unknown as RetentionDays;
const TYPES = Object.values(FILE_TYPES);

/** Ended sessions and running ones with a file of each type. */
function world(rooms: Rooms) {
  const under = createEngineUnderTest(rooms);
  const { store: { read }, clock } = rooms;
  return {
    ...under,
    async session(ends: boolean, more = {}) {
      const agent = await under.agent(randomUUID());
      const { sessionId } = await under.engine.open(plan([check('a')], { streamLogs: true, ...more }));
      const [assignment] = await under.take(agent);
      assert.ok(assignment);
      for (const type of TYPES) await under.engine.keepAsset(agent.id, held(assignment), { name: `${type}.bin`, type, contentType: 'text/plain', storageKey: `${type} of ${sessionId}`, size: 100 });
      await under.engine.log(agent.id, held(assignment), [{ time: clock.now(), msg: 'a line', level: 'INFO' }]);
      if (ends) await under.engine.finished(agent.id, held(assignment), outcome('passed', clock.now()));
      return sessionId;
    },
    files: async (sessionId: string) => (await read.selectFrom('assets').selectAll().where('session_id', '=', sessionId).orderBy('type').execute()),
    shown: async (sessionId: string) => (await read.selectFrom('assets').select('type').where('session_id', '=', sessionId).where('removed_at', 'is', null).orderBy('type').execute()).map(({ type }) => type),
    expired: async (days: RetentionDays) => Object.fromEntries((await findExpired(read, days, clock.now())).filter(({ count }) => count > 0).map(({ class: name, count, bytes }) => [name, [count, bytes]])),
    deps: { store: rooms.store, clock: clock.now, removeFile: under.deps.removeFile },
  };
}
const without = (...gone: string[]) => TYPES.filter((type) => !gone.includes(type)).sort();

forEachStore('retention', (start) => {
  test('each class goes at its own time, what the dry run said and nothing else; a running session is not touched', async () => {
    await using rooms = await start();
    const { session, files, shown, expired, deps, removed, results, events } = world(rooms);
    const [ended, running, unrecorded] = [await session(true), await session(false), await session(true, { recorded: false })];
    const generation = createGeneration(rooms.store.read);
    await generation.look();
    const days = { ...ever, videos: 7, logs: 8, traces: 9 };
    await rooms.clock.advance(7 * DAY);
    assert.deepEqual([await expired(days), await retire(deps, days)], [{}, 0], 'not before its time is over');
    await rooms.clock.advance(1);
    assert.deepEqual(await expired(days), { videos: [1, 100] });
    const before = generation.current();
    assert.equal(await retire(deps, days), 1);
    await generation.look();
    assert.equal(generation.current(), before + 1);
    assert.deepEqual([await shown(ended), await shown(running), await shown(unrecorded)], [without('video'), without(), without()]);
    assert.deepEqual([await retire(deps, days), await clearRetired(deps), removed], [0, 0, []], 'the bytes stay until nobody names them');
    await rooms.clock.advance(LEAVING_MS);
    assert.deepEqual([await clearRetired(deps), removed], [1, [`video of ${ended}`]]);
    assert.deepEqual((await files(ended)).filter(({ storage_key }) => storage_key === '').map(({ type }) => type), ['video'], 'its row stays');
    await rooms.clock.advance(2 * DAY);
    const [{ detail, log } = { detail: null, log: null }] = await results(ended);
    assert.deepEqual(await expired(days), { logs: [2, 100 + (detail?.length ?? 0) + (log?.length ?? 0)], traces: [1, 100] });
    assert.ok((await events(ended)).some(({ kind }) => kind === 'stream-logs'));
    assert.equal(await retire(deps, days), 3);
    const [row] = await results(ended);
    assert.deepEqual([row?.detail, row?.log, row?.data_removed_at, row?.status, row?.response_time], [null, null, rooms.clock.now(), 'PASSED', 100]);
    assert.ok(!(await events(ended)).some(({ kind }) => kind === 'stream-logs'));
    assert.ok((await events(running)).some(({ kind }) => kind === 'stream-logs'));
    assert.deepEqual([await shown(ended), await shown(running)], [without('video', 'log', 'trace'), without()]);
  });

  test('a session goes whole, and what is in it counts once', async () => {
    await using rooms = await start();
    const { session, files, expired, deps, removed, results, events } = world(rooms);
    const ended = await session(true);
    await rooms.clock.advance(2 * DAY);
    const [later, running] = [await session(true), await session(false)];
    const all = Object.fromEntries(RETENTION_CLASSES.map((name) => [name, 5])) as unknown as RetentionDays;
    await rooms.clock.advance(4 * DAY);
    const [row] = await results(ended);
    assert.deepEqual(await expired(all), { sessions: [1, 100 * TYPES.length + (row?.detail?.length ?? 0) + (row?.log?.length ?? 0)] });
    // An earlier round has left a row without bytes.
    await retire(deps, { ...ever, videos: 5 });
    await rooms.clock.advance(LEAVING_MS);
    await clearRetired(deps);
    assert.equal(await retire(deps, all), 1);
    assert.deepEqual([(await results(ended)).length, (await events(ended)).length, (await files(ended)).length], [0, 0, TYPES.length - 1]);
    await rooms.clock.advance(LEAVING_MS);
    assert.equal(await clearRetired(deps), TYPES.length - 1);
    assert.deepEqual([(await files(ended)).length, removed.length, [...removed].sort()], [0, TYPES.length, TYPES.map((type) => `${type} of ${ended}`).sort()]);
    for (const id of [later, running]) assert.deepEqual([(await results(id)).length, (await files(id)).length], [1, TYPES.length]);
  });

  test('killed at any moment, the next round goes on; a file that cannot be removed keeps nothing else', async () => {
    await using rooms = await start();
    const { session, files, deps, removed } = world(rooms);
    const ended = await session(true);
    await rooms.clock.advance(2 * DAY);
    const days = { ...ever, videos: 1, traces: 1 };
    const dies = { ...deps, removeFile: async (key: string) => {
      if (key.startsWith('video')) throw new Error('killed');
      removed.push(key);
    } };
    await retire(deps, days);
    await rooms.clock.advance(LEAVING_MS);
    await assert.rejects(clearRetired(dies), /killed/);
    assert.deepEqual(removed, [`trace of ${ended}`]);
    assert.deepEqual((await files(ended)).filter(({ removed_at }) => removed_at !== null).map(({ type, storage_key }) => [type, storage_key]), [['trace', ''], ['video', `video of ${ended}`]]);
    assert.equal(await clearRetired(deps), 1);
    assert.deepEqual([removed.length, await clearRetired(deps)], [2, 0]);
    // Bytes went, and the note of it did not: removed once more.
    await rooms.store.transaction((tx) => tx.db.updateTable('assets').set({ storage_key: 'again' }).where('session_id', '=', ended).where('type', '=', 'trace').execute());
    assert.equal(await clearRetired(deps), 1);
  });

  test('several servers at once take each thing once', async () => {
    await using rooms = await start();
    const { session, deps, results } = world(rooms);
    for (let n = 0; n < 4; n++) await session(true);
    const kept = await session(false);
    await rooms.clock.advance(2 * DAY);
    const rounds = await Promise.all([1, 2, 3].map(() => retire(deps, { ...ever, videos: 1, logs: 1 })));
    assert.equal(rounds.reduce((all, one) => all + one, 0), 4 * 3);
    const whole = await Promise.all([1, 2, 3].map(() => retire(deps, { ...ever, sessions: 1 })));
    assert.equal(whole.reduce((all, one) => all + one, 0), 4);
    assert.equal((await results(kept)).length, 1);
  });
});
