/** JSON laid out for people: not a digit of it changes, and no text makes it slow. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatJson, jsonParts } from '../../../src/web/kit/formatJson.ts';

test('what was sent stays as it was: long numbers, repeated keys, their order, escapes', () => {
  const sent = '{"id":9007199254740993,"b":1e2,"2":1,"1":2,"b":[],"c":{},"d":[1,{"e":"\\u00e4, \\"{"}],"f":null}';
  const formatted = formatJson(sent);
  assert.equal(formatted, `{
  "id": 9007199254740993,
  "b": 1e2,
  "2": 1,
  "1": 2,
  "b": [],
  "c": {},
  "d": [
    1,
    {
      "e": "\\u00e4, \\"{"
    }
  ],
  "f": null
}`);
  assert.equal(jsonParts(formatted).map(([, text]) => text).join(''), formatted);
});

test('what is no JSON is not laid out, unless it is the beginning of some', () => {
  for (const text of ['', 'here', '<html>{}', '{"a":', '{a:1}', '42']) assert.equal(formatJson(text), null, text);
  assert.equal(formatJson('[{"a":"cut he', true), '[\n  {\n    "a": "cut he');
  assert.equal(formatJson('<html>', true), null);
});

test('keys, texts and values are told apart', () => {
  assert.deepEqual(jsonParts('{\n  "a:": "b",\n  "c": [1, true]\n}').filter(([kind]) => kind !== 'sign'), [['key', '"a:"'], ['text', '"b"'], ['key', '"c"'], ['value', '1'], ['value', 'true']]);
});

test('depth costs no more than length', () => {
  const deep = `${'['.repeat(2_000)}${']'.repeat(2_000)}`;
  for (const formatted of [formatJson(deep), formatJson('['.repeat(4_000), true)]) assert.ok(formatted !== null && formatted.length < 50 * deep.length, `${formatted?.length} characters`);
});
