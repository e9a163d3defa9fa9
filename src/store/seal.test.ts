import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { it } from 'node:test';
import { createSeal } from './seal.ts';

const nonce = () => randomBytes(12);
const seal = createSeal(randomBytes(32), nonce);

it('opens what it sealed, whatever the text', () => {
  for (const text of ['', 'plain', 'š€cret 🔑', '\u0000', 'x'.repeat(1_000_000)]) assert.equal(seal.open(seal.seal(text)), text);
});

it('shows nothing of the text, and seals the same text differently each time', () => {
  const sealed = seal.seal('CANARY-VALUE');
  assert.ok(!Buffer.from(sealed, 'base64').includes('CANARY'));
  assert.notEqual(seal.seal('CANARY-VALUE'), sealed);
});

it('refuses every text that was changed, cut, or sealed with another key', () => {
  const sealed = seal.seal('secret');
  const bytes = Buffer.from(sealed, 'base64');
  for (let i = 0; i < bytes.length; i++) {
    const changed = Buffer.from(bytes);
    changed[i]! ^= 1;
    assert.throws(() => seal.open(changed.toString('base64')));
  }
  for (let length = 0; length < bytes.length; length++) assert.throws(() => seal.open(bytes.subarray(0, length).toString('base64')));
  assert.throws(() => createSeal(randomBytes(32), nonce).open(sealed));
});

it('names the rule when the key has another length', () => {
  assert.throws(() => createSeal(randomBytes(16), nonce), /32 bytes/);
});
