/** Running a session again through the door, on both stores. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { headersOf, openApiUnderTest, type ApiUnderTest } from '../../../test/apiUnderTest.ts';
import { playSession } from '../../../test/playSession.ts';
import { check } from '../../../test/engineUnderTest.ts';
import type { TestSession } from '../../contract/sessions.ts';

for (const kind of ['sqlite', 'postgres'] as const) describe(`running again (${kind})`, { concurrency: false }, () => {
  let api: ApiUnderTest;
  let sessionId = '';
  before(async () => {
    api = await openApiUnderTest({ kind });
    const facts = { environment: 'staging', repoUrl: 'https://git.test/shop', commitId: 'abc', commitOwner: 'Ada', commitMessage: 'Pay', branchName: 'main', github: null };
    sessionId = await playSession(api.engine, Date.now(), { cart: [['failed', 'refused'], ['passed']], pay: [['failed', 'refused']] }, { accountId: api.owner.accountId, name: 'Shop', facts });
  });
  after(() => api[Symbol.asyncDispose]());

  const path = (id = sessionId) => `/web/accounts/${api.owner.accountId}/test-sessions/${id}/run-again`;
  const facts = async (id?: string) => (await api.app.inject({ url: path(id), headers: headersOf(api.owner) })).json<{ possible: boolean; until: string | null; all: number; failed: number; reason: string | null }>();
  const again = (payload: object, url = path(), headers = headersOf(api.owner)) => api.app.inject({ method: 'POST', url, headers, payload });
  const checksOf = async (id: string) => (await api.store.read.selectFrom('results').select(['name', 'attempt', 'status']).where('session_id', '=', id).orderBy('name').execute());

  it('all checks, or those that failed, as a new session with the same facts', async () => {
    const { until, ...rest } = await facts();
    assert.deepEqual(rest, { possible: true, all: 2, failed: 1, reason: null });
    assert.ok(Date.parse(until ?? '') > Date.now());
    const all = await again({});
    assert.equal(all.statusCode, 202, all.body);
    const { testSessionId } = all.json<{ testSessionId: string }>();
    assert.deepEqual((await checksOf(testSessionId)).map(({ name, attempt }) => [name, attempt]), [['Check cart', 1], ['Check pay', 1]]);
    const session = (await api.app.inject({ url: `/v1/test-sessions/${testSessionId}`, headers: headersOf(api.owner) })).json<TestSession>();
    assert.deepEqual([session.name, session.metadata?.environment, session.metadata?.branchName], ['Shop', 'staging', 'main']);
    const failed = (await again({ only: 'FAILED' })).json<{ testSessionId: string }>();
    assert.deepEqual((await checksOf(failed.testSessionId)).map(({ name }) => name), ['Check pay']);
    assert.deepEqual(await facts(failed.testSessionId), { possible: false, until: null, all: 0, failed: 0, reason: 'The session is still running.' });
    assert.equal((await again({}, path(failed.testSessionId))).statusCode, 409);
  });

  it('what could not be scheduled is not scheduled again either', async () => {
    const sentence = 'AGENTIC checks are not supported by this version of Assay yet.';
    const unscheduled = await playSession(api.engine, Date.now(), { cart: [['passed']] }, { accountId: api.owner.accountId, checks: [check('agentic', { scheduleError: sentence })], name: 'Odd' }).catch(() => null);
    assert.equal(unscheduled, null, 'nothing of it runs');
    const row = await api.store.read.selectFrom('sessions').select('id').where('name', '=', 'Odd').executeTakeFirstOrThrow();
    const { testSessionId } = (await again({}, path(row.id))).json<{ testSessionId: string }>();
    const runs = await api.store.read.selectFrom('results').select('schedule_error').where('session_id', '=', testSessionId).execute();
    assert.deepEqual(runs.map((run) => run.schedule_error), [sentence]);
  });

  it('is refused by name: other accounts, weaker roles, odd bodies, nothing that failed, settings that are gone', async () => {
    assert.equal((await again({}, path(), headersOf(api.stranger))).statusCode, 404);
    assert.match((await again({ only: 'PASSED' })).json<{ message: string }>().message, /body\/only/);
    const reader = await api.accounts.createServiceKey({ accountId: api.owner.accountId, name: 'reader', role: 'READ_ONLY' });
    assert.equal((await again({}, path(), headersOf({ apiKey: reader.apiKey }))).statusCode, 403);
    const green = await playSession(api.engine, Date.now(), { cart: [['passed']] }, { accountId: api.owner.accountId });
    assert.equal((await again({ only: 'FAILED' }, path(green))).json<{ message: string }>().message, 'No check of this session failed.');
    api.advance(86_400_001);
    assert.match((await facts()).reason ?? '', /24 hours/);
    assert.equal((await again({})).statusCode, 409);
  });
});
