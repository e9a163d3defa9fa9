/** A session as its page reads it: whole, then only what has changed, on both stores. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { headersOf, openApiUnderTest, type ApiUnderTest } from '../../../test/apiUnderTest.ts';
import { check, fixed, held, outcome, plan } from '../../../test/engineUnderTest.ts';
import type { SessionView } from '../../contract/sessionView.ts';

for (const kind of ['sqlite', 'postgres'] as const) describe(`a session's view (${kind})`, () => {
  let api: ApiUnderTest;
  const agent = { id: randomUUID(), locationId: randomUUID() };
  before(async () => {
    api = await openApiUnderTest({ kind });
    await api.engine.registerAgent({ ...agent, name: 'agent', version: '1', slots: { light: 100, heavy: 1 } });
  });
  after(() => api[Symbol.asyncDispose]());

  it('holds after a number only the checks that events above it tell of, with all their runs and errors', async () => {
    const location = { code: 'eu-west-1', locationId: agent.locationId, privateLocationId: null, proxyUrl: null };
    const { sessionId, sequenceIds } = await api.engine.open(plan(
      [check('a'), check('b', { retryStrategy: fixed(0, 1) }), check('c')], { accountId: api.owner.accountId, location, invoker: { userId: null, name: 'Nora' } }));
    const view = async (query = ''): Promise<SessionView> => {
      const answer = await api.app.inject({ url: `/web/accounts/${api.owner.accountId}/test-sessions/${sessionId}${query}`, headers: headersOf({ apiKey: api.owner.apiKey }) });
      assert.equal(answer.statusCode, 200, answer.body);
      return answer.json<SessionView>();
    };
    const shown = ({ results = [] }: SessionView) => results.map(({ sequenceId, attempts, resultType }) => [sequenceId, attempts, resultType]);
    const whole = await view();
    assert.deepEqual(shown(whole), [[sequenceIds['a'], 1, 'PENDING'], [sequenceIds['b'], 1, 'PENDING'], [sequenceIds['c'], 1, 'PENDING']]);
    assert.deepEqual([whole.invoker, whole.region, whole.provider, whole.status, whole.errorGroups], ['Nora', 'eu-west-1', 'API', 'RUNNING', []]);
    assert.deepEqual(shown(await view(`?after=${whole.lastEvent}`)), []);

    const first = await api.engine.assign(agent, { light: 100, heavy: 0 });
    const failing = outcome('failed', Date.now(), { detail: { assertions: [], requestError: 'read ECONNRESET' } });
    await api.engine.finished(agent.id, held(first.find(({ sequenceId }) => sequenceId === sequenceIds['b'])!), failing);
    const retried = await view(`?after=${whole.lastEvent}`);
    assert.deepEqual(shown(retried), [[sequenceIds['b'], 1, 'ATTEMPT'], [sequenceIds['b'], 2, 'PENDING']]);
    assert.deepEqual(retried.errorGroups.map(({ id, message }) => [id, message]), [[retried.errorGroupIds[0], 'read ECONNRESET']]);

    await api.engine.finished(agent.id, held(first.find(({ sequenceId }) => sequenceId === sequenceIds['a'])!), outcome('passed', Date.now()));
    const passed = await view(`?after=${retried.lastEvent}`);
    assert.deepEqual([shown(passed), passed.errorGroups], [[[sequenceIds['a'], 1, 'FINAL']], []]);
    assert.equal(shown(await view('?after=0')).length, 3, 'all that anything was told of');

    assert.deepEqual(passed.cancelling, []);
    await api.engine.cancel(api.owner.accountId, sessionId);
    assert.deepEqual((await view()).cancelling, [sequenceIds['c']], 'what waited has ended at once, what runs is told to stop');
    await api.engine.finished(agent.id, held(first.find(({ sequenceId }) => sequenceId === sequenceIds['c'])!), outcome('failed', Date.now(), { interrupted: true }));
    const ended = await view();
    assert.deepEqual([ended.status, ended.cancelling], ['CANCELLED', []]);
  });

  it('refuses a number that is none, by name', async () => {
    const answer = await api.app.inject({ url: `/web/accounts/${api.owner.accountId}/test-sessions/${randomUUID()}?after=-1`, headers: headersOf({ apiKey: api.owner.apiKey }) });
    assert.equal(answer.statusCode, 400);
    assert.match(answer.json<{ message: string }>().message, /querystring\/after/);
  });
});
