import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateAssertions, type AssertionInput } from './assertions.ts';
import { headerReader, jsonReader, numberReader, propertyReader, textReader } from './readers.ts';

const asking = (property = '', more: Partial<AssertionInput> = {}): AssertionInput =>
  ({ source: 'S', property, comparison: 'EQUALS', target: '', regex: null, ...more });

test('numbers', () => {
  assert.deepEqual(numberReader(12.3456, 2)(asking()), { kind: 'value', value: 12.35 });
  assert.deepEqual(numberReader(0)(asking()), { kind: 'value', value: 0 });
  assert.deepEqual(numberReader(undefined)(asking()), { kind: 'absent' });
});

test('texts', async () => {
  const read = textReader('status: green\n');
  assert.deepEqual(await read(asking()), { kind: 'value', value: 'status: green\n' });
  assert.deepEqual(await read(asking('status: (\\w+)')), { kind: 'value', value: 'green' });
  assert.deepEqual(await read(asking('red+')), { kind: 'absent' });
  await assert.rejects(async () => read(asking('(')), /The pattern "\(" is invalid/);
});

test('documents are parsed once', async () => {
  let parsed = 0;
  const read = jsonReader(() => { parsed++; return JSON.parse('{"a":[1,2]}') as unknown; });
  assert.deepEqual(await read(asking('$.a[*]')), { kind: 'nodes', nodes: [1, 2] });
  assert.deepEqual(await read(asking()), { kind: 'nodes', nodes: [{ a: [1, 2] }] });
  assert.equal(parsed, 1);
});

test('what is no JSON and what is no path fails the assertion with a sentence', async () => {
  const [broken] = await evaluateAssertions([asking('$.a')], { S: jsonReader(() => JSON.parse('<html>') as unknown) });
  assert.match(broken!.error!, /^The document is not valid JSON: Unexpected token/);
  assert.equal('actual' in broken!, false);
  const [path] = await evaluateAssertions([asking('$.a[')], { S: jsonReader(() => ({})) });
  assert.match(path!.error!, /^The JSON path "\$\.a\[" is invalid/);
});

test('headers', async () => {
  const read = headerReader({ 'Content-Type': 'text/html; charset=utf-8', 'set-cookie': ['a=1', 'b=2'], gone: undefined });
  assert.deepEqual(await read(asking('CONTENT-type')), { kind: 'value', value: 'text/html; charset=utf-8' });
  assert.deepEqual(await read(asking('content-type', { regex: 'charset=(.+)' })), { kind: 'value', value: 'utf-8' });
  assert.deepEqual(await read(asking('content-type', { regex: '' })), { kind: 'value', value: 'text/html; charset=utf-8' });
  assert.deepEqual(await read(asking('set-cookie')), { kind: 'value', value: 'a=1, b=2' });
  for (const name of ['gone', 'missing', 'constructor', '__proto__']) assert.deepEqual(await read(asking(name)), { kind: 'absent' });
  assert.deepEqual(await read(asking()), { kind: 'value', value: { 'content-type': 'text/html; charset=utf-8', 'set-cookie': 'a=1, b=2' } });
});

test('the header map has keys of any case', async () => {
  const S = headerReader({ 'content-type': 'text/html' });
  const keys = ['content-type', 'Content-Type', 'x-none'].map((target) => asking('', { comparison: 'HAS_KEY', target }));
  const evaluated = await evaluateAssertions([...keys, asking('', { comparison: 'NOT_HAS_KEY', target: 'Content-Type' })], { S });
  assert.deepEqual(evaluated.map(({ error }) => error === null), [true, true, false, false]);
});

test('properties', () => {
  const read = propertyReader({ avg: 1.5, none: null });
  assert.deepEqual(read(asking('avg')), { kind: 'value', value: 1.5 });
  assert.deepEqual(read(asking('none')), { kind: 'value', value: null });
  for (const name of ['max', 'toString', '']) assert.deepEqual(read(asking(name)), { kind: 'absent' });
});
