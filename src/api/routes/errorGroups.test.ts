/** Error groups and flakiness through the door (F.1, F.4, F.5, A.13), on both stores. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { headersOf, openApiUnderTest, type ApiUnderTest } from '../../../test/apiUnderTest.ts';
import { playSession, type Run } from '../../../test/playSession.ts';
import type { TestSessionErrorGroup } from '../../contract/errorGroups.ts';
import type { CheckFlakiness } from '../../contract/flakiness.ts';
import type { TestSession, TestSessionList } from '../../contract/sessions.ts';
import type { Plan } from '../../sessions/plan.ts';

const REFUSED = 'connect ECONNREFUSED 127.0.0.1:4001';
const UNKNOWN = 'getaddrinfo ENOTFOUND shop.invalid';
const RESET = 'read ECONNRESET';
const PATH = '/v1/test-session-error-groups';

for (const kind of ['sqlite', 'postgres'] as const) describe(`error groups at the door (${kind})`, { concurrency: false }, () => {
  let api: ApiUnderTest;
  let project = '';
  const sessions: string[] = [];
  before(async () => {
    api = await openApiUnderTest({ kind });
    project = await api.accounts.upsertProject(api.owner.accountId, { logicalId: 'shop', name: 'Shop' });
    const facts: Plan['facts'] = { environment: null, repoUrl: null, commitId: null, commitOwner: null, commitMessage: null, branchName: null, github: null };
    const play = async (checks: Record<string, Run[]>, environment: string | null, projectId: string | null = project) => {
      const plan = { accountId: api.owner.accountId, projectId, facts: { ...facts, environment }, name: `Session ${sessions.length}` };
      sessions.push(await playSession(api.engine, Date.now(), checks, plan));
      api.advance(10_000);
    };
    await play({ cart: [['failed', REFUSED], ['passed']], pay: [['failed', UNKNOWN]] }, 'staging');
    await play({ cart: [['failed', REFUSED], ['passed']], pay: [['passed']] }, 'production');
    await play({ cart: [['failed', REFUSED]], pay: [['passed']] }, 'staging');
    await play({ cart: [['passed']] }, null);
    await play({ cart: [['failed', RESET]] }, null, null);
  });
  after(() => api[Symbol.asyncDispose]());

  const send = (method: 'GET' | 'PATCH' | 'POST', url: string, payload?: object, headers = headersOf(api.owner)) =>
    api.app.inject({ method, url, headers, ...(payload ? { payload } : {}) });
  const get = async <T>(url: string): Promise<T> => {
    const answer = await send('GET', url);
    assert.equal(answer.statusCode, 200, `${url}: ${answer.body}`);
    return answer.json<T>();
  };
  const groups = (query = '') => get<TestSessionErrorGroup[]>(`${PATH}${query}`);
  const groupOf = async (text: RegExp): Promise<TestSessionErrorGroup> => {
    const group = (await groups()).find(({ rawErrorMessage }) => text.test(rawErrorMessage ?? ''));
    assert.ok(group);
    return group;
  };

  it('are listed with the last seen first, by page and by project, and are read one by one', async () => {
    const all = await groups();
    assert.deepEqual(all.map(({ rawErrorMessage }) => rawErrorMessage), [RESET, REFUSED, UNKNOWN]);
    const paged = await Promise.all([1, 2, 3, 4].map((page) => groups(`?limit=1&page=${page}`)));
    assert.deepEqual(paged.flat(), all);
    assert.equal((await send('GET', PATH)).headers['x-total-count'], '3');
    assert.deepEqual(await groups(`/projects/${project}`), all.slice(1));
    assert.deepEqual([all[0]?.projectId, all[1]?.projectId, all[2]?.projectId], [null, project, project]);
    for (const group of all) assert.deepEqual(await get(`${PATH}/${group.id}`), group);
    const { environments, firstSeen, lastSeen, pwtMetadata, rootCauseAnalyses, archivedUntilNextEvent } = all[1]!;
    assert.deepEqual([environments?.toSorted(), all[0]?.environments, pwtMetadata, rootCauseAnalyses, archivedUntilNextEvent], [['production', 'staging'], null, null, [], false]);
    assert.ok(Date.parse(lastSeen) - Date.parse(firstSeen) >= 20_000);
  });

  it('say in how many of their last sessions they were overcome', async () => {
    const { id } = await groupOf(/ECONNREFUSED/);
    const of = async (query: string) => (await get<TestSessionErrorGroup>(`${PATH}/${id}${query}`)).flakiness;
    assert.deepEqual(await of(''), { flakeRate: 2 / 3, flakySessions: 2, sessions: 3 });
    assert.deepEqual(await of('?sessions=2'), { flakeRate: 0.5, flakySessions: 1, sessions: 2 });
    assert.deepEqual((await groupOf(/ENOTFOUND/)).flakiness, { flakeRate: 0, flakySessions: 0, sessions: 1 });
    for (const bad of ['0', '101', 'x', '1.5']) assert.equal((await send('GET', `${PATH}/${id}?sessions=${bad}`)).statusCode, 400, bad);
  });

  it('stand on sessions, list entries and results, and filter the list of sessions page by page', async () => {
    const { id } = await groupOf(/ECONNREFUSED/);
    const shown = [sessions[2], sessions[1], sessions[0]];
    const list = (query: string) => get<TestSessionList>(`/v1/test-sessions?errorGroupId=${id}${query}`);
    const whole = await list('');
    assert.deepEqual([whole.entries.map((entry) => entry.id), whole.nextId], [shown, null]);
    const first = await list('&limit=2');
    const second = await list(`&limit=2&nextId=${first.nextId}`);
    assert.deepEqual([...first.entries, ...second.entries], whole.entries);
    assert.deepEqual((await list('&statuses=FAILED')).entries.map((entry) => entry.id), [sessions[2], sessions[0]]);
    assert.deepEqual((await list('&textSearch=session 1')).entries.map((entry) => entry.id), [sessions[1]]);
    assert.deepEqual((await get<TestSessionList>(`/v1/test-sessions?errorGroupId=${randomUUID()}`)).entries, []);
    for (const entry of whole.entries) {
      const session = await get<TestSession>(`/v1/test-sessions/${entry.id}`);
      const ofResults = new Set(session.results?.flatMap((result) => result.errorGroupIds));
      assert.deepEqual([session.errorGroupIds, entry.errorGroupIds], [[...ofResults].sort(), [...ofResults].sort()]);
      const flaky = session.results?.filter((result) => result.isFlaky);
      assert.ok(flaky?.every((result) => result.resultType === 'FINAL' && result.status === 'PASSED'));
      assert.deepEqual([session.flakySequenceIds.length, entry.flakySequenceIds], [flaky?.length, session.flakySequenceIds]);
    }
    assert.deepEqual(whole.entries.map((entry) => entry.flakySequenceIds?.length), [0, 1, 1]);
  });

  it('tell which checks of a project are flaky, over the last sessions of each', async () => {
    const checks = (query = '') => get<CheckFlakiness[]>(`/v1/test-session-flakiness/projects/${project}${query}`);
    const [cart, pay, ...more] = await checks();
    assert.deepEqual([cart?.logicalId, cart?.name, cart?.checkType, cart?.checkId, cart?.lastTestSessionId], ['cart', 'Check cart', 'URL', null, sessions[3]]);
    assert.deepEqual([cart?.flakiness, pay?.flakiness, more], [{ flakeRate: 0.5, flakySessions: 2, sessions: 4 }, { flakeRate: 0, flakySessions: 0, sessions: 3 }, []]);
    assert.deepEqual((await checks('?sessions=3'))[0]?.flakiness, { flakeRate: 1 / 3, flakySessions: 1, sessions: 3 });
    assert.deepEqual([...await checks('?limit=1'), ...await checks('?limit=1&page=2'), ...await checks('?limit=1&page=3')], [cart, pay]);
    assert.equal((await send('GET', `/v1/test-session-flakiness/projects/${randomUUID()}`)).statusCode, 404);
    const empty = await api.accounts.upsertProject(api.owner.accountId, { logicalId: 'empty', name: 'Empty' });
    assert.deepEqual(await get(`/v1/test-session-flakiness/projects/${empty}`), []);
  });

  it('are hidden from the lists when archived, by who may write, and are found by their id all the same (F.4)', async () => {
    const { id } = await groupOf(/ENOTFOUND/);
    const patch = (body: object, headers?: Record<string, string>) => send('PATCH', `${PATH}/${id}`, body, headers);
    const reader = headersOf(await api.accounts.createServiceKey({ accountId: api.owner.accountId, role: 'READ_RUN', name: 'reader' }));
    assert.equal((await patch({ archiveForEver: true }, reader)).statusCode, 403);
    assert.equal((await patch({ archiveForEver: true }, headersOf(api.stranger))).statusCode, 404);
    for (const bad of [{}, { archiveForEver: 'yes' }, { archivedUntilNextEvent: null }]) assert.equal((await patch(bad)).statusCode, 400, JSON.stringify(bad));
    const archived = await patch({ archivedUntilNextEvent: true });
    assert.deepEqual([archived.statusCode, archived.json<TestSessionErrorGroup>().archivedUntilNextEvent], [200, true]);
    const shown = async () => [(await groups()).length, (await groups(`/projects/${project}`)).length, (await send('GET', PATH)).headers['x-total-count']];
    assert.deepEqual(await shown(), [2, 1, '2']);
    assert.deepEqual(await get(`${PATH}/${id}`), archived.json());
    assert.equal((await patch({ archiveForEver: true })).json<TestSessionErrorGroup>().archivedUntilNextEvent, true);
    assert.equal((await patch({ archivedUntilNextEvent: false })).json<TestSessionErrorGroup>().archivedUntilNextEvent, true, 'for ever is for ever');
    assert.equal((await patch({ archiveForEver: false })).json<TestSessionErrorGroup>().archivedUntilNextEvent, false);
    assert.deepEqual(await shown(), [3, 2, '3']);
  });

  it('are their account\'s, and no group of another family', async () => {
    const { id } = await groupOf(/ECONNREFUSED/);
    for (const url of [`${PATH}/${id}`, `${PATH}/projects/${project}`, `/v1/test-session-flakiness/projects/${project}`]) {
      assert.equal((await send('GET', url, undefined, headersOf(api.stranger))).statusCode, 404, url);
    }
    const theirs = (await send('GET', PATH, undefined, headersOf(api.stranger))).json<{ id: string }[]>();
    assert.deepEqual([theirs.length, theirs.some((group) => group.id === id)], [1, false], 'they have one of their own');
    assert.deepEqual(await get('/v1/error-groups'), []);
    assert.equal((await send('GET', `/v1/error-groups/${id}`)).statusCode, 404);
    assert.equal((await send('PATCH', `/v1/error-groups/${id}`, { archiveForEver: true })).statusCode, 404);
    assert.equal((await send('GET', `/v1/error-groups/checks/${randomUUID()}`)).statusCode, 404);
  });

  it('of scheduled checks are the same groups in the other family', async () => {
    const [id, checkId] = [randomUUID(), randomUUID()];
    await api.store.transaction((tx) => tx.db.insertInto('error_groups').values({
      id, family: 'check', account_id: api.owner.accountId, scope_id: checkId, error_hash: 'h', raw_message: 'raw', cleaned_message: 'clean', first_seen: 1, last_seen: 2, archived: null,
    }).execute());
    const [group, ...more] = await get<Record<string, unknown>[]>('/v1/error-groups');
    assert.deepEqual([group, more], [{
      id, checkId, errorHash: 'h', rawErrorMessage: 'raw', cleanedErrorMessage: 'clean', firstSeen: '1970-01-01T00:00:00.001Z', lastSeen: '1970-01-01T00:00:00.002Z',
      archivedUntilNextEvent: false, rootCauseAnalyses: [],
    }, []]);
    assert.deepEqual([await get(`/v1/error-groups/checks/${checkId}`), await get(`/v1/error-groups/${id}`)], [[group], group]);
    const archived = await send('PATCH', `/v1/error-groups/${id}`, { archiveForEver: true });
    assert.deepEqual([archived.statusCode, await get('/v1/error-groups'), await get(`/v1/error-groups/checks/${checkId}`)], [200, [], []]);
    assert.equal((await send('GET', `/v1/error-groups/checks/${checkId}`, undefined, headersOf(api.stranger))).statusCode, 404);
  });

  it('are analysed by nobody: there is no AI provider (F.5)', async () => {
    const { id } = await groupOf(/ECONNREFUSED/);
    const post = (body?: object) => send('POST', `/v1/root-cause-analyses/test-session-error-groups/${id}`, body);
    for (const body of [undefined, {}, { userContext: null }, { userContext: 'It began today.' }]) {
      const answer = await post(body);
      assert.deepEqual([answer.statusCode, answer.json<{ errorCode: string }>().errorCode], [403, 'ERR_NO_AI_PROVIDER'], JSON.stringify(body));
    }
    assert.equal((await post({ userContext: 'x'.repeat(257) })).statusCode, 400);
    for (const family of ['error-groups', 'test-session-error-groups']) assert.equal((await send('POST', `/v1/root-cause-analyses/${family}/${randomUUID()}`)).statusCode, 404);
    assert.equal((await send('GET', `/v1/root-cause-analyses/${randomUUID()}`)).statusCode, 404);
  });
});
