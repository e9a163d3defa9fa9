/** Browser and multistep checks through the real CLI: one verdict everywhere, and that of a plain `playwright test` of the same files. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import type { JSONReport } from '@playwright/test/reporter';
import { Value } from 'typebox/value';
import { TestSessionResult } from '../../src/contract/results.ts';
import { INLINE } from './browser/inline.ts';
import { comparable, looseErrors, plainPlaywright, toldByFile } from './plainPlaywright.ts';
import { countsOf, printedDuration, rowsOf, sessionIdOf, verdictOf, wanted, type Suite } from './suite.ts';

interface RunDetail {
  type?: string;
  errors: { message: string; location?: { file: string; line: number; column: number }; testTitle?: string }[];
  pages?: { url: string; webVitals: Record<string, { value: number; score: string }> }[];
  traceSummary?: Record<string, number>;
  startTime: number; endTime: number; runtimeVersion: string;
  jobLog: { time: number; msg: string; level: string }[];
  jobAssets: string[] | null;
  playwrightTestTraces?: string[]; playwrightTestVideos?: string[]; playwrightTestJsonReportFile?: string;
}

/** The type's own part of a result. */
const detailOf = (result: TestSessionResult): RunDetail => {
  const detail = (result.checkType === 'BROWSER' ? result.browserCheckResult : result.multiStepCheckResult) as unknown as RunDetail | null;
  assert.ok(detail, result.name);
  return detail;
};
/** The spec file that a check runs; the plain script has none, and no runner of tests. */
const FILES: Record<string, string> = {
  'green Browser': 'green.spec.ts', 'red Browser': 'red.spec.ts', 'degraded Browser': 'degraded.spec.ts', 'degraded Browser, soft assertions failed': 'degradedSoft.spec.ts',
  'red Browser, degraded and failed': 'degradedHard.spec.ts', 'red Browser, timeout': 'timeout.spec.ts', 'green Multistep': 'multi/green.spec.ts', 'red Multistep': 'multi/red.spec.ts',
};

const open = async (url: string): Promise<Response> => {
  const answer = await fetch(url);
  assert.equal(answer.status, 200, url);
  return answer;
};
const reportOf = async (detail: RunDetail) => (await open(detail.playwrightTestJsonReportFile ?? '')).json() as Promise<JSONReport>;

async function namedIn(suite: Suite, name: string) {
  const result = (await suite.recorded()).results.find((one) => one.name === name);
  assert.ok(result, name);
  return { result, detail: detailOf(result) };
}

/** For each version of the CLI. @param counts what it prints at its end. */
export function testBrowserVerdicts(of: () => Suite, counts: string): void {
  it('test --record: what the CLI prints, the API says', async () => {
    const { run, session, results } = await of().recorded();
    assert.deepEqual([run.code, run.stderr], [1, '']);
    assert.equal(countsOf(run), counts, run.stdout);
    assert.equal(session.status, 'FAILED');
    const rows = rowsOf(run);
    for (const result of results) {
      const { name = '', checkType } = result;
      assert.deepEqual([...Value.Errors(TestSessionResult, result)], [], name);
      assert.deepEqual([rows.get(name)?.verdict, verdictOf(result), result.resultType, result.hasErrors], [wanted(name), wanted(name), 'FINAL', false], `${name}\n${run.stdout}`);
      const elapsed = Date.parse(result.stoppedAt ?? '') - Date.parse(result.startedAt ?? '');
      assert.equal(rows.get(name)?.duration, printedDuration(elapsed), name);
      assert.equal(checkType === 'MULTI_STEP' ? result.browserCheckResult : result.multiStepCheckResult, null);
      const detail = detailOf(result);
      assert.equal(detail.errors.length > 0, wanted(name) === 'red' || name.includes('soft'), `${name}: ${JSON.stringify(detail.errors)}`);
      assert.ok(detail.startTime <= detail.endTime && detail.endTime - detail.startTime <= elapsed, name);
    }
  });
}

