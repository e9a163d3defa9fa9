import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { it } from 'node:test';
import { createEngine } from '../src/sessions/engine.ts';
import { audit, auditProgress, snapshot } from './audit.ts';
import { ACCOUNT, check, createEngineUnderTest, fixed, held, outcome, plan } from './engineUnderTest.ts';
import { forEachStore } from './stores.ts';

const leaseLost = (why: RegExp) => (error: Error & { errorCode?: string; statusCode?: number }) => {
  assert.deepEqual([error.name, error.statusCode, error.errorCode], ['Refusal', 409, 'ERR_LEASE_LOST']);
  assert.match(error.message, why);
  return true;
};

forEachStore('engine: leases', (start) => {
  it('keep a run with an agent that extends, however long it takes', async () => {
    await using rooms = await start();
    const { engine, agent, take } = createEngineUnderTest(rooms);
    await engine.open(plan([check('a')]));
    const [me, other] = [await agent('me'), await agent('other')];
    const assignment = (await take(me))[0]!;
    for (let i = 0; i < 10; i++) {
      await rooms.clock.advance(engine.limits.leaseMs - 1);
      await engine.expire();
      assert.deepEqual(await engine.extend(me.id, [held(assignment)]), { cancelled: [], lost: [] });
    }
    assert.deepEqual(await take(other), []);
    assert.deepEqual(await engine.finished(me.id, held(assignment), outcome('passed', rooms.clock.now())), { resultType: 'FINAL' });
  });

  it('that lapse hand the run to another agent under its id with a higher token, and refuse the late one by name', async () => {
    await using rooms = await start();
    const { engine, agent, take, results } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan([check('a')]));
    const [dead, heir] = [await agent('dead'), await agent('heir')];
    const lost = (await take(dead))[0]!;
    await rooms.clock.advance(engine.limits.leaseMs + 1);
    assert.deepEqual(await take(heir), [], 'not before expire has looked');
    assert.equal(await engine.expire(), 1);
    const taken = (await take(heir))[0]!;
    assert.equal(taken.runId, lost.runId);
    assert.ok(taken.token > lost.token);
    await assert.rejects(engine.finished(dead.id, held(lost), outcome('failed', rooms.clock.now())), leaseLost(/taken over/));
    await assert.rejects(engine.log(dead.id, held(lost), [{ time: 1, msg: 'late', level: 'INFO' }]), leaseLost(/taken over/));
    assert.deepEqual(await engine.extend(dead.id, [held(lost)]), { cancelled: [], lost: [lost.runId] });
    await engine.started(dead.id, [{ ...held(lost), startedAt: 1 }]);
    assert.equal((await results(opened.sessionId))[0]?.started_at, null, 'a late start is left out');
    await engine.finished(heir.id, held(taken), outcome('passed', rooms.clock.now()));
    await assert.rejects(engine.finished(dead.id, held(lost), outcome('failed', rooms.clock.now())), leaseLost(/settled as FINAL/));
    assert.deepEqual((await results(opened.sessionId)).map((run) => [run.id, run.attempt, run.status]), [[lost.runId, 1, 'PASSED']]);
    audit(await snapshot(rooms.store, [opened.sessionId]));
  });

  it('that lapse take the files along that the lost agent has left: they are not the next one\'s', async () => {
    await using rooms = await start();
    const { engine, agent, take, removed } = createEngineUnderTest(rooms);
    await engine.open(plan([check('a')]));
    const file = { name: 'trace.zip', type: 'trace', contentType: 'application/zip', size: 1 };
    const [dead, heir] = [await agent('dead'), await agent('heir')];
    await engine.keepAsset(dead.id, held((await take(dead))[0]!), { ...file, storageKey: 'aa/lost' });
    await rooms.clock.advance(engine.limits.leaseMs + 1);
    await engine.expire();
    const taken = (await take(heir))[0]!;
    const kept = await engine.keepAsset(heir.id, held(taken), { ...file, storageKey: 'aa/kept' });
    await engine.finished(heir.id, held(taken), outcome('passed', rooms.clock.now()));
    assert.deepEqual(removed, ['aa/lost']);
    assert.deepEqual((await rooms.store.read.selectFrom('assets').select('id').execute()).map(({ id }) => id), [kept]);
  });

  it('of a run that lapsed may still be used until somebody else has it', async () => {
    await using rooms = await start();
    const { engine, agent, take } = createEngineUnderTest(rooms);
    await engine.open(plan([check('a'), check('b')]));
    const me = await agent();
    const [a, b] = await take(me);
    await rooms.clock.advance(engine.limits.leaseMs + 1);
    assert.deepEqual(await engine.finished(me.id, held(a!), outcome('passed', rooms.clock.now())), { resultType: 'FINAL' });
    assert.deepEqual(await engine.extend(me.id, [held(b!)]), { cancelled: [], lost: [] });
    assert.equal(await engine.expire(), 0);
  });

  it('are taken over twice; then the run is given up as lost (A.9)', async () => {
    await using rooms = await start();
    const { engine, agent, take, results, session } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan([check('a', { retryStrategy: fixed(0, 3) })]));
    const holders = [];
    for (let i = 0; i < 3; i++) {
      const me = await agent(`agent ${i}`);
      const assignment = (await take(me))[0]!;
      assert.equal(assignment.runId, opened.resultIds['a']);
      holders.push({ me, assignment });
      await rooms.clock.advance(engine.limits.leaseMs + 1);
      await engine.expire();
    }
    const [run] = await results(opened.sessionId);
    assert.deepEqual([run?.result_type, run?.status, run?.has_failures, run?.has_errors, run?.aborted], ['FINAL', 'FAILED', 1, 1, 1]);
    assert.match(run?.schedule_error ?? '', /lost 3 times/);
    assert.equal((await session(opened.sessionId)).status, 'FAILED');
    for (const { me, assignment } of holders) {
      await assert.rejects(engine.finished(me.id, held(assignment), outcome('passed', rooms.clock.now())), leaseLost(/settled as FINAL/));
    }
    assert.deepEqual(await rooms.queue.depth(), []);
    audit(await snapshot(rooms.store, [opened.sessionId]));
  });

  it('are nobody else\'s: neither another agent nor an older token can use them', async () => {
    await using rooms = await start();
    const { engine, agent, take } = createEngineUnderTest(rooms);
    await engine.open(plan([check('a')]));
    const [me, other] = [await agent('me'), await agent('other')];
    const assignment = (await take(me))[0]!;
    await assert.rejects(engine.finished(other.id, held(assignment), outcome('passed', rooms.clock.now())), leaseLost(/another agent/));
    await assert.rejects(engine.finished(me.id, { ...held(assignment), token: 0 }, outcome('passed', rooms.clock.now())), leaseLost(/token 1, yours is 0/));
    await assert.rejects(engine.finished(me.id, { runId: randomUUID(), token: 1 }, outcome('passed', rooms.clock.now())), leaseLost(/no such run/));
    const strange = [{ runId: assignment.runId, token: 0 }, { runId: randomUUID(), token: 1 }];
    assert.deepEqual((await engine.extend(me.id, strange)).lost.sort(), strange.map((run) => run.runId).sort());
    assert.deepEqual(await engine.extend(me.id, []), { cancelled: [], lost: [] });
    await rooms.clock.advance(engine.limits.leaseMs + 1);
    assert.equal(await engine.expire(), 1, 'an older token extended nothing');
  });

  it('pass over runs nobody knows, and still note the start of the others', async () => {
    await using rooms = await start();
    const { engine, agent, take, results } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan([check('a')]));
    const me = await agent();
    const assignment = (await take(me))[0]!;
    await engine.started(me.id, [{ runId: randomUUID(), token: 1, startedAt: 5 }, { ...held(assignment), startedAt: rooms.clock.now() }]);
    await engine.started(me.id, []);
    assert.equal((await results(opened.sessionId))[0]?.started_at, rooms.clock.now());
  });

  it('answer the same report twice alike and change nothing the second time', async () => {
    await using rooms = await start();
    const { engine, agent, take } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan([check('a', { retryStrategy: fixed(0, 1) })]));
    const me = await agent();
    for (const resultType of ['ATTEMPT', 'FINAL']) {
      const assignment = (await take(me))[0]!;
      assert.deepEqual(await engine.finished(me.id, held(assignment), outcome('failed', rooms.clock.now())), { resultType });
      const before = await snapshot(rooms.store, [opened.sessionId]);
      await rooms.clock.advance(10);
      assert.deepEqual(await engine.finished(me.id, held(assignment), outcome('passed', rooms.clock.now())), { resultType });
      assert.deepEqual(await snapshot(rooms.store, [opened.sessionId]), before);
    }
  });
});

