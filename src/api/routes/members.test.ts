import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import { headersOf, openApiUnderTest, type ApiUnderTest } from '../../../test/apiUnderTest.ts';

interface Page { members: { name: string; userId: string; role: string; status: string; type: string }[]; length: number; nextId: string | null }

/** Ann (Read Only), Ben (Admin) and Cleo (Read & Run) beside the owner. */
async function addPeople(api: ApiUnderTest): Promise<{ ann: string; ben: string; cleo: string }> {
  const add = async (name: string, role: 'ADMIN' | 'READ_RUN' | 'READ_ONLY') => {
    api.advance(1);
    return api.accounts.addMember(api.owner.accountId, { name, email: `${name.toLowerCase()}@corp.example`, role });
  };
  return { ann: await add('Ann', 'READ_ONLY'), ben: await add('Ben', 'ADMIN'), cleo: await add('Cleo', 'READ_RUN') };
}

test('the list: whole, filtered, and page by page', async () => {
  await using api = await openApiUnderTest();
  await addPeople(api);
  for (const base of ['/v1/accounts/me/members', `/v1/accounts/${api.owner.accountId}/members`]) {
    const list = async (query: string) => (await api.app.inject({ url: `${base}?${query}`, headers: headersOf(api.owner) })).json<Page>();
    const names = async (query: string) => (await list(query)).members.map(({ name }) => name);
    const all = await list('');
    assert.deepEqual([all.length, all.nextId, all.members[0]?.type, all.members[0]?.role, all.members[0]?.status], [4, null, 'member', 'OWNER', 'ACTIVE']);
    assert.deepEqual(await names('role=ADMIN'), ['Ben']);
    assert.deepEqual(await names('search=CORP.example&status=ACTIVE&type=member'), ['Ann', 'Ben', 'Cleo']);
    assert.deepEqual(await names('type=invite'), []);
    assert.deepEqual(await names('status=PENDING'), []);
    const seen: string[] = [];
    for (let nextId: string | null = ''; nextId !== null;) {
      const page: Page = await list(`limit=1${nextId ? `&nextId=${nextId}` : ''}`);
      seen.push(...page.members.map(({ name }) => name));
      nextId = page.nextId;
    }
    assert.deepEqual(seen, ['Olga Owner', 'Ann', 'Ben', 'Cleo']);
  }
  const broken = await api.app.inject({ url: '/v1/accounts/me/members?nextId=x', headers: headersOf(api.owner) });
  assert.deepEqual([broken.statusCode, broken.json<{ message: string }>().message], [400, 'querystring/nextId must be one that a list has returned.']);
});

test('an Admin changes and removes members; the key of the removed dies with the membership', async () => {
  await using api = await openApiUnderTest();
  const { ann, ben, cleo } = await addPeople(api);
  const admin = headersOf(await api.accounts.createUserKey({ userId: ben, name: 'ben' }));
  const cleosKey = headersOf({ ...await api.accounts.createUserKey({ userId: cleo, name: 'cleo' }), accountId: api.owner.accountId });
  const patched = await api.app.inject({ method: 'PATCH', url: `/v1/accounts/me/members/${ann}`, headers: admin, payload: { role: 'READ_WRITE' } });
  assert.deepEqual([patched.statusCode, patched.json<{ role: string }>().role], [200, 'READ_WRITE']);
  assert.equal((await api.app.inject({ url: '/v1/accounts/me', headers: cleosKey })).statusCode, 200);
  const removed = await api.app.inject({ method: 'DELETE', url: `/v1/accounts/${api.owner.accountId}/members/${cleo}`, headers: admin });
  assert.deepEqual([removed.statusCode, removed.body], [204, '']);
  assert.equal((await api.app.inject({ url: '/v1/accounts/me', headers: cleosKey })).statusCode, 403);
});

test('what is not allowed: weak roles, the owner, strangers, the role OWNER, other keys in the body', async () => {
  await using api = await openApiUnderTest();
  const { ann, cleo } = await addPeople(api);
  const weak = headersOf(await api.accounts.createUserKey({ userId: cleo, name: 'cleo' }));
  const status = async (method: 'PATCH' | 'DELETE', userId: string, payload: object | undefined, headers = headersOf(api.owner)) => {
    const statuses = new Set<number>();
    for (const place of ['me', api.owner.accountId]) {
      statuses.add((await api.app.inject({ method, url: `/v1/accounts/${place}/members/${userId}`, headers, ...(payload ? { payload } : {}) })).statusCode);
    }
    return [...statuses];
  };
  assert.deepEqual(await status('PATCH', ann, { role: 'ADMIN' }, weak), [403]);
  assert.deepEqual(await status('DELETE', ann, undefined, weak), [403]);
  assert.deepEqual(await status('PATCH', api.owner.userId, { role: 'ADMIN' }), [403]);
  assert.deepEqual(await status('DELETE', api.owner.userId, undefined), [403]);
  assert.deepEqual(await status('PATCH', randomUUID(), { role: 'ADMIN' }), [404]);
  assert.deepEqual(await status('DELETE', api.stranger.userId, undefined), [404]);
  assert.deepEqual(await status('PATCH', ann, { role: 'OWNER' }), [400]);
  assert.deepEqual(await status('PATCH', ann, { role: 'ADMIN', name: 'x' }), [400]);
});
