/** Browser and multistep checks from POST to result: what the door refuses, what each try keeps, what a secret leaves behind. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { Value } from 'typebox/value';
import { findSandbox } from '../src/agent/sandbox/findSandbox.ts';
import { TestSessionResult, type AssetManifest, type ListedResult } from '../src/contract/results.ts';
import type { TestSession } from '../src/contract/sessions.ts';
import { startStage, type Stage } from './stage.ts';

const facts = await findSandbox(false);
const skip = facts.level === null && facts.says;

let stage: Stage;
let server: Server;
let url = '';
before(async () => {
  stage = await startStage();
  server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<title>Shop</title><h1>Hello</h1>');
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
after(async () => {
  await stage[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
});

const TEST = "import { test, expect } from '@playwright/test';\n";
const body = (job: object, sharedFiles: object[] = []) => ({
  name: 'Browsers', runLocation: { type: 'PUBLIC', region: 'eu-central-1' }, sharedFiles,
  checkRunJobs: [{ logicalId: 'a', name: 'a', checkType: 'MULTI_STEP', script: `${TEST}test('a', async () => {});`, dependencies: [], ...job }],
});

/** All results of the session, in the order in which they were made. */
async function run(job: object, sharedFiles: object[] = []): Promise<TestSessionResult[]> {
  const started = await stage.call<{ testSessionId: string }>('POST', '/v1/test-sessions/run', body(job, sharedFiles));
  assert.equal(started.status, 202, JSON.stringify(started.body));
  const { testSessionId } = started.body;
  let session: TestSession;
  do {
    const answer = await stage.call<TestSession>('GET', `/v1/test-sessions/${testSessionId}/completion?maxWaitSeconds=30`);
    assert.ok(answer.status === 200 || answer.status === 408, String(answer.status));
    session = answer.body;
  } while (!('status' in session) || session.status === 'RUNNING');
  const results = await Promise.all((session.results as ListedResult[]).map(async ({ testSessionResultId }) => {
    const { body: result } = await stage.call<TestSessionResult>('GET', `/v1/test-sessions/${testSessionId}/results/${testSessionResultId}`);
    assert.deepEqual([...Value.Errors(TestSessionResult, result)], []);
    return result;
  }));
  return results.sort((one, other) => one.attempts - other.attempts);
}

test('the door refuses what cannot be run, with the path of the field', async () => {
  const files = [{ path: 'lib/a.ts', content: '' }];
  const cases: [job: object, says: RegExp, files?: object[]][] = [
    [{ script: '' }, /script/], [{ script: ' \n' }, /script must not be blank/], [{ script: undefined }, /script/],
    [{ dependencies: [1] }, /dependencies\/0 names no file of body\/sharedFiles, which has 1/, files], [{ dependencies: [0] }, /must be relative to the project/, [{ path: '../a', content: '' }]],
    [{ scriptPath: '/etc/passwd' }, /scriptPath .* must be relative/], [{ runtimeId: '1999.01' }, /runtimeId "1999.01" is no runtime/],
    [{ checkType: 'BROWSER', snapshots: [{ key: 'k', path: 'a/../../b.png' }] }, /snapshots\/0\/path/], [{ checkType: 'BROWSER', snapshots: [{ path: 'a.png' }] }, /snapshots\/0/],
  ];
  for (const [job, says, shared = []] of cases) {
    const answer = await stage.call<{ message: string }>('POST', '/v1/test-sessions/run', body(job, shared));
    assert.equal(answer.status, 400, JSON.stringify(job));
    assert.match(answer.body.message, says);
  }
});

test('each try keeps its own files, secrets are in none of what is told, an old runtime is named', { skip }, async () => {
  const [first, last, ...others] = await run({
    scriptPath: 'src/a.spec.ts', dependencies: [0], runtimeId: '2024.02', testRetryStrategy: { type: 'FIXED', baseBackoffSeconds: 0, maxRetries: 1, maxDurationSeconds: 600, sameRegion: true },
    environmentVariables: [{ key: 'TOKEN', value: 'quite-secret-0815', secret: true }],
    script: `${TEST}import { word } from '../lib/word';\ntest('a', async () => { console.log(word, process.env.TOKEN, process.env.CHECK_NAME); expect(process.env.TOKEN).toBe('x'); });`,
  }, [{ path: 'lib/word.ts', content: "export const word: string = 'the word';" }]);
  assert.deepEqual([first?.resultType, last?.resultType, last?.status, last?.hasErrors, others.length], ['ATTEMPT', 'FINAL', 'FAILED', false, 0]);
  const reports = new Set<string>();
  for (const result of [first, last]) {
    const detail = result?.multiStepCheckResult ?? assert.fail();
    const { errors = [], jobLog, playwrightTestTraces, playwrightTestJsonReportFile } = detail;
    assert.equal(JSON.stringify(result).includes('quite-secret'), false);
    assert.match(JSON.stringify(errors), /toBe.*\*{6}.*src\/a\.spec\.ts/);
    const lines = (jobLog as { level: string; msg: string }[]).map(({ level, msg }) => `${level} ${msg}`);
    assert.ok(lines.includes('INFO the word ****** a'), lines.join('\n'));
    assert.ok(lines.some((line) => /^WARN Runtime 2024\.02 is mapped to 2026\.04/.test(line)));
    assert.equal(playwrightTestTraces?.length, 1);
    reports.add(playwrightTestJsonReportFile ?? '');
    const report = await (await fetch(playwrightTestJsonReportFile ?? '')).text();
    assert.ok(report.includes('"title": "a"') && !report.includes('quite-secret'));
  }
  assert.equal(reports.size, 2);
});

test('a page in a browser: result, scores, manifest; a marked check is degraded', { skip }, async () => {
  const [result] = await run({
    checkType: 'BROWSER', playwrightConfig: { use: { viewport: { width: 400, height: 300 }, baseURL: url, launchOptions: { args: ['--nope'] }, trace: 'off' }, retries: 3 },
    script: `${TEST}import { markCheckAsDegraded } from '@checkly/playwright-helpers';
      test('shop', async ({ page }) => { await page.goto('/'); expect(page.viewportSize()).toEqual({ width: 400, height: 300 }); markCheckAsDegraded('too slow'); });`,
  });
  assert.deepEqual([result?.status, result?.isDegraded, result?.hasFailures, result?.aborted], ['PASSED', true, false, false], JSON.stringify(result?.browserCheckResult));
  const detail = result?.browserCheckResult ?? assert.fail();
  assert.deepEqual([detail.type, detail.errors, detail.runtimeVersion], ['PLAYWRIGHT_TEST', [], '2026.04']);
  const [page] = detail.pages as { url: string; webVitals: Record<string, { value: number; score: string }> }[];
  assert.equal(page?.url, url);
  assert.equal(page?.webVitals['TTFB']?.score, 'GOOD');
  assert.ok((detail.jobLog as { level: string; msg: string }[]).some(({ level, msg }) => level === 'WARN' && msg === 'Marked as degraded: too slow'));
  const { body: manifest } = await stage.call<AssetManifest>('GET', `${new URL(result?.testSessionResultLink ?? '').pathname.replace(/^\/accounts\/[^/]+/, '/v1')}/assets`);
  assert.deepEqual(manifest.assets.map(({ type }) => type).sort(), ['file', 'log', 'report', 'trace', 'video'], JSON.stringify(manifest));
});
