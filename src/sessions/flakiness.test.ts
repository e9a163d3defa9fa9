import assert from 'node:assert/strict';
import { it } from 'node:test';
import { checkKey, flakeOf, flakyTestsIn } from './flakiness.ts';
import { flagsOf } from './status.ts';

const [ours, theirs] = [{ hasErrors: true }, { hasErrors: false }];

it('calls flaky what failed and then passed, degraded included', () => {
  assert.equal(flakeOf(flagsOf('passed', false), [theirs], 0), 1);
  assert.equal(flakeOf(flagsOf('degraded', false), [theirs, ours], 0), 1);
  assert.equal(flakeOf(flagsOf('passed', false), [], 0), 0);
  assert.equal(flakeOf(flagsOf('failed', false), [theirs], 0), 0);
});

it('does not hold our own failures against a check', () => {
  assert.equal(flakeOf(flagsOf('passed', false), [ours, ours], 0), 0);
  assert.equal(flakeOf(flagsOf('errored', false), [theirs], 0), null);
});

it('learns nothing from what was cancelled', () => {
  assert.equal(flakeOf(flagsOf('passed', true), [theirs], 1), null);
});

it('counts tests that only passed on a retry within a suite that passed', () => {
  const detail = (flaky: unknown) => JSON.stringify({ counts: { total: 3, flaky } });
  assert.equal(flakyTestsIn('PLAYWRIGHT', detail(2)), 2);
  assert.equal(flakyTestsIn('BROWSER', detail(1)), 1);
  for (const other of [detail('many'), '{}', '{"counts":null}', null]) assert.equal(flakyTestsIn('PLAYWRIGHT', other), 0);
  assert.equal(flakyTestsIn('API', detail(2)), 0, 'what an API answers is no count of ours');
  assert.equal(flakeOf(flagsOf('passed', false), [], 2), 1);
  assert.equal(flakeOf(flagsOf('failed', false), [], 2), 0);
});

it('keys checks by their logical ids, of any length, two ids by two keys', () => {
  assert.equal(checkKey('shop/cart'), 'shop/cart');
  const long = '€'.repeat(1000);
  assert.notEqual(checkKey(long), checkKey(`${long.slice(1)}x`));
  assert.ok(Buffer.byteLength(checkKey(long)) < 2_700, 'a B-tree of PostgreSQL takes no longer ones');
});
