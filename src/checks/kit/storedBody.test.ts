import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyText, cutText, isJson, STORED_LIMIT, storedBody } from './storedBody.ts';

test('text is kept as it is', () => {
  assert.deepEqual(storedBody(Buffer.from('grüße'), false, 'text/plain', false), { body: 'grüße', truncated: false });
  assert.deepEqual(storedBody(Buffer.alloc(0), false, 'image/png', false), { body: '', truncated: false });
});

test('a long body is cut to the stored limit, not through a character', () => {
  const stored = storedBody(Buffer.from(`x${'ü'.repeat(STORED_LIMIT)}`), false, 'text/plain', false);
  assert.equal(stored.truncated, true);
  assert.equal(Buffer.byteLength(stored.body), STORED_LIMIT - 1);
  assert.match(stored.body, /^xü+$/);
});

test('bytes that are no text do not grow beyond the limit when they are written as UTF-8', () => {
  const stored = storedBody(Buffer.alloc(STORED_LIMIT, 0xff), false, 'text/plain', false);
  assert.equal(stored.truncated, true);
  assert.ok(Buffer.byteLength(stored.body) <= STORED_LIMIT);
  assert.deepEqual(cutText('short'), { text: 'short', cut: false });
});

test('small pictures are kept as base64, large ones are not kept', () => {
  const small = Buffer.alloc(50 * 1024, 1);
  assert.deepEqual(storedBody(small, false, 'image/PNG; x=y', false), { body: small.toString('base64'), bodyEncoding: 'base64', truncated: false });
  assert.deepEqual(storedBody(Buffer.alloc(50 * 1024 + 1), false, 'image/png', true), {
    body: '[image/png of 51201 bytes: not stored]', truncated: false, notice: true,
  });
  assert.equal(storedBody(Buffer.from('<svg/>'), false, 'image/svg+xml', false).body, '<svg/>');
});

test('binary content types are replaced unless a TEXT_BODY assertion wants to see them', () => {
  for (const type of ['application/pdf', 'application/octet-stream', 'application/zip', 'video/mp4', 'audio/mpeg']) {
    assert.deepEqual(storedBody(Buffer.from('abc'), false, type, false), { body: `[${type} of 3 bytes: not stored]`, truncated: false, notice: true });
    assert.deepEqual(storedBody(Buffer.from('abc'), false, type, true), { body: 'abc', truncated: false });
  }
});

test('the charset of the content type is used, an unknown one and a byte order mark do no harm', () => {
  assert.equal(bodyText(Buffer.from([0xe4]), 'text/html; charset=ISO-8859-1'), 'ä');
  assert.equal(bodyText(Buffer.from('ä'), 'text/html; charset="nonsense"'), 'ä');
  assert.equal(bodyText(Buffer.from('\ufeff{}'), 'application/json'), '{}');
});

test('what counts as JSON', () => {
  for (const type of ['application/json', 'Application/JSON; charset=utf-8', 'application/problem+json']) assert.equal(isJson(type), true, type);
  for (const type of [undefined, '', 'text/html', 'text/json', 'application/jsonp', 'application/x-json']) assert.equal(isJson(type), false, String(type));
});
