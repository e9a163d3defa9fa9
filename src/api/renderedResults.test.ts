import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRenderedResults } from './renderedResults.ts';

test('what is read stays, what is not read goes when the room is used up', () => {
  const rendered = createRenderedResults(() => 0, () => 0, 12);
  for (const key of ['a', 'b', 'c', 'd']) rendered.keep(key, key.repeat(3), Infinity, 0);
  // a and b are the older generation, c and d the younger, which is full.
  assert.equal(rendered.get('a'), 'aaa');
  assert.equal(rendered.get('b'), undefined);
  assert.deepEqual(['a', 'c', 'd'].map((key) => rendered.get(key)), ['aaa', 'ccc', 'ddd']);
});

test('the room is never exceeded, however much is kept', () => {
  const rendered = createRenderedResults(() => 0, () => 0, 1_000);
  const keys = Array.from({ length: 500 }, (_, i) => `key ${i}`);
  for (const key of keys) rendered.keep(key, 'x'.repeat(100), Infinity, 0);
  const kept = keys.filter((key) => rendered.get(key) !== undefined).length;
  assert.ok(kept > 0 && kept <= 10, `${kept} texts of 100 characters are kept`);
});

test('a text that would push out everything else is not kept', () => {
  const rendered = createRenderedResults(() => 0, () => 0, 12);
  rendered.keep('large', 'x'.repeat(4), Infinity, 0);
  assert.equal(rendered.get('large'), undefined);
});

test('a text goes when its time is over, and a newer one takes its place', () => {
  let now = 0;
  const rendered = createRenderedResults(() => now, () => 0);
  rendered.keep('a', 'old', 10, 0);
  assert.equal(rendered.get('a'), 'old');
  now = 10;
  assert.equal(rendered.get('a'), undefined);
  rendered.keep('a', 'new', 20, 0);
  assert.equal(rendered.get('a'), 'new');
});

test('when retention has taken something, no text of before is shown, nor kept when it was read before', () => {
  let retired = 0;
  const rendered = createRenderedResults(() => 0, () => retired);
  rendered.keep('a', 'with a trace', Infinity, retired);
  const before = retired;
  retired = 1;
  assert.equal(rendered.get('a'), undefined);
  rendered.keep('a', 'read before it was taken', Infinity, before);
  assert.equal(rendered.get('a'), undefined);
  rendered.keep('a', 'without', Infinity, retired);
  assert.equal(rendered.get('a'), 'without');
});