forEachStore('engine: agents that come and go', (start) => {
  it('frees the runs of a process whose name a new one takes', async () => {
    await using rooms = await start();
    const { engine, agent, take } = createEngineUnderTest(rooms);
    await engine.open(plan([check('a')]));
    const [old, bystander] = [await agent('one'), await agent('two')];
    const lost = (await take(old))[0]!;
    const now = await agent('one');
    assert.equal(await engine.expire(), 1, 'at once, not at the end of the lease');
    const taken = (await take(now))[0]!;
    assert.equal(taken.runId, lost.runId);
    await assert.rejects(engine.finished(old.id, held(lost), outcome('passed', rooms.clock.now())), leaseLost(/taken over/));
    assert.deepEqual([await engine.seenAgent(old.id, old.locationId), await engine.seenAgent(now.id, now.locationId), await engine.seenAgent(bystander.id, bystander.locationId)], [false, true, true]);
    await engine.registerAgent({ ...now, version: '2', slots: { light: 1, heavy: 0 } });
    assert.equal(await engine.expire(), 0, 'its own hello again frees nothing');
  });

  it('takes any number of hellos under one name at the same time', async () => {
    await using rooms = await start();
    const { agent } = createEngineUnderTest(rooms);
    const all = await Promise.all(Array.from({ length: 8 }, () => agent('same')));
    const rows = await rooms.store.read.selectFrom('agents').selectAll().execute();
    assert.equal(rows.length, 1);
    assert.ok(all.some((one) => one.id === rows[0]?.id));
  });

  it('knows an agent in its own location only', async () => {
    await using rooms = await start();
    const { engine, agent } = createEngineUnderTest(rooms);
    const me = await agent();
    assert.equal(await engine.seenAgent(me.id, 'elsewhere'), false);
    assert.equal(await engine.seenAgent(randomUUID(), me.locationId), false);
    assert.equal(await engine.seenAgent(me.id, me.locationId), true);
    await rooms.clock.advance(30_000);
    assert.equal(await engine.seenAgent(me.id, me.locationId), true);
    const [row] = await rooms.store.read.selectFrom('agents').selectAll().execute();
    assert.equal(row?.last_seen_at, rooms.clock.now());
  });

  it('gives agents time to come back after a restart of the server', async () => {
    await using rooms = await start();
    const { engine, deps, agent, take } = createEngineUnderTest(rooms);
    await engine.open(plan([check('a'), check('b')]));
    const me = await agent();
    const [a, b] = await take(me);
    await rooms.clock.advance(600_000);
    const restarted = createEngine(deps);
    await restarted.graceAfterRestart(10_000);
    assert.equal(await restarted.expire(), 0);
    await rooms.clock.advance(9_000);
    assert.deepEqual(await restarted.extend(me.id, [held(a!)]), { cancelled: [], lost: [] });
    await rooms.clock.advance(1_001);
    assert.equal(await restarted.expire(), 1);
    assert.deepEqual((await restarted.extend(me.id, [held(a!), held(b!)])).lost, [b!.runId]);
  });
});

