/** What the pages about error groups read, on both stores. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { headersOf, openApiUnderTest, type ApiUnderTest } from '../../../test/apiUnderTest.ts';
import { playSession, type Run } from '../../../test/playSession.ts';
import type { GroupList, GroupPage, GroupSessions, ListedGroup, ProjectList } from '../../contract/pages/errorGroups.ts';
import type { TestSession } from '../../contract/sessions.ts';
import type { Plan } from '../../sessions/plan.ts';
import { daysOfGroups } from '../errorGroups/groupDays.ts';
import { readerDays } from '../readerDays.ts';

const REFUSED = 'connect ECONNREFUSED 127.0.0.1:4001';
const UNKNOWN = 'getaddrinfo ENOTFOUND shop.invalid';
const RESET = 'read ECONNRESET';
const DAY = 86_400_000;

for (const kind of ['sqlite', 'postgres'] as const) describe(`error groups for the pages (${kind})`, { concurrency: false }, () => {
  let api: ApiUnderTest;
  let [project, other, base] = ['', '', ''];
  const sessions: string[] = [];
  before(async () => {
    api = await openApiUnderTest({ kind });
    base = `/web/accounts/${api.owner.accountId}`;
    project = await api.accounts.upsertProject(api.owner.accountId, { logicalId: 'shop', name: 'Shop' });
    other = await api.accounts.upsertProject(api.owner.accountId, { logicalId: 'till', name: 'Till' });
    const facts: Plan['facts'] = { environment: null, repoUrl: null, commitId: 'c0ffee', commitOwner: 'Ann', commitMessage: null, branchName: 'main', github: null };
    let now = Date.now();
    const play = async (checks: Record<string, Run[]>, environment: string | null, projectId: string | null = project) => {
      const plan = { accountId: api.owner.accountId, projectId, facts: { ...facts, environment }, name: `Session ${sessions.length}` };
      sessions.push(await playSession(api.engine, now, checks, plan));
      api.advance(DAY);
      now += DAY;
    };
    await play({ cart: [['failed', REFUSED], ['passed']], pay: [['failed', UNKNOWN]] }, 'staging');
    await play({ cart: [['failed', REFUSED], ['passed']] }, 'production');
    await play({ cart: [['failed', REFUSED]], pay: [['passed']] }, 'staging');
    await play({ cart: [['failed', RESET]] }, null, other);
    await play(Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`c${i}`, [['failed', RESET]] as Run[]])), null, null);
  });
  after(() => api[Symbol.asyncDispose]());

  const send = (url: string, headers = headersOf(api.owner)) => api.app.inject({ url: `${base}${url}`, headers });
  const get = async <T>(url: string): Promise<T> => {
    const answer = await send(url);
    assert.equal(answer.statusCode, 200, `${url}: ${answer.body}`);
    return answer.json<T>();
  };
  const list = (query = '') => get<GroupList>(`/error-groups?${query}`);
  const messages = async (query = '') => (await list(query)).entries.map((group) => [group.cleanedErrorMessage.split(' ')[1], group.projectName]);
  const groupOf = async (text: RegExp): Promise<ListedGroup> => (await list()).entries.find(({ cleanedErrorMessage }) => text.test(cleanedErrorMessage)) ?? assert.fail(String(text));
  const seenOn = (days: readonly { day: string; sessions: number }[]) => days.filter((day) => day.sessions > 0).map(({ day, sessions: count }) => [day, count]);

  it('are those of all projects, the last seen first, page by page', async () => {
    const all = [['ECONNRESET', null], ['ECONNRESET', 'Till'], ['ECONNREFUSED', 'Shop'], ['ENOTFOUND', 'Shop']];
    assert.deepEqual(await messages(), all);
    const paged: GroupList['entries'] = [];
    for (let nextId: string | null = ''; nextId !== null;) {
      const page: GroupList = await list(`limit=1${nextId ? `&nextId=${nextId}` : ''}`);
      assert.equal(page.entries.length, 1);
      paged.push(...page.entries);
      nextId = page.nextId;
    }
    assert.deepEqual(paged, (await list()).entries);
    assert.deepEqual((await get<ProjectList>('/projects')), [{ id: project, name: 'Shop' }, { id: other, name: 'Till' }]);
  });

  it('are narrowed down by project, environment and text', async () => {
    assert.deepEqual(await messages(`projectId=${other}`), [['ECONNRESET', 'Till']]);
    assert.deepEqual(await messages('environment=production'), [['ECONNREFUSED', 'Shop']]);
    assert.deepEqual(await messages('environment=staging&textSearch=enotfound'), [['ENOTFOUND', 'Shop']]);
    for (const nothing of ['environment=stag', 'textSearch=%25%25%25', `projectId=${randomUUID()}`]) assert.deepEqual(await list(nothing), { entries: [], nextId: null }, nothing);
    for (const bad of ['textSearch=ab', 'zone=Nowhere/Land', 'projectId=x', 'nextId=x', 'limit=51', 'archived=maybe', 'environment=']) assert.equal((await send(`/error-groups?${bad}`)).statusCode, 400, bad);
  });

  it('tell on which days of the reader they were seen', async () => {
    const { id, days } = await groupOf(/ECONNREFUSED/);
    const startedAt = await Promise.all(sessions.slice(0, 3).map(async (session) =>
      (await api.app.inject({ url: `/v1/test-sessions/${session}`, headers: headersOf(api.owner) })).json<TestSession>().startedAt));
    const expected = startedAt.map((at) => [at.slice(0, 10), 1]);
    assert.deepEqual([seenOn(days), days.length], [expected, 14]);
    const far = await get<GroupPage>(`/error-groups/${id}?zone=Pacific/Kiritimati`);
    const inZone = (at: string) => new Date(Date.parse(at) + 14 * 3_600_000).toISOString().slice(0, 10);
    assert.deepEqual([seenOn(far.days), far.days.length], [startedAt.map((at) => [inZone(at), 1]), 30]);
    const spans = readerDays(Date.parse(startedAt[0] ?? '') + 3 * DAY, 4, 'UTC');
    const [first] = (await daysOfGroups(api.store.read, [id], spans, 1)).get(id) ?? [];
    assert.deepEqual([first?.sessions, first?.atLeast], [1, true], 'counting stops there');
  });

  it('are told whole, with what the caller may do', async () => {
    const listed = await groupOf(/ECONNREFUSED/);
    const group = await get<GroupPage>(`/error-groups/${listed.id}`);
    const shown = (await api.app.inject({ url: `/v1/test-session-error-groups/${listed.id}`, headers: headersOf(api.owner) })).json<object>();
    const { days, projectName, archived, mayArchive, ...same } = group;
    assert.deepEqual([same, days.length, projectName, archived, mayArchive], [shown, 30, 'Shop', null, true]);
    assert.deepEqual([listed.environments.toSorted(), listed.flakiness], [['production', 'staging'], { flakeRate: 2 / 3, flakySessions: 2, sessions: 3 }]);
    const reader = headersOf(await api.accounts.createServiceKey({ accountId: api.owner.accountId, role: 'READ_RUN', name: 'reader' }));
    assert.equal((await send(`/error-groups/${listed.id}`, reader)).json<GroupPage>().mayArchive, false);
  });

  it('name their sessions, the newest first, and in them the results that showed them', async () => {
    const { id } = await groupOf(/ECONNREFUSED/);
    const of = (query = '') => get<GroupSessions>(`/error-groups/${id}/sessions?${query}`);
    const all = await of();
    assert.deepEqual(all.entries.map((entry) => [entry.id, entry.overcome, entry.environment]), [[sessions[2], false, 'staging'], [sessions[1], true, 'production'], [sessions[0], true, 'staging']]);
    assert.deepEqual(all.entries.map(({ results }) => results.map((result) => [result.name, result.resultType, result.status])), [
      [['Check cart', 'FINAL', 'FAILED']], [['Check cart', 'ATTEMPT', 'FAILED']], [['Check cart', 'ATTEMPT', 'FAILED']],
    ]);
    assert.deepEqual([all.entries[0]?.branchName, all.entries[0]?.commitId, all.entries[0]?.commitOwner, all.nextId], ['main', 'c0ffee', 'Ann', null]);
    const first = await of('limit=2');
    assert.deepEqual([...first.entries, ...(await of(`limit=2&nextId=${first.nextId}`)).entries], all.entries);
    const [whole] = (await list()).entries;
    const [crowded] = (await get<GroupSessions>(`/error-groups/${whole?.id}/sessions`)).entries;
    assert.deepEqual([crowded?.results.length, crowded?.hasMore, new Set(crowded?.results.map((result) => result.id)).size], [8, true, 8]);
    const shown = await groupOf(/ECONNREFUSED/);
    assert.deepEqual(shown.lastResult, { sessionId: sessions[2], resultId: all.entries[0]?.results[0]?.id, name: 'Check cart' });
    for (const bad of ['limit=0', 'limit=51', 'nextId=x']) assert.equal((await send(`/error-groups/${id}/sessions?${bad}`)).statusCode, 400, bad);
  });

  it('are in one of two lists: open, or archived with the way in which they are', async () => {
    const { id } = await groupOf(/ENOTFOUND/);
    const archive = (payload: object) => api.app.inject({ method: 'PATCH', url: `/v1/test-session-error-groups/${id}`, headers: headersOf(api.owner), payload });
    const states = async () => [(await list()).entries.some((group) => group.id === id), (await list('archived=true')).entries.map((group) => [group.id, group.archived]), (await get<GroupPage>(`/error-groups/${id}`)).archived];
    await archive({ archivedUntilNextEvent: true });
    assert.deepEqual(await states(), [false, [[id, 'until-next-event']], 'until-next-event']);
    await archive({ archiveForEver: true });
    assert.deepEqual(await states(), [false, [[id, 'for-ever']], 'for-ever']);
    await archive({ archivedUntilNextEvent: false, archiveForEver: false });
    assert.deepEqual(await states(), [true, [], null]);
  });

  it('are their account\'s', async () => {
    const { id } = await groupOf(/ECONNREFUSED/);
    for (const url of ['/error-groups', `/error-groups/${id}`, `/error-groups/${id}/sessions`, '/projects']) {
      assert.equal((await send(url, headersOf(api.stranger))).statusCode, 404, url);
      const own = await api.app.inject({ url: `/web/accounts/${api.stranger.accountId}${url}`, headers: headersOf(api.stranger) });
      assert.equal(own.statusCode, url.includes(id) ? 404 : 200, url);
      assert.ok(!own.body.includes('Shop'), url);
    }
  });

  it('are searched a part at a time where there are very many', async () => {
    const { accountId } = await api.accounts.createAccount({ name: 'Many' });
    const rows = Array.from({ length: 5_003 }, (_, i) => ({
      id: randomUUID(), family: 'test-session' as const, account_id: accountId, scope_id: null, error_hash: String(i), raw_message: '', cleaned_message: i < 2 ? 'a needle' : 'hay', first_seen: i, last_seen: i, archived: null,
    }));
    await api.store.transaction(async ({ db }) => { for (let i = 0; i < rows.length; i += 1_000) await db.insertInto('error_groups').values(rows.slice(i, i + 1_000)).execute(); });
    const { apiKey } = await api.accounts.createServiceKey({ accountId, role: 'READ_ONLY', name: 'reader' });
    const search = async (query: string) => (await api.app.inject({ url: `/web/accounts/${accountId}/error-groups?textSearch=needle${query}`, headers: headersOf({ apiKey }) })).json<GroupList>();
    const first = await search('');
    assert.deepEqual([first.entries, first.nextId === null], [[], false]);
    const second = await search(`&nextId=${first.nextId}`);
    assert.deepEqual([second.entries.map((group) => group.id), second.nextId], [[rows[1]?.id, rows[0]?.id], null]);
  });
});
