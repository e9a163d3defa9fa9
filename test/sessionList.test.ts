/** Every filter of the session list, its order and its cursor (A.13), on both stores. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { headersOf, openApiUnderTest, type ApiUnderTest } from './apiUnderTest.ts';

interface Listed { id: string; name: string; status: string; running: string[]; cancelled: string[]; failed: string[]; passed: string[]; counts: Record<string, number> }
interface Page { length: number; entries: Listed[]; nextId: string | null; prevId: string | null }
interface Facts { name: string; branchName?: string; commitOwner?: string; commitMessage?: string; commitId?: string; environment?: string; byService?: boolean }

const SESSIONS: Facts[] = [
  { name: 'first', branchName: 'main', commitOwner: 'ada', commitMessage: 'Fix 100% of the_bugs', commitId: 'abc123', environment: 'staging' },
  { name: 'second', branchName: 'feature/x', commitOwner: 'bob' },
  { name: 'third: Über', branchName: 'main' },
  { name: 'by a service', byService: true },
  { name: 'by a service with an owner', byService: true, commitOwner: 'ada' },
];

for (const kind of ['sqlite', 'postgres'] as const) {
  describe(`the session list (${kind})`, () => {
    let api: ApiUnderTest;
    let serviceKey = '';
    const times: number[] = [];
    const ids: string[] = [];

    const list = async (query = ''): Promise<Page> => {
      const answer = await api.app.inject({ url: `/v1/test-sessions${query}`, headers: headersOf(api.owner) });
      assert.equal(answer.statusCode, 200, answer.body);
      return answer.json<Page>();
    };
    const names = async (query: string): Promise<string[]> => (await list(query)).entries.map(({ name }) => name);
    const open = async ({ name, environment, byService, ...repoInfo }: Facts): Promise<string> => {
      const answer = await api.app.inject({
        method: 'POST', url: '/v1/test-sessions/run', headers: headersOf(byService ? { apiKey: serviceKey, accountId: api.owner.accountId } : api.owner),
        payload: {
          name, environment: environment ?? null, repoInfo, runLocation: { type: 'PUBLIC', region: 'eu-west-1' }, shouldRecord: true,
          checkRunJobs: [{ logicalId: 'u', name: 'u', checkType: 'URL', request: { url: 'http://127.0.0.1:1/', method: 'GET', assertions: [] } }],
        },
      });
      assert.equal(answer.statusCode, 202, answer.body);
      return answer.json<{ testSessionId: string }>().testSessionId;
    };

    before(async () => {
      api = await openApiUnderTest({ kind });
      serviceKey = (await api.accounts.createServiceKey({ accountId: api.owner.accountId, role: 'READ_RUN', name: 'ci' })).apiKey;
      for (const facts of SESSIONS) {
        ids.push(await open(facts));
        const session = await api.store.read.selectFrom('sessions').select('created_at').where('id', '=', ids.at(-1)!).executeTakeFirstOrThrow();
        times.push(session.created_at);
        api.advance(10_000);
      }
      await api.app.inject({ method: 'POST', url: `/v1/test-sessions/${ids[1]}/cancel`, headers: headersOf(api.owner) });
    });
    after(() => api[Symbol.asyncDispose]());

    it('is newest first, and holds the account\'s own sessions only', async () => {
      const page = await list();
      assert.deepEqual(page.entries.map(({ id }) => id), [...ids].reverse());
      assert.deepEqual([page.length, page.nextId], [5, null]);
    });

    it('tells each sequence in exactly one of four arrays', async () => {
      const byName = new Map((await list()).entries.map((entry) => [entry.name, entry]));
      const counts = (name: string) => { const e = byName.get(name)!; return [e.running.length, e.passed.length, e.failed.length, e.cancelled.length, e.status]; };
      assert.deepEqual(counts('first'), [1, 0, 0, 0, 'RUNNING']);
      assert.deepEqual(counts('second'), [0, 0, 0, 1, 'CANCELLED']);
    });

    it('filters by status, branch and provider, in both spellings of arrays', async () => {
      assert.deepEqual(await names('?statuses=CANCELLED'), ['second']);
      assert.deepEqual(await names('?statuses[]=CANCELLED&statuses[]=FAILED'), ['second']);
      assert.deepEqual(await names('?statuses=RUNNING&statuses=CANCELLED&branches=feature/x'), ['second']);
      assert.deepEqual(await names('?branches=main'), ['third: Über', 'first']);
      assert.deepEqual(await names('?branches=mai'), []);
      assert.equal((await list('?providers=API')).length, 5);
      assert.equal((await list('?providers=TRIGGER&providers=PW_REPORTER')).length, 0);
    });

    it('filters by who: commit owner or invoker, and those without either', async () => {
      assert.deepEqual(await names('?users=ada'), ['by a service with an owner', 'first']);
      assert.deepEqual(await names(`?users=${api.owner.userId}`), ['third: Über', 'second', 'first']);
      assert.deepEqual(await names('?noUsers=true'), ['by a service']);
      assert.deepEqual(await names('?noUsers=true&users=bob'), ['by a service', 'second']);
    });

    it('filters by time: from is inclusive, to is exclusive, in Unix seconds', async () => {
      assert.deepEqual(await names(`?from=${times[1]! / 1000}&to=${times[3]! / 1000}`), ['third: Über', 'second']);
      assert.deepEqual(await names(`?to=${times[0]! / 1000}`), []);
      assert.equal((await list('?from=-1e30&to=999999999999999999999')).length, 5);
      assert.equal((await list('?from=1e300')).length, 0);
    });

    it('searches the texts without regard to case, and takes wildcards as they stand', async () => {
      for (const text of ['FIRST', '100% of', 'the_bugs', 'abc123', 'Staging', 'MAIN&branches=main&users=ada']) assert.deepEqual(await names(`?textSearch=${text.replace('%', '%25')}`), ['first'], text);
      assert.deepEqual(await names('?textSearch=feature'), ['second']);
      assert.deepEqual(await names(`?textSearch=${encodeURIComponent('ÜBER')}`), ['third: Über']);
      for (const text of ['100_', 'the%25', 'f%25t', '%5C%5C%5C']) assert.deepEqual(await names(`?textSearch=${text}`), [], text);
    });

    it('pages by a cursor that keeps its meaning when sessions are added', async () => {
      const first = await list('?limit=2');
      assert.equal(first.length, 2);
      await open({ name: 'added meanwhile' });
      const second = await list(`?limit=2&nextId=${first.nextId}`);
      const third = await list(`?limit=2&nextId=${second.nextId}`);
      assert.deepEqual([...first.entries, ...second.entries, ...third.entries].map(({ id }) => id), [...ids].reverse());
      assert.equal(third.nextId, null);
    });

    it('finds the way back to newer pages, with filters too', async () => {
      for (const filter of ['', '&branches=main', '&textSearch=serv']) {
        const pages = [await list(`?limit=1${filter}`)];
        for (let nextId = pages[0]!.nextId; nextId !== null; nextId = pages.at(-1)!.nextId) pages.push(await list(`?limit=1${filter}&nextId=${nextId}`));
        assert.ok(pages.length > 1, filter);
        assert.equal(pages[0]!.prevId, null);
        const back = [pages.at(-1)!];
        for (let { prevId } = back[0]!; prevId !== null; { prevId } = back.at(-1)!) back.push(await list(`?limit=1${filter}&prevId=${prevId}`));
        assert.deepEqual(back.map(({ entries, nextId }) => [entries[0]!.id, nextId !== null]), pages.toReversed().map(({ entries, nextId }) => [entries[0]!.id, nextId !== null]), filter);
      }
    });

    it('counts sequences, and leaves their ids out on demand', async () => {
      const [full, lean] = [await list('?textSearch=second'), await list('?textSearch=second&sequences=false')];
      assert.deepEqual(full.entries[0]!.counts, { running: 0, passed: 0, failed: 0, cancelled: 1, flaky: 0 });
      assert.deepEqual(lean.entries[0]!.counts, full.entries[0]!.counts);
      assert.deepEqual([full.entries[0]!.running, lean.entries[0]!.running], [[], undefined]);
    });

    it('refuses what it cannot read, by name', async () => {
      const refused: [string, RegExp][] = [
        ['?limit=0', /limit/], ['?limit=101', /limit/], ['?limit=x', /limit/], ['?statuses=PENDING', /statuses/], ['?textSearch=ab', /textSearch/],
        ['?nextId=garbage', /nextId/], ['?prevId=garbage', /prevId/], ['?prevId=MS4y&nextId=MS4y', /prevId/], [`?nextId=${Buffer.from('1.2').toString('base64url')}`, /nextId/], ['?from=yesterday', /from/], ['?providers=me', /providers/],
      ];
      for (const [query, named] of refused) {
        const answer = await api.app.inject({ url: `/v1/test-sessions${query}`, headers: headersOf(api.owner) });
        assert.equal(answer.statusCode, 400, query);
        assert.match(answer.json<{ message: string }>().message, named, query);
      }
    });
  });
}
