import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { it } from 'node:test';
import { messageTopic, type LogMessage, type ResultMessage } from '../src/contract/messages.ts';
import { ENGINE_LIMITS } from '../src/sessions/limits.ts';
import { audit, snapshot } from './audit.ts';
import { ACCOUNT, check, createEngineUnderTest, fixed, held, outcome, plan } from './engineUnderTest.ts';
import { forEachStore } from './stores.ts';

const kindsOf = (events: readonly { kind: string }[]) => events.map((event) => event.kind);
const leaseLost = { name: 'Refusal', statusCode: 409, errorCode: 'ERR_LEASE_LOST' };

forEachStore('engine: the life of a session', (start) => {
  it('is RUNNING with one PENDING result a check from the moment it is opened (A.3.1, A.4)', async () => {
    await using rooms = await start();
    const { engine, session, sequences, results, events } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan([check('a'), check('b', { checkType: 'TCP' })]));
    const row = await session(opened.sessionId);
    assert.deepEqual([row.status, row.stopped_at, row.sequences, row.running, row.started_at], ['RUNNING', null, 2, 2, rooms.clock.now()]);
    assert.equal(row.scheduling_id, opened.schedulingId);
    const pending = await results(opened.sessionId);
    assert.deepEqual(pending.map((run) => run.id), [opened.resultIds['a'], opened.resultIds['b']]);
    assert.deepEqual((await sequences(opened.sessionId)).map((sequence) => sequence.id), [opened.sequenceIds['a'], opened.sequenceIds['b']]);
    for (const run of pending) {
      assert.deepEqual([run.result_type, run.status, run.started_at, run.stopped_at, run.response_time, run.attempt], ['PENDING', 'RUNNING', null, null, null, 1]);
      assert.deepEqual([run.has_failures, run.has_errors, run.is_degraded, run.aborted, run.is_cancelled, run.over_max_response_time], [0, 0, 0, 0, 0, 0]);
    }
    assert.deepEqual(kindsOf(await events(opened.sessionId)), ['session']);
    audit(await snapshot(rooms.store, [opened.sessionId]));
  });

  it('opens nothing at all when one part of it cannot be written', async () => {
    await using rooms = await start();
    const { engine, deps } = createEngineUnderTest(rooms);
    const broken = { ...deps.queue, offer: async () => { throw new Error('no queue'); } };
    const { open } = await import('../src/sessions/open.ts');
    await assert.rejects(open({ ...deps, queue: broken }, plan([check('a')])), /no queue/);
    for (const table of ['sessions', 'sequences', 'results', 'events'] as const) {
      assert.deepEqual(await rooms.store.read.selectFrom(table).selectAll().execute(), [], table);
    }
    await engine.open(plan([check('a')]));
  });

  it('rewrites the PENDING row in place: the id that was handed out becomes the FINAL result (A.4)', async () => {
    await using rooms = await start();
    const { engine, agent, take, results, session, events } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan([check('a')]));
    const me = await agent();
    const assignment = (await take(me))[0]!;
    assert.equal(assignment.runId, opened.resultIds['a']);
    const startedAt = rooms.clock.now() + 5;
    await engine.started(me.id, [{ ...held(assignment), startedAt }]);
    const [running] = await results(opened.sessionId);
    assert.deepEqual([running?.result_type, running?.started_at, running?.stopped_at], ['PENDING', startedAt, null]);
    await rooms.clock.advance(200);
    const answer = await engine.finished(me.id, held(assignment), outcome('passed', startedAt, { responseTime: 42.5 }));
    assert.deepEqual(answer, { resultType: 'FINAL' });
    const [final, ...more] = await results(opened.sessionId);
    assert.deepEqual(more, []);
    assert.deepEqual([final?.id, final?.result_type, final?.status, final?.response_time, final?.started_at, final?.stopped_at],
      [opened.resultIds['a'], 'FINAL', 'PASSED', 42.5, startedAt, startedAt + 120]);
    const ended = await session(opened.sessionId);
    assert.deepEqual([ended.status, ended.stopped_at, ended.passed], ['PASSED', rooms.clock.now(), 1]);
    assert.deepEqual(kindsOf(await events(opened.sessionId)), ['session', 'run-start', 'result', 'session']);
    assert.deepEqual(await rooms.queue.depth(), []);
    audit(await snapshot(rooms.store, [opened.sessionId]));
  });

  it('gives the agent the whole check, with its variables and what the run is told about itself', async () => {
    await using rooms = await start();
    const { engine, deps, agent, take } = createEngineUnderTest(rooms);
    await rooms.store.transaction((tx) => tx.db.insertInto('client_certificates').values({
      id: 'certificate', account_id: ACCOUNT, host: '*.shop.test', cert: 'CERT', ca: null, sealed: deps.seal.seal('{"key":"KEY","passphrase":null}'), created_at: 7,
    }).execute());
    const variables = [{ key: 'TOKEN', value: 'CANARY', secret: true }, { key: 'REGION', value: 'shadowed', secret: false }];
    await engine.open(plan([check('a', { variables, notices: ['a notice'], checkId: 'check-1' })], { location: { code: 'office', locationId: 'public', privateLocationId: 'place-1', proxyUrl: 'http://proxy' } }));
    const [assignment] = await take(await agent());
    assert.deepEqual([assignment?.checkType, assignment?.name, assignment?.attempt, assignment?.token, assignment?.weight, assignment?.location, assignment?.proxyUrl],
      ['URL', 'Check a', 1, 1, 'light', 'office', 'http://proxy']);
    assert.deepEqual(assignment?.settings, { request: { url: 'http://shop.test/' } });
    assert.deepEqual(assignment?.notices, ['a notice']);
    assert.deepEqual(assignment?.certificates, [{ id: 'certificate', host: '*.shop.test', cert: 'CERT', ca: null, key: 'KEY', passphrase: null, createdAt: 7 }]);
    const values = new Map(assignment?.variables.map((variable) => [variable.key, variable.value]));
    assert.equal(assignment?.variables.length, values.size, 'each key once');
    assert.deepEqual([values.get('TOKEN'), values.get('REGION'), values.get('CHECK_RESULT_ID'), values.get('CHECK_ID')], ['CANARY', 'office', assignment?.runId, 'check-1']);
  });

  it('keeps the check sealed while it waits, and then for as long as it may run again', async () => {
    await using rooms = await start();
    const { engine, agent, take, sequences } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan([check('a', { variables: [{ key: 'TOKEN', value: 'CANARY-SECRET', secret: true }], settings: { url: 'CANARY-URL' }, retryStrategy: fixed(0, 1) })]));
    const me = await agent();
    const stored = async () => JSON.stringify(await Promise.all((['sessions', 'sequences', 'results', 'events'] as const).map((table) => rooms.store.read.selectFrom(table).selectAll().execute())));
    assert.ok(!(await stored()).includes('CANARY'));
    const [first] = await take(me);
    await engine.finished(me.id, held(first!), outcome('failed', rooms.clock.now()));
    assert.ok((await sequences(opened.sessionId))[0]?.job, 'the retry needs it');
    const [second] = await take(me);
    assert.deepEqual(second?.settings, { url: 'CANARY-URL' });
    await engine.finished(me.id, held(second!), outcome('passed', rooms.clock.now()));
    await rooms.clock.advance(engine.limits.runAgainMs);
    await engine.expire();
    assert.ok((await sequences(opened.sessionId))[0]?.job, 'it may run again');
    assert.ok(!(await stored()).includes('CANARY'));
    await rooms.clock.advance(1);
    await engine.expire();
    assert.equal((await sequences(opened.sessionId))[0]?.job, null);
  });

  it('erases the check when its sequence settles, where nothing is to run again and of what is not recorded', async () => {
    await using rooms = await start();
    for (const [limits, recorded] of [[{ ...ENGINE_LIMITS, runAgainMs: 0 }, true], [ENGINE_LIMITS, false]] as const) {
      const { engine, agent, take, sequences } = createEngineUnderTest(rooms, limits);
      const { sessionId } = await engine.open(plan([check('a')], { recorded }));
      const me = await agent();
      for (const one of await take(me)) await engine.finished(me.id, held(one), outcome('passed', rooms.clock.now()));
      assert.deepEqual((await sequences(sessionId)).map(({ status, job }) => [status, job]), [['PASSED', null]]);
    }
  });

  it('writes what each verdict means', async () => {
    await using rooms = await start();
    const { engine, agent, take, results, session } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan(['passed', 'degraded', 'failed', 'errored', 'slow'].map((name) => check(name))));
    const me = await agent();
    for (const assignment of await take(me)) {
      const name = assignment.name.slice('Check '.length);
      const given = name === 'slow' ? outcome('failed', rooms.clock.now(), { overMaxResponseTime: true, interrupted: true })
        : outcome(name as 'passed', rooms.clock.now(), name === 'errored' ? { fault: 'The sandbox would not start.', responseTime: null } : {});
      await engine.finished(me.id, held(assignment), given);
    }
    const rows = await results(opened.sessionId);
    assert.deepEqual(rows.map((row) => [row.status, row.has_failures, row.has_errors, row.is_degraded, row.over_max_response_time, row.aborted]), [
      ['PASSED', 0, 0, 0, 0, 0], ['PASSED', 0, 0, 1, 0, 0], ['FAILED', 1, 0, 0, 0, 0], ['FAILED', 1, 1, 0, 0, 0], ['FAILED', 1, 0, 0, 1, 1],
    ]);
    assert.equal(JSON.parse(rows[3]?.detail ?? '').requestError, 'The sandbox would not start.');
    assert.equal((await session(opened.sessionId)).status, 'FAILED');
    audit(await snapshot(rooms.store, [opened.sessionId]));
  });

  it('does not fail for a degraded check (A.3.6)', async () => {
    await using rooms = await start();
    const { engine, agent, take, session } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan([check('a'), check('b')]));
    const me = await agent();
    const [a, b] = await take(me);
    await engine.finished(me.id, held(a!), outcome('degraded', rooms.clock.now()));
    assert.deepEqual([(await session(opened.sessionId)).status, (await session(opened.sessionId)).stopped_at], ['RUNNING', null]);
    await engine.finished(me.id, held(b!), outcome('passed', rooms.clock.now()));
    assert.equal((await session(opened.sessionId)).status, 'PASSED');
  });

  it('gives what cannot be scheduled its FINAL result at once, and ends at once when that is all', async () => {
    await using rooms = await start();
    const { engine, agent, take, session, results, events } = createEngineUnderTest(rooms);
    const sentence = 'BROWSER checks are not run by this version.';
    const opened = await engine.open(plan([check('a', { checkType: 'BROWSER', scheduleError: sentence }), check('b', { scheduleError: sentence })]));
    const row = await session(opened.sessionId);
    assert.deepEqual([row.status, row.stopped_at, row.failed], ['FAILED', rooms.clock.now(), 2]);
    for (const run of await results(opened.sessionId)) {
      assert.deepEqual([run.result_type, run.status, run.schedule_error, run.has_failures, run.has_errors, run.started_at, run.response_time, run.stopped_at],
        ['FINAL', 'FAILED', sentence, 1, 1, null, null, rooms.clock.now()]);
    }
    assert.deepEqual(kindsOf(await events(opened.sessionId)), ['session', 'result', 'result', 'session']);
    assert.deepEqual(await take(await agent()), []);
    audit(await snapshot(rooms.store, [opened.sessionId]));
  });

  it('runs the other checks of a session in which one cannot be scheduled', async () => {
    await using rooms = await start();
    const { engine, agent, take, session } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan([check('a', { scheduleError: 'No.' }), check('b')]));
    assert.equal((await session(opened.sessionId)).status, 'RUNNING');
    const me = await agent();
    const [b] = await take(me);
    await engine.finished(me.id, held(b!), outcome('passed', rooms.clock.now()));
    assert.equal((await session(opened.sessionId)).status, 'FAILED');
    audit(await snapshot(rooms.store, [opened.sessionId]));
  });

  it('hands work out by location and by free slots of each weight', async () => {
    await using rooms = await start();
    const { engine, agent, take } = createEngineUnderTest(rooms);
    await engine.open(plan([check('a'), check('b'), check('c', { weight: 'heavy' })]));
    await engine.open(plan([check('elsewhere')], { location: { code: 'office', locationId: 'place-1', privateLocationId: 'place-1', proxyUrl: null } }));
    const me = await agent();
    assert.deepEqual(await engine.assign(me, { light: 0, heavy: 0 }), []);
    assert.equal((await engine.assign(me, { light: 1, heavy: 0 })).length, 1);
    assert.deepEqual((await engine.assign(me, { light: 0, heavy: 5 })).map((one) => one.name), ['Check c']);
    assert.equal((await take(me)).length, 1);
    assert.deepEqual((await take({ ...me, locationId: 'place-1' })).map((one) => one.location), ['office']);
  });

  it('clears entries away that have no run any more', async () => {
    await using rooms = await start();
    const { engine, agent, take } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan([check('a'), check('b')]));
    const me = await agent();
    const [a] = await engine.assign(me, { light: 1, heavy: 0 });
    await engine.finished(me.id, held(a!), outcome('passed', rooms.clock.now()));
    const waiting = Object.values(opened.resultIds).find((id) => id !== a!.runId)!;
    // Of a settled run, of an unknown one, and a second one of the run that waits.
    const stray = [a!.runId, randomUUID(), waiting].map((runId) => ({ entryId: randomUUID(), lane: 'public.light', runId, availableAt: rooms.clock.now() }));
    await rooms.store.transaction((tx) => rooms.queue.offer(tx, stray));
    assert.deepEqual((await take(me)).map((one) => [one.runId, one.token]), [[waiting, 1]]);
    assert.deepEqual(await take(me), []);
    assert.deepEqual(await rooms.queue.depth(), [{ lane: 'public.light', ready: 0, delayed: 0, claimed: 1 }]);
  });

  it('takes 1,000 checks in one session', async () => {
    await using rooms = await start();
    const { engine, agent, session } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan(Array.from({ length: 1000 }, (_, i) => check(`check-${i}`))));
    const given = await engine.assign(await agent(), { light: 1000, heavy: 0 });
    assert.equal(new Set(given.map((one) => one.runId)).size, 1000);
    assert.equal((await session(opened.sessionId)).running, 1000);
    assert.equal(await engine.cancel(ACCOUNT, opened.sessionId), true);
  });
});