forEachStore('engine: runs that nobody takes', (start) => {
  it('end after 360 s when no agent is there (A.9)', async () => {
    await using rooms = await start();
    const { engine, agent, take, results, session } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan([check('a')]));
    await rooms.clock.advance(engine.limits.queueLimitMs);
    assert.equal(await engine.expire(), 0);
    await rooms.clock.advance(1);
    assert.equal(await engine.expire(), 1);
    const [run] = await results(opened.sessionId);
    assert.deepEqual([run?.result_type, run?.status, run?.schedule_error, run?.has_failures, run?.has_errors, run?.started_at],
      ['FINAL', 'FAILED', 'No agent picked up the run within 360 seconds', 1, 1, null]);
    assert.equal((await session(opened.sessionId)).status, 'FAILED');
    assert.deepEqual(await take(await agent()), []);
    assert.deepEqual(await rooms.queue.depth(), []);
    audit(await snapshot(rooms.store, [opened.sessionId]));
  });

  it('wait on while an agent of their place is alive, however busy', async () => {
    await using rooms = await start();
    const { engine, agent, take } = createEngineUnderTest(rooms);
    await engine.open(plan([check('a')]));
    const me = await agent();
    for (let waited = 0; waited < 2 * engine.limits.queueLimitMs; waited += 40_000) {
      await rooms.clock.advance(40_000);
      assert.equal(await engine.seenAgent(me.id, me.locationId), true);
      assert.equal(await engine.expire(), 0);
    }
    assert.equal((await take(me)).length, 1);
  });

  it('end when the agents of their place have no slots of their weight, or are gone', async () => {
    await using rooms = await start();
    const { engine, agent, results } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan([check('light'), check('heavy', { weight: 'heavy' })]));
    await rooms.clock.advance(engine.limits.queueLimitMs + 1);
    await agent('light only', { light: 3, heavy: 0 });
    assert.equal(await engine.expire(), 1);
    assert.deepEqual((await results(opened.sessionId)).map((run) => run.result_type), ['PENDING', 'FINAL']);
    await rooms.clock.advance(engine.limits.agentGoneMs);
    assert.equal(await engine.expire(), 1);
    assert.deepEqual((await results(opened.sessionId)).map((run) => run.result_type), ['FINAL', 'FINAL']);
  });

  it('end also behind hundreds that wait for a busy agent elsewhere', async () => {
    await using rooms = await start();
    const { engine, agent, session } = createEngineUnderTest(rooms);
    await engine.open(plan(Array.from({ length: 600 }, (_, i) => check(`busy-${i}`))));
    await rooms.clock.advance(1);
    const forsaken = await engine.open(plan([check('a')], { location: { code: 'office', locationId: 'place-1', privateLocationId: 'place-1', proxyUrl: null } }));
    await rooms.clock.advance(engine.limits.queueLimitMs + 1);
    await agent();
    assert.equal(await engine.expire(), 1);
    assert.equal((await session(forsaken.sessionId)).status, 'FAILED');
  });

  it('are not counted from their creation but from when a retry fell due', async () => {
    await using rooms = await start();
    const { engine, agent, take, results } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan([check('a', { retryStrategy: { type: 'SINGLE_RETRY', baseBackoffSeconds: 600 } })]));
    const me = await agent();
    await engine.finished(me.id, held((await take(me))[0]!), outcome('failed', rooms.clock.now()));
    await rooms.clock.advance(600_000 + engine.limits.queueLimitMs);
    assert.equal(await engine.expire(), 0);
    await rooms.clock.advance(1);
    assert.equal(await engine.expire(), 1);
    assert.deepEqual((await results(opened.sessionId)).map((run) => run.result_type), ['ATTEMPT', 'FINAL']);
    audit(await snapshot(rooms.store, [opened.sessionId]));
  });
});

