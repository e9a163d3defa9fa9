/** Peers that are no good gRPC servers: what is told of them, and that the probe never hangs on one. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttp2, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { responseOf, run } from '../../../test/grpc/runProbe.ts';
import { serveHttp, serveRaw } from '../../../test/httpTargets.ts';
import { createEgress } from '../kit/egress.ts';

const HEALTH = { tls: false, mode: 'HEALTH' };
const ask = (port: number, extra: object = {}) => run({ port, grpcConfig: HEALTH, ...extra });

async function serveHttp2(t: TestContext, onStream: (stream: ServerHttp2Stream) => void): Promise<number> {
  const server: Http2Server = createHttp2();
  server.on('stream', (stream) => {
    stream.on('error', () => undefined);
    stream.resume();
    onStream(stream);
  });
  server.on('session', (session) => session.on('error', () => undefined));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** An answer of gRPC with this body, and this status after it. */
const answering = (body: Buffer, trailers: Record<string, string> | null, headers: Record<string, string> = {}) => (stream: ServerHttp2Stream) => {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...headers }, { waitForTrailers: trailers !== null });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers ?? {}));
  stream.end(body);
};
const framed = (message: Buffer, compressed = 0) => Buffer.concat([Buffer.from([compressed, 0, 0, 0, message.length]), message]);
const SERVING = Buffer.from([0x08, 0x01]);

test('a peer of HTTP/1 gave an answer, but none of HTTP/2', async (t) => {
  const { port } = await serveHttp(t, (_request, answer) => answer.end('hello'));
  const outcome = await ask(port);
  assert.deepEqual([outcome.verdict, outcome.networkError, outcome.interrupted], ['failed', false, false]);
  assert.equal(responseOf(outcome).error?.code, 'ERR_HTTP2_ERROR');
  assert.match(responseOf(outcome).error?.message ?? '', /does not speak HTTP\/2, which gRPC needs/);
});

test('closed and reset connections, refused ones and names that are none are network errors with their codes', async (t) => {
  const closing = await serveRaw(t, (socket) => { socket.end(); });
  const closed = await ask(closing.port);
  assert.deepEqual([closed.verdict, closed.networkError, responseOf(closed).error?.code], ['failed', true, 'ECONNRESET']);
  const resetting = await serveRaw(t, (socket) => { socket.once('data', () => socket.resetAndDestroy()); });
  assert.equal(responseOf(await ask(resetting.port)).error?.code, 'ECONNRESET');

  const refused = await ask(1);
  assert.deepEqual([refused.verdict, refused.networkError, refused.responseTime, refused.detail.requestError], ['failed', true, null, null]);
  const { message, ...error } = responseOf(refused).error ?? {};
  assert.deepEqual(error, { code: 'ECONNREFUSED', syscall: 'connect', address: '127.0.0.1', port: 1, errno: -111 });
  assert.match(String(message), /ECONNREFUSED/);
  assert.equal((await run({ port: 1, grpcConfig: HEALTH }, {}, { shouldFail: true })).verdict, 'passed');

  const nowhere = responseOf(await ask(443, { url: 'nowhere..invalid' })).error;
  assert.deepEqual([nowhere?.code, nowhere?.hostname, typeof nowhere?.syscall], ['ENOTFOUND', 'nowhere..invalid', 'string']);
  assert.equal(responseOf(await ask(443, { url: '::1' })).error?.code, 'ERR_INVALID_IP_ADDRESS');
});

test('a peer that takes the connection and says nothing is left at the timeout', async (t) => {
  const { port } = await serveRaw(t, () => undefined);
  for (const tls of [true, false]) {
    const outcome = await run({ port, timeout: 1, grpcConfig: { ...HEALTH, tls } }, {}, {}, 150);
    assert.deepEqual([outcome.verdict, outcome.networkError, outcome.interrupted, responseOf(outcome).error?.code], ['failed', true, true, 'SOCKET_TIMEOUT']);
  }
});

