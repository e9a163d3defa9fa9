import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { flagsOf, fold } from './status.ts';

const counts = (more: Partial<Parameters<typeof fold>[0]>) => ({ running: 0, passed: 0, failed: 0, cancelled: 0, ...more });

it('folds as A.3 says: running, else cancelled, else failed, else passed', () => {
  assert.equal(fold(counts({ passed: 3 })), 'PASSED');
  assert.equal(fold(counts({ passed: 3, failed: 1 })), 'FAILED');
  assert.equal(fold(counts({ passed: 3, failed: 1, cancelled: 1 })), 'CANCELLED');
  assert.equal(fold(counts({ passed: 1, cancelled: 1 })), 'CANCELLED');
  assert.equal(fold(counts({ running: 1, passed: 3, failed: 1, cancelled: 1 })), 'RUNNING');
});

it('gives each verdict its flags', () => {
  const flags = (verdict: Parameters<typeof flagsOf>[0]) => flagsOf(verdict, false);
  assert.deepEqual(flags('passed'), { hasFailures: false, hasErrors: false, isDegraded: false, isCancelled: false, status: 'PASSED' });
  assert.deepEqual(flags('degraded'), { hasFailures: false, hasErrors: false, isDegraded: true, isCancelled: false, status: 'PASSED' });
  assert.deepEqual(flags('failed'), { hasFailures: true, hasErrors: false, isDegraded: false, isCancelled: false, status: 'FAILED' });
  assert.deepEqual(flags('errored'), { hasFailures: true, hasErrors: true, isDegraded: false, isCancelled: false, status: 'FAILED' });
});

it('lets a cancellation outrank every verdict, and keeps the rules between the flags', () => {
  fc.assert(fc.property(fc.constantFrom('passed', 'degraded', 'failed', 'errored'), fc.boolean(), (verdict, isCancelled) => {
    const flags = flagsOf(verdict, isCancelled);
    assert.equal(flags.isCancelled, isCancelled);
    assert.equal(flags.status === 'CANCELLED', flags.isCancelled);
    assert.ok(!flags.isDegraded || !flags.hasFailures);
    assert.ok(!flags.hasErrors || flags.hasFailures);
    assert.equal(flags.status === 'FAILED', flags.hasFailures);
  }));
});
