/** The result's page against a real stage: the reason of every verdict, attempts, neighbours, the comparison, and a run that ends while it is watched. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import type { ListedResult } from '../../src/contract/results.ts';
import type { TestSession } from '../../src/contract/sessions.ts';
import { agentByHand, type AgentByHand } from '../agentByHand.ts';
import { startTarget, type Target } from '../scenarios/target.ts';
import { startStage, type Stage } from '../stage.ts';
import { noPages, openPages, type Pages } from './openPages.ts';

const RETRY = { type: 'FIXED', baseBackoffSeconds: 0, maxRetries: 3 };
const CATALOG = (price: number) => ({ items: Array.from({ length: 12 }, (_, n) => ({ name: `item ${n}`, price: n === 6 ? price : 1 })), sum: price + 11 });
const assertion = (source: string, property: string, target: string) => ({ source, property, comparison: 'EQUALS', target, regex: null });

describe('the page of a result', { skip: noPages, concurrency: false }, () => {
  let stage: Stage;
  let target: Target;
  let pages: Pages;
  let page: Page;
  let hand: AgentByHand;
  before(async () => {
    stage = await startStage();
    target = await startTarget({ http: {
      '/flaky': [{ status: 500, text: 'down' }, { status: 503 }, { json: { ok: true } }], '/slow': { delayMs: 60 }, '/hold': { hold: true },
      '/catalog': [{ json: CATALOG(5), headers: { 'x-build': '41' } }, { json: CATALOG(6), headers: { 'x-build': '42' } }],
    } });
    hand = await agentByHand(stage, 'by-hand');
    pages = await openPages(stage);
    page = pages.page;
  });
  after(async () => {
    await pages[Symbol.asyncDispose]();
    await target[Symbol.asyncDispose]();
    await stage[Symbol.asyncDispose]();
  });

  const url = (name: string, path: string, more: object = {}) => ({ checkType: 'URL', logicalId: name, name, request: { url: `http://127.0.0.1:${target.httpPort}${path}`, assertions: [] }, ...more });
  const catalog = () => ({
    checkType: 'API', logicalId: 'catalog', name: 'Catalog of the shop',
    request: { method: 'GET', url: `http://127.0.0.1:${target.httpPort}/catalog`, assertions: [assertion('STATUS_CODE', '', '200'), assertion('JSON_BODY', '$.sum', '16')] },
  });
  const start = async (name: string, checkRunJobs: object[]): Promise<string> => {
    const { status, body } = await stage.call<{ testSessionId: string }>('POST', '/v1/test-sessions/run', {
      name, project: { logicalId: 'shop' }, repoInfo: { branchName: 'main', commitId: 'abcdef0123456789' }, runLocation: { type: 'PUBLIC', region: 'eu-central-1' }, checkRunJobs,
    });
    assert.equal(status, 202, JSON.stringify(body));
    return body.testSessionId;
  };
  const ended = async (sessionId: string): Promise<ListedResult[]> => {
    assert.equal((await stage.call('GET', `/v1/test-sessions/${sessionId}/completion?maxWaitSeconds=30`)).status, 200);
    return (await stage.call<TestSession>('GET', `/v1/test-sessions/${sessionId}`)).body.results ?? [];
  };
  const verdict = (text: string | RegExp) => page.locator('.verdict').filter({ hasText: text }).waitFor();
  const openResult = async ({ testSessionResultLink }: { testSessionResultLink: string }) => { await page.goto(testSessionResultLink); };
  const named = (results: ListedResult[], name: string): ListedResult => results.find((one) => one.name === name && one.resultType === 'FINAL') ?? assert.fail(name);
  const resultIdInAddress = () => new URL(page.url()).pathname.split('/').at(-1);

  it('shows all attempts as tabs, by mouse and by keys, each at an address of its own', async () => {
    const runs = (await ended(await start('Flaky', [url('Flaky page', '/flaky', { testRetryStrategy: RETRY })])));
    const ids = runs.map(({ testSessionResultId }) => testSessionResultId);
    assert.equal(ids.length, 3);
    await openResult(runs[2]!);
    await verdict('Passed Answered with 200 OK');
    await verdict('on attempt 3');
    assert.equal(await page.title(), 'Passed: Flaky page · Assay');
    const tab = (number: number) => page.getByRole('tab', { name: `Attempt ${number}` });
    await tab(1).click();
    await verdict('was answered with 500 Internal Server Error.');
    assert.equal(resultIdInAddress(), ids[0]);
    assert.equal(await tab(1).getAttribute('aria-selected'), 'true');
    await tab(1).focus();
    for (const [key, at] of [['ArrowRight', 1], ['ArrowRight', 2], ['ArrowRight', 0], ['End', 2], ['ArrowLeft', 1], ['Home', 0]] as const) {
      await page.keyboard.press(key);
      await page.waitForURL(`**/results/${ids[at]}`);
      assert.equal(await page.evaluate('document.activeElement.getAttribute("aria-selected")'), 'true', `${key}: the focus is on the open tab`);
    }
    await page.keyboard.press('ArrowRight');
    await verdict('was answered with 503 Service Unavailable.');
    await pages.look('result-attempts');
  });

  it('compares a failure with the last run that passed, field by field, and goes to its neighbours', async () => {
    const green = named(await ended(await start('Green', [catalog()])), 'Catalog of the shop');
    const red = await ended(await start('Red', [catalog(), url('Slow page', '/slow', { degradedResponseTime: 20 }), { checkType: 'AGENTIC', logicalId: 'agentic', name: 'Agentic' }]));
    await openResult(named(red, 'Catalog of the shop'));
    await verdict('Failed $.sum of the body was 17; 16 was expected.');
    await page.getByRole('navigation', { name: 'Where you are' }).getByRole('link', { name: 'Red', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Compare' }).click();
    const comparison = page.getByRole('region', { name: 'Comparison' });
    await comparison.getByRole('row', { name: 'response.headers.x-build 41 42' }).waitFor();
    await comparison.getByText('-       "price": 5').waitFor();
    await comparison.getByText('+       "price": 6').waitFor();
    assert.equal(new URL(page.url()).searchParams.get('compare'), green.testSessionResultId);
    assert.equal(await comparison.getByText('response.status', { exact: true }).count(), 0, 'what is the same is left out');
    await pages.look('result-compare');
    await comparison.getByLabel('Show what is the same').check();
    await comparison.getByText('response.status', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Close comparison' }).click();
    await comparison.waitFor({ state: 'detached' });

    await page.keyboard.press('j');
    await page.getByRole('heading', { name: 'Agentic', level: 1 }).waitFor();
    await verdict('This check was not run: AGENTIC checks are not supported');
    await verdict('Your target is not to blame.');
    await pages.look('result-schedule-error');
    await page.getByRole('link', { name: 'Next result: Slow page (degraded)' }).click();
    await verdict(/Degraded It took [\d,.]+ ms; more than the degraded limit of 20 ms\./);
    await pages.look('result-degraded');
    await page.keyboard.press('k');
    await page.getByRole('heading', { name: 'Agentic', level: 1 }).waitFor();
  });

  it('comes back through the sign-in to where the link led', async () => {
    const red = named(await ended(await start('Signed out', [url('Refused', '/nowhere')])), 'Refused');
    const context = await pages.browser.newContext();
    const other = await context.newPage();
    await other.goto(`${red.testSessionResultLink}?compare=${randomUUID()}`);
    await other.getByLabel('API key').fill(stage.apiKey);
    await other.getByRole('button', { name: 'Sign in' }).click();
    await other.getByText('cannot be compared with the one that the address names').waitFor();
    assert.ok(other.url().startsWith(`${red.testSessionResultLink}?compare=`));
    await context.close();
  });

  it('says when it was cancelled', async () => {
    await using held = await startTarget({ http: { '/': { hold: true } } });
    const sessionId = await start('Cancelled', [{ ...url('Held', '/'), request: { url: `http://127.0.0.1:${held.httpPort}/`, assertions: [] } }]);
    await held.asked;
    await stage.call('POST', `/v1/test-sessions/${sessionId}/cancel`, {});
    const [result] = await ended(sessionId);
    await openResult(result!);
    await verdict(/Cancelled It was cancelled after .*, before it had ended\./);
    await pages.look('result-cancelled');
  });

  it('follows a run: a failed attempt becomes a tab, and the verdict comes without a reload', async () => {
    const job = { checkType: 'URL', logicalId: 'watched', name: 'Watched', request: { url: 'http://127.0.0.1:1/', assertions: [] }, testRetryStrategy: RETRY };
    const { testSessionId, testResultIds } = await hand.run(job);
    await pages.open(`/test-sessions/${testSessionId}/results/${testResultIds['watched']}`);
    await verdict('Running It waits for its turn.');
    await page.evaluate('window.notReloaded = true');
    await (await hand.take()).finish({ verdict: 'failed', detail: { assertions: [], requestError: 'connect ECONNREFUSED 127.0.0.1:1' } });
    await verdict('Failed The connection to 127.0.0.1:1 was refused.');
    await page.getByRole('tab', { name: 'Running Attempt 2' }).click();
    await verdict('Running Attempt 2 waits for its turn.');
    await pages.look('result-running');
    await (await hand.take()).finish({ detail: { assertions: [], requestError: null, response: { status: 200, statusText: 'OK' } }, responseTime: 12 });
    await verdict('Passed Answered with 200 OK in 12 ms, on attempt 2.');
    await page.getByRole('tab', { name: 'Passed Attempt 2' }).waitFor();
    await page.waitForFunction('document.title === "Passed: Watched · Assay"');
    assert.equal(await page.evaluate('window.notReloaded'), true);
  });

  it('takes the blame for what is ours', async () => {
    const { testSessionId, testResultIds } = await hand.run({ checkType: 'URL', logicalId: 'ours', name: 'Ours', request: { url: 'http://127.0.0.1:1/', assertions: [] } });
    await (await hand.take()).finish({ verdict: 'errored', fault: 'The sandbox could not be started: out of memory.', responseTime: null });
    await ended(testSessionId);
    await pages.open(`/test-sessions/${testSessionId}/results/${testResultIds['ours']}`);
    await verdict('Error of ours Assay’s agent failed to run this check: The sandbox could not be started: out of memory. Your target is not to blame.');
    await pages.look('result-errored');
  });

  it('says that there is nothing at an address', async () => {
    await pages.open(`/test-sessions/${randomUUID()}/results/${randomUUID()}`);
    await page.getByText('There is no result at this address.').waitFor();
    await pages.look('result-unknown');
    assert.deepEqual(pages.wrong, []);
  });
});
