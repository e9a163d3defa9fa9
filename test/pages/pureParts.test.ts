/** What pages work out by themselves, without a page. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { ListedResult } from '../../src/contract/results.ts';
import type { SessionView } from '../../src/contract/sessionView.ts';
import { mergeView } from '../../src/web/api/mergeView.ts';
import { repoLinks } from '../../src/web/pages/session/repoLinks.ts';
import { sequencesOf } from '../../src/web/pages/session/sequences.ts';
import { stepOf, tickLabel, ticksOf } from '../../src/web/pages/session/timeAxis.ts';
import { callOf, furtherFilters, isFiltered, withFilter } from '../../src/web/pages/sessions/filter.ts';

test('links lead to the web only, and carry no credentials', () => {
  const commit = (repoUrl: string) => repoLinks(repoUrl)?.commit('abc');
  assert.equal(commit('https://user:secret@git.example.com/tea/shop.git'), 'https://git.example.com/tea/shop/commit/abc');
  assert.equal(commit('git@github.com:tea/shop.git'), 'https://github.com/tea/shop/commit/abc');
  assert.equal(commit('ssh://git@gitlab.example.com:2222/tea/shop'), 'https://gitlab.example.com/tea/shop/-/commit/abc');
  assert.equal(repoLinks('https://github.com/tea/shop')?.branch('feature/a b'), 'https://github.com/tea/shop/tree/feature/a%20b');
  for (const bad of ['javascript:alert(1)', 'file:///etc/passwd', 'data:text/html,x', '/tea/shop', 'tea', '', null, undefined]) assert.equal(repoLinks(bad), null, String(bad));
});

const result = (id: string, sequenceId: string, more: Partial<ListedResult> = {}) => ({ testSessionResultId: id, sequenceId, status: 'RUNNING', errorGroupIds: [], ...more }) as unknown as ListedResult;
const view = (lastEvent: number, results: ListedResult[], more: Partial<SessionView> = {}) => ({ lastEvent, results, errorGroups: [], flakySequenceIds: [], ...more }) as unknown as SessionView;

test('what has changed is put in; what has not stays the very same object', () => {
  const [a, b] = [result('a', '1'), result('b', '2')];
  const known = view(5, [a, b]);
  const [failed, again] = [result('a', '1', { status: 'FAILED', resultType: 'ATTEMPT' }), result('a2', '1', { status: 'PASSED', isFlaky: true })];
  const merged = mergeView(known, view(9, [failed, again], { errorGroups: [{ id: 'g', message: 'm', firstSeen: '', archived: false }] }));
  assert.deepEqual([merged.lastEvent, merged.results, merged.flakySequenceIds, merged.errorGroups.length], [9, [failed, b, again], ['1'], 1]);
  assert.equal(merged.results?.[1], b);
  const [before, after] = [sequencesOf(known.results ?? []), sequencesOf(merged.results ?? [])];
  assert.deepEqual(after.map(({ id, runs, verdict }) => [id, runs.length, verdict]), [['1', 2, 'passed'], ['2', 1, 'running']]);
  assert.equal(after[1], before[1]);
  assert.equal(mergeView(merged, view(9, [])).results, merged.results);
});

test('an axis has few round steps', () => {
  assert.deepEqual([3, 595, 4_000, 61_000, 300_000, 7_200_000].map(stepOf), [1, 100, 1_000, 20_000, 50_000, 1_200_000]);
  assert.deepEqual(ticksOf(1_050, 200), [0, 200, 400, 600, 800, 1_000]);
  assert.deepEqual([0, 200, 1_500, 60_000, 90_000].map(tickLabel), ['0', '200 ms', '1.5 s', '1 min', '1:30 min']);
});

test('an address is read as a call, and what is no filter is left out', () => {
  const address = new URLSearchParams('statuses=FAILED&branches=a%26b&nextId=x&utm=1');
  assert.equal(callOf(address), 'statuses=FAILED&branches=a%26b&nextId=x&limit=25&sequences=false');
  assert.deepEqual([isFiltered(address), isFiltered(new URLSearchParams('nextId=x')), furtherFilters(address)], [true, false, 1]);
  assert.equal(withFilter(address, 'branches', ['c', 'd']).toString(), 'statuses=FAILED&utm=1&branches=c&branches=d', 'at the newest page');
});
