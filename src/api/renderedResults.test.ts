import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRenderedResults } from './renderedResults.ts';

test('the least recently read text is dropped when the room is used up', () => {
  const rendered = createRenderedResults(12);
  for (const key of ['a', 'b', 'c', 'd']) rendered.keep(key, key.repeat(3));
  assert.equal(rendered.get('a'), 'aaa');
  rendered.keep('e', 'eee');
  assert.equal(rendered.get('b'), undefined);
  assert.deepEqual(['a', 'c', 'd', 'e'].map((key) => rendered.get(key)), ['aaa', 'ccc', 'ddd', 'eee']);
});

test('a text that would push out everything else is not kept', () => {
  const rendered = createRenderedResults(12);
  rendered.keep('large', 'x'.repeat(4));
  assert.equal(rendered.get('large'), undefined);
});
