/** Two results beside each other: real ones of the scenarios, and what is made to differ in them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TestSessionResult } from '../../src/contract/results.ts';
import { detailOf } from '../../src/web/kit/detail.ts';
import { compareResults, inLines, isLong, SECTIONS, type Field, type Side } from '../../src/web/pages/result/compareResults.ts';
import { lineDiff } from '../../src/web/pages/result/lineDiff.ts';

const resultsIn = (file: string): Side[] => {
  const text = readFileSync(new URL(`../scenarios/${file}.json`, import.meta.url), 'utf8').replaceAll('"<number>"', '42');
  return (JSON.parse(text) as { answer: { results: TestSessionResult[] } }).answer.results.map((result) => ({ result, detail: detailOf(result) }));
};
const only = (file: string, at = 0): Side => resultsIn(file)[at] ?? assert.fail(file);
const differing = (before: Side, now: Side): Field[] => compareResults(before, now).filter(({ same }) => !same);
const told = (fields: readonly Field[]) => fields.map(({ path, before, now }) => [path, before, now]);

test('a status that has changed: the verdict first, then the status, then what came with it', () => {
  const fields = differing(only('url-passes'), only('url-404-fails'));
  assert.deepEqual(told(fields).slice(0, 1), [['status', 'PASSED', 'FAILED']]);
  const status = fields.find(({ path }) => path === 'response.status');
  assert.deepEqual([status?.section, status?.before, status?.now, status?.percent && Math.round(status.percent)], ['Status', 200, 404, 102]);
  const order = fields.map(({ section }) => SECTIONS.indexOf(section));
  assert.deepEqual(order, [...order].sort((a, b) => a - b));
  assert.ok(!fields.some(({ path }) => path.includes('jobLog')));
});

test('a result does not differ from itself, whatever its type', () => {
  for (const file of ['api-headers', 'browser-fails', 'dns-records', 'grpc-health', 'ssl-passes', 'tcp-data', 'traceroute-arrives', 'multistep-fails', 'url-refused']) {
    for (const side of resultsIn(file)) assert.deepEqual(differing(side, structuredClone(side)), [], file);
  }
});

const side = (detail: Record<string, unknown>, more: Partial<TestSessionResult> = {}): Side => ({ result: { ...only('url-passes').result, ...more } as TestSessionResult, detail });

test('ids, dates, signed links and a few ms are no difference', () => {
  const make = (id: string, day: number, ms: number) => side({
    response: {
      headers: { date: `Wed, 0${day} Apr 2026 12:00:00 GMT`, 'x-request-id': id, 'content-type': 'text/html', link: `/report?expires=17${day}&signature=${id}` },
      body: `{"id":"${id}","at":"2026-04-0${day}T12:00:00.000Z"}`, timingPhases: { dns: ms },
    },
    startTime: 1_790_000_000_000 + day, at: 1_790_000_000_000 + day, requestId: id, jobAssets: [`http://x/${id}`],
  }, { responseTime: 100 + ms });
  assert.deepEqual(told(differing(make('0a000000-0000-4000-8000-000000000001', 1, 2), make('0b000000-0000-4000-8000-000000000002', 2, 6))), []);
});

test('entries of lists are found by what they are', () => {
  const assertion = (source: string, actual: unknown, error: string | null) => ({ source, property: '', comparison: 'EQUALS', target: '200', actual, error });
  const fields = differing(side({ assertions: [assertion('STATUS_CODE', 200, null), assertion('TEXT_BODY', 'a', null)] }), side({ assertions: [assertion('TEXT_BODY', 'a', null), assertion('STATUS_CODE', 500, 'Expected …')] }));
  assert.deepEqual(told(fields), [['assertions[STATUS_CODE EQUALS 200].actual', 200, 500], ['assertions[STATUS_CODE EQUALS 200].error', null, 'Expected …']]);
  const record = (data: string) => ({ name: 'a.test', type: 'A', TTL: data.length, data });
  assert.deepEqual(differing(side({ response: { Answer: [record('1.1.1.1'), record('2.2.2.2')] } }), side({ response: { Answer: [record('2.2.2.2'), record('1.1.1.1')] } })), [], 'in another order');
});

test('numbers say by how much, times only when it matters; long texts and JSON are compared by lines', () => {
  const [slow] = differing(side({ response: { timingPhases: { tcp: 10, total: 100 } } }), side({ response: { timingPhases: { tcp: 12, total: 180 } } }));
  assert.deepEqual([slow?.path, slow?.section, slow?.percent], ['response.timingPhases.total', 'Timings', 80]);
  assert.ok(isLong({ before: 'a', now: 'b\nc' }) && isLong({ before: undefined, now: 'x'.repeat(200) }) && !isLong({ before: 'a', now: 5 }));
  assert.deepEqual(inLines('{"a":1}', '{"a":[2]}'), ['{\n  "a": 1\n}', '{\n  "a": [\n    2\n  ]\n}']);
  assert.deepEqual(inLines('{"a":1}', 'no'), ['{"a":1}', 'no']);
});

test('of long texts the lines that differ are shown with those around them, the rest is folded', () => {
  const lines = (changed: string) => Array.from({ length: 20 }, (_, n) => (n === 10 ? changed : `line ${n}`)).join('\n');
  const hunks = lineDiff(lines('old'), `${lines('new')}\n`) ?? assert.fail('they can be compared');
  assert.deepEqual(hunks.map((hunk) => (hunk.kind === 'folded' ? hunk.count : hunk.lines.map(({ kind, text }) => `${kind} ${text}`))), [
    7, ['same line 7', 'same line 8', 'same line 9', 'removed old', 'added new', 'same line 11', 'same line 12', 'same line 13'], 6,
  ]);
  assert.deepEqual(lineDiff('', 'a\nb'), [{ kind: 'lines', lines: [{ kind: 'added', text: 'a' }, { kind: 'added', text: 'b' }] }]);
  const other = (from: number) => Array.from({ length: 5_000 }, (_, n) => `${from} ${n}`).join('\n');
  assert.equal(lineDiff(other(1), other(2)), null, 'too different');
});

test('any two details can be compared, and what one side lacks is told', () => {
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (before, now) => {
    for (const field of compareResults(side(before), side(now))) assert.ok(SECTIONS.includes(field.section) && (field.same || field.before !== field.now));
    assert.deepEqual(differing(side(before), side(before)), []);
  }), { numRuns: 200 });
  assert.deepEqual(told(differing({ ...side({ a: 1 }), detail: null }, side({ a: 1 }))), [['a', undefined, 1]]);
});
