/** Playwright suites through the real CLI, with the lock files of three package managers: one verdict everywhere, and that of a plain `playwright test`. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import type { JSONReport } from '@playwright/test/reporter';
import { Value } from 'typebox/value';
import { TestSessionResult } from '../../src/contract/results.ts';
import type { Registry } from '../registry.ts';
import { comparable, plainPlaywright, toldByFile } from './plainPlaywright.ts';
import { countsOf, printedDuration, rowsOf, sessionIdOf, verdictOf, wanted, type Suite } from './suite.ts';

interface SuiteDetail {
  errors: { message: string; testTitle?: string; project?: string; file?: string }[] | null;
  jobLog: { time: number; msg: string; level: string }[];
  playwrightTraceFiles: { url: string; name: string; filename: string }[] | null;
  playwrightTestTraces?: string[]; playwrightTestVideos?: string[]; playwrightTestJsonReportFile?: string; jobAssets: string[] | null;
}
/** How the same tests are run without Assay. */
interface Plain { args: readonly string[]; modules?: string }
const PLAIN: Record<string, Plain> = {
  'green Suite': { args: ['--project=shop'] }, 'red Suite': { args: ['--project=broken'] },
  'red Suite, older Playwright': { args: ['--config=packages/old/playwright.config.ts'], modules: 'packages/old/node_modules' },
};
/** C.5: enforced, or held where the project says nothing. */
const LIKE_OURS = ['--trace=on'];

const detailOf = ({ name, playwrightCheckResult }: TestSessionResult): SuiteDetail => {
  assert.ok(playwrightCheckResult, name);
  return playwrightCheckResult as unknown as SuiteDetail;
};
async function reportOf({ playwrightTestJsonReportFile }: SuiteDetail): Promise<JSONReport> {
  const answer = await fetch(playwrightTestJsonReportFile ?? '');
  assert.equal(answer.status, 200);
  return await answer.json() as JSONReport;
}
const countsIn = ({ stats: { expected, unexpected, flaky, skipped } }: JSONReport) => ({ expected, unexpected, flaky, skipped });

/** For each package manager. @param counts as the CLI prints them. */
export function testSuiteVerdicts(of: () => Suite, counts: string): void {
  it('test --record: what the CLI prints, the API says', async () => {
    const { run, session, results } = await of().recorded();
    const fails = counts.includes('failed');
    assert.deepEqual([run.code, run.stderr, session.status], fails ? [1, '', 'FAILED'] : [0, '', 'PASSED']);
    assert.equal(countsOf(run), counts, run.stdout);
    const rows = rowsOf(run);
    for (const result of results) {
      const { name = '' } = result;
      assert.deepEqual([...Value.Errors(TestSessionResult, result)], [], name);
      assert.deepEqual([rows.get(name)?.verdict, verdictOf(result), result.resultType, result.hasErrors], [wanted(name), wanted(name), 'FINAL', false], `${name}\n${run.stdout}`);
      assert.equal(rows.get(name)?.duration, printedDuration(Date.parse(result.stoppedAt ?? '') - Date.parse(result.startedAt ?? '')), name);
    }
  });
}

/** How tests end does not depend on who has installed their packages. */
export function testSuiteSameness(of: () => Suite): void {
  it('each suite says what a plain `playwright test` says: counts, tests, outcomes, tries and messages', async () => {
    const { project, targets } = of();
    for (const result of (await of().recorded()).results) {
      const { name = '' } = result;
      const { args, modules } = PLAIN[name] ?? { args: [] };
      const plain = await plainPlaywright(project.folder, targets.env, [...args, ...LIKE_OURS], modules);
      const detail = detailOf(result);
      const ours = await reportOf(detail);
      assert.equal(ours.config.version, plain.config.version, name);
      assert.deepEqual(countsIn(ours), countsIn(plain), name);
      assert.deepEqual(toldByFile(ours), toldByFile(plain), name);
      const messages = Object.values(toldByFile(plain)).flat().filter(({ outcome }) => outcome === 'unexpected').flatMap(({ errors }) => errors);
      assert.equal(detail.errors?.length ?? 0, messages.length, `${name}: ${JSON.stringify(detail.errors)}`);
      detail.errors?.forEach(({ message }, n) => assert.ok(messages[n]?.startsWith(comparable(message)), `${name}: ${message}\n${messages[n]}`));
    }
  });
}

