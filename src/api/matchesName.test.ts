import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { matchesName } from './matchesName.ts';

test('names and globs of the asset filter', () => {
  const cases: [string, string, boolean][] = [
    ['*', 'logs.json', true], ['*', '.hidden', true], ['*.JSON', 'Logs.json', true], ['logs.?son', 'logs.json', true], ['logs', 'logs.json', false], ['LOGS.json', 'logs.json', true],
    ['*.zip', 'a/b/trace.zip', true], ['a/*.zip', 'a/b/trace.zip', false], ['a/**/*.zip', 'a/b/c/trace.zip', true], ['a/**', 'a/b/c', true], ['**/a', 'a', true], ['a/**', 'a', false], ['*/**', 'a', false], ['**/**', 'a', true],
    ['*trace*', 'dir/trace.zip', true], ['dir*', 'dir/trace.zip', false], ['{a,b}', 'a', false], ['{a,b}', '{a,b}', true], ['[ab]*', 'bx', true], ['[!ab]*', 'bx', false],
    ['[a-c].png', 'B.png', true], ['[A-z]', '_', true], ['[*-[]', 'c', true], ['[[:digit:]]*', '7.png', true], ['[', '[', true], ['\\*.png', '*.png', true], ['\\*.png', 'a.png', false], ['+(a)*', '+(a)b', true], ['!*.zip', 'a.png', true], ['#*', '#a', false],
  ];
  for (const [pattern, name, expected] of cases) assert.equal(matchesName(pattern)(name), expected, `${pattern} ~ ${name}`);
});

test('many stars do not blow up', () => {
  assert.equal(matchesName('*a'.repeat(100))(`${'a'.repeat(499)}b`), false);
  assert.equal(matchesName('**/a/'.repeat(40))(`${'a/'.repeat(250)}b`), false);
});

/** The CLI's own function, which is not in its exports. */
const cli = new URL('../../node_modules/checkly/dist/helpers/result-assets.js', import.meta.url).href;
interface Named { name: string; archive?: { entryName: string } }

test('what the CLI itself would choose, of any names by any selector', async () => {
  const { filterAssetsBySelector } = await import(cli) as { filterAssetsBySelector(assets: Named[], selector: string): Named[] };
  const piece = fc.array(fc.constantFrom('a', 'b', 'C', '.', '-', ' ', '1', '[', ']', '{', '(', '+', '!', 'é'), { minLength: 1, maxLength: 5 }).map((list) => list.join(''))
    .filter((text) => !/^\.+$/.test(text));
  const name = fc.array(piece, { minLength: 1, maxLength: 3 }).map((list) => list.join('/'));
  const token = fc.constantFrom('*', '**', '?', '/', 'a', 'b', 'C', '.', '-', '1', '[ab]', '[!a]', '[a-c]', '[', ']', '{', '}', ',', '(', '+', '\\*', '#');
  const selector = fc.array(token, { minLength: 1, maxLength: 6 }).map((list) => list.join(''))
    // Pieces of dots alone, empty ones and lone ends of brackets are taken apart there in ways of its own.
    .filter((text) => !/(^|\/)\.+(\/|$)|\/\/|^\/|\/$/.test(text));
  fc.assert(fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), selector, (names, text) => {
    const matches = matchesName(text);
    assert.deepEqual(names.filter(matches), filterAssetsBySelector(names.map((one) => ({ name: one })), text).map((one) => one.name));
  }), { numRuns: 1_500 });
});
