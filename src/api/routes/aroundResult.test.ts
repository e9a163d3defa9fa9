/** What stands around a result, through the door, on both stores. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { headersOf, openApiUnderTest, type ApiUnderTest } from '../../../test/apiUnderTest.ts';
import { check, plan } from '../../../test/engineUnderTest.ts';
import { playSession, type Run } from '../../../test/playSession.ts';
import type { AroundResult } from '../../contract/aroundResult.ts';
import type { ListedResult } from '../../contract/results.ts';
import type { TestSession } from '../../contract/sessions.ts';

const REFUSED = 'connect ECONNREFUSED 127.0.0.1:4001';
/** Longer than what an index takes of a logical id; the two differ at their end. */
const LONG = 'x'.repeat(400);

for (const kind of ['sqlite', 'postgres'] as const) describe(`around a result (${kind})`, { concurrency: false }, () => {
  let api: ApiUnderTest;
  let project = '';
  before(async () => {
    api = await openApiUnderTest({ kind });
    project = await api.accounts.upsertProject(api.owner.accountId, { logicalId: 'shop', name: 'Shop' });
  });
  after(() => api[Symbol.asyncDispose]());

  const play = async (checks: Record<string, readonly Run[]>, more: { projectId?: string | null; name?: string; accountId?: string; recorded?: boolean } = {}): Promise<string> => {
    const sessionId = await playSession(api.engine, Date.now(), checks, { accountId: api.owner.accountId, projectId: project, ...more });
    api.advance(10_000);
    return sessionId;
  };
  const resultsOf = async (sessionId: string): Promise<ListedResult[]> =>
    (await api.app.inject({ url: `/v1/test-sessions/${sessionId}`, headers: headersOf(api.owner) })).json<TestSession>().results ?? [];
  const ask = (sessionId: string, resultId: string, accountId = api.owner.accountId, headers = headersOf(api.owner)) =>
    api.app.inject({ url: `/web/accounts/${accountId}/test-sessions/${sessionId}/results/${resultId}/around`, headers });
  const around = async (sessionId: string, resultId: string): Promise<AroundResult> => {
    const answer = await ask(sessionId, resultId);
    assert.equal(answer.statusCode, 200, answer.body);
    return answer.json<AroundResult>();
  };
  /** Around the final of the check that has the name. */
  const aroundFinal = async (sessionId: string, logicalId: string): Promise<AroundResult> => {
    const final = (await resultsOf(sessionId)).find((one) => one.name === `Check ${logicalId}` && one.resultType === 'FINAL');
    return around(sessionId, final?.testSessionResultId ?? assert.fail(`${logicalId} has a final`));
  };

  it('are all runs of its sequence, whichever of them is asked about', async () => {
    const session = await play({ pay: [['failed', REFUSED], ['errored'], ['passed']], cart: [['passed']] }, { name: 'Three tries' });
    const runs = (await resultsOf(session)).filter(({ name }) => name === 'Check pay');
    const all = await Promise.all(runs.map(({ testSessionResultId }) => around(session, testSessionResultId)));
    for (const one of all) {
      assert.deepEqual(one.attempts.map(({ testSessionResultId }) => testSessionResultId), runs.map(({ testSessionResultId }) => testSessionResultId));
      assert.deepEqual(one.attempts.map((run) => [run.attempt, run.resultType, run.status, run.hasErrors]), [
        [1, 'ATTEMPT', 'FAILED', false], [2, 'ATTEMPT', 'FAILED', true], [3, 'FINAL', 'PASSED', false],
      ]);
      assert.deepEqual([one.sessionName, one.sessionStatus, one.dataRemovedAt], ['Three tries', 'PASSED', null]);
    }
    assert.deepEqual(all.map(({ errorGroups }) => errorGroups.length), [1, 1, 0]);
    assert.match(all[0]?.errorGroups[0]?.message ?? '', /ECONNREFUSED/);
    assert.ok(all[0]?.agentName);
  });

  it('are its neighbours in the order in which a session is read', async () => {
    const session = await play({ green: [['passed']], slow: [['degraded']], ours: [['errored']], red: [['failed', REFUSED], ['failed', REFUSED]], alsoRed: [['failed', REFUSED]] });
    const order = ['red', 'alsoRed', 'ours', 'slow', 'green'];
    for (const [index, name] of order.entries()) {
      const { position, count, previous, next } = await aroundFinal(session, name);
      const nameOf = (at: number) => (order[at] === undefined ? undefined : `Check ${order[at]}`);
      assert.deepEqual([position, count, previous?.name, next?.name], [index + 1, 5, nameOf(index - 1), nameOf(index + 1)]);
    }
    const [attempt] = await resultsOf(session).then((all) => all.filter(({ resultType }) => resultType === 'ATTEMPT'));
    assert.equal((await around(session, attempt?.testSessionResultId ?? '')).position, 1, 'an attempt stands where its final stands');
  });

  it('is the last run of the same check that passed before it, in its project', async () => {
    const first = await play({ mail: [['passed']] }, { name: 'First' });
    const second = await play({ mail: [['failed', REFUSED], ['passed']], post: [['passed']] }, { name: 'Second' });
    const elsewhere = await play({ mail: [['passed']] }, { projectId: await api.accounts.upsertProject(api.owner.accountId, { logicalId: 'other', name: 'Other' }) });
    await play({ mail: [['passed']] }, { projectId: null });
    await play({ mail: [['passed']] }, { recorded: false });
    const third = await play({ mail: [['failed', REFUSED]] });
    const fourth = await play({ mail: [['degraded']] });
    assert.equal((await aroundFinal(first, 'mail')).lastPassing, null);
    assert.equal((await aroundFinal(elsewhere, 'mail')).lastPassing, null);
    for (const session of [third, fourth]) {
      const { lastPassing } = await aroundFinal(session, 'mail');
      assert.deepEqual([lastPassing?.testSessionId, lastPassing?.sessionName, lastPassing?.status], [second, 'Second', 'PASSED']);
      const final = (await resultsOf(second)).find(({ testSessionResultId }) => testSessionResultId === lastPassing?.testSessionResultId);
      assert.deepEqual([final?.name, final?.resultType], ['Check mail', 'FINAL']);
    }
    const [attempt] = await resultsOf(second);
    assert.equal((await around(second, attempt?.testSessionResultId ?? '')).lastPassing?.testSessionId, first, 'its own sequence does not count');
    assert.equal((await aroundFinal(await play({ mail: [['passed']] }), 'mail')).lastPassing?.testSessionId, fourth, 'degraded is passed');
  });

  it('is found without a project too, by the logical id in the account', async () => {
    const alone = { projectId: null };
    const before = await play({ [`${LONG}a`]: [['passed']], solo: [['passed']] }, alone);
    await play({ [`${LONG}b`]: [['passed']] }, alone);
    await play({ solo: [['passed']] }, { ...alone, accountId: api.stranger.accountId });
    const session = await play({ [`${LONG}a`]: [['failed', REFUSED]], solo: [['failed', REFUSED]] }, alone);
    assert.equal((await aroundFinal(session, `${LONG}a`)).lastPassing?.testSessionId, before);
    assert.equal((await aroundFinal(session, 'solo')).lastPassing?.testSessionId, before);
  });

  it('tells of what still waits', async () => {
    const { sessionId, resultIds } = await api.engine.open(plan([check('waits'), check('refused', { scheduleError: 'Not run by this version.' })], { accountId: api.owner.accountId }));
    const { attempts, sessionStatus, position, previous, agentName } = await around(sessionId, resultIds['waits'] ?? '');
    assert.deepEqual([attempts.map(({ resultType, status }) => [resultType, status]), sessionStatus, position, previous?.name, agentName], [[['PENDING', 'RUNNING']], 'RUNNING', 2, 'Check refused', null]);
  });

  it('tells when retention took what a run had left', async () => {
    const session = await play({ old: [['passed']] });
    const at = Date.UTC(2026, 3, 2);
    await api.store.transaction((tx) => tx.db.updateTable('results').set({ detail: null, log: null, data_removed_at: at }).where('session_id', '=', session).execute());
    assert.equal((await aroundFinal(session, 'old')).dataRemovedAt, new Date(at).toISOString());
  });

  it('is nobody else\'s business', async () => {
    const session = await play({ mine: [['passed']] });
    const resultId = (await resultsOf(session))[0]?.testSessionResultId ?? '';
    const other = await play({ mine: [['passed']] });
    const { accountId } = api.stranger;
    const asked = [
      ask(session, resultId, accountId), ask(session, resultId, accountId, headersOf(api.stranger)), ask(session, resultId, api.owner.accountId, headersOf(api.stranger)),
      ask(other, resultId), ask(session, randomUUID()), ask(randomUUID(), resultId),
    ];
    assert.deepEqual((await Promise.all(asked)).map(({ statusCode }) => statusCode), asked.map(() => 404));
    assert.equal((await ask(session, 'none')).statusCode, 400);
  });
});
