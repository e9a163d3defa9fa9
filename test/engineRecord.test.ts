import assert from 'node:assert/strict';
import { it } from 'node:test';
import { audit, snapshot } from './audit.ts';
import { ACCOUNT, check, createEngineUnderTest, plan } from './engineUnderTest.ts';
import { forEachStore } from './stores.ts';

const told = { verdict: 'passed' as const, startedAt: 1000, stoppedAt: 900, responseTime: 5, detail: '{}', log: null };
const recordingPlan = plan([check('0', { checkType: 'PLAYWRIGHT' }), check('1', { checkType: 'PLAYWRIGHT' })], { provider: 'PW_REPORTER', suiteId: null });

forEachStore('engine: recordings', (start) => {
  it('are handed to nobody, wait for no agent, and end by the fold of their results', async () => {
    await using rooms = await start();
    const { engine, agent, take, session, results } = createEngineUnderTest(rooms);
    const { sessionId, resultIds: [first = '', second = ''] } = await engine.record(recordingPlan, 1000);
    assert.deepEqual(await take(await agent()), []);
    await rooms.clock.advance(engine.limits.queueLimitMs * 10);
    assert.equal(await engine.expire(), 0);
    const of = { accountId: ACCOUNT, sessionId, resultId: first };
    await engine.recordFiles(of, [{ name: 'logs.txt', type: 'log', contentType: 'application/json', size: 1, storageKey: 'aa/1' }]);
    await assert.rejects(engine.recordFiles(of, []), { statusCode: 409 });
    await engine.recorded(of, told, null);
    assert.equal((await session(sessionId)).status, 'RUNNING');
    await engine.recorded({ ...of, resultId: second }, { ...told, verdict: 'failed' }, null);
    assert.deepEqual([(await session(sessionId)).status, (await session(sessionId)).started_at], ['FAILED', 1000]);
    assert.deepEqual((await results(sessionId)).map((run) => [run.result_type, run.status, run.attempt, run.stopped_at]), [['FINAL', 'PASSED', 1, 1000], ['FINAL', 'FAILED', 1, 1000]]);
    for (const late of [() => engine.recorded(of, told, null), () => engine.recordFiles(of, []), () => engine.checkRecording(of)]) await assert.rejects(late, { statusCode: 409 });
    audit(await snapshot(rooms.store, [sessionId]));
  });

  it('that are never told to their end are ended, and runs of agents are no recordings', async () => {
    await using rooms = await start();
    const { engine, session, results } = createEngineUnderTest(rooms);
    const { sessionId } = await engine.record(recordingPlan, 1000);
    await rooms.clock.advance(engine.limits.recordingMs + 1);
    assert.equal(await engine.expire(), 2);
    assert.equal((await session(sessionId)).status, 'FAILED');
    assert.match((await results(sessionId))[0]?.schedule_error ?? '', /end of this run was never told/);
    audit(await snapshot(rooms.store, [sessionId]));
    const opened = await engine.open(plan([check('a')]));
    const of = { accountId: ACCOUNT, sessionId: opened.sessionId, resultId: opened.resultIds['a'] ?? '' };
    await assert.rejects(engine.recorded(of, told, null), { statusCode: 404 });
  });
});
