import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { it } from 'node:test';
import { audit, auditProgress, snapshot } from './audit.ts';
import { ACCOUNT, check, createEngineUnderTest, fixed, held, outcome, plan } from './engineUnderTest.ts';
import { forEachStore } from './stores.ts';

const leaseLost = { name: 'Refusal', statusCode: 409, errorCode: 'ERR_LEASE_LOST' };

forEachStore('engine: cancel', (start) => {
  it('ends what waits at once and without starting it', async () => {
    await using rooms = await start();
    const { engine, agent, take, results, session } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan([check('a'), check('b')]));
    assert.equal(await engine.cancel(ACCOUNT, opened.sessionId), true);
    const row = await session(opened.sessionId);
    assert.deepEqual([row.status, row.stopped_at, row.cancelled], ['CANCELLED', rooms.clock.now(), 2]);
    for (const run of await results(opened.sessionId)) {
      assert.deepEqual([run.result_type, run.status, run.is_cancelled, run.aborted, run.has_failures, run.started_at], ['FINAL', 'CANCELLED', 1, 1, 0, null]);
    }
    assert.deepEqual(await take(await agent()), []);
    assert.deepEqual(await rooms.queue.depth(), []);
    audit(await snapshot(rooms.store, [opened.sessionId]));
  });

  it('tells the agent of what runs, which then reports what it has (A.8)', async () => {
    await using rooms = await start();
    const { engine, agent, take, results, session } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan([check('a', { retryStrategy: fixed(0, 3) })]));
    const me = await agent();
    const assignment = (await take(me))[0]!;
    const woken: string[] = [];
    rooms.events.subscribe(`agent:${me.id}`, () => { woken.push('agent'); });
    await engine.cancel(ACCOUNT, opened.sessionId);
    assert.deepEqual(woken, ['agent']);
    assert.equal((await session(opened.sessionId)).status, 'RUNNING', 'until the agent has stopped');
    assert.deepEqual(await engine.extend(me.id, [held(assignment)]), { cancelled: [assignment.runId], lost: [] });
    assert.deepEqual(await engine.cancelledRuns(me.id), [assignment.runId]);
    assert.deepEqual(await engine.cancelledRuns(randomUUID()), []);
    const what = outcome('failed', rooms.clock.now(), { interrupted: true, overMaxResponseTime: true });
    assert.deepEqual(await engine.finished(me.id, held(assignment), what), { resultType: 'FINAL' });
    const [run] = await results(opened.sessionId);
    assert.deepEqual([run?.status, run?.is_cancelled, run?.aborted, run?.has_failures, run?.over_max_response_time], ['CANCELLED', 1, 1, 0, 0]);
    assert.ok(run?.log, 'what there is is kept');
    assert.equal((await session(opened.sessionId)).status, 'CANCELLED');
    assert.deepEqual(await engine.cancelledRuns(me.id), []);
    audit(await snapshot(rooms.store, [opened.sessionId]));
  });

  it('leaves a run that finished before the signal its natural outcome, and never retries it', async () => {
    await using rooms = await start();
    const { engine, agent, take, results, session } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan([check('a'), check('b', { retryStrategy: fixed(0, 3) })]));
    const me = await agent();
    const [a, b] = await take(me);
    await engine.cancel(ACCOUNT, opened.sessionId);
    await engine.finished(me.id, held(a!), outcome('passed', rooms.clock.now()));
    assert.deepEqual(await engine.finished(me.id, held(b!), outcome('failed', rooms.clock.now())), { resultType: 'FINAL' });
    assert.deepEqual((await results(opened.sessionId)).map((run) => [run.status, run.is_cancelled]).sort(), [['FAILED', 0], ['PASSED', 0]]);
    assert.equal((await session(opened.sessionId)).status, 'FAILED');
  });

  it('ends a run that waits for its retry', async () => {
    await using rooms = await start();
    const { engine, agent, take, results, session } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan([check('a', { retryStrategy: fixed(30, 3) })]));
    const me = await agent();
    await engine.finished(me.id, held((await take(me))[0]!), outcome('failed', rooms.clock.now()));
    await engine.cancel(ACCOUNT, opened.sessionId);
    assert.deepEqual((await results(opened.sessionId)).map((run) => [run.attempt, run.result_type, run.status]), [[1, 'ATTEMPT', 'FAILED'], [2, 'FINAL', 'CANCELLED']]);
    assert.equal((await session(opened.sessionId)).status, 'CANCELLED');
    assert.deepEqual(await rooms.queue.depth(), [], 'nothing is left for later');
    audit(await snapshot(rooms.store, [opened.sessionId]));
  });

  it('cancels only the sequences that were named, and is CANCELLED when the others have ended (A.3.7)', async () => {
    await using rooms = await start();
    const { engine, agent, take, session, sequences } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan([check('a'), check('b')]));
    await engine.cancel(ACCOUNT, opened.sessionId, [opened.sequenceIds['a']!, randomUUID()]);
    assert.deepEqual((await sequences(opened.sessionId)).map((row) => row.status), ['CANCELLED', 'RUNNING']);
    assert.equal((await session(opened.sessionId)).status, 'RUNNING');
    const me = await agent();
    const [b, ...more] = await take(me);
    assert.deepEqual(more, []);
    await engine.finished(me.id, held(b!), outcome('failed', rooms.clock.now()));
    assert.equal((await session(opened.sessionId)).status, 'CANCELLED', 'a cancelled sequence outranks a failed one');
    audit(await snapshot(rooms.store, [opened.sessionId]));
  });

  it('knows neither sessions that do not exist nor those of other accounts', async () => {
    await using rooms = await start();
    const { engine, session } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan([check('a')]));
    assert.equal(await engine.cancel(randomUUID(), opened.sessionId), false);
    assert.equal(await engine.cancel(ACCOUNT, randomUUID()), false);
    assert.equal((await session(opened.sessionId)).status, 'RUNNING');
  });

  it('changes nothing the second time, and nothing of what has ended', async () => {
    await using rooms = await start();
    const { engine, agent, take } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan([check('a'), check('b')]));
    const me = await agent();
    const [a] = await engine.assign(me, { light: 1, heavy: 0 });
    await engine.cancel(ACCOUNT, opened.sessionId);
    const once = await snapshot(rooms.store, [opened.sessionId]);
    await rooms.clock.advance(1000);
    assert.equal(await engine.cancel(ACCOUNT, opened.sessionId), true);
    assert.deepEqual(await snapshot(rooms.store, [opened.sessionId]), once);
    await engine.finished(me.id, held(a!), outcome('errored', rooms.clock.now(), { interrupted: true }));
    const ended = await snapshot(rooms.store, [opened.sessionId]);
    assert.equal(await engine.cancel(ACCOUNT, opened.sessionId), true);
    assert.equal(await engine.cancel(ACCOUNT, opened.sessionId, []), true);
    assert.deepEqual(await snapshot(rooms.store, [opened.sessionId]), ended);
    assert.deepEqual(await take(me), []);
  });

  it('carries the cancellation out itself when nobody acknowledges it in 60 s, and refuses the late report (A.8)', async () => {
    await using rooms = await start();
    const { engine, agent, take, results, session } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan([check('a')]));
    const me = await agent();
    const assignment = (await take(me))[0]!;
    await engine.started(me.id, [{ ...held(assignment), startedAt: rooms.clock.now() }]);
    await engine.cancel(ACCOUNT, opened.sessionId);
    // The agent lives, extends, and does not stop.
    for (let waited = 0; waited < 60_000; waited += 10_000) {
      await rooms.clock.advance(10_000);
      await engine.expire();
      assert.equal((await session(opened.sessionId)).status, 'RUNNING');
      assert.deepEqual(await engine.extend(me.id, [held(assignment)]), { cancelled: [assignment.runId], lost: [] });
    }
    await rooms.clock.advance(1);
    await engine.expire();
    const [run] = await results(opened.sessionId);
    assert.deepEqual([run?.result_type, run?.status, run?.aborted, run?.stopped_at], ['FINAL', 'CANCELLED', 1, rooms.clock.now()]);
    assert.notEqual(run?.started_at, null);
    const ended = await snapshot(rooms.store, [opened.sessionId]);
    assert.deepEqual(await engine.extend(me.id, [held(assignment)]), { cancelled: [], lost: [assignment.runId] });
    await assert.rejects(engine.finished(me.id, held(assignment), outcome('passed', rooms.clock.now())), leaseLost);
    auditProgress(ended, await snapshot(rooms.store, [opened.sessionId]));
    assert.deepEqual(await rooms.queue.depth(), []);
  });

  it('ends a cancelled run of an agent that died as cancelled, not as a run for somebody else', async () => {
    await using rooms = await start();
    const { engine, agent, take, session } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan([check('a')]));
    await take(await agent());
    await engine.cancel(ACCOUNT, opened.sessionId);
    await rooms.clock.advance(engine.limits.leaseMs + 1);
    await engine.expire();
    assert.equal((await session(opened.sessionId)).status, 'CANCELLED');
    assert.deepEqual(await take(await agent('other')), []);
    audit(await snapshot(rooms.store, [opened.sessionId]));
  });
});
