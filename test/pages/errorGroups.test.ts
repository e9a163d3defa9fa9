/** The pages about errors in a real Chromium: real failing runs make groups; they are found, read and put out of sight. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { startStage, type Stage } from '../stage.ts';
import { noPages, openPages, type Pages } from './openPages.ts';

/** Answers what its path says: a status. */
const shop = createServer((request, response) => { response.writeHead(Number(request.url?.slice(1)) || 200).end('{"cart":[]}'); });
let stage: Stage;
let pages: Pages;

const check = (name: string, path: string, assertion: object) => ({
  checkType: 'API', logicalId: name, name, request: { method: 'GET', url: path, assertions: [assertion] }, testRetryStrategy: { type: 'FIXED', baseBackoffSeconds: 0, maxRetries: 1, maxDurationSeconds: 60 },
});
const STATUS = { source: 'STATUS_CODE', comparison: 'EQUALS', target: '200' };

async function run(name: string, environment: string, checkRunJobs: object[], project = 'shop'): Promise<void> {
  const { status, body } = await stage.call<{ testSessionId: string }>('POST', '/v1/test-sessions/run', {
    name, environment, project: { logicalId: project, name: project }, runLocation: { type: 'PUBLIC', region: 'eu-central-1' }, checkRunJobs,
    repoInfo: { commitId: 'c0ffee11c0ffee', repoUrl: 'https://git.example/shop', branchName: 'main', commitOwner: 'Ann', commitMessage: 'Carts' },
  });
  assert.equal(status, 202);
  assert.equal((await stage.call('GET', `/v1/test-sessions/${body.testSessionId}/completion?maxWaitSeconds=30`)).status, 200);
}

before(async () => {
  if (noPages) return;
  shop.listen(0, '127.0.0.1');
  await once(shop, 'listening');
  const at = (path: string) => `http://127.0.0.1:${(shop.address() as AddressInfo).port}${path}`;
  stage = await startStage();
  pages = await openPages(stage);
  await pages.open('/error-groups');
  await pages.page.getByText('No errors yet.').waitFor();
  await pages.look('errors-none');
  const refused = check('Refused', 'http://127.0.0.1:1/', STATUS);
  await run('Nightly', 'staging', [refused, check('Cart', at('/500'), STATUS), check('Items', at('/200'), { source: 'JSON_BODY', property: '$.cart.length', comparison: 'GREATER_THAN', target: '0' })]);
  await run('Release <b>1.2</b>', 'production', [refused, check('Cart', at('/200'), STATUS)]);
  await run('Other', 'staging', [check('Till', at('/503'), STATUS)], 'till');
});
after(async () => {
  await pages?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
  shop.close();
});

const rows = () => pages.page.locator('tbody tr');

test('the list tells what fails, where and how often; its filters are addresses', { skip: noPages }, async () => {
  const { page } = pages;
  await pages.open('/error-groups');
  const refused = rows().filter({ hasText: 'ECONNREFUSED' });
  await refused.waitFor();
  assert.equal(await rows().count(), 4);
  assert.match(await refused.getByRole('img').getAttribute('aria-label') ?? '', /^In 2 sessions of the last 14 days, most on .+: 2\.$/);
  await pages.look('errors');
  await page.keyboard.press('/');
  await page.keyboard.type('econnrefused');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/error-groups?textSearch=econnrefused');
  await rows().nth(1).waitFor({ state: 'detached' });
  assert.equal(await rows().count(), 1);
  await refused.getByRole('link', { name: 'production' }).click();
  await page.waitForURL('**/error-groups?textSearch=econnrefused&environment=production');
  await page.getByLabel('Search in messages').fill('nothing like it');
  await page.keyboard.press('Enter');
  await page.getByText('No errors fit.').waitFor();
  await pages.look('errors-no-match');
  await pages.open('/error-groups');
  await page.getByLabel('Project').selectOption({ label: 'Other' });
  await page.waitForURL('**/error-groups?projectId=*');
  await rows().nth(1).waitFor({ state: 'detached' });
  assert.match(await rows().innerText(), /503|status/i);
  await page.goBack();
  await refused.waitFor();
});

