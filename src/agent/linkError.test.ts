import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorOfAnswer } from './linkError.ts';

const kindOf = (verb: string, status: number, body: unknown = {}, more: { retryAfter?: string; location?: string } = {}) =>
  errorOfAnswer({ verb, status, body, retryAfter: more.retryAfter, location: more.location });

test('what the server says decides what the agent does', () => {
  assert.equal(kindOf('finished', 409, { errorCode: 'ERR_LEASE_LOST' }).kind, 'lost');
  assert.equal(kindOf('next', 404, { errorCode: 'ERR_UNKNOWN_AGENT' }).kind, 'unknown');
  assert.equal(kindOf('next', 410, { errorCode: 'ERR_UNKNOWN_AGENT' }).kind, 'unknown');
  assert.equal(kindOf('next', 401).kind, 'unknown');
  assert.equal(kindOf('finished', 400).kind, 'refused');
  assert.equal(kindOf('finished', 413).kind, 'refused');
});

test('a hello that is turned down is fatal, with a sentence', () => {
  for (const status of [401, 403]) assert.match(kindOf('hello', status, { message: 'Bad Token' }).message, /^The server does not accept this location key .*Bad Token/);
  assert.equal(kindOf('hello', 401).kind, 'fatal');
  assert.equal(kindOf('hello', 400).kind, 'fatal');
  const moved = kindOf('hello', 301, undefined, { location: 'https://elsewhere.example/' });
  assert.equal(moved.kind, 'fatal');
  assert.match(moved.message, /redirects to https:\/\/elsewhere\.example\//);
});

test('whatever a proxy in between may say is waited out', () => {
  for (const status of [404, 408, 429, 500, 502, 503, 504]) assert.equal(kindOf('finished', status, undefined).kind, 'transient');
  assert.equal(kindOf('hello', 503).kind, 'transient');
  assert.equal(kindOf('hello', 404).kind, 'transient');
});

test('Retry-After is obeyed within reason', () => {
  assert.equal(kindOf('next', 429, {}, { retryAfter: '2' }).retryAfterMs, 2_000);
  assert.equal(kindOf('next', 429, {}, { retryAfter: '86400' }).retryAfterMs, 30_000);
  assert.equal(kindOf('next', 429, {}, { retryAfter: 'Wed, 21 Oct 2026 07:28:00 GMT' }).retryAfterMs, null);
});
