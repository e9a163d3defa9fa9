import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { withDeadline } from './deadline.ts';

const LONG = 600_000;
const open = () => new AbortController().signal;
const never = () => new Promise<never>(() => {});
/** Work that ends with the reason of its signal, as well-behaved work does. */
const obedient = (signal: AbortSignal) => new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

test('work that is done in time', async () => {
  assert.deepEqual(await withDeadline(LONG, open(), async () => 42), { kind: 'done', value: 42 });
});

test('failures of the work pass through, thrown early or late', async () => {
  await assert.rejects(withDeadline(LONG, open(), () => Promise.reject(new Error('late'))), { message: 'late' });
  await assert.rejects(withDeadline(LONG, open(), () => { throw new Error('early'); }), { message: 'early' });
});

test('the time is up: the work is told why, whether it listens or not', async () => {
  let told: AbortSignal | undefined;
  assert.deepEqual(await withDeadline(1, open(), (signal) => { told = signal; return never(); }), { kind: 'timeout' });
  assert.equal(told?.aborted, true);
  assert.equal((told?.reason as Error).name, 'TimeoutError');
  assert.deepEqual(await withDeadline(1, open(), obedient), { kind: 'timeout' });
});

test('cancelled while at work, with the reason handed on', async () => {
  for (const work of [never, obedient]) {
    const run = new AbortController();
    let told: AbortSignal | undefined;
    const limited = withDeadline(LONG, run.signal, (signal) => { told = signal; return work(signal); });
    run.abort(new Error('stop'));
    assert.deepEqual(await limited, { kind: 'cancelled' });
    assert.equal((told?.reason as Error).message, 'stop');
  }
});

test('cancelled before: the work is never begun', async () => {
  let begun = false;
  assert.deepEqual(await withDeadline(LONG, AbortSignal.abort(), async () => { begun = true; }), { kind: 'cancelled' });
  assert.equal(begun, false);
});

test('a failure that comes too late is dropped', async () => {
  const late = Promise.withResolvers<never>();
  assert.deepEqual(await withDeadline(1, open(), () => late.promise), { kind: 'timeout' });
  late.reject(new Error('nobody listens'));
  // An unhandled rejection would be reported by now, and fail the test.
  await setImmediate();
});

test('nothing is left on the outer signal', async () => {
  const run = new AbortController();
  let inner: AbortSignal | undefined;
  await withDeadline(LONG, run.signal, async (signal) => { inner = signal; });
  run.abort();
  assert.equal(inner?.aborted, false);
});
