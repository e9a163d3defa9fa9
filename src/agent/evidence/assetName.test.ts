import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assetName } from './assetName.ts';

test('names are told as they are, without what is dangerous in them', () => {
  for (const [given, name] of [
    ['test-results/checkout-chromium/trace.zip', 'test-results/checkout-chromium/trace.zip'], ['../../etc/passwd', 'etc/passwd'], ['/abs/x.png', 'abs/x.png'],
    ['a\\b\\c.txt', 'a/b/c.txt'], ['..', 'file'], ['', 'file'], ['\u202egpj.exe', 'gpj.exe'], ['a\r\nb: c', 'ab- c'], ['Zürich 😀.txt', 'Zürich 😀.txt'], ['.hidden/.x', 'hidden/x'],
  ] as const) assert.equal(assetName(given, new Set()), name);
});

test('two files do not share a name, and no name is too long', () => {
  const taken = new Set<string>();
  assert.deepEqual(['a/x.png', 'a/X.png', 'a/x.png', 'a'].map((name) => assetName(name, taken)), ['a/x.png', 'a/X-2.png', 'a/x-3.png', 'a']);
  const long = assetName(`${'d'.repeat(200)}/${'e'.repeat(200)}/trace.zip`, taken);
  assert.ok(long.length <= 300 && long.endsWith('/trace.zip') || long === 'trace.zip', long);
});
