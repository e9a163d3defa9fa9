import assert from 'node:assert/strict';
import { test } from 'node:test';
import { captureWish, type CaptureMode } from './captureWish.ts';

const saying = (value?: string, keys?: string) => [['ASSAY_CAPTURE', value], ['ASSAY_CAPTURE_KEYS', keys]].flatMap(([key = '', text]) => (text === undefined ? [] : [{ key, value: text, secret: false }]));

test('the check\'s word counts, then the agent\'s; with secrets the check must say it; an agent\'s never is final', () => {
  const table: [CaptureMode, boolean, string | undefined, string][] = [
    ['failure', false, undefined, 'failure'], ['always', false, undefined, 'always'], ['asked', false, undefined, 'never'], ['never', false, undefined, 'never'],
    ['failure', true, undefined, 'never'], ['always', true, undefined, 'never'], ['failure', true, 'failure', 'failure'], ['failure', true, 'always', 'always'],
    ['failure', false, 'always', 'always'], ['always', false, 'never', 'never'], ['asked', false, 'failure', 'failure'], ['never', false, 'always', 'never'],
  ];
  for (const [mode, confidential, word, keep] of table) assert.equal(captureWish(saying(word), mode, confidential).keep, keep, `${mode} ${confidential} ${word}`);
  assert.equal(captureWish(saying('failure'), 'never', false).asked, true);
});

test('TLS secrets only for 1; what cannot be understood is said, not repeated', () => {
  assert.deepEqual([captureWish(saying(undefined, '1'), 'failure', false).keys, captureWish(saying(undefined, '0'), 'failure', false).keys, captureWish([], 'failure', false).keys], [true, false, false]);
  const { keep, keys, complaints } = captureWish(saying('hunter2', 'yes'), 'failure', false);
  assert.deepEqual([keep, keys, complaints.length], ['failure', false, 2]);
  assert.match(complaints.join('\n'), /ASSAY_CAPTURE .*one of always, failure, never[\s\S]*ASSAY_CAPTURE_KEYS .*1 \(yes\) or 0 \(no\)/);
  assert.doesNotMatch(complaints.join(), /hunter2/);
});
