/** The pages from signing in to a result, by their calls and in a real Chromium. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TestSession } from '../../src/contract/sessions.ts';
import { startStage, type Stage } from '../stage.ts';
import { launchBrowser } from '../testBrowser.ts';
import { noPages, openPages } from './openPages.ts';

let stage: Stage;
let sessionId = '';
before(async () => {
  stage = await startStage();
  const url = (name: string, address: string) => ({ checkType: 'URL', logicalId: name, name, request: { url: address, assertions: [{ source: 'STATUS_CODE', comparison: 'EQUALS', target: '200' }] } });
  const { status, body } = await stage.call<{ testSessionId: string }>('POST', '/v1/test-sessions/run', {
    name: 'Pages <b>', runLocation: { type: 'PUBLIC', region: 'eu-central-1' }, checkRunJobs: [url('green', `${stage.server.apiUrl.replace('127.0.0.1', 'localhost')}/healthz`), url('red', 'http://127.0.0.1:1/')],
  });
  assert.equal(status, 202);
  sessionId = body.testSessionId;
  assert.equal((await stage.call('GET', `/v1/test-sessions/${sessionId}/completion?maxWaitSeconds=30`)).status, 200);
});
after(async () => { await stage[Symbol.asyncDispose](); });

const at = (path: string) => `${stage.server.apiUrl}${path}`;
const send = (path: string, headers: Record<string, string> = {}, body?: object) => fetch(at(path), {
  method: body ? 'POST' : 'GET', redirect: 'manual', headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) }, ...(body ? { body: JSON.stringify(body) } : {}),
});
const cookieOf = (response: Response) => (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';

test('a key becomes a cookie that no script can read and no other site can use; signing out ends it', async () => {
  assert.equal((await send('/web/sign-in', {}, { apiKey: 'cu_nobody' })).status, 401);
  const signedIn = await send('/web/sign-in', {}, { apiKey: stage.apiKey });
  assert.equal(signedIn.status, 204);
  assert.match(signedIn.headers.get('set-cookie') ?? '', /^assay_sign_in=[\w-]{43}; .*HttpOnly.*SameSite=Strict/);
  const cookie = cookieOf(signedIn);
  const me = await (await send('/web/me', { cookie })).json() as { accounts: { id: string; role: string }[] };
  assert.deepEqual(me.accounts.map(({ id, role }) => [id, role]), [[stage.accountId, 'OWNER']]);
  assert.equal((await send(`/v1/test-sessions/${sessionId}`, { cookie })).status, 200);
  const cancel = `/v1/test-sessions/${sessionId}/cancel`;
  for (const from of [{}, { origin: 'http://elsewhere.test' }]) assert.equal((await send(cancel, { cookie, ...from } as Record<string, string>, {})).status, 403, 'another site made a browser send this');
  assert.equal((await send(cancel, { cookie, origin: stage.server.apiUrl }, {})).status, 204);
  assert.equal((await send('/web/sign-out', { cookie, origin: stage.server.apiUrl }, {})).status, 204);
  assert.equal((await send('/web/me', { cookie })).status, 401);
});

test('a link of the terminal signs in once', async () => {
  const { keyId } = await stage.server.accounts.findPrincipal(stage.apiKey) ?? assert.fail('The key is known');
  const link = `/sign-in/${await stage.server.accounts.createSignInLink(keyId)}`;
  const first = await send(link);
  assert.deepEqual([first.status, first.headers.get('location')], [303, '/']);
  assert.equal((await send('/web/me', { cookie: cookieOf(first) })).status, 200);
  assert.equal((await send(link)).headers.get('location'), '/sign-in?link=used');
});

test('events come in order, from where a reader was, and end with the session', async () => {
  const cookie = cookieOf(await send('/web/sign-in', {}, { apiKey: stage.apiKey }));
  const path = `/web/accounts/${stage.accountId}/test-sessions/${sessionId}/events`;
  const idsIn = async (response: Response) => [...(await response.text()).matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
  const all = await idsIn(await send(path, { cookie }));
  assert.ok(all.length >= 4);
  assert.deepEqual(all, all.map((_, index) => index + 1));
  assert.deepEqual(await idsIn(await send(path, { cookie, 'last-event-id': '2' })), all.slice(2));
  assert.equal((await send(path)).status, 401);
});

test('in a browser: sign in, the list, the session, the red result with its reason', { skip: noPages }, async (context) => {
  const browser = await launchBrowser();
  if (typeof browser === 'string') return context.skip(browser);
  try {
    const page = await browser.newPage();
    await page.goto(at(`/accounts/${stage.accountId}/test-sessions`));
    await page.getByLabel('API key').fill(stage.apiKey);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('link', { name: 'Pages <b>' }).click();
    await page.getByRole('heading', { name: 'Pages <b>' }).waitFor();
    await page.getByRole('link', { name: /red/ }).click();
    await page.getByRole('note').filter({ hasText: 'ECONNREFUSED' }).waitFor();
    const { body } = await stage.call<TestSession>('GET', `/v1/test-sessions/${sessionId}`);
    assert.equal(page.url(), body.results?.find(({ name }) => name === 'red')?.testSessionResultLink, 'the address that the CLI prints');
  } finally {
    await browser.close();
  }
});

test('axe finds nothing, and nothing is wider than a phone', { skip: noPages }, async () => {
  await using pages = await openPages(stage);
  await pages.page.getByRole('link', { name: 'Pages <b>' }).waitFor();
  await pages.look('sessions');
  await pages.page.getByRole('link', { name: 'Pages <b>' }).click();
  await pages.page.getByRole('link', { name: /red/ }).waitFor();
  await pages.look('session');
  await pages.page.getByRole('link', { name: /red/ }).click();
  await pages.page.getByRole('note').waitFor();
  await pages.look('result');
  assert.deepEqual(pages.wrong, []);
});
