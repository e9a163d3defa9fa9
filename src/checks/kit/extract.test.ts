import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { extractJsonPath, extractRegex } from './extract.ts';

const EVIL = '(a+)+$';
const VICTIM = `${'a'.repeat(60)}!`;
const bush = (depth: number): unknown => (depth === 0 ? 1 : [bush(depth - 1), bush(depth - 1)]);

test('patterns: first group, else the whole match', async () => {
  const cases: [pattern: string, text: string, value: string | undefined][] = [
    ['id=(\\d+)', 'x id=42 id=43', '42'],
    ['/id=(\\d+)/', 'id=42', '42'],
    ['id=\\d+', 'x id=42', 'id=42'],
    ['plain', 'a plain text', 'plain'],
    ['pl(ai)n', 'a plain text', 'ai'],
    ['()x', 'x', ''],
    ['a/b', 'a/b', 'a/b'],
    ['/', '/', '/'],
    ['^b', 'a\nb', undefined],
    ['nope', 'text', undefined],
    ['no+pe', 'text', undefined],
    ['a|(b)', 'a', undefined],
    ['(?<year>\\d{4})-(\\d\\d)', 'on 2024-05', '2024'],
  ];
  for (const [pattern, text, value] of cases) {
    assert.deepEqual(await extractRegex(pattern, text), value === undefined ? { matched: false } : { matched: true, value }, pattern);
  }
});

test('an invalid pattern says so, here and in the thread', async () => {
  await assert.rejects(extractRegex('(', 'x'), /^Error: The pattern "\(" is invalid: .*Unterminated group\.$/);
  await assert.rejects(extractRegex('(a+', 'x'), /^Error: The pattern "\(a\+" is invalid: .*Unterminated group\.$/);
});

test('a pattern that does not end costs its own assertion only', async () => {
  const evil = assert.rejects(extractRegex(EVIL, VICTIM), { message: `The pattern "${EVIL}" took longer than 1 s and was stopped.` });
  const behind = [extractRegex('b+', 'abbb'), extractJsonPath('$[*]', [1, 2]), extractRegex('[', 'x').catch(() => 'invalid')];
  await evil;
  assert.deepEqual(await Promise.all(behind), [{ matched: true, value: 'bbb' }, [1, 2], 'invalid']);
});

test('a JSON path that explodes is stopped, by time or by memory, and the next one is answered', async () => {
  await assert.rejects(extractJsonPath(`$${'..*'.repeat(6)}`, bush(15)), /^Error: The JSON path "\$[.*]+" (took longer than 1 s|needs too much memory) and was stopped\.$/);
  await assert.rejects(extractJsonPath(`$[?match(@.v, '${'(a*)*'.repeat(3)}b')]`, [{ v: 'a'.repeat(60) }]), /took longer than 1 s/);
  assert.deepEqual(await extractJsonPath('$..b', { a: { b: 1 } }), [1]);
});

test('JSON paths: the empty one is the document, others begin with $', async () => {
  const document = { a: [{ b: 1 }, { b: 2 }] };
  assert.deepEqual(await extractJsonPath('', document), [document]);
  assert.deepEqual(await extractJsonPath(' $.a[1].b ', document), [2]);
  assert.deepEqual(await extractJsonPath('$.a[*].b', document), [1, 2]);
  assert.deepEqual(await extractJsonPath('$[?(@.a)]', undefined), []);
  await assert.rejects(extractJsonPath('a.b', document), { message: 'The JSON path "a.b" is invalid: it must start with $.' });
  await assert.rejects(extractJsonPath('$.a[', document), /^Error: The JSON path "\$\.a\[" is invalid: /);
});

test('nothing global is in reach of a path or changed by one', async () => {
  for (const path of ['$..constructor', '$..["__proto__"]', '$[?(@.constructor)]']) assert.deepEqual(await extractJsonPath(path, { a: { b: [] } }), []);
  const poison: unknown = JSON.parse('{"__proto__":{"polluted":true}}');
  assert.deepEqual(await extractJsonPath('$..polluted', poison), [true]);
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
});

test('10,000 levels and 256 KB', async () => {
  const deep: unknown = JSON.parse(`${'{"a":'.repeat(10_000)}{"leaf":7}${'}'.repeat(10_000)}`);
  assert.deepEqual(await extractJsonPath('$..leaf', deep), [7]);
  const [inner] = await extractJsonPath('$.*', deep);
  assert.deepEqual(await extractJsonPath('$..leaf', inner), [7]);
  const body = `${'lorem ipsum '.repeat(22_000)}token=abc`;
  assert.deepEqual(await extractRegex('token=(\\w+)', body), { matched: true, value: 'abc' });
  assert.deepEqual(await extractRegex('token=', body), { matched: true, value: 'token=' });
});

test('an idle thread does not keep the process alive, a busy one does', async () => {
  const script = `
    import { extractRegex } from ${JSON.stringify(new URL('./extract.ts', import.meta.url).href)};
    console.log(JSON.stringify(await extractRegex('b+', 'abbb')));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { timeout: 20_000 });
  assert.equal(stdout.trim(), '{"matched":true,"value":"bbb"}');
});
