import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rangeOf } from './sendFile.ts';

test('ranges of a file of 10 bytes', () => {
  assert.deepEqual(rangeOf('bytes=0-3', 10), { start: 0, end: 3 });
  assert.deepEqual(rangeOf('bytes=4-', 10), { start: 4, end: 9 });
  assert.deepEqual(rangeOf('bytes=-3', 10), { start: 7, end: 9 });
  assert.deepEqual(rangeOf('bytes=-30', 10), { start: 0, end: 9 });
  assert.deepEqual(rangeOf('bytes=5-500', 10), { start: 5, end: 9 });
  for (const whole of [undefined, '', 'bytes=-', 'bytes=1-2,4-5', 'lines=1-2']) assert.equal(rangeOf(whole, 10), undefined, whole);
  for (const outside of ['bytes=10-', 'bytes=5-4', 'bytes=99-100']) assert.throws(() => rangeOf(outside, 10), { statusCode: 416 }, outside);
});