/** What there is after a run. */
export function testSuiteEvidence(of: () => Suite): void {
  it('what there is to look at: log, traces of every try, report', async () => {
    const { results } = await of().recorded();
    for (const result of results) {
      const detail = detailOf(result);
      // Playwright counts, and traces, a skipped test as one try.
      const tries = Object.values(toldByFile(await reportOf(detail))).flat().reduce((sum, test) => sum + test.tries, 0);
      assert.deepEqual([detail.playwrightTestTraces?.length, detail.playwrightTraceFiles?.length], [tries, tries], result.name);
      for (const url of detail.playwrightTestTraces ?? []) assert.equal(Buffer.from(await (await fetch(url)).arrayBuffer()).subarray(0, 2).toString(), 'PK');
      assert.ok(detail.jobLog.some(({ msg }) => / (passed|failed)/.test(msg)), 'the output of the test command is in the log');
    }
    const green = results.find(({ name }) => name === 'green Suite');
    assert.ok(green && detailOf(green).jobLog.some(({ msg }) => msg.includes('The suite has seen the shop.')));
  });
}

/** What is not needed of every package manager. */
export function testSuiteLife(of: () => Suite, registry: () => Registry): void {
  it('pw-test: lines arrive while the tests run', async () => {
    const { start, targets } = of();
    const name = randomUUID();
    const running = start(['pw-test', '-e', `TARGET_URL=${targets.env['TARGET_URL'] ?? ''}`, '-e', `TARGET_RUN=${name}`, '--', '--project=held']);
    await targets.untilHeld(name, 1);
    await running.untilPrinted('is done before the other');
    assert.equal((await of().get<{ entries: { status: string }[] }>('/v1/test-sessions?limit=1')).entries[0]?.status, 'RUNNING');
    targets.release(name);
    const run = await running.ended;
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.match(run.stdout, /2 passed/);
  });

  it('Ctrl-C ends a suite within seconds, as cancelled, with what it had by then; its packages were there from the runs before', async () => {
    const { start, targets } = of();
    const name = randomUUID();
    await of().recorded();
    const before = registry().fetched.length;
    const running = start(['test', 'held', '--record', '--reporter', 'ci'], { TARGET_RUN: name });
    await targets.untilHeld(name, 1);
    assert.deepEqual(registry().fetched.slice(before), []);
    running.interrupt();
    const run = await running.endWithin(10_000);
    assert.equal(countsOf(run), '1 cancelled, 1 total', run.stdout);
    const { session, results: [result] } = await of().readSession(sessionIdOf(run.stdout));
    assert.deepEqual([session.status, result?.resultType, result?.status, session.results?.length], ['CANCELLED', 'FINAL', 'CANCELLED', 1]);
    assert.ok(result);
    const { playwrightTestTraces = [], jobLog } = detailOf(result);
    assert.ok(playwrightTestTraces.length >= 1, 'the trace of the test that had ended');
    assert.ok(jobLog.some(({ msg }) => msg.includes('is done before the other')), JSON.stringify(jobLog));
    targets.release(name);
  });

  it('assets list and download', async () => {
    const { session, results } = await of().recorded();
    const result = results.find(({ name }) => name === 'red Suite');
    const where = ['--test-session-id', session.testSessionId, '--result-id', result?.testSessionResultId ?? ''];
    const list = await of().run(['assets', 'list', ...where, '--output', 'json']);
    const { data } = JSON.parse(list.stdout) as { data: { type: string; name: string }[] };
    for (const type of ['trace', 'screenshot', 'report', 'log']) assert.ok(data.some((one) => one.type === type), `${type}: ${list.stdout}`);
    const download = await of().run(['assets', 'download', ...where, '--type', 'all']);
    assert.equal(download.code, 0, download.stdout + download.stderr);
    const folder = join(of().project.folder, 'checkly-assets', `test-session-result-${result?.testSessionResultId}`);
    assert.equal(readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length, data.length, list.stdout);
  });
}
