import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextOffer, NO_SLOTS } from './slots.ts';

const total = { light: 4, heavy: 2 };

test('the first poll offers everything', () => {
  assert.deepEqual(nextOffer(total, NO_SLOTS, []), total);
});

test('a poll is open even when nothing is free', () => {
  assert.deepEqual(nextOffer(total, total, []), NO_SLOTS);
  assert.equal(nextOffer(total, total, [NO_SLOTS]), null);
});

test('a weight that no open poll offers gets a poll of its own, with what is free beyond the promised', () => {
  assert.deepEqual(nextOffer(total, { light: 1, heavy: 2 }, [NO_SLOTS]), { light: 3, heavy: 0 });
  assert.deepEqual(nextOffer(total, { light: 1, heavy: 1 }, [{ light: 2, heavy: 0 }]), { light: 1, heavy: 1 });
});

test('a weight that is offered already waits for that poll', () => {
  assert.equal(nextOffer(total, { light: 1, heavy: 2 }, [{ light: 1, heavy: 0 }]), null);
});

test('more taken than there is never makes a negative offer', () => {
  assert.deepEqual(nextOffer(NO_SLOTS, total, []), NO_SLOTS);
});
