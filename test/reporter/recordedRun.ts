/** What `reporter.test.ts` runs in a network of its own, where port 3000 is free. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { AssetManifest, TestSessionResult } from '../../src/contract/results.ts';
import type { TestSession } from '../../src/contract/sessions.ts';
import type { Project } from '../clients/project.ts';
import { startCli } from '../clients/runCli.ts';
import { startProgram } from '../program.ts';
import { startStage, type Stage } from '../stage.ts';

const modules = join(import.meta.dirname, '..', '..', 'node_modules');

const CONFIG = `import { defineConfig } from '@playwright/test';
export default defineConfig({ testDir: 'tests', retries: 1, use: { trace: 'on' }, reporter: [['list'], ['@checkly/playwright-reporter', { sessionName: 'Recorded' }]] });`;
const SPEC = `import { test, expect } from '@playwright/test';
test('green', async ({}, info) => { console.log('a line of the test'); await info.attach('picture', { path: 'picture.png', contentType: 'image/png' }); });
test('red', async () => { expect(1).toBe(2); });
test('flaky', async ({}, info) => { expect(info.retry).toBe(1); });`;

function project(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'assay-reporter-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'tests'));
  symlinkSync(modules, join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"name":"recorded"}');
  writeFileSync(join(folder, 'picture.png'), 'no real picture');
  writeFileSync(join(folder, 'playwright.config.ts'), CONFIG);
  writeFileSync(join(folder, 'tests', 'a.spec.ts'), SPEC);
  return folder;
}

/** The CLI lists and downloads every file of the result. */
async function readWithCli(t: TestContext, stage: Stage, session: string, result: string, names: string[]): Promise<void> {
  for (const cli of ['checkly', 'checkly-8'] as const) {
    const folder = mkdtempSync(join(tmpdir(), 'assay-reporter-cli-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const run = (command: string, ...more: string[]) => startCli(cli, ['assets', command, '--test-session-id', session, '--result-id', result, ...more], {
      project: { folder, home: folder } as Project, env: stage.cliEnv,
    }).ended;
    const list = await run('list', '--output', 'json');
    assert.deepEqual((JSON.parse(list.stdout) as { data: { name: string }[] }).data.map(({ name }) => name), names, list.stdout + list.stderr);
    const download = await run('download', '--type', 'all');
    assert.equal(download.code, 0, download.stdout + download.stderr);
    const there = readdirSync(join(folder, 'checkly-assets', `test-session-result-${result}`), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    assert.equal(there.length, names.length, there.map(({ name }) => name).join());
  }
}

test('a run of playwright test becomes a session with its result, log and files', async (t) => {
  await using stage = await startStage({ config: { port: 3000, builtinAgent: null } });
  const { stdout: output } = await startProgram(['test'], {
    command: [process.execPath, join(modules, '@playwright/test/cli.js')], cwd: project(t),
    env: {
      CI: '1', CHECKLY_ENV: 'local', CHECKLY_API_KEY: stage.apiKey, CHECKLY_ACCOUNT_ID: stage.accountId, GITHUB_ACTIONS: 'true', GITHUB_SHA: 'abc',
      GITHUB_REF_NAME: 'main', GITHUB_REPOSITORY: 'acme/shop', GITHUB_SERVER_URL: 'https://git.example', GITHUB_ACTOR: 'dev',
    },
  }).ended;
  const { entries } = (await stage.call<{ entries: { id: string; provider: string; status: string; failed: string[]; name: string; branchName: string; commitId: string }[] }>('GET', '/v1/test-sessions')).body;
  assert.deepEqual(entries.map(({ provider, status, name, branchName, commitId, failed }) => [provider, status, name, branchName, commitId, failed.length]),
    [['PW_REPORTER', 'FAILED', 'Recorded', 'main', 'abc', 1]], output);
  const session = (await stage.call<TestSession>('GET', `/v1/test-sessions/${entries[0]?.id}`)).body;
  assert.ok(output.includes(session.testSessionLink), output);
  const path = `/v1/test-sessions/${session.testSessionId}/results/${session.results?.[0]?.testSessionResultId}`;
  const result = (await stage.call<TestSessionResult>('GET', path)).body;
  assert.deepEqual([result.resultType, result.status, result.hasFailures, result.checkType, result.attempts], ['FINAL', 'FAILED', true, 'PLAYWRIGHT', 1]);
  const sub = result.playwrightCheckResult;
  const [error] = sub?.errors as { message: string; testTitle: string; file: string }[];
  assert.deepEqual([sub?.errors?.length, error?.testTitle, error?.file], [1, 'red', 'a.spec.ts']);
  assert.match(error?.message ?? '', /^Error: expect\(received\)\.toBe\(expected\)/);
  assert.deepEqual((sub as { counts?: object }).counts, { total: 3, passed: 1, failed: 1, flaky: 1, skipped: 0 });
  assert.deepEqual([result.errorGroupIds.length > 0, session.errorGroupIds], [true, result.errorGroupIds.toSorted()]);
  const log = sub?.jobLog as { msg: string; time: number }[];
  assert.ok(log.some(({ msg }) => msg.includes('a line of the test')));
  assert.equal(sub?.playwrightTestTraces?.length, 5, 'one a try');
  assert.equal(sub?.jobAssets?.length, 1);
  for (const url of [...sub?.playwrightTestTraces ?? [], ...sub?.jobAssets ?? []]) assert.equal((await fetch(url)).status, 200);
  assert.deepEqual((sub?.playwrightTraceFiles as { name: string; filename: string }[]).map(({ filename }) => filename), Array.from({ length: 5 }, () => 'trace.zip'));
  const report = await (await fetch(sub?.playwrightTestJsonReportFile ?? '')).json() as { stats: { unexpected: number; flaky: number } };
  assert.deepEqual([report.stats.unexpected, report.stats.flaky], [1, 1]);
  const { assets } = (await stage.call<AssetManifest>('GET', `${path}/assets`)).body;
  assert.ok(assets.some(({ type, name }) => type === 'file' && name.endsWith('error-context.md')));
  await readWithCli(t, stage, session.testSessionId, result.id, assets.map(({ name }) => name));
  assert.equal(assets.filter(({ type }) => type === 'log').length, 1, 'the log is in the row and no file any more');
});
