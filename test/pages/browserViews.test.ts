/** Results of browser checks, multistep checks and suites as their pages show them, each of them really run and really failed. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import type { ResultFiles } from '../../src/contract/resultFiles.ts';
import { findSandbox } from '../../src/agent/sandbox/findSandbox.ts';
import { startRegistry, type Registry } from '../registry.ts';
import { startStage, type Stage } from '../stage.ts';
import { bundleOf, lockedProject } from '../suiteProjects.ts';
import { noPages, openPages, type Pages } from './openPages.ts';
import { runSession } from './runSession.ts';

const facts = await findSandbox(false);
const skip = noPages || (facts.level === null && facts.says);

const SHOP = `<!doctype html><title>Shop</title><h1>The shop</h1><button onclick="this.nextSibling.textContent = 'Sold out'">Buy</button><p role="status"></p><img src="/missing.png" alt="">
<script>console.error('no stock'); setTimeout(() => { throw new Error('broken shelf'); });</script>`;
const BROWSER = (url: string) => `import { test, expect } from '@playwright/test';
test.describe('The shop', () => {
  test('shows its goods', async ({ page }) => {
    await page.goto('${url}');
    await expect(page.getByRole('heading')).toHaveText('The shop');
  });
  test('sells', async ({ page }) => {
    await test.step('open the shop', async () => { await page.goto('${url}'); });
    await test.step('buy', async () => {
      await page.getByRole('button', { name: 'Buy' }).click();
      await expect(page.getByRole('status')).toHaveText('Sold', { timeout: 400 });
    });
  });
});`;
const MULTI_STEP = (url: string) => `import { test, expect } from '@playwright/test';
test('orders', async ({ request }) => {
  await test.step('the shop is open', async () => { expect((await request.get('${url}')).status()).toBe(200); });
  await test.step('the order is taken', async () => { expect((await request.post('${url}missing')).status()).toBe(201); });
});`;
const SUITE = `import { test, expect } from '@playwright/test';
test('green', async () => { expect(1 + 1).toBe(2); });
test('steadies itself', async ({}, info) => { expect(info.retry).toBe(1); });
test.use({ video: 'on' });
test.describe('sums', () => { test('red', async ({ page }) => { await page.setContent('<h1>2</h1>'); await test.step('add', async () => { await expect(page.getByRole('heading')).toHaveText('3', { timeout: 400 }); }); }); test.skip('left out', async () => {}); });`;

/** What is asked of elements of the page. */
interface Playing { currentTime: number; sought: Promise<number>; addEventListener(event: string, hear: () => void, options: object): void }
interface Loaded { naturalWidth: number; decode(): Promise<void> }
interface Row { querySelector(selector: string): { getAttribute(name: string): string } }

