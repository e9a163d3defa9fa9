/** The list of sessions and the page of one in a real Chromium, against a stage with real runs. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import type { Page } from '@playwright/test';
import type { TestSession } from '../../src/contract/sessions.ts';
import { agentByHand, type AgentByHand } from '../agentByHand.ts';
import { startCuttableLine } from '../clients/cuttableLine.ts';
import { startStage, type Stage } from '../stage.ts';
import { noPages, openPages, type Pages } from './openPages.ts';
import { nightly, openShop, type Shop } from './shopSessions.ts';

/** What the list shows at once. */
const A_PAGE = 25;

describe('pages of sessions', { skip: noPages }, () => {
  let stage: Stage;
  let pages: Pages;
  let page: Page;
  let shop: Shop;
  let hand: AgentByHand;
  let red: TestSession;
  before(async () => {
    stage = await startStage();
    shop = await openShop(stage);
    await smoke(1, 4);
    red = await nightly(shop);
    hand = await agentByHand(stage, 'by-hand');
    pages = await openPages(stage);
    page = pages.page;
    page.setDefaultTimeout(15_000);
  });
  after(async () => {
    await pages?.[Symbol.asyncDispose]();
    await shop?.[Symbol.asyncDispose]();
    await stage?.[Symbol.asyncDispose]();
  });

  /** By Bob, every second one by Cy. */
  const smoke = async (from: number, to: number) => {
    const ids = [];
    for (let n = from; n <= to; n++) ids.push(await shop.start(`Smoke ${n}`, [shop.check('The shop answers', '/ok')], { repoInfo: { branchName: 'main', commitOwner: n % 2 ? 'Bob' : 'Cy' } }));
    for (const id of ids) await shop.end(id);
  };
  const row = (name: string) => page.getByRole('row').filter({ hasText: name });
  const rows = () => page.locator('tbody tr');
  const urlCheck = (n: number) => shop.check(`Slow ${n}`, '/ok');

  test('the list: what a session came to, filtered by its address; the way back works', async () => {
    await pages.open('/test-sessions');
    await row('Nightly <b>').getByText('Failed', { exact: true }).first().waitFor();
    for (const text of ['staging', '1 flaky', 'feature/cart', 'a0cabc37', 'Ada', 'Sell tea by the pound']) assert.equal(await row('Nightly <b>').getByText(text).count(), 1, text);
    await pages.look('sessions');
    await page.getByRole('button', { name: 'Failed' }).click();
    await page.waitForURL(/\?statuses=FAILED$/);
    await row('Smoke').first().waitFor({ state: 'detached' });
    assert.equal(await rows().count(), 1);
    await page.goBack();
    await row('Smoke 4').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('smoke 3');
    await page.waitForURL(/\?textSearch=smoke\+3$/);
    await row('Smoke 4').waitFor({ state: 'detached' });
    assert.equal(await rows().count(), 1);
    await page.keyboard.press('Enter');
    await page.locator('[data-row]:focus', { hasText: 'Smoke 3' }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard help' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Clear' }).click();
    await row('Smoke 4').waitFor();
    await pages.open('/test-sessions?branches=main&users=Bob&providers=API&from=1');
    await row('Smoke 3').waitFor();
    assert.equal(await rows().count(), 2);
    await pages.look('sessions-filters');
    await page.getByRole('button', { name: 'Bob' }).click();
    await row('Smoke 4').waitFor();
    await pages.open('/test-sessions?textSearch=nothing-has-this');
    await page.getByText('No session matches these filters.').waitFor();
    await pages.look('sessions-none-match');
    await pages.open('/test-sessions?from=yesterday');
    await page.getByText('querystring/from must be number.').waitFor();
    await pages.look('sessions-refused');
  });

  test('the list: older and newer pages stand in the address', async () => {
    await smoke(5, A_PAGE + 2);
    await pages.open('/test-sessions');
    await row('Smoke 27').waitFor();
    assert.equal(await rows().count(), A_PAGE);
    await page.getByRole('link', { name: 'Older' }).click();
    await row('Smoke 2').first().waitFor();
    await row('Smoke 27').waitFor({ state: 'detached' });
    assert.deepEqual([await rows().count(), await page.getByRole('link', { name: 'Older' }).count()], [3, 0]);
    const older = page.url();
    await page.getByRole('link', { name: 'Newer' }).click();
    await row('Smoke 27').waitFor();
    await page.waitForURL(/test-sessions$/);
    await page.goto(older);
    await row('Smoke 2').first().waitFor();
    assert.equal(await rows().count(), 3);
  });

  test('the list: a new session appears and changes without a reload; keys move and open', async () => {
    await pages.open('/test-sessions');
    await row('Smoke 27').waitFor();
    const { testSessionId } = await hand.run(urlCheck(0), { name: 'Live in the list' });
    await row('Live in the list').getByText('Running', { exact: true }).first().waitFor();
    await (await hand.take()).finish();
    await row('Live in the list').getByText('Passed', { exact: true }).first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    await page.keyboard.press('Enter');
    await page.waitForURL(new RegExp(`${testSessionId}$`));
  });

  test('a session: failed first with what went wrong; runs folded; the filter stands in the address', async () => {
    await pages.open(`/test-sessions/${red.testSessionId}`);
    await page.getByRole('heading', { name: 'Nightly <b>' }).waitFor();
    const headings = await page.getByRole('main').getByRole('heading', { level: 2 }).allInnerTexts();
    assert.deepEqual(headings.map((text) => text.replace(/\s+/g, ' ').trim()), ['What went wrong', 'Failed 3', 'Degraded 1', 'Passed 3']);
    assert.match(await page.title(), /^✖ 3 failed · Nightly <b>/);
    assert.equal(await page.getByRole('link', { name: 'feature/cart' }).getAttribute('href'), 'https://github.com/tea/shop/tree/feature/cart');
    await pages.look('session');
    await page.getByRole('button', { name: '3 runs' }).click();
    assert.equal(await page.getByRole('list', { name: /^Runs of The till/ }).getByRole('link').count(), 3);
    await page.getByRole('button', { name: '2 failed' }).click();
    await page.waitForURL(/\?group=[0-9a-f-]{36}$/);
    await page.getByText('2 of 7').waitFor();
    await page.goBack();
    await page.getByRole('button', { name: /^Degraded/ }).click();
    await page.getByText('1 of 7').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('cup');
    await page.getByText('No check of this session matches.').waitFor();
    await page.waitForURL(/\?status=degraded&q=cup$/);
    await pages.look('session-none-match');
    await page.reload();
    await page.getByText('No check of this session matches.').waitFor();
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    await page.getByRole('link', { name: /second cup/ }).waitFor();
  });

  test('a session is cancelled once its reader has said so again; one check alone too', async () => {
    const { testSessionId } = await stage.call<{ testSessionId: string }>('POST', '/v1/test-sessions/run', {
      name: 'To be cancelled', runLocation: { type: 'PRIVATE', slugName: 'by-hand' }, checkRunJobs: [urlCheck(1), urlCheck(2), urlCheck(3)],
    }).then(({ body }) => body);
    const taken = await hand.take();
    await hand.link.started({ agentId: taken.held.agentId, runs: [{ runId: taken.held.runId, token: taken.held.token, startedAt: Date.now() }] });
    await pages.open(`/test-sessions/${testSessionId}`);
    await page.getByText('0 of 3 done').waitFor();
    await pages.look('session-running');
    await page.getByRole('button', { name: 'Cancel Slow 3' }).click();
    await page.getByRole('button', { name: 'Let it run' }).click();
    await page.getByRole('button', { name: 'Cancel Slow 3' }).click();
    await page.getByRole('button', { name: 'Cancel this check' }).click();
    await page.getByText('1 of 3 done').waitFor();
    await page.getByRole('button', { name: 'Cancel Slow 1' }).click();
    await page.getByRole('button', { name: 'Cancel this check' }).click();
    await page.getByRole('listitem').filter({ hasText: 'Slow 1' }).getByText('Cancelling …').waitFor();
    await page.reload();
    await page.getByRole('listitem').filter({ hasText: 'Slow 1' }).getByText('Cancelling …').waitFor();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await pages.look('session-cancel');
    await page.getByRole('button', { name: 'Cancel the session' }).click();
    await page.getByText('2 of 3 done').waitFor();
    await page.getByRole('button', { name: 'Cancelling …' }).waitFor();
    await taken.finish({ interrupted: true, verdict: 'failed' });
    await page.locator('h1 + .mark').filter({ hasText: 'Cancelled' }).waitFor();
  });

  test('a line that is cut: no event is lost, none comes twice, and the page says what it does not know', async () => {
    await using line = await startCuttableLine(stage.server.port);
    const through = `http://127.0.0.1:${line.port}`;
    const { testSessionId } = await stage.call<{ testSessionId: string }>('POST', '/v1/test-sessions/run', {
      name: 'Through thick and thin', runLocation: { type: 'PRIVATE', slugName: 'by-hand' }, checkRunJobs: Array.from({ length: 9 }, (_, n) => urlCheck(n + 1)),
    }).then(({ body }) => body);
    const watching = await page.context().newPage();
    const heard: number[] = [];
    await watching.exposeFunction('hearEvent', (id: string) => { heard.push(Number(id)); });
    await watching.addInitScript("const Own = EventSource; window.EventSource = class extends Own { constructor(...all) { super(...all); this.addEventListener('message', ({ lastEventId }) => window.hearEvent(lastEventId)); } }");
    await watching.goto(`${through}/accounts/${stage.accountId}/test-sessions/${testSessionId}`);
    const done = (n: number) => watching.getByText(`${n} of 9 done`).waitFor();
    await done(0);
    const first = (await stage.call<TestSession & { lastEvent: number }>('GET', `/web/accounts/${stage.accountId}/test-sessions/${testSessionId}`)).body.lastEvent;
    for (let n = 1; n <= 3; n++) await (await hand.take()).finish();
    await done(3);
    line.cut();
    for (let n = 4; n <= 6; n++) await (await hand.take()).finish();
    await watching.getByText('The server does not answer.').waitFor();
    await done(3);
    line.restore();
    await done(6);
    await watching.getByText('The server does not answer.').waitFor({ state: 'detached' });
    for (let n = 7; n <= 9; n++) await (await hand.take()).finish();
    await watching.locator('h1 + .mark').filter({ hasText: 'Passed' }).waitFor();
    const { lastEvent } = (await stage.call<TestSession & { lastEvent: number }>('GET', `/web/accounts/${stage.accountId}/test-sessions/${testSessionId}`)).body;
    assert.deepEqual(heard, Array.from({ length: lastEvent - first }, (_, n) => first + 1 + n));
    assert.match(await watching.title(), /^✔ passed · Through/);
    await watching.close();
  });

  test('a tab that nobody looks at gives its line up, still tells in its title and its mark how the session ends, and takes the line up again', async () => {
    const { testSessionId } = await stage.call<{ testSessionId: string }>('POST', '/v1/test-sessions/run', {
      name: 'Behind other tabs', runLocation: { type: 'PRIVATE', slugName: 'by-hand' }, checkRunJobs: [urlCheck(1), urlCheck(2)],
    }).then(({ body }) => body);
    const hidden = await page.context().newPage();
    const lines: string[] = [];
    const telling = new EventEmitter();
    await hidden.exposeFunction('tellLine', (what: string) => { telling.emit('line', lines.push(what)); });
    const toldOf = async (count: number) => {
      while (lines.length < count) await once(telling, 'line');
      return lines;
    };
    // Headless browsers hide no tab: the page is told what a browser would tell it.
    await hidden.addInitScript(`
      let isHidden = false;
      Object.defineProperty(document, 'hidden', { get: () => isHidden });
      window.hide = (hide) => { isHidden = hide; document.dispatchEvent(new Event('visibilitychange')); };
      const Own = EventSource;
      window.EventSource = class extends Own { constructor(...all) { super(...all); this.addEventListener('open', () => window.tellLine('open')); } close() { if (this.readyState !== 2) window.tellLine('closed'); super.close(); } };`);
    const mark = () => hidden.locator('link[rel="icon"]').getAttribute('href');
    await hidden.goto(`${stage.server.apiUrl}/accounts/${stage.accountId}/test-sessions/${testSessionId}`);
    await hidden.getByText('0 of 2 done').waitFor();
    await toldOf(1);
    assert.match(await mark() ?? '', /2456d6/, 'the mark of what runs');
    await hidden.evaluate('hide(true)');
    assert.deepEqual(await toldOf(2), ['open', 'closed']);
    await (await hand.take()).finish();
    await hidden.getByText('1 of 2 done').waitFor();
    assert.deepEqual([lines, await hidden.title()], [['open', 'closed'], '1/2 · Behind other tabs · Assay'], 'it has looked without a line');
    await hidden.evaluate('hide(false)');
    await toldOf(3);
    await (await hand.take()).finish({ verdict: 'failed' });
    await hidden.locator('h1 + .mark').filter({ hasText: 'Failed' }).waitFor();
    assert.deepEqual(await toldOf(4), ['open', 'closed', 'open', 'closed']);
    assert.match(await hidden.title(), /^✖ 1 failed · Behind/);
    assert.match(await mark() ?? '', /d1342b/);
    await hidden.close();
  });

  test('a sign-in that ends in the middle of a run: to the sign-in, and back to the session as it is by then', async () => {
    const { testSessionId } = await stage.call<{ testSessionId: string }>('POST', '/v1/test-sessions/run', {
      name: 'Longer than a sign-in', runLocation: { type: 'PRIVATE', slugName: 'by-hand' }, checkRunJobs: [urlCheck(1), urlCheck(2)],
    }).then(({ body }) => body);
    await pages.open(`/test-sessions/${testSessionId}`);
    await page.getByText('0 of 2 done').waitFor();
    const [cookie] = await page.context().cookies();
    await stage.server.accounts.signOut(cookie?.value ?? '');
    await (await hand.take()).finish();
    await page.getByLabel('API key').waitFor();
    await (await hand.take()).finish();
    await page.getByLabel('API key').fill(stage.apiKey);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('h1 + .mark').filter({ hasText: 'Passed' }).waitFor();
    assert.ok(page.url().endsWith(`/test-sessions/${testSessionId}`));
  });

  test('a slow line: each view says that it is loading', async () => {
    const debug = await page.context().newCDPSession(page);
    await debug.send('Network.enable');
    await debug.send('Network.emulateNetworkConditions', { offline: false, latency: 300, downloadThroughput: 200_000, uploadThroughput: 200_000 });
    await page.goto(`${stage.server.apiUrl}/accounts/${stage.accountId}/test-sessions?textSearch=thick`, { waitUntil: 'commit' });
    await page.getByText('Loading', { exact: false }).first().waitFor();
    await row('Through thick and thin').waitFor();
    await page.getByRole('link', { name: 'Through thick and thin' }).click();
    await page.getByText(/Loading the (page|session)/).waitFor();
    await page.getByRole('heading', { name: 'Through thick and thin' }).waitFor();
    await debug.send('Network.emulateNetworkConditions', { offline: true, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
    await page.goBack();
    await page.getByText('The server does not answer.').waitFor();
    await pages.look('server-lost');
    await debug.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
    await page.getByText('The server does not answer.').waitFor({ state: 'detached' });
    await row('Through thick and thin').waitFor();
    await debug.detach();
  });

  test('a session runs again, its failed checks alone, and the page goes to the new one', async () => {
    await pages.open(`/test-sessions/${red.testSessionId}`);
    await page.getByRole('button', { name: 'Run all 7 again' }).waitFor();
    await page.getByRole('button', { name: 'Run the 3 failed again' }).click();
    await page.waitForURL((url) => url.pathname.includes('/test-sessions/') && !url.pathname.includes(red.testSessionId));
    const id = page.url().split('/').at(-1) ?? '';
    await page.locator('h1 + .mark').filter({ hasText: 'Failed' }).waitFor();
    assert.deepEqual((await shop.end(id)).results?.filter(({ resultType }) => resultType === 'FINAL').map(({ name }) => name), ['Nobody listens', 'Nobody listens here either', 'The till is broken, whatever one does']);
  });

  test('a sign-in that has ended: to the sign-in and back to the very address', async () => {
    await pages.open('/test-sessions?branches=feature%2Fcart&textSearch=100%25+%26+more&statuses=FAILED');
    await page.getByText('No session matches these filters.').waitFor();
    const before = page.url();
    const [cookie] = await page.context().cookies();
    await stage.server.accounts.signOut(cookie?.value ?? '');
    await page.getByLabel('API key').fill(stage.apiKey);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('No session matches these filters.').waitFor();
    assert.equal(page.url(), before);
  });

  test('a page whose code cannot be had says so, and can be opened again', async () => {
    await pages.open('/test-sessions');
    await page.route(/\/assets\/Session-.*\.js$/, (route) => route.abort());
    await row('Live in the list').getByRole('link').click();
    await page.getByRole('alert').filter({ hasText: 'could not be loaded' }).waitFor();
    await page.unrouteAll();
    await page.getByRole('button', { name: 'Open it again' }).click();
    await page.getByRole('heading', { name: 'Live in the list' }).waitFor();
  });

  test('an account without sessions says how to begin; a session that is not there says so', async () => {
    await pages.open('/test-sessions/00000000-0000-4000-8000-000000000000');
    await page.getByRole('alert').filter({ hasText: '00000000-0000-4000-8000-000000000000' }).waitFor();
    await pages.look('session-not-there');
    const { apiKey, accountId } = await stage.server.accounts.createAccount({ name: 'Empty' });
    await page.context().clearCookies();
    await page.goto(`${stage.server.apiUrl}/accounts/${accountId}/test-sessions`);
    await page.getByLabel('API key').fill(apiKey);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText(`CHECKLY_ACCOUNT_ID=${accountId}`).waitFor();
    await pages.look('sessions-first-steps');
    assert.deepEqual(pages.wrong, []);
  });
});
