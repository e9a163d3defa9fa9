import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCollector } from './collectEvents.ts';

function heard(...events: unknown[]) {
  const lines: string[] = [];
  const collector = createCollector({ folder: '/job', log: (level, msg) => { lines.push(`${level} ${msg}`); }, rewrite: (text) => text.replaceAll('PROXY', 'REAL') });
  for (const event of events) collector.take(typeof event === 'string' ? event : JSON.stringify(event));
  collector.logErrors();
  return { lines, ...collector.collected() };
}
const name = { id: '1', title: 'a', titlePath: ['area', 'a'], file: 'a.spec.ts', project: '', retry: 0 };

test('lines that user code has forged break nothing, and what they say has the right shape', () => {
  const { errors, pages, counts, files, status, startTime } = heard(
    'nonsense', 'null', '[]', '"x"', { on: 'constructor' }, { on: '__proto__' }, {}, { on: 'line' }, { on: 'line', level: 'LOUD', text: {} }, { on: 'begin', at: 'x', playwright: {}, tests: null },
    { on: 'testBegin' }, { on: 'testEnd', files: [null, 7, { path: 7 }, { path: 'relative' }] }, { on: 'step' }, { on: 'error' }, { on: 'error', error: { message: 7, location: 'x', titlePath: [1, 'b'], retry: 'x', soft: 'yes' } },
    { on: 'page' }, { on: 'page', id: 1, visit: { url: 7, vitals: { LCP: 'x', FCP: -1, CLS: 0.12345, EVIL: 1 } } }, { on: 'end', status: 'great', counts: { total: -5, passed: 'x', failed: 1.5 } },
  );
  assert.deepEqual(errors, [{ message: '' }, { message: '', titlePath: ['', 'b'] }]);
  assert.deepEqual(pages, [{ url: '', vitals: { CLS: 0.123 }, softNavigation: false }]);
  assert.deepEqual([counts, status, startTime], [{ total: 0, passed: 0, failed: 1, flaky: 0, skipped: 0 }, 'failed', null]);
  assert.ok(files.every(({ path }) => typeof path === 'string'));
});

test('what there is has a bound', () => {
  const { errors, pages } = heard(...Array.from({ length: 1_000 }, (_, n) => ({ on: 'error', error: { message: 'x'.repeat(100_000) + n } })), ...Array.from({ length: 1_000 }, (_, n) => ({ on: 'page', id: `p${n}`, visit: { url: 'http://a/' } })));
  assert.deepEqual([errors.length, pages.length], [200, 500]);
  assert.ok((errors[0]?.message.length ?? 0) <= 16 * 1024 + 1);
});

test('moments stand with the video of their own test; of what is no moment nothing is left, and of very many the first', () => {
  const ended = (folder: string, moments: unknown) => ({
    on: 'testEnd', test: name, status: 'passed', expected: true, ms: 5, moments,
    files: [{ name: 'video', contentType: 'video/webm', path: `/job/.assay/results/${folder}/video.webm` }, { name: 'trace', contentType: 'application/zip', path: `/job/.assay/results/${folder}/trace.zip` }],
  });
  const moment = { title: 'Click', at: 5, ms: 2, failed: false };
  const odd = [null, 7, { title: 'PROXY' }, { at: 'x' }, { title: 'PROXY', at: 9, failed: 'yes' }];
  assert.deepEqual(heard(ended('a', [moment]), ended('b', odd), ended('c', { at: 1 })).videoMoments, [
    { video: 'a/video.webm', moments: [moment] }, { video: 'b/video.webm', moments: [{ title: 'REAL', at: 9, ms: 0, failed: false }] },
  ]);
  const many = heard(...Array.from({ length: 5 }, (_, n) => ended(`f${n}`, Array.from({ length: 1_000 }, () => moment)))).videoMoments;
  assert.deepEqual(many.map(({ moments }) => moments.length), [1_000, 1_000, 1_000]);
});

test('a page is told several times, and counts as it was told last; texts are rewritten', () => {
  const visit = (vitals: object) => ({ on: 'page', id: '1', visit: { url: 'http://a/', vitals, softNavigation: true } });
  assert.deepEqual(heard(visit({ LCP: 1 }), visit({ LCP: 2 })).pages, [{ url: 'http://a/', vitals: { LCP: 2 }, softNavigation: true }]);
  assert.deepEqual(heard({ on: 'error', error: { message: 'PROXY said no' } }).errors, [{ message: 'REAL said no' }]);
});

test('a run that does not come to its end has counts all the same; errors are the last lines of the log', () => {
  const { counts, lines, files, hardFailure } = heard(
    { on: 'begin', at: 1, playwright: '1.65.1', tests: 3, workers: 1 }, { on: 'error', error: { message: 'boom', titlePath: ['area', 'a'], snippet: '> 1 | x', location: { file: 'a.spec.ts', line: 1, column: 2 } } },
    { on: 'testEnd', test: name, status: 'failed', expected: false, ms: 5, files: [{ name: 'trace', contentType: 'application/zip', path: '/job/.assay/results/a/trace.zip' }] },
    { on: 'testEnd', test: { ...name, retry: 1 }, status: 'passed', expected: true, ms: 5, files: [] }, { on: 'testEnd', test: { ...name, id: '2' }, status: 'skipped', expected: true, ms: 0, files: [] },
  );
  assert.deepEqual(counts, { total: 3, passed: 0, failed: 0, flaky: 1, skipped: 1 });
  assert.deepEqual(files, [{ path: '.assay/results/a/trace.zip', name: 'a/trace.zip', type: 'trace', contentType: 'application/zip' }]);
  assert.equal(lines.at(-1), 'ERROR area › a\nboom\n\n> 1 | x\n    at a.spec.ts:1:2');
  assert.equal(hardFailure, true);
});
