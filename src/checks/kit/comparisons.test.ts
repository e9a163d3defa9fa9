import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare, type Actual } from './comparisons.ts';
import { COMPARISONS, type Comparison } from './schemas.ts';

const value = (of: unknown): Actual => ({ present: true, value: of });
const holds = (comparison: Comparison, actual: unknown, target = '') => compare(comparison, value(actual), target).holds;

test('equality is numeric between numbers, textual otherwise', () => {
  const same: [unknown, string][] = [
    [200, '200'], [200, ' 200.0 '], ['200', '2e2'], [0.5, '.5'], [-1, '-1'], ['', ''], ['a b', 'a b'], [true, 'true'], [false, 'false'],
    [null, 'null'], [{ a: [1, 'x'] }, '{"a":[1,"x"]}'], [[1, 2], '[1,2]'], [1e21, '1e+21'],
    ['12345678901234567890', '12345678901234567890'],
  ];
  for (const [actual, target] of same) {
    assert.equal(holds('EQUALS', actual, target), true, `${JSON.stringify(actual)} = ${target}`);
    assert.equal(holds('NOT_EQUALS', actual, target), false);
  }
  const different: [unknown, string][] = [
    [200, '201'], ['a', 'A'], ['a', 'a '], ['', '0'], [0, ''], [true, '1'], [null, ''], [16, '0x10'], [1, 'Infinity'], ['Infinity', '1e999'],
    ['12345678901234567890', '12345678901234567891'],
  ];
  for (const [actual, target] of different) {
    assert.equal(holds('EQUALS', actual, target), false, `${JSON.stringify(actual)} = ${target}`);
    assert.equal(holds('NOT_EQUALS', actual, target), true);
  }
});

test('order is strict and needs two numbers', () => {
  assert.equal(holds('GREATER_THAN', 5, '4.5'), true);
  assert.equal(holds('GREATER_THAN', 5, '5'), false);
  assert.equal(holds('LESS_THAN', '5', ' 6 '), true);
  assert.equal(holds('LESS_THAN', 5, '5'), false);
  assert.deepEqual(compare('LESS_THAN', value('five'), '6'), { holds: false, because: '"five" is not a number' });
  assert.deepEqual(compare('GREATER_THAN', value(5), 'x'), { holds: false, because: '"x" is not a number' });
  assert.deepEqual(compare('GREATER_THAN', value(''), '-1'), { holds: false, because: '"" is not a number' });
  assert.equal(compare('GREATER_THAN', value(true), '0').holds, false);
});

test('a rank orders what is no number', () => {
  const rank = (text: string) => ({ old: 1, new: 2 })[text] ?? null;
  assert.equal(compare('GREATER_THAN', value('new'), 'old', rank).holds, true);
  assert.equal(compare('EQUALS', value('new'), 'new', rank).holds, true);
  assert.equal(compare('LESS_THAN', value('new'), 'unheard', rank).holds, false);
});

test('containing: substring of text, membership of lists', () => {
  assert.equal(holds('CONTAINS', 'application/json', 'json'), true);
  assert.equal(holds('CONTAINS', 12345, '234'), true);
  assert.equal(holds('CONTAINS', { a: 'bcd' }, 'bc'), true);
  assert.equal(holds('CONTAINS', ['a.example', 'b.example'], 'b.example'), true);
  assert.equal(holds('CONTAINS', ['a.example'], 'example'), false);
  assert.equal(holds('NOT_CONTAINS', ['a.example'], 'example'), true);
});

test('emptiness and null', () => {
  for (const empty of ['', [], {}]) assert.equal(holds('IS_EMPTY', empty), true);
  for (const full of [0, false, null, ' ', [0], { a: 1 }]) assert.equal(holds('IS_EMPTY', full), false);
  assert.equal(holds('IS_NULL', null), true);
  for (const other of [0, '', 'null', false, [], {}]) assert.equal(holds('IS_NULL', other), false);
});

test('keys and values are own ones', () => {
  assert.equal(holds('HAS_KEY', { a: 1 }, 'a'), true);
  for (const inherited of ['constructor', '__proto__', 'toString']) assert.equal(holds('HAS_KEY', { a: 1 }, inherited), false);
  assert.equal(holds('HAS_KEY', JSON.parse('{"__proto__":1}'), '__proto__'), true);
  assert.equal(holds('HAS_KEY', ['a'], '0'), false);
  assert.equal(holds('HAS_KEY', 'text', 'length'), false);
  assert.equal(holds('HAS_VALUE', { a: 1 }, '1'), true);
  assert.equal(holds('HAS_VALUE', ['x', null], 'null'), true);
  assert.equal(holds('HAS_VALUE', 'x', 'x'), false);
  assert.equal(holds('NOT_HAS_VALUE', 'x', 'x'), true);
});

test('an absent value satisfies the negative comparisons alone', () => {
  const passing = new Set<Comparison>(['NOT_EQUALS', 'NOT_CONTAINS', 'IS_EMPTY', 'IS_NULL', 'NOT_HAS_KEY', 'NOT_HAS_VALUE']);
  for (const comparison of COMPARISONS) {
    assert.equal(compare(comparison, { present: false }, '1').holds, passing.has(comparison), comparison);
  }
});
