import assert from 'node:assert/strict';
import test from 'node:test';
import { Type } from 'typebox';
import { Nullable } from '../contract/base.ts';
import { createQueryShape } from './shapeQuery.ts';

const shape = createQueryShape(Type.Object({
  tags: Type.Array(Type.String()), limit: Nullable(Type.Integer()), from: Type.Number(), deep: Type.Boolean(), text: Type.String(),
}));

test('arrays: repeated, single, in brackets, and both', () => {
  assert.deepEqual(shape({ tags: 'a' }), { tags: ['a'] });
  assert.deepEqual(shape({ tags: ['a', 'b'] }), { tags: ['a', 'b'] });
  assert.deepEqual(shape({ 'tags[]': 'a' }), { tags: ['a'] });
  assert.deepEqual(shape({ 'tags[]': ['a', 'b'], tags: 'c' }), { tags: ['c', 'a', 'b'] });
});

test('numbers and booleans are read; what is none stays text for the schema to refuse', () => {
  assert.deepEqual(shape({ limit: '5', from: '1.5', deep: 'true' }), { limit: 5, from: 1.5, deep: true });
  assert.deepEqual(shape({ limit: 'x', from: '', deep: 'yes' }), { limit: 'x', from: '', deep: 'yes' });
  assert.deepEqual(shape({ limit: '1e999' }), { limit: '1e999' });
  assert.deepEqual(shape({ limit: ['1', '2'] }), { limit: ['1', '2'] });
});

test('text stays text and unknown names stay', () => {
  assert.deepEqual(shape({ text: '1', other: '2' }), { text: '1', other: '2' });
});
