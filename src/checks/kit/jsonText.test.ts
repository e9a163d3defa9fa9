import assert from 'node:assert/strict';
import { test } from 'node:test';
import { depthOf, jsonText } from './jsonText.ts';

test('any depth, member for member like the runtime writes it', () => {
  const leaf = { s: 'a"\n', n: 1.5, gone: undefined, f: () => 1, list: [undefined, null, true, []], o: {} };
  const depth = 10_000;
  let deep: unknown = leaf;
  for (let i = 0; i < depth; i++) deep = { a: [deep, i] };
  const head = '{"a":['.repeat(depth);
  const tail = Array.from({ length: depth }, (_, i) => `,${i}]}`).join('');
  assert.throws(() => JSON.stringify(deep), RangeError);
  assert.equal(jsonText(deep), head + JSON.stringify(leaf) + tail);
  assert.equal(jsonText(leaf), JSON.stringify(leaf));
  assert.equal(jsonText(undefined), undefined);
});

test('depth is counted up to the ceiling', () => {
  assert.equal(depthOf('x', 10), 0);
  assert.equal(depthOf([], 10), 1);
  assert.equal(depthOf({ a: [{}] }, 10), 3);
  assert.equal(depthOf(JSON.parse(`${'['.repeat(10_000)}${']'.repeat(10_000)}`), 10), 10);
});
