import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlaywrightRun } from './playwright.ts';
import { endedBy, errorsOf, NO_PLAYWRIGHT, pagesOf, verdictOf } from './playwrightDetail.ts';

const RUN: PlaywrightRun = {
  stopped: null, runner: 'PLAYWRIGHT_TEST', passed: true, errors: [], hardFailure: false, degraded: null, counts: { total: 1, passed: 1, failed: 0, flaky: 0, skipped: 0 }, pages: [],
  traceSummary: { consoleErrors: 0, networkErrors: 0, documentErrors: 0, userScriptErrors: 0 }, traceErrors: [], videoMoments: [], startTime: 1_000, endTime: 1_250, kept: [], snapshots: [],
};
const failed = { ...RUN, passed: false, counts: { ...RUN.counts, passed: 0, failed: 1 } };

test('the table of verdicts (C.7)', () => {
  const cases: [run: PlaywrightRun, verdict: string][] = [
    [RUN, 'passed'], [{ ...RUN, counts: { ...RUN.counts, passed: 0, flaky: 1 } }, 'passed'], [{ ...failed, hardFailure: true }, 'failed'], [failed, 'failed'],
    [{ ...RUN, degraded: [] }, 'degraded'], [{ ...failed, degraded: ['slow'] }, 'degraded'], [{ ...failed, degraded: [], hardFailure: true }, 'failed'],
    // Nothing found, nothing loaded: no assertion of any kind.
    [{ ...RUN, passed: false, degraded: [], counts: { total: 0, passed: 0, failed: 0, flaky: 0, skipped: 0 } }, 'failed'],
    [{ ...RUN, stopped: 'deadline', passed: false, degraded: ['x'] }, 'failed'], [{ ...RUN, stopped: 'memory', passed: false }, 'failed'],
  ];
  for (const [run, verdict] of cases) assert.equal(verdictOf(run), verdict, JSON.stringify(run));
});

test('what cut a run short is its first error, in the words of C.7; a cancel is none', () => {
  const errors = [{ message: 'mine' }];
  assert.deepEqual(errorsOf({ ...failed, errors, stopped: 'deadline' }, 240_000).map(({ message }) => message), ['Your check run has reached the maximum run time of 240000 ms.', 'mine']);
  assert.deepEqual(errorsOf({ ...failed, stopped: 'memory' }, 1), [{ message: 'Your check has reached the maximum memory usage of 2.7 GiB' }]);
  assert.deepEqual(errorsOf({ ...failed, stopped: 'memory', memoryBytes: 4 * 1024 ** 3 }, 1), [{ message: 'Your check has reached the maximum memory usage of 4 GiB' }]);
  assert.deepEqual(errorsOf({ ...failed, stopped: 'cancelled' }, 1), []);
});

test('faults are ours, with what there is; the log says why', () => {
  const lines: string[] = [];
  const log = (level: string, msg: string) => { lines.push(`${level} ${msg}`); };
  const { verdict, fault, detail, responseTime } = endedBy({ kind: 'fault', sentence: 'No browser.', run: RUN }, 1, ({ runner }) => ({ runner }), { log });
  assert.deepEqual([verdict, fault, detail, responseTime, lines], ['errored', 'No browser.', { runner: 'PLAYWRIGHT_TEST' }, 250, ['ERROR No browser.']]);
  assert.deepEqual([endedBy(NO_PLAYWRIGHT, 1, () => ({ a: 1 }), { log }).verdict, endedBy(NO_PLAYWRIGHT, 1, () => ({ a: 1 }), { log }).detail], ['errored', {}]);
  const cut = endedBy({ kind: 'done', run: { ...failed, stopped: 'deadline' } }, 5, () => ({}), { log });
  assert.deepEqual([cut.verdict, cut.interrupted, cut.fault], ['failed', true, null]);
  assert.equal(lines.at(-1), 'ERROR Your check run has reached the maximum run time of 5 ms.');
});

test('web vitals: the score at and above each threshold; what was not measured is left out', () => {
  const vitals = { LCP: 2_500, FCP: 1_801, CLS: 0.26, TTFB: null, TBT: 0, INP: Number.NaN };
  assert.deepEqual(pagesOf({ ...RUN, pages: [{ url: 'http://a/', vitals, softNavigation: false }] }), [{
    url: 'http://a/', softNavigation: false, webVitals: {
      LCP: { value: 2_500, score: 'GOOD' }, FCP: { value: 1_801, score: 'NEEDS_IMPROVEMENT' }, CLS: { value: 0.26, score: 'POOR' }, TBT: { value: 0, score: 'GOOD' },
    },
  }]);
});