test('what the rules of the location deny is not connected to', async (t) => {
  const asked = await serveRaw(t, () => assert.fail('connected'));
  const egress = createEgress({ policies: [{ allow: [], deny: [], loopback: false, of: 'location' }], own: [], local: [] });
  const outcome = await run({ url: 'localhost', port: asked.port, grpcConfig: HEALTH }, { net: { egress } });
  assert.deepEqual([outcome.verdict, outcome.networkError], ['failed', false]);
  assert.equal(outcome.detail.requestError, responseOf(outcome).error?.message);
});

test('answers without a status of gRPC get the one that all its clients give them', async (t) => {
  const proxy = (status: number) => serveHttp2(t, (stream) => { stream.respond({ ':status': status, 'content-type': 'text/html' }); stream.end('<h1>no</h1>'); });
  for (const [httpStatus, code] of [[503, 14], [404, 12], [401, 16], [403, 7], [400, 13], [200, 2], [418, 2]] as const) {
    const outcome = await ask(await proxy(httpStatus));
    assert.deepEqual([outcome.verdict, outcome.networkError, outcome.detail.grpcStatusCode], ['failed', false, code], String(httpStatus));
    assert.match(responseOf(outcome).grpcStatusMessage ?? '', new RegExp(`HTTP status ${httpStatus}, the content type text/html`));
  }
  for (const [reset, code] of [[7, 14], [8, 1], [11, 8], [12, 7], [2, 13]] as const) {
    const outcome = await ask(await serveHttp2(t, (stream) => stream.close(reset)));
    assert.deepEqual([outcome.detail.grpcStatusCode, outcome.networkError], [code, false], `reset ${reset}`);
  }
});

test('what stands on the wire is read to the byte', async (t) => {
  const status = { 'grpc-status': '0' };
  const statusOf = async (behave: (stream: ServerHttp2Stream) => void) => {
    const outcome = await ask(await serveHttp2(t, behave));
    return [outcome.detail.grpcStatusCode, responseOf(outcome).grpcStatusMessage, responseOf(outcome).healthStatusLabel];
  };
  assert.deepEqual(await statusOf(answering(framed(SERVING), status)), [0, 'OK', 'SERVING']);
  const zipped = gzipSync(SERVING);
  assert.deepEqual(await statusOf(answering(framed(zipped, 1), status, { 'grpc-encoding': 'gzip' })), [0, 'OK', 'SERVING']);
  assert.deepEqual(await statusOf(answering(framed(zipped, 1), status, { 'grpc-encoding': 'snappy' })), [13, 'The answer is compressed in an unknown way: snappy.', undefined]);
  assert.equal((await statusOf(answering(framed(SERVING, 1), status, { 'grpc-encoding': 'gzip' })))[0], 13);
  assert.deepEqual(await statusOf(answering(framed(SERVING).subarray(0, 6), status)), [13, 'The answer ends within a message.', undefined]);
  assert.deepEqual(await statusOf(answering(Buffer.alloc(0), status)), [12, 'The server sent 0 messages where there must be one.', undefined]);
  assert.deepEqual(await statusOf(answering(Buffer.concat([framed(SERVING), framed(SERVING)]), status)), [12, 'The server sent 2 messages where there must be one.', undefined]);
  assert.deepEqual(await statusOf(answering(framed(SERVING), null)), [13, 'The server ended the call without a status.', undefined]);
  assert.deepEqual(await statusOf(answering(framed(SERVING), { 'grpc-status': 'good' })), [2, 'UNKNOWN', undefined]);
  assert.deepEqual(await statusOf(answering(framed(SERVING), { 'grpc-status': '77', 'grpc-message': '50%25 %zz %E2%98%95' })), [77, '50% %zz ☕', undefined]);
  assert.deepEqual((await statusOf(answering(framed(Buffer.from([0x0b])), status)))[0], 13);
  assert.deepEqual(await statusOf(answering(framed(Buffer.from([0x08, 0x09])), status)), [0, 'OK', '9']);
});