forEachStore('engine: retries', (start) => {
  it('turns a failed run into an ATTEMPT and makes a new PENDING result that waits its time (A.4, A.7)', async () => {
    await using rooms = await start();
    const { engine, agent, take, results, sequences } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan([check('a', { retryStrategy: { type: 'LINEAR', baseBackoffSeconds: 5, maxRetries: 2 } })]));
    const me = await agent();
    for (const wait of [5000, 10_000]) {
      const [assignment] = await take(me);
      assert.deepEqual(await engine.finished(me.id, held(assignment!), outcome('failed', rooms.clock.now())), { resultType: 'ATTEMPT' });
      await rooms.clock.advance(wait - 1);
      assert.deepEqual(await take(me), [], 'not before its time');
      await rooms.clock.advance(1);
    }
    const [third] = await take(me);
    assert.equal(third?.attempt, 3);
    assert.deepEqual(await engine.finished(me.id, held(third!), outcome('failed', rooms.clock.now())), { resultType: 'FINAL' });
    const rows = await results(opened.sessionId);
    assert.deepEqual(rows.map((row) => [row.attempt, row.result_type, row.status]), [[1, 'ATTEMPT', 'FAILED'], [2, 'ATTEMPT', 'FAILED'], [3, 'FINAL', 'FAILED']]);
    assert.equal(rows[0]?.id, opened.resultIds['a']);
    assert.equal(new Set(rows.map((row) => row.id)).size, 3, 'each retry has an id of its own');
    assert.equal((await sequences(opened.sessionId))[0]?.attempts, 3);
    audit(await snapshot(rooms.store, [opened.sessionId]));
  });

  it('ends with the first run that passes, degraded included', async () => {
    await using rooms = await start();
    const { engine, agent, take, results, session } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan([check('a', { retryStrategy: fixed(0, 5) })]));
    const me = await agent();
    for (const verdict of ['failed', 'errored', 'degraded'] as const) {
      const [assignment] = await take(me);
      await engine.finished(me.id, held(assignment!), outcome(verdict, rooms.clock.now()));
    }
    assert.deepEqual((await results(opened.sessionId)).map((row) => row.result_type), ['ATTEMPT', 'ATTEMPT', 'FINAL']);
    assert.equal((await session(opened.sessionId)).status, 'PASSED');
    assert.deepEqual(await take(me), []);
  });

  it('counts the budget from the first start, also when no start was ever reported', async () => {
    await using rooms = await start();
    const { engine, agent, take } = createEngineUnderTest(rooms);
    await engine.open(plan([check('a', { retryStrategy: { type: 'FIXED', baseBackoffSeconds: 0, maxRetries: 10, maxDurationSeconds: 10 } })]));
    const me = await agent();
    const answers = [];
    for (let run = 0; run < 3; run++) {
      const [assignment] = await take(me);
      const startedAt = rooms.clock.now();
      await rooms.clock.advance(4000);
      answers.push((await engine.finished(me.id, held(assignment!), outcome('failed', startedAt))).resultType);
    }
    assert.deepEqual(answers, ['ATTEMPT', 'ATTEMPT', 'FINAL']);
  });

  it('takes times with fractions from an agent and waits with fractions from a strategy', async () => {
    await using rooms = await start();
    const { engine, agent, take, results } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan([check('a', { retryStrategy: { type: 'EXPONENTIAL', baseBackoffSeconds: 0.0011, maxRetries: 1 } })]));
    const me = await agent();
    const [assignment] = await take(me);
    const startedAt = rooms.clock.now() + 0.4;
    await engine.started(me.id, [{ ...held(assignment!), startedAt }]);
    assert.deepEqual(await engine.finished(me.id, held(assignment!), outcome('failed', startedAt, { stoppedAt: startedAt + 1.3 })), { resultType: 'ATTEMPT' });
    const [attempt, next] = await results(opened.sessionId);
    assert.deepEqual([attempt?.started_at, attempt?.stopped_at, next?.available_at], [rooms.clock.now(), rooms.clock.now() + 2, rooms.clock.now() + 1]);
  });
});

