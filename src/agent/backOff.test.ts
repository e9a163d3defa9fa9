import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backOffMs } from './backOff.ts';

test('waits double up to 3 s', () => {
  assert.deepEqual([1, 2, 3, 5, 6, 50].map((attempt) => backOffMs(attempt, () => 1)), [100, 200, 400, 1600, 3000, 3000]);
});

test('chance takes away up to half', () => {
  assert.equal(backOffMs(2, () => 0), 100);
  assert.equal(backOffMs(2, () => 0.5), 150);
});