forEachStore('engine: unrecorded sessions', (start) => {
  it('are forgotten an hour after they ended, with all that belongs to them; recorded ones stay', async () => {
    await using rooms = await start();
    const { engine, agent, take, session, removed } = createEngineUnderTest(rooms);
    const [kept, ended, running] = [await engine.open(plan([check('a')])), await engine.open(plan([check('b')], { recorded: false })), await engine.open(plan([check('c')], { recorded: false }))];
    const me = await agent();
    const assignments = await take(me);
    for (const one of assignments) {
      await engine.keepAsset(me.id, held(one), { name: 'f', type: 'file', contentType: 'text/plain', storageKey: `file of ${one.sessionId}`, size: 1 });
    }
    for (const opened of [kept, ended]) await engine.cancel(ACCOUNT, opened.sessionId);
    for (const one of assignments.filter((assignment) => assignment.sessionId !== running.sessionId)) {
      await engine.finished(me.id, held(one), outcome('passed', rooms.clock.now()));
    }
    const before = await snapshot(rooms.store, [kept.sessionId]);
    const mine = assignments.filter((assignment) => assignment.sessionId === running.sessionId).map(held);
    for (let passed = 0; passed < engine.limits.forgetMs; passed += 15_000) {
      await rooms.clock.advance(15_000);
      await engine.extend(me.id, mine);
    }
    await engine.expire();
    assert.equal((await session(ended.sessionId)).status, 'PASSED', 'the hour is not over');
    await rooms.clock.advance(1);
    await engine.expire();
    assert.deepEqual(removed, [`file of ${ended.sessionId}`]);
    for (const table of ['sequences', 'results', 'events', 'assets'] as const) {
      const left = await rooms.store.read.selectFrom(table).select('session_id').distinct().execute();
      assert.deepEqual(left.map((row) => row.session_id).sort(), [kept.sessionId, running.sessionId].sort(), table);
    }
    assert.equal((await rooms.store.read.selectFrom('sessions').select('id').execute()).length, 2);
    auditProgress(before, await snapshot(rooms.store, [kept.sessionId]));
  });
});

forEachStore('engine: uploads', (start) => {
  it('are kept for a day, whatever runs came of them, and what runs left stays', async () => {
    await using rooms = await start();
    const { engine, agent, take, removed } = createEngineUnderTest(rooms);
    await engine.keepUpload(ACCOUNT, { name: 'bundle', storageKey: 'old', size: 1 });
    await rooms.clock.advance(1);
    await engine.keepUpload(ACCOUNT, { name: 'bundle', storageKey: 'younger', size: 1 });
    await engine.open(plan([check('a')]));
    const me = await agent();
    const [assignment] = await take(me);
    await engine.keepAsset(me.id, held(assignment!), { name: 'f', type: 'file', contentType: 'text/plain', storageKey: 'of a run', size: 1 });
    await engine.finished(me.id, held(assignment!), outcome('passed', rooms.clock.now()));
    await rooms.clock.advance(engine.limits.keepUploadsMs - 1);
    await engine.expire();
    assert.deepEqual(removed, []);
    await rooms.clock.advance(1);
    await engine.expire();
    assert.deepEqual(removed, ['old']);
    const left = await rooms.store.read.selectFrom('assets').select('storage_key').orderBy('storage_key').execute();
    assert.deepEqual(left.map((row) => row.storage_key), ['of a run', 'younger']);
  });
});