test('a group tells what was said, when and in which results, which open', { skip: noPages }, async () => {
  const { page } = pages;
  await pages.open('/error-groups');
  await page.keyboard.press('j');
  await page.getByRole('link', { name: /ECONNREFUSED/ }).click();
  await page.getByRole('heading', { name: /ECONNREFUSED/ }).waitFor();
  await page.getByText('2 sessions showed it').waitFor();
  assert.match(await page.getByLabel('The latest message').innerText(), /connect ECONNREFUSED 127\.0\.0\.1:1$/m);
  await page.getByText('As a table').click();
  assert.deepEqual(await page.locator('.day-table tbody td.number').allInnerTexts(), ['2', '0']);
  await page.getByRole('link', { name: 'Release <b>1.2</b>' }).waitFor();
  // As a suite leaves its failed tests.
  const group_id = page.url().split('/').at(-1) ?? '';
  const value = JSON.stringify({ projectName: 'chromium', testFile: 'tests/cart.spec.ts', testTitle: 'pays <i>once</i>', suitePath: ['shop', 'cart'] });
  await stage.server.store.transaction((tx) => tx.db.insertInto('error_group_places').values({ group_id, kind: 'test', key: 'k', value, created_at: Date.now() }).execute());
  await page.reload();
  await page.getByText('shop › cart › pays <i>once</i>').waitFor();
  await pages.look('error');
  // Both attempts of both sessions.
  const results = page.locator('.seen-result');
  assert.equal(await results.count(), 4);
  const href = await results.filter({ hasNotText: 'attempt' }).first().getAttribute('href');
  await results.filter({ hasNotText: 'attempt' }).first().click();
  await page.waitForURL(`**${href}`);
  await page.getByRole('heading', { name: 'Refused' }).waitFor();
});

test('an archived group leaves the list and comes back with its next event, or when it is brought back', { skip: noPages }, async () => {
  const { page } = pages;
  const open = async (text: RegExp) => {
    await page.getByRole('link', { name: text }).click();
    await page.getByRole('heading', { name: text }).waitFor();
  };
  await pages.open('/error-groups');
  await open(/ECONNREFUSED/);
  await page.getByRole('button', { name: 'Archive until seen again' }).click();
  await page.getByText('Archived until it is seen again.').waitFor();
  await pages.look('error-archived');
  await page.getByRole('link', { name: 'Errors' }).first().click();
  await rows().nth(3).waitFor({ state: 'detached' });
  assert.deepEqual([await rows().count(), await rows().filter({ hasText: 'ECONNREFUSED' }).count()], [3, 0]);
  await page.getByRole('link', { name: 'Archived' }).click();
  await rows().filter({ hasText: 'until seen again' }).waitFor();
  await run('Again', 'staging', [check('Refused', 'http://127.0.0.1:1/', STATUS)]);
  await pages.open('/error-groups?archived=true');
  await page.getByText('Nothing is archived.').waitFor();
  await pages.open('/error-groups');
  await open(/ECONNREFUSED/);
  await page.getByText('3 sessions showed it').waitFor();
  await page.getByRole('button', { name: 'Archive for ever' }).click();
  await page.getByText('Archived for ever').waitFor();
  await page.getByRole('button', { name: 'Bring back' }).click();
  await page.getByRole('button', { name: 'Archive for ever' }).waitFor();
  await pages.open('/error-groups');
  await rows().nth(3).waitFor();
});

test('whoever may only read sees no way to archive, and an unknown group is said to be none', { skip: noPages }, async () => {
  const { page } = pages;
  const { apiKey } = await stage.server.accounts.createServiceKey({ accountId: stage.accountId, role: 'READ_ONLY', name: 'reader' });
  await using readers = await openPages({ ...stage, apiKey });
  await readers.open('/error-groups');
  await readers.page.getByRole('link', { name: /ECONNREFUSED/ }).click();
  await readers.page.getByText('3 sessions showed it').waitFor();
  assert.equal(await readers.page.getByRole('button', { name: /Archive/ }).count(), 0);
  await pages.open('/error-groups/00000000-0000-4000-8000-000000000000');
  await page.getByRole('alert').filter({ hasText: 'was not found' }).waitFor();
  await pages.look('error-unknown');
  assert.deepEqual([...pages.wrong, ...readers.wrong], []);
});
