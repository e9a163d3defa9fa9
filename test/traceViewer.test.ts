/** The trace viewer as people use it: a real trace of a real browser, opened by the link of a result. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser } from '@playwright/test';
import { agentByHand } from './agentByHand.ts';
import { startStage, type Stage } from './stage.ts';
import { launchBrowser } from './testBrowser.ts';

let stage: Stage;
let browser: Browser | string;
const folder = mkdtempSync(join(tmpdir(), 'assay-viewer-'));
before(async () => {
  stage = await startStage({ config: { builtinAgent: null } });
  browser = await launchBrowser();
});
after(async () => {
  if (typeof browser !== 'string') await browser.close();
  await stage[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** A page with a picture and a button that is pressed; its trace. */
async function record(from: Browser): Promise<Buffer> {
  const shop = createServer((request, response) => {
    if (request.url === '/photo.svg') response.setHeader('content-type', 'image/svg+xml').end('<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40" fill="red"/></svg>');
    else response.setHeader('content-type', 'text/html').end('<h1>The shop</h1><img src="/photo.svg"><button onclick="this.textContent=\'Bought\'">Buy</button>');
  }).listen(0, '127.0.0.1');
  await once(shop, 'listening');
  const context = await from.newContext();
  await context.tracing.start({ screenshots: true, snapshots: true, sources: false });
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${(shop.address() as AddressInfo).port}/`);
  await page.getByRole('button', { name: 'Buy' }).click();
  await page.getByText('Bought').waitFor();
  const path = join(folder, 'trace.zip');
  await context.tracing.stop({ path });
  await context.close();
  shop.close();
  return readFileSync(path);
}

/** A result with the trace, and the link that people get for it. */
async function keep(bytes: Buffer): Promise<string> {
  const agent = await agentByHand(stage, 'viewer');
  const { testSessionId, testResultIds } = await agent.run({ logicalId: 'a', name: 'a', checkType: 'BROWSER', script: 'x', dependencies: [], snapshots: [], environmentVariables: [] });
  const run = await agent.take();
  await run.keep({ type: 'trace', name: 'a/trace.zip', contentType: 'application/zip' }, bytes);
  await run.finish();
  agent.link.close();
  const { body } = await stage.call<{ testTraceLinks: string[] }>('GET', `/next/test-sessions/${testSessionId}/results/${testResultIds['a']}/links`);
  return body.testTraceLinks[0] ?? '';
}

test('a trace opens by its link, with its actions and what the page looked like, and nothing breaks the content policy', async (t) => {
  if (typeof browser === 'string') return t.skip(browser);
  const link = await keep(await record(browser));
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('console', (message) => { if (message.type() === 'error') problems.push(message.text()); });
  page.on('pageerror', (error) => problems.push(String(error)));
  const elsewhere: string[] = [];
  page.context().on('request', (request) => { if (!request.url().startsWith(stage.server.apiUrl) && !/^(blob|data|about):/.test(request.url())) elsewhere.push(request.url()); });
  await page.goto(link);
  const actions = page.getByRole('tree').or(page.locator('.action-title'));
  await actions.getByText(/Click/).first().waitFor();
  await actions.getByText(/Navigate|goto/i).first().waitFor();
  assert.match(page.url(), /\/trace-viewer\/index\.html\?trace=/);
  await actions.getByText(/Click/).first().click();
  const snapshot = page.frameLocator('iframe.snapshot-visible');
  await snapshot.getByRole('heading', { name: 'The shop' }).waitFor();
  await snapshot.getByRole('img').waitFor();
  if (process.env['ASSAY_TEST_PICTURE']) await page.screenshot({ path: process.env['ASSAY_TEST_PICTURE'] });
  assert.deepEqual(problems, []);
  assert.deepEqual(elsewhere.filter((url) => !url.endsWith('/photo.svg')), [], 'the page asks nobody else');
  await page.close();
});

test('a trace of another origin is not loaded, and what is no trace of ours is said', async (t) => {
  if (typeof browser === 'string') return t.skip(browser);
  const asked: string[] = [];
  const foreign = createServer((request, response) => { asked.push(request.url ?? ''); response.setHeader('access-control-allow-origin', '*').end('PK'); }).listen(0, '127.0.0.1');
  await once(foreign, 'listening');
  t.after(() => { foreign.close(); foreign.closeAllConnections(); });
  const trace = encodeURIComponent(`http://127.0.0.1:${(foreign.address() as AddressInfo).port}/trace.zip`);
  const page = await browser.newPage();
  await page.goto(`${stage.server.apiUrl}/trace-viewer/?trace=${trace}`);
  await page.getByText('names no trace of this server').waitFor();
  // By the app's own address the content policy alone stands in between.
  await page.goto(`${stage.server.apiUrl}/trace-viewer/index.html?trace=${trace}`);
  await page.getByText(/could not load trace|unable|failed|error/i).first().waitFor();
  assert.deepEqual(asked, []);
  await page.close();
});

test('where browsers give no service worker the page says so and offers the file', async (t) => {
  if (typeof browser === 'string') return t.skip(browser);
  const page = await browser.newPage();
  // The same page by a name that is not localhost: no secure context.
  const { port } = new URL(stage.server.apiUrl);
  await page.route('http://assay.test/**', async (route) => {
    const { pathname, search } = new URL(route.request().url());
    await route.fulfill({ response: await route.fetch({ url: `http://127.0.0.1:${port}${pathname}${search}` }) });
  });
  await page.goto(`http://assay.test/trace-viewer/?trace=${encodeURIComponent('http://assay.test/assets/a/b/trace.zip?expires=1&signature=x')}`);
  await page.getByText('works over HTTPS or on localhost only').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Download the trace' }).getAttribute('href'), 'http://assay.test/assets/a/b/trace.zip?expires=1&signature=x');
  await page.close();
});

test('the viewer\'s files and no others are served, with a strict content policy', async () => {
  const get = (path: string) => fetch(`${stage.server.apiUrl}${path}`);
  const index = await get('/trace-viewer/index.html');
  assert.match(index.headers.get('content-security-policy') ?? '', /^default-src 'none'; script-src 'self' 'sha256-[^']+'; .*connect-src 'self' blob: data:;/);
  const html = await index.text();
  for (const [, file = ''] of html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)) assert.equal((await get(`/trace-viewer/${file}`)).status, 200, file);
  for (const path of ['/trace-viewer/../package.json', '/trace-viewer/..%2f..%2fpackage.json', '/trace-viewer/uiMode.html', '/trace-viewer/%00', '/trace-viewer/assets']) {
    assert.equal((await get(path)).status, 404, path);
  }
});