/** What a run leaves to look at. */
export function testBrowserEvidence(of: () => Suite): void {
  const named = (name: string) => namedIn(of(), name);

  it('each check says what a plain `playwright test` says of its file: tests, outcomes, tries and messages', async () => {
    const { project, targets } = of();
    const plain = toldByFile(await plainPlaywright(project.folder, targets.env, Object.values(FILES)));
    for (const [name, file] of Object.entries(FILES)) {
      const { detail } = await namedIn(of(), name);
      const ours = toldByFile(await reportOf(detail));
      assert.deepEqual(Object.values(ours), [plain[file]], name);
      const messages = (plain[file] ?? []).flatMap(({ errors }) => errors);
      assert.equal(detail.errors.length, messages.length, name);
      // The report has lines of code and the stack behind the message.
      detail.errors.forEach(({ message }, n) => assert.ok(messages[n]?.startsWith(comparable(message)), `${name}: ${message}\n${messages[n]}`));
      for (const { location } of detail.errors) assert.equal(location?.file ?? file, file, name);
    }
  });

  it('what does not load is red and says why, as a plain `playwright test` does', async () => {
    const { project, targets } = of();
    const broken = [['red Browser, syntax error', INLINE.syntaxError, /SyntaxError/], ['red Browser, missing package', INLINE.missingPackage, /no-such-package-anywhere/]] as const;
    const files = broken.map(([, script], at) => {
      writeFileSync(join(project.folder, `inline${at}.spec.ts`), script);
      return `inline${at}.spec.ts`;
    });
    const plain = looseErrors(await plainPlaywright(project.folder, targets.env, files)).filter((message) => !message.startsWith('Error: No tests found'));
    for (const file of files) rmSync(join(project.folder, file));
    assert.equal(plain.length, broken.length, JSON.stringify(plain));
    for (const [name, , says] of broken) {
      const { detail } = await named(name);
      for (const text of [plain.join('\n'), detail.errors[0]?.message ?? '', detail.jobLog.map(({ msg }) => msg).join('\n')]) assert.match(text, says, name);
    }
  });

  it('a plain script is run without a test runner', async () => {
    const { result, detail } = await named('green Browser, plain script');
    assert.equal(detail.type, 'PLAYWRIGHT');
    assert.ok(detail.jobLog.some(({ msg, level }) => level === 'INFO' && msg === 'A plain script has seen the shop.'), JSON.stringify(detail.jobLog));
    assert.ok((detail.pages ?? []).some(({ url }) => url.endsWith('/page')), JSON.stringify(detail));
    assert.ok((result.responseTime ?? 0) > 0);
    assert.equal((await named('green Browser')).detail.type, 'PLAYWRIGHT_TEST');
  });

  it('what there is to look at: log, pages with vitals, console and network errors, traces, videos, screenshots', async () => {
    const { detail: green } = await named('green Browser');
    assert.ok(green.jobLog.some(({ msg, level }) => level === 'INFO' && msg === 'The shop is open.'), JSON.stringify(green.jobLog));
    assert.equal(green.pages?.length, 1, JSON.stringify(green.pages));
    assert.deepEqual(['FCP', 'LCP', 'TTFB'].filter((vital) => !(Number(green.pages?.[0]?.webVitals[vital]?.value) >= 0)), [], JSON.stringify(green.pages));
    // The page says something on its console, and its image is not there (the browser tells that on the console too).
    assert.deepEqual([green.traceSummary?.['consoleErrors'], green.traceSummary?.['networkErrors']], [2, 1], JSON.stringify(green.traceSummary));
    const { detail: red } = await named('red Browser');
    assert.ok((red.jobAssets ?? []).length >= 1, 'a screenshot of the failure');
    for (const [detail, videos] of [[green, null], [red, true]] as const) {
      assert.ok((detail.playwrightTestTraces ?? []).length >= 1);
      if (videos) assert.ok((detail.playwrightTestVideos ?? []).length >= 1, 'a video of the failure');
      for (const url of [...detail.playwrightTestTraces ?? [], ...detail.playwrightTestVideos ?? [], ...detail.jobAssets ?? []]) {
        assert.ok((await (await open(url)).arrayBuffer()).byteLength > 100, url);
      }
    }
    const { detail: multistep } = await named('green Multistep');
    assert.deepEqual([multistep.pages, multistep.traceSummary, multistep.type, multistep.playwrightTestVideos ?? []], [undefined, undefined, undefined, []]);
    assert.ok(toldByFile(await reportOf(multistep)));
  });

  it('why it is degraded stands in the log', async () => {
    assert.ok((await named('degraded Browser')).detail.jobLog.some(({ msg }) => msg.includes('The shop was slow.')));
  });

  it('the failing tests and their messages are printed', async () => {
    const { run } = await of().recorded();
    for (const part of ['Test timeout of 1500ms exceeded.', 'Expected: 3', "no-such-package-anywhere"]) assert.ok(run.stdout.includes(part), `${part}\n${run.stdout}`);
  });

  it('test-sessions get --result, assets list and download', async () => {
    const { session } = await of().recorded();
    const { result, detail } = await named('red Browser');
    const shown = await of().run(['test-sessions', 'get', session.testSessionId, '--result', result.testSessionResultId]);
    assert.equal(shown.code, 0, shown.stdout + shown.stderr);
    assert.doesNotMatch(shown.stdout, /undefined|NaN|\[object/);
    assert.match(shown.stdout, /Status: +failing/);
    const where = ['--test-session-id', session.testSessionId, '--result-id', result.testSessionResultId];
    const list = await of().run(['assets', 'list', ...where, '--output', 'json']);
    const { data } = JSON.parse(list.stdout) as { data: { type: string; name: string }[] };
    const count = (type: string) => data.filter((one) => one.type === type).length;
    assert.deepEqual([count('trace'), count('video'), count('report'), count('log')], [detail.playwrightTestTraces?.length, detail.playwrightTestVideos?.length, 1, 1], list.stdout);
    const download = await of().run(['assets', 'download', ...where, '--type', 'all']);
    assert.equal(download.code, 0, download.stdout + download.stderr);
    const folder = join(of().project.folder, 'checkly-assets', `test-session-result-${result.testSessionResultId}`);
    const there = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    assert.equal(there.length, data.length, `${list.stdout}\n${there.map(({ name }) => name).join('\n')}`);
    const trace = there.find(({ name }) => name.endsWith('.zip'));
    assert.equal(readFileSync(join(trace?.parentPath ?? '', trace?.name ?? '')).subarray(0, 2).toString(), 'PK');
  });
}

/** What is not needed of every version of the CLI. */
export function testBrowserLife(of: () => Suite): void {
  it('Ctrl-C ends a browser check within seconds, as cancelled, with what it had by then', async () => {
    const { start, targets } = of();
    const name = randomUUID();
    const running = start(['test', 'held', '--record', '--reporter', 'ci'], { TARGET_RUN: name });
    await targets.untilHeld(name, 1);
    running.interrupt();
    const run = await running.endWithin(10_000);
    assert.equal(countsOf(run), '1 cancelled, 1 total', run.stdout);
    const { session, results: [result] } = await of().readSession(sessionIdOf(run.stdout));
    assert.deepEqual([session.status, result?.resultType, result?.status, session.results?.length], ['CANCELLED', 'FINAL', 'CANCELLED', 1]);
    assert.ok(result);
    const { jobLog, playwrightTestTraces = [] } = detailOf(result);
    assert.ok(jobLog.some(({ msg }) => msg === 'The page is asked for.'), JSON.stringify(jobLog));
    assert.equal(playwrightTestTraces.length, 1, 'the trace, as far as it went');
    await open(playwrightTestTraces[0] ?? '');
    targets.release(name);
  });

  it('a package that no runtime has is refused by the CLI itself', async () => {
    const { code, stdout, stderr } = await of().run(['test', 'refused', '--record']);
    assert.equal(code, 1);
    assert.match(stdout + stderr, /refused\.ts imports unsupported dependencies:\s+pg/);
  });

  it('test -u writes the snapshots; the next run compares with them, and fails when the page is another', async () => {
    const { run, project } = of();
    const folder = join(project.folder, 'snapshot.spec.ts-snapshots');
    const without = await run(['test', 'snapshot', '--record'], { TARGET_WORD: 'espresso' });
    assert.equal(without.code, 1, 'no snapshot yet');
    assert.match(without.stdout, /snapshot doesn't exist/);
    assert.ok(!existsSync(folder));
    const update = await run(['test', 'snapshot', '--record', '-u'], { TARGET_WORD: 'espresso' });
    assert.equal(update.code, 0, update.stdout + update.stderr);
    assert.deepEqual(readdirSync(folder).sort(), ['word-chromium-linux.png', 'word-chromium-linux.txt']);
    assert.equal(readFileSync(join(folder, 'word-chromium-linux.txt'), 'utf8'), 'espresso');
    const same = await run(['test', 'snapshot', '--record'], { TARGET_WORD: 'espresso' });
    assert.equal(same.code, 0, same.stdout + same.stderr);
    const other = await run(['test', 'snapshot', '--record'], { TARGET_WORD: 'lungo' });
    assert.equal(other.code, 1);
    assert.match(other.stdout, /-espresso\s+\+lungo/);
    assert.equal(readFileSync(join(folder, 'word-chromium-linux.txt'), 'utf8'), 'espresso', 'only -u writes');
  });
}