forEachStore('engine: what is told', (start) => {
  it('publishes each result as the row that was written, on the topic that the client knows', async () => {
    await using rooms = await start();
    const { engine, agent, take, results, events } = createEngineUnderTest(rooms);
    const runId = randomUUID();
    const opened = await engine.open(plan([check('a', { checkRunId: runId, retryStrategy: fixed(0, 1) })], { suiteId: 'suite-7' }));
    const me = await agent();
    for (const verdict of ['failed', 'passed'] as const) {
      const [assignment] = await take(me);
      await engine.started(me.id, [{ ...held(assignment!), startedAt: rooms.clock.now() }]);
      await engine.finished(me.id, held(assignment!), outcome(verdict, rooms.clock.now()));
    }
    const [attempt, final] = await results(opened.sessionId);
    const told = (await events(opened.sessionId)).filter((event) => event.kind !== 'session');
    assert.deepEqual(told.map((event) => messageTopic(event.account_id, event.suite_id ?? '', event.sequence_id ?? '', event.run_id ?? '', event.kind)),
      [[runId, 'run-start'], [runId, 'result'], [final?.id, 'run-start'], [final?.id, 'result']]
        .map(([run, kind]) => `account/${ACCOUNT}/ad-hoc-check-results/suite-7/${opened.sequenceIds['a']}/${run}/${kind}`));
    const [first, last] = told.filter((event) => event.kind === 'result').map((event) => JSON.parse(event.payload) as ResultMessage);
    assert.deepEqual([first?.resultType, first?.testResultId, first?.result.hasFailures, first?.result.attempts], ['ATTEMPT', attempt?.id, true, 1]);
    const at = new Date(rooms.clock.now()).toISOString();
    assert.deepEqual(last, {
      result: {
        name: 'Check a', checkType: 'URL', logicalId: 'a', hasFailures: false, hasErrors: false, isDegraded: false, isCancelled: false, aborted: false,
        startedAt: at, stoppedAt: new Date(rooms.clock.now() + 120).toISOString(), responseTime: 100, attempts: 2, runLocation: 'eu-west-1',
        assets: { version: 3, clickHouseId: final?.id, region: 'eu-west-1', logPath: final?.id },
      },
      testResultId: final?.id, resultType: 'FINAL',
    });
  });

  it('names neither a result id of what is not recorded, nor assets of what left none', async () => {
    await using rooms = await start();
    const { engine, events } = createEngineUnderTest(rooms);
    const opened = await engine.open(plan([check('a', { scheduleError: 'No agent.' })], { recorded: false }));
    const [told] = (await events(opened.sessionId)).filter((event) => event.kind === 'result');
    const message = JSON.parse(told!.payload) as ResultMessage;
    assert.ok(!('testResultId' in message) && !('assets' in message.result) && !('sourceFile' in message.result));
    assert.deepEqual([message.result.runError, message.result.hasFailures], ['No agent.', true]);
  });

  it('streams log lines only where the session asked for them, and only from who holds the run', async () => {
    await using rooms = await start();
    const { engine, agent, take, events } = createEngineUnderTest(rooms);
    const me = await agent();
    const lines = [{ time: 17, msg: 'one', level: 'INFO' as const }, { time: 18, msg: 'two', level: 'WARN' as const }];
    const quiet = await engine.open(plan([check('a')]));
    const [silent] = await take(me);
    await engine.log(me.id, held(silent!), lines);
    assert.deepEqual(kindsOf(await events(quiet.sessionId)), ['session']);
    const streaming = await engine.open(plan([check('a')], { streamLogs: true }));
    const [loud] = await take(me);
    await engine.log(me.id, held(loud!), lines);
    await engine.log(me.id, held(loud!), []);
    const [, told, ...rest] = await events(streaming.sessionId);
    assert.deepEqual([told?.kind, rest], ['stream-logs', []]);
    assert.deepEqual(JSON.parse(told!.payload) as LogMessage, { logs: [{ timestamp: 17, message: 'one' }, { timestamp: 18, message: 'two' }] });
    await assert.rejects(engine.log(me.id, { ...held(loud!), token: 99 }, lines), leaseLost);
    await assert.rejects(engine.log(me.id, { runId: randomUUID(), token: 1 }, lines), leaseLost);
  });

  it('wakes the agents of the place when there is work, and the readers of the session at each change', async () => {
    await using rooms = await start();
    const { engine, agent, take } = createEngineUnderTest(rooms);
    const heard: string[] = [];
    for (const topic of ['lane:public', `suite:${ACCOUNT}/suite-1`] as const) rooms.events.subscribe(topic, () => { heard.push(topic); });
    await engine.open(plan([check('a', { retryStrategy: fixed(0, 1) })]));
    assert.deepEqual(heard, [`suite:${ACCOUNT}/suite-1`, 'lane:public']);
    const me = await agent();
    const [assignment] = await take(me);
    heard.length = 0;
    await engine.finished(me.id, held(assignment!), outcome('failed', rooms.clock.now()));
    assert.deepEqual(heard, [`suite:${ACCOUNT}/suite-1`, 'lane:public']);
  });
});
