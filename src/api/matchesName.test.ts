import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchGlob } from './matchGlob.ts';

test('globs of the asset filter', () => {
  const cases: [string, string, boolean][] = [
    ['*', '', true], ['*', 'logs.json', true], ['*.json', 'logs.json', true], ['*.JSON', 'Logs.json', true], ['logs.?son', 'logs.json', true],
    ['logs', 'logs.json', false], ['*.zip', 'logs.json', false], ['a*b*c', 'aXXbYYc', true], ['a*b*c', 'aXXbYY', false], ['?', '', false],
    ['*trace*', 'dir/trace.zip', true], ['{a,b}', 'a', false], ['[ab]', 'a', false],
  ];
  for (const [pattern, text, expected] of cases) assert.equal(matchGlob(pattern, text), expected, `${pattern} ~ ${text}`);
});

test('many stars do not blow up', () => {
  assert.equal(matchGlob('*a'.repeat(100), `${'a'.repeat(199)}b`), false);
});
