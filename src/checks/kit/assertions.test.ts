import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyFailed, echoAssertions, evaluateAssertions, type AssertionInput, type Reading } from './assertions.ts';
import { COMPARISONS, type Comparison } from './schemas.ts';

const of = (comparison: string, target: string | number | boolean = '', property = ''): AssertionInput =>
  ({ source: 'S', property, comparison, target, regex: null });
const judge = async (comparison: string, target: string | number | boolean, reading: Reading) =>
  (await evaluateAssertions([of(comparison, target)], { S: () => reading }))[0]!;
const nodes = (...list: unknown[]): Reading => ({ kind: 'nodes', nodes: list });

/** What each comparison says with target "3" about: no node, the node 3, the node 5, the nodes 3 and 5, the nodes 3 and 3, one list [1,5,2]. */
const TABLE: Record<Comparison, string> = {
  EQUALS: '-+--+-', NOT_EQUALS: '+-+--+', GREATER_THAN: '--+---', LESS_THAN: '------', CONTAINS: '-+--+-', NOT_CONTAINS: '+-+--+',
  IS_EMPTY: '+-----', NOT_EMPTY: '-+++++', IS_NULL: '+-----', NOT_NULL: '-+++++', HAS_KEY: '------', NOT_HAS_KEY: '++++++',
  HAS_VALUE: '---++-', NOT_HAS_VALUE: '+++--+',
};

test('every comparison with no, one and several nodes', async () => {
  const readings = [nodes(), nodes(3), nodes(5), nodes(3, 5), nodes(3, 3), nodes([1, 5, 2])];
  for (const comparison of COMPARISONS) {
    let row = '';
    for (const reading of readings) row += (await judge(comparison, '3', reading)).error === null ? '+' : '-';
    assert.equal(row, TABLE[comparison], comparison);
  }
});

test('several nodes are an AND, and the sentence names the one that fails', async () => {
  const failed = await judge('LESS_THAN', '3', nodes([1, 5, 2]));
  assert.equal(failed.error, 'Expected S to be less than "3", received "5" (value 2 of 3).');
  assert.deepEqual(failed.actual, [1, 5, 2]);
  assert.equal((await judge('LESS_THAN', '6', nodes([1, 5, 2]))).error, null);
  assert.equal((await judge('HAS_KEY', 'id', nodes({ id: 1 }, { id: 2 }))).error, null);
  assert.match((await judge('HAS_KEY', 'id', nodes({ id: 1 }, { no: 2 }))).error!, /received "\{"no":2\}" \(value 2 of 2\)/);
  assert.match((await judge('NOT_NULL', '', nodes([1, null]))).error!, /not be null, received "null"/);
});

test('an empty list that was found is a value, not absence', async () => {
  assert.equal((await judge('IS_EMPTY', '', nodes([]))).error, null);
  assert.equal((await judge('NOT_NULL', '', nodes([]))).error, null);
  assert.notEqual((await judge('EQUALS', 'ok', nodes([]))).error, null);
  assert.deepEqual((await judge('IS_EMPTY', '', nodes([]))).actual, []);
});

test('a value that is a list is not spread', async () => {
  const sans: Reading = { kind: 'value', value: ['a.example', 'b.example'] };
  assert.equal((await judge('CONTAINS', 'b.example', sans)).error, null);
  assert.notEqual((await judge('CONTAINS', 'example', sans)).error, null);
});

test('sentences', async () => {
  const reading: Reading = { kind: 'value', value: 500 };
  assert.equal((await judge('EQUALS', '200', reading)).error, 'Expected S to equal "200", received "500".');
  assert.equal((await judge('IS_EMPTY', 'ignored', reading)).error, 'Expected S to be empty, received "500".');
  assert.equal((await judge('EQUALS', '1', { kind: 'absent' })).error, 'Expected S to equal "1", received nothing.');
  assert.equal((await judge('LESS_THAN', 'x', reading)).error, 'Expected S to be less than "x", received "500" ("x" is not a number).');
  const [named] = await evaluateAssertions([of('EQUALS', 'b', '$.a')], { S: () => nodes('a') });
  assert.equal(named!.error, 'Expected S "$.a" to equal "b", received "a".');
});

test('all are judged in order, whatever happens to one', async () => {
  const evaluated = await evaluateAssertions(
    [of('EQUALS', '1'), { ...of('EQUALS'), source: 'THROWS' }, { ...of('EQUALS'), source: 'constructor' }, of('MATCHES'), of('EQUALS', 2)],
    { S: () => ({ kind: 'value', value: 2 }), THROWS: () => Promise.reject(new Error('Out of reach.')) },
  );
  assert.deepEqual(evaluated.map(({ error }) => error), [
    'Expected S to equal "1", received "2".', 'Out of reach.', 'This check has no source constructor.', 'There is no comparison MATCHES.', null,
  ]);
  assert.equal(anyFailed(evaluated), true);
  assert.equal(anyFailed(evaluated.slice(-1)), false);
});

test('actual values that look like nothing are there, absent ones are not', async () => {
  for (const value of [0, false, '', null]) {
    assert.deepEqual(await judge('NOT_EQUALS', 'x', { kind: 'value', value }), { ...of('NOT_EQUALS', 'x'), actual: value, error: null });
  }
  assert.equal('actual' in await judge('NOT_EQUALS', 'x', { kind: 'absent' }), false);
  assert.equal('actual' in await judge('NOT_EQUALS', 'x', { kind: 'error', message: 'No.' }), false);
});

test('numbers and booleans as targets are compared as texts and echoed as they came', async () => {
  assert.deepEqual(await judge('EQUALS', true, { kind: 'value', value: true }), { ...of('EQUALS', true), actual: true, error: null });
  assert.equal((await judge('EQUALS', 200, { kind: 'value', value: '200' })).target, 200);
});

test('an echo has neither actual nor error', () => {
  const echoed = echoAssertions([{ ...of('EQUALS', '1'), note: 'not ours' } as AssertionInput]);
  assert.deepEqual(echoed, [of('EQUALS', '1')]);
  assert.equal(anyFailed(echoed), false);
});

test('large actual values are cut to 10 KB, on a character', async () => {
  const text = await judge('CONTAINS', 'end', { kind: 'value', value: `${'é'.repeat(256 * 1024)}end` });
  assert.equal(text.error, null);
  assert.equal(Buffer.byteLength(text.actual as string), 10 * 1024);
  assert.match(text.actual as string, /^é+$/);
  const list = await judge('NOT_EMPTY', '', nodes(Array.from({ length: 5000 }, (_, i) => i)));
  assert.match(list.actual as string, /^\[0,1,2,/);
  assert.equal((list.actual as string).length, 10 * 1024);
  const refused = await judge('EQUALS', 'y', { kind: 'value', value: 'x'.repeat(256 * 1024) });
  assert.ok(refused.error!.length < 500);
});

test('10,000 levels deep values are compared as text and stored as text', async () => {
  const deep: unknown = JSON.parse(`${'[{"a":'.repeat(5000)}"core"${'}]'.repeat(5000)}`);
  const evaluated = await judge('CONTAINS', 'core', { kind: 'value', value: { deep } });
  assert.equal(evaluated.error, null);
  assert.match(evaluated.actual as string, /^\{"deep":\[\{"a":\[/);
  const shallowText = await judge('NOT_NULL', '', nodes({ deep: JSON.parse(`${'['.repeat(200)}${']'.repeat(200)}`) }));
  assert.equal(typeof shallowText.actual, 'string');
});
