/** Small pure parts of the views: bytes, sizes, the log of an exchange, words for failures, where two texts part. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differenceOf } from '../../../src/web/kit/differenceOf.ts';
import { hopsOf, receivedBytes } from '../../../src/web/kit/exchangeLog.ts';
import { faultWords } from '../../../src/web/kit/faultWords.ts';
import { bytesOf, hexDumpOf } from '../../../src/web/kit/hexDumpOf.ts';
import { sizeOf } from '../../../src/web/kit/sizes.ts';

test('a hex dump has offset, bytes and characters, and short lines keep their columns', () => {
  assert.equal(hexDumpOf(bytesOf('220 ready\r\n+PONG ä')), [
    '000000  32 32 30 20 72 65 61 64  79 0d 0a 2b 50 4f 4e 47  220 ready..+PONG',
    '000010  20 c3 a4                                           ..',
  ].join('\n'));
  assert.equal(hexDumpOf(bytesOf('abcdefghi'), 8), '000000  61 62 63 64 65 66 67 68  abcdefgh\n000008  69                       i');
  assert.equal(hexDumpOf(bytesOf('')), '');
});

test('sizes', () => {
  assert.deepEqual([0, 1, 1_023, 1_024, 1_536, 262_144, 1_300_000, 2 ** 31].map(sizeOf), ['0 bytes', '1 byte', '1023 bytes', '1 KB', '1.5 KB', '256 KB', '1.2 MB', '2 GB']);
});

test('the job log tells the hops and the size', () => {
  const line = (msg: string) => ({ time: 1, level: 'INFO', msg });
  const log = { request: ['GET http://a.test/', '302 redirects to GET http://a.test/new?x=1', '308 redirects to POST http://b.test/', '200 OK in 12 ms, 300000 bytes of text/plain'].map(line), setup: [line('200 redirects to GET http://evil.test/')] };
  assert.deepEqual(hopsOf(log), [{ status: 302, method: 'GET', url: 'http://a.test/new?x=1' }, { status: 308, method: 'POST', url: 'http://b.test/' }]);
  assert.equal(receivedBytes(log), 300_000);
  assert.deepEqual([hopsOf(null), receivedBytes(undefined), receivedBytes({ request: [] })], [[], null, null]);
});

test('failures have words, by code or out of what was said', () => {
  assert.match(faultWords('ECONNREFUSED') ?? '', /refused/);
  assert.match(faultWords('connect ECONNREFUSED 127.0.0.1:1') ?? '', /refused/);
  assert.match(faultWords('getaddrinfo ENOTFOUND nowhere.test') ?? '', /no address/);
  assert.equal(faultWords('The run was cancelled before it completed.'), null);
  assert.equal(faultWords('toString constructor'), null);
});

test('long texts that part somewhere are marked there; others are not', () => {
  const [a, b] = ['{"total":39.70,"currency":"EUR"}', '{"total":29.90,"currency":"EUR"}'];
  const found = differenceOf(a, b);
  assert.deepEqual(found && [a.slice(found.start, a.length - found.end), b.slice(found.start, b.length - found.end)], ['39.7', '29.9']);
  assert.deepEqual([differenceOf('200', '404'), differenceOf(a, a), differenceOf('x'.repeat(40), 'y'.repeat(40))], [null, null, null]);
  const longer = differenceOf('aaaaaaaaaaaaaaaaaaaa', 'aaaaaaaaaaaaaaaaaaaaaaaa');
  assert.deepEqual(longer, { start: 20, end: 0 });
});
