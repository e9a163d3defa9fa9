/** How entries of a job log become lines, and how a test's steps are read out of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PLAIN, readCodes } from '../../src/web/kit/log/ansi.ts';
import { addLines, createLineReader, entriesOf, type Line } from '../../src/web/kit/log/lines.ts';
import { loggedTestsOf, withLoggedSteps } from '../../src/web/kit/playwright/loggedSteps.ts';
import { markersOf, tryOfFile } from '../../src/web/kit/playwright/markers.ts';
import { readReport, testsIn } from '../../src/web/kit/playwright/report.ts';

const linesOf = (msg: string): Line[] => {
  const lines: Line[] = [];
  addLines(lines, { time: 1, msg, level: 'INFO', part: null });
  return lines;
};

test('colours of all kinds, until they are taken back; what else terminals do is left out', () => {
  const cases: [text: string, plain: string, runs: { at: number; names: string }[] | null][] = [
    ['plain', 'plain', null], ['\u001b[m\u001b[0mplain', 'plain', null], ['a\u001b[31mb\u001b[39mc', 'abc', [{ at: 1, names: 'ansi-1' }, { at: 2, names: '' }]],
    ['\u001b[1;4;92mx\u001b[22;24my', 'xy', [{ at: 0, names: 'ansi-10 ansi-bold ansi-underline' }, { at: 1, names: 'ansi-10' }]],
    ['\u001b[38;5;9mx', 'x', [{ at: 0, names: 'ansi-9' }]], ['\u001b[38;2;255;0;0;1mx', 'x', [{ at: 0, names: 'ansi-9 ansi-bold' }]], ['\u001b[48;2;0;0;200mx', 'x', [{ at: 0, names: 'ansi-on-4' }]],
    ['\u001b[2K\u001b[1Gx\u001b]8;;http://a\u0007y\u001b]8;;\u001b\\z\u001b(B', 'xyz', null], ['cut off \u001b[3', 'cut off ', null],
  ];
  for (const [text, plain, runs] of cases) {
    const read = readCodes(text, PLAIN);
    assert.deepEqual([read.text, read.runs], [plain, runs], JSON.stringify(text));
  }
});

test('an entry of many lines keeps its colour over them and ends with it; what is very long goes on in the next line', () => {
  assert.deepEqual(linesOf('a \u001b[32mb\r\nc\u001b[0m\rd\n\n').map(({ text, runs, opens }) => [text, runs, opens]),
    [['a b', [{ at: 2, names: 'ansi-2' }], true], ['c', [{ at: 0, names: 'ansi-2' }, { at: 1, names: '' }], false], ['d', null, false]]);
  assert.deepEqual(linesOf('plain after colours').map(({ runs }) => runs), [null]);
  assert.deepEqual(linesOf('').map(({ text }) => text), ['']);
  const long = linesOf(`\u001b[31m${'x'.repeat(4_100)}`);
  assert.deepEqual(long.map(({ text, runs }) => [text.length, runs?.[0]]), [[2_000, { at: 0, names: 'ansi-1' }], [2_000, { at: 0, names: 'ansi-1' }], [100, { at: 0, names: 'ansi-1' }]]);
});

test('logs of every shape are read, in turns', () => {
  const entry = (msg: string) => ({ time: 5, msg, level: 'WARN' });
  assert.deepEqual(entriesOf({ setup: [entry('s')], request: [], teardown: [entry('t')] })?.map(({ part, msg }) => [part, msg]), [['Setup', 's'], ['Teardown', 't']]);
  assert.equal(entriesOf(null), null);
  assert.deepEqual(entriesOf([{ msg: { odd: true }, level: 'LOUD' }, null]), [{ time: NaN, msg: '{"odd":true}', level: null, part: null }, { time: NaN, msg: '', level: null, part: null }]);
  const reader = createLineReader(Array.from({ length: 1_000 }, (_, i) => ({ time: i, msg: `line ${i}`, level: null, part: null })));
  let turns = 1;
  while (!reader.read(-1)) turns++;
  assert.ok(turns > 5);
  assert.deepEqual(reader.lines.map(({ text }) => text), Array.from({ length: 1_000 }, (_, i) => `line ${i}`));
});

const START = Date.parse('2026-01-01T00:00:00.000Z');
const said = (ms: number, msg: string, level = 'DEBUG') => ({ time: START + ms, msg, level });
const LOG = [
  said(0, 'Playwright 1.65.1: 1 test with 1 worker'), said(10, 'Test: shop › sells'), said(500, '  Create page (200 ms)'), said(600, '  fake (5 ms)', 'INFO'),
  said(1_000, '    Click getByText(\'Buy (2)\') (90 ms)'), said(1_500, '    Expect "toBe" (20 ms) failed'), said(1_600, '  buy (1000 ms) failed'), said(2_000, '  Close context (100 ms)'),
  said(3_000, 'Test: shop › sells (retry 1)'), said(3_100, '  Navigate a'),
];
const REPORT = {
  suites: [{ title: 'a.spec.ts', specs: [], suites: [{ title: 'shop', specs: [{ id: 'i', title: 'sells', line: 3, tests: [{ projectName: 'chromium', status: 'unexpected', results: [
    { retry: 0, status: 'failed', startTime: new Date(START).toISOString(), duration: 2_100, attachments: [{ path: '/x/a-shop/video.webm' }], steps: [{ title: 'buy', duration: 1, error: { message: '\u001b[31mno' } }] },
    { retry: 1, status: 'failed', startTime: new Date(START + 3_000).toISOString(), duration: 200, attachments: [{ path: '/x/a-shop-retry1/video.webm' }] },
  ] }] }] }] }],
};

test('steps of the log stand where the report has the test, and on the time line of its video', () => {
  const suites = withLoggedSteps(readReport(REPORT), loggedTestsOf(LOG));
  const tries = testsIn(suites)[0]?.test.tries ?? [];
  assert.deepEqual(tries[0]?.steps.map(({ title, steps }) => [title, steps.map((step) => `${step.title} ${step.failed}`)]),
    [['Create page', []], ['buy', ["Click getByText('Buy (2)') false", 'Expect "toBe" true']], ['Close context', []]]);
  assert.deepEqual(tries[1]?.steps.map(({ title, ms }) => [title, ms]), [['Navigate a', 0]]);
  const found = tryOfFile(suites, 'a-shop/video.webm', false);
  assert.deepEqual(found?.titles, ['shop', 'sells']);
  // Closed at 1.9 s of the test, 1.5 s long: it began at 0.4 s.
  assert.deepEqual(markersOf(found, found?.one.steps ?? [], 1.5).map(({ at, title, failed }) => [at, title, failed]), [[0.6, "Click getByText('Buy (2)')", false], [1.1, 'Expect "toBe"', true], [1.2, 'buy', true]]);
  assert.equal(tryOfFile(suites, 'video.webm', false)?.one.retry, 0);
  assert.equal(tryOfFile(suites, 'other.webm', false), null);
});

test('the lines of several workers are mixed: the report\'s own steps are shown then, without colours', () => {
  const mixed = LOG.map((entry) => ({ ...entry, msg: entry.msg.replace('1 worker', '2 workers') }));
  assert.deepEqual(loggedTestsOf(mixed), []);
  const [shown] = testsIn(withLoggedSteps(readReport(REPORT), []));
  assert.deepEqual(shown?.test.tries[0]?.steps, [{ title: 'buy', ms: 1, failed: true, error: 'no', at: null, steps: [] }]);
  for (const odd of [null, [], { suites: 'x' }, { suites: [null, { specs: [{ tests: [{ results: 7 }] }] }] }]) assert.ok(Array.isArray(readReport(odd)));
});
