import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { CHECK_TYPES } from '../contract/checkTypes.ts';
import type { RetryStrategy } from '../contract/retry.ts';
import { nextRun, waitSeconds, type Ended } from './retry.ts';

const START = 1_767_225_600_000;
const failed = (attempt: number, more: Partial<Ended> = {}): Ended =>
  ({ checkType: 'API', attempt, hasFailures: true, isCancelled: false, networkError: false, firstStartedAt: START, now: START + 1000, ...more });
const waits = (strategy: RetryStrategy) => [1, 2, 3].map((n) => waitSeconds(strategy, n));
const repeated = (type: 'FIXED' | 'LINEAR' | 'EXPONENTIAL', more: object = {}): RetryStrategy =>
  ({ type, baseBackoffSeconds: 5, maxRetries: 10, maxDurationSeconds: 600, ...more });
/** Seconds until the next run, undefined when there is none. */
const waitOf = (strategy: RetryStrategy | null, ended: Ended) => {
  const at = nextRun(strategy, ended);
  return at === undefined ? undefined : (at - ended.now) / 1000;
};

it('waits as the three types say: the power, not the double (K.15)', () => {
  assert.deepEqual(waits(repeated('FIXED')), [5, 5, 5]);
  assert.deepEqual(waits(repeated('LINEAR')), [5, 10, 15]);
  assert.deepEqual(waits(repeated('EXPONENTIAL')), [5, 25, 125]);
  assert.deepEqual(waits(repeated('EXPONENTIAL', { baseBackoffSeconds: 1 })), [1, 1, 1]);
  assert.deepEqual(waits({ type: 'SINGLE_RETRY', baseBackoffSeconds: 7 }), [7, 7, 7]);
});

it('takes 0 as at once, 60 s when there is no base, and never waits longer than 900 s', () => {
  for (const type of ['FIXED', 'LINEAR', 'EXPONENTIAL'] as const) assert.deepEqual(waits(repeated(type, { baseBackoffSeconds: 0 })), [0, 0, 0]);
  assert.deepEqual(waits({ type: 'FIXED' }), [60, 60, 60]);
  assert.equal(waitSeconds(repeated('EXPONENTIAL', { baseBackoffSeconds: 600 }), 10), 900);
  assert.equal(waitSeconds(repeated('LINEAR', { baseBackoffSeconds: 600 }), 2), 900);
});

it('retries a failed run as often as the strategy says: 2 times when it does not say', () => {
  const thrice = repeated('FIXED', { maxRetries: 3 });
  assert.deepEqual([1, 2, 3, 4].map((attempt) => waitOf(thrice, failed(attempt))), [5, 5, 5, undefined]);
  const silent: RetryStrategy = { type: 'FIXED', baseBackoffSeconds: 1 };
  assert.deepEqual([1, 2, 3].map((attempt) => waitOf(silent, failed(attempt))), [1, 1, undefined]);
});

it('retries once with SINGLE_RETRY, whatever the time spent', () => {
  const once: RetryStrategy = { type: 'SINGLE_RETRY', baseBackoffSeconds: 600 };
  assert.equal(waitOf(once, failed(1, { now: START + 3_600_000 })), 600);
  assert.equal(waitOf(once, failed(2)), undefined);
});

it('retries neither without a strategy, nor what passed, nor what was cancelled', () => {
  assert.equal(nextRun(null, failed(1)), undefined);
  assert.equal(nextRun(repeated('FIXED'), failed(1, { hasFailures: false })), undefined);
  assert.equal(nextRun(repeated('FIXED'), failed(1, { isCancelled: true })), undefined);
});

it('counts run time into the budget, and lets the next run just start within it', () => {
  const budget = repeated('FIXED', { baseBackoffSeconds: 30, maxDurationSeconds: 120 });
  assert.equal(waitOf(budget, failed(1, { now: START + 90_000 })), 30);
  assert.equal(waitOf(budget, failed(1, { now: START + 90_001 })), undefined);
  assert.equal(waitOf(repeated('FIXED', { baseBackoffSeconds: 0, maxDurationSeconds: 0 }), failed(1)), undefined);
  const silent: RetryStrategy = { type: 'FIXED', baseBackoffSeconds: 0 };
  assert.equal(waitOf(silent, failed(1, { now: START + 600_000 })), 0);
  assert.equal(waitOf(silent, failed(1, { now: START + 600_001 })), undefined);
});

it('honours onlyOn for API and URL checks, and passes it over elsewhere', () => {
  const network = repeated('FIXED', { onlyOn: ['NETWORK_ERROR'] });
  for (const checkType of ['API', 'URL'] as const) {
    assert.equal(waitOf(network, failed(1, { checkType })), undefined);
    assert.equal(waitOf(network, failed(1, { checkType, networkError: true })), 5);
  }
  assert.equal(waitOf(network, failed(1, { checkType: 'TCP' })), 5);
  assert.equal(waitOf(repeated('FIXED', { onlyOn: [] }), failed(1)), 5);
});

it('leaves PLAYWRIGHT, AGENTIC and HEARTBEAT to themselves', () => {
  const retried = CHECK_TYPES.filter((checkType) => nextRun(repeated('FIXED'), failed(1, { checkType })) !== undefined);
  assert.deepEqual(CHECK_TYPES.filter((checkType) => !retried.includes(checkType)), ['AGENTIC', 'HEARTBEAT', 'PLAYWRIGHT']);
});

it('gives whole ms that are not in the past, for every base the contract allows', () => {
  const strategy = fc.record({ type: fc.constantFrom('FIXED', 'LINEAR', 'EXPONENTIAL', 'SINGLE_RETRY'), baseBackoffSeconds: fc.double({ min: 0, max: 600, noNaN: true }), maxRetries: fc.constant(10) });
  fc.assert(fc.property(strategy, fc.integer({ min: 1, max: 10 }), (given, attempt) => {
    const ended = failed(attempt);
    const at = nextRun(given as RetryStrategy, ended);
    if (at === undefined) return;
    assert.ok(Number.isInteger(at));
    assert.ok(at >= ended.now && at <= ended.now + 900_000);
  }));
});