let stage: Stage;
let shop: Server;
let registry: Registry;
let pages: Pages;
let sessionId = '';
let results: Record<string, string> = {};
before(async () => {
  if (skip) return;
  registry = await startRegistry();
  process.env['npm_config_registry'] = registry.url;
  stage = await startStage();
  shop = createServer((request, response) => {
    response.setHeader('content-type', 'text/html').writeHead(request.url === '/' || request.url === '/favicon.ico' ? 200 : 404).end(request.url === '/' ? SHOP : '');
  });
  await new Promise<void>((resolve) => { shop.listen(0, '127.0.0.1', resolve); });
  const url = `http://127.0.0.1:${(shop.address() as AddressInfo).port}/`;
  const project = await lockedProject('npm', '1.65.1', registry.url, { 'tests/sums.spec.ts': SUITE, 'playwright.config.ts': 'export default { retries: 1, workers: 2 };' });
  const upload = await fetch(`${stage.server.apiUrl}/next/checkly-storage/upload-code-bundle`, {
    method: 'POST', body: new Uint8Array(await bundleOf(project)), headers: { authorization: `Bearer ${stage.apiKey}`, 'x-checkly-account': stage.accountId, 'content-type': 'application/octet-stream' },
  });
  const { key } = await upload.json() as { key: string };
  const run = runSession(stage, 'Playwright', [
    { logicalId: 'browser', checkType: 'BROWSER', dependencies: [], scriptPath: 'src/shop.spec.ts', script: BROWSER(url) },
    { logicalId: 'multistep', checkType: 'MULTI_STEP', dependencies: [], scriptPath: 'src/orders.spec.ts', script: MULTI_STEP(url) },
    { logicalId: 'suite', checkType: 'PLAYWRIGHT', codeBundlePath: key, browsers: ['chromium'], cacheHash: 'a'.repeat(64), playwrightVersion: '1.65.1', workingDir: '.', testCommand: 'npx playwright test', environmentVariables: [] },
  ]);
  pages = await openPages(stage);
  ({ sessionId, results } = await run);
});
after(async () => {
  if (skip) return;
  delete process.env['npm_config_registry'];
  await pages?.[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
  shop.closeAllConnections();
  shop.close();
});

const open = (check: string) => pages.open(`/test-sessions/${sessionId}/results/${results[check]}`);
const section = (name: string) => pages.page.getByRole('region', { name, exact: true });

test('a browser check: the error with its code first, tests and steps, what the browser reported, vitals', { skip }, async () => {
  const { page } = pages;
  await open('browser');
  const error = section('Error');
  await error.getByRole('heading', { name: 'The shop › sells' }).waitFor();
  assert.match(await error.getByLabel('Message').innerText(), /^Error: expect\(locator\)\.toHaveText[^]*Expected: "Sold"[^]*Received: "Sold out"/);
  assert.match(await error.locator('.pw-here').innerText(), /^> 11 \|\s+await expect\(page\.getByRole\('status'\)\)/);
  await error.getByText('src/shop.spec.ts:11:46', { exact: true }).waitFor();
  const tests = section('Tests and steps');
  await tests.getByText('1 failed').waitFor();
  await tests.getByText('1 passed').waitFor();
  // What failed is open, what passed is not.
  await tests.getByText('buy', { exact: true }).waitFor();
  await tests.getByText(/^Click/).waitFor();
  assert.equal(await tests.getByText(/toHaveText/).filter({ visible: true }).count(), 1);
  const reported = section('In the browser');
  await reported.getByRole('listitem').filter({ hasText: 'Uncaught exception' }).filter({ hasText: 'Error: broken shelf' }).filter({ hasText: /\+\d+\.\d\d s/ }).first().waitFor();
  await reported.getByRole('listitem').filter({ hasText: 'Console error' }).filter({ hasText: 'no stock' }).first().waitFor();
  await reported.getByRole('listitem').filter({ hasText: '404 Not Found' }).filter({ hasText: /GET http:\S+\/missing\.png/ }).first().waitFor();
  assert.match(await reported.innerText(), /[1-9]\d* uncaught exceptions?\s[^]*[1-9]\d* console errors?\s[^]*[1-9]\d* failed requests?/);
  const vital = section('Pages visited').locator('.pw-vital').filter({ hasText: 'TTFB' }).first();
  assert.match(await vital.innerText(), /TTFB\s+[\d.]+ ms\s+Good/);
  await section('Screenshots').getByRole('img').first().waitFor();
  assert.equal(await page.locator('main h2').first().innerText(), 'Error', 'the reason comes first');
});

test('its video is sought by the moments beside it, by mouse and by keys; a screenshot opens large', { skip }, async () => {
  const { page } = pages;
  const video = page.getByLabel('Video The shop › sells', { exact: true });
  const moments = page.getByRole('list', { name: 'Moments in the video The shop › sells' });
  const failed = moments.getByRole('button', { name: /toHaveText.*failed/ });
  const seconds = () => video.evaluate(({ currentTime }: Playing) => currentTime);
  const seek = async (act: () => Promise<void>) => {
    await video.evaluate((player: Playing) => { player.sought = new Promise((resolve) => { player.addEventListener('seeked', () => resolve(player.currentTime), { once: true }); }); });
    await act();
    return video.evaluate(({ sought }: Playing) => sought);
  };
  // It begins where the test failed.
  await moments.locator('[aria-current]').filter({ hasText: 'toHaveText' }).waitFor();
  const first = await seek(async () => {
    await moments.getByRole('button').first().focus();
    await page.keyboard.press('Enter');
  });
  const end = await seek(() => failed.click());
  assert.ok(first < end && end > 0.3 && await seconds() === end, `${first} ${end}`);
  assert.equal(await failed.getAttribute('aria-current'), 'true');
  await section('Screenshots').getByRole('button').first().click();
  const large = page.getByRole('dialog').getByRole('img');
  await large.waitFor();
  assert.ok(await large.evaluate((image: Loaded) => image.decode().then(() => image.naturalWidth)) > 300);
  await pages.look('screenshot');
  await page.keyboard.press('Escape');
  await large.waitFor({ state: 'detached' });
});

test('its trace opens within the page, which nobody else may frame; all files come with the size that is told', { skip }, async () => {
  const { page } = pages;
  const trace = section('Traces');
  await trace.getByRole('button', { name: 'Show it here of The shop › sells' }).click();
  const viewer = page.frameLocator('iframe[title^="Trace viewer"]');
  await viewer.getByText(/Click/).first().waitFor();
  const policy = async (path: string) => (await fetch(`${stage.server.apiUrl}${path}`)).headers.get('content-security-policy') ?? '';
  assert.match(await policy('/trace-viewer/index.html'), /frame-ancestors 'self'/);
  assert.match(await policy('/'), /frame-src 'self'.*frame-ancestors 'none'/);
  await pages.look('browser');

  const list = `${stage.server.apiUrl}/web/accounts/${stage.accountId}/test-sessions/${sessionId}/results/${results['browser']}/files`;
  const { files } = await (await page.request.get(list)).json() as ResultFiles;
  assert.deepEqual([...new Set(files.map(({ type }) => type))].sort(), ['file', 'log', 'report', 'screenshot', 'trace', 'video']);
  const shown = await section('Files').getByRole('listitem').evaluateAll((rows: Row[]) => rows.map((row) => row.querySelector('a').getAttribute('href')));
  assert.deepEqual(shown.toSorted(), files.map(({ url }) => url).sort());
  for (const { url, size, name } of files) {
    const file = await page.request.get(`${stage.server.apiUrl}${url}`);
    assert.deepEqual([file.status(), (await file.body()).length, name], [200, size, name]);
    assert.match(file.headers()['content-disposition'] ?? '', /^attachment/);
  }
  const foreign = await stage.server.accounts.createAccount({ name: 'Stranger' });
  for (const path of [list, list.replace(stage.accountId, foreign.accountId), `${list}/log`]) {
    assert.equal((await fetch(path, { headers: { authorization: `Bearer ${foreign.apiKey}` } })).status, 404, path);
  }
});

test('a multistep check: the step and the request that failed', { skip }, async () => {
  await open('multistep');
  await section('Error').getByRole('heading', { name: 'orders' }).waitFor();
  await section('Tests and steps').getByText('the order is taken').waitFor();
  assert.match(await section('Error').locator('.pw-here').innerText(), /toBe\(201\)/);
  assert.match(await section('Failed requests').innerText(), /404 Not Found\s+POST http:\S+\/missing/);
  assert.equal(await section('Screenshots').or(section('Pages visited')).or(section('Video')).count(), 0);
  await pages.look('multistep');
});

test('a suite: every try of a test, the file of the error, its counts', { skip }, async () => {
  await open('suite');
  await section('Error').getByRole('heading', { name: 'sums › red' }).waitFor();
  const tests = section('Tests and steps');
  for (const count of ['1 failed', '1 flaky', '1 passed', '1 skipped']) await tests.getByText(count, { exact: true }).waitFor();
  await tests.getByText('tests/sums.spec.ts', { exact: true }).waitFor();
  const red = tests.locator('details').filter({ has: pages.page.locator('summary').filter({ hasText: 'red' }) }).last();
  await red.getByText('Retry 1').waitFor();
  await red.getByText('add', { exact: true }).filter({ visible: true }).waitFor();
  await tests.getByText('steadies itself', { exact: true }).waitFor();
  // Of two workers: each video has the moments of its own test.
  const moments = pages.page.getByRole('list', { name: 'Moments in the video sums › red', exact: true });
  await moments.getByRole('button', { name: /add failed$/ }).waitFor();
  await moments.getByRole('button', { name: /Set content/ }).waitFor();
  await pages.look('suite');
  assert.deepEqual(pages.wrong, []);
});
