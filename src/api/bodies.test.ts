import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { request, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import test, { after, before } from 'node:test';
import { gzipSync } from 'node:zlib';
import { headersOf, openApiUnderTest, type ApiUnderTest } from '../../test/apiUnderTest.ts';
import { isTooDeep } from './bodies.ts';

const LIMIT = 10_000;
let api: ApiUnderTest;
let port: number;
before(async () => {
  api = await openApiUnderTest({ config: { bodyLimit: LIMIT, uploadLimit: 100_000 } });
  port = Number(new URL(await api.app.listen({ port: 0, host: '127.0.0.1' })).port);
});
after(async () => { await api[Symbol.asyncDispose](); });

/** Posts over a real connection; without a length in the headers the body is chunked, as the CLI's gzip is. */
async function post(path: string, body: Buffer | string, headers: Record<string, string | number>): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const call = request({ port, path, method: 'POST', headers: { ...headersOf(api.owner), ...headers } }, resolve).on('error', reject);
    if (headers['content-length'] === undefined) call.setHeader('transfer-encoding', 'chunked');
    call.write(body);
    call.end();
  });
  return { status: response.statusCode ?? 0, body: await json(response) as Record<string, unknown> };
}
const variable = (key: string, value = 'v') => JSON.stringify({ key, value });
const JSON_TYPE = { 'content-type': 'application/json' };
const GZIP = { ...JSON_TYPE, 'content-encoding': 'gzip' };

test('gzip JSON is taken, chunked and with a length', async () => {
  const chunked = await post('/v1/variables', gzipSync(variable('CHUNKED')), GZIP);
  assert.deepEqual([chunked.status, chunked.body['key']], [201, 'CHUNKED']);
  const packed = gzipSync(variable('SIZED'));
  assert.equal((await post('/v1/variables', packed, { ...GZIP, 'content-length': packed.length })).status, 201);
});

test('the limit counts decoded bytes and is named in the 413', async () => {
  const packed = gzipSync(variable('BIG', 'x'.repeat(LIMIT)));
  assert.ok(packed.length < LIMIT);
  const gzip = await post('/v1/variables', packed, GZIP);
  assert.deepEqual([gzip.status, gzip.body['message']], [413, `The payload is too large (maximum allowed: ${LIMIT} bytes).`]);
  const plain = await post('/v1/variables', variable('BIG', 'x'.repeat(LIMIT)), JSON_TYPE);
  assert.deepEqual([plain.status, plain.body['error']], [413, 'Payload Too Large']);
  const fits = variable('FITS', 'x'.repeat(LIMIT - variable('FITS', '').length));
  assert.equal((await post('/v1/variables', gzipSync(fits), GZIP)).status, 201);
});

test('broken gzip is 400, another encoding 415', async () => {
  const packed = gzipSync(randomBytes(1_000).toString('hex'));
  for (const broken of [packed.subarray(0, packed.length - 9), Buffer.from('plain'), Buffer.concat([packed.subarray(0, 40), Buffer.alloc(40)])]) {
    const { status, body } = await post('/v1/variables', broken, GZIP);
    assert.deepEqual([status, body['message']], [400, 'The body is not valid gzip.']);
  }
  assert.equal((await post('/v1/variables', '{}', { ...JSON_TYPE, 'content-encoding': 'br' })).status, 415);
});

test('an upload arrives as it was sent; one over the limit is answered with 413 while it is still being sent', async () => {
  const stream = { 'content-type': 'application/octet-stream' };
  assert.equal((await post('/next/checkly-storage/upload', randomBytes(100_000), stream)).status, 201);
  const large = await post('/next/checkly-storage/upload', randomBytes(5_000_000), stream);
  assert.deepEqual([large.status, large.body['message']], [413, 'The payload is too large (maximum allowed: 100000 bytes).']);
  const announced = await post('/next/checkly-storage/upload', randomBytes(200_000), { ...stream, 'content-length': 200_000 });
  assert.equal(announced.status, 413);
});

test('a route for uploads takes nothing else, and other routes take no uploads', async () => {
  assert.equal((await post('/next/checkly-storage/upload', '{}', JSON_TYPE)).status, 415);
  assert.equal((await post('/v1/variables', '{}', { 'content-type': 'application/octet-stream' })).status, 415);
});

test('an empty form is an absent body; a filled one is 415', async () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const cancel = '/v1/test-sessions/00000000-0000-4000-8000-000000000000/cancel';
  assert.equal((await post(cancel, '', { ...form, 'content-length': 0 })).status, 404, 'the body is fine, the session unknown');
  assert.equal((await post(cancel, 'a=b', form)).status, 415);
});

test('JSON may nest a hundred levels, whatever stands in its strings', () => {
  const nested = (levels: number) => '[{"a":'.repeat(levels / 2) + '1' + '}]'.repeat(levels / 2);
  assert.equal(isTooDeep(nested(100)), false);
  assert.equal(isTooDeep(nested(102)), true);
  assert.equal(isTooDeep('['.repeat(1_000_000)), true);
  assert.equal(isTooDeep(JSON.stringify(['['.repeat(200), '\\"', `"${'{'.repeat(200)}`])), false);
  assert.equal(isTooDeep(`[${'[],'.repeat(500)}[]]`), false, 'siblings do not nest');
  assert.equal(isTooDeep('"never closed ['), false);
});
