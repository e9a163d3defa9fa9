import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitTurn } from './waitTurn.ts';

const patient = new AbortController().signal;

test('turns of one key come one after the other, those of others do not wait', async () => {
  const first = await waitTurn('a', 60_000, patient);
  const order: string[] = [];
  const second = waitTurn('a', 60_000, patient).then((end) => { order.push('second'); end?.(); });
  const third = waitTurn('a', 60_000, patient).then((end) => { order.push('third'); end?.(); });
  const other = await waitTurn('b', 60_000, patient);
  assert.ok(first && other);
  assert.deepEqual(order, []);
  other();
  first();
  await Promise.all([second, third]);
  assert.deepEqual(order, ['second', 'third']);
});

test('who gives up lets the next one pass, but only after those before it', async () => {
  const first = await waitTurn('c', 60_000, patient);
  assert.equal(await waitTurn('c', 1, patient), null);
  const cancel = new AbortController();
  const cancelled = waitTurn('c', 60_000, cancel.signal);
  cancel.abort();
  assert.equal(await cancelled, null);
  let came = false;
  const last = waitTurn('c', 60_000, patient).then((end) => { came = true; end?.(); });
  await new Promise(setImmediate);
  assert.equal(came, false);
  first?.();
  await last;
});
