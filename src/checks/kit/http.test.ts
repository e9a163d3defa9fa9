import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { probeContext, serveHttp, serveHttps, serveRaw, makeCertificate } from '../../../test/httpTargets.ts';
import { probeHttp, type HttpCheck } from './http.ts';
import type { HttpSettings } from './httpSettings.ts';
import type { ProbeContext, ProbeOutcome } from './probe.ts';

type Response = { status: number; body: string; truncated: boolean; href: string; timings: Record<string, number>; timingPhases: Record<string, number> };

function check(url: string, request: Partial<HttpSettings> = {}, more: Partial<HttpCheck> = {}): HttpCheck {
  return {
    request: {
      method: 'GET', url, followRedirects: true, skipSSL: false, ipFamily: 'IPv4', body: '', bodyType: 'NONE',
      headers: [], queryParameters: [], basicAuth: null, ...request,
    },
    assertions: [], env: {}, shouldFail: false, degradedResponseTime: null, maxResponseTime: null, ...more,
  };
}
const responseOf = (outcome: ProbeOutcome) => outcome.detail.response as Response;
/** The parts of an outcome that say how a request failed. */
const failure = ({ verdict, networkError, interrupted, responseTime, detail }: ProbeOutcome) => {
  assert.equal('response' in detail, false);
  assert.equal(responseTime, null);
  return { verdict, networkError, interrupted, requestError: detail.requestError };
};
const run = (url: string, request: Partial<HttpSettings> = {}, context: ProbeContext = probeContext(), hardLimit?: number) =>
  probeHttp(check(url, request), context, hardLimit);

test('nobody listens', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  assert.deepEqual(failure(await run(`http://127.0.0.1:${port}/`)), {
    verdict: 'failed', networkError: true, interrupted: false, requestError: `connect ECONNREFUSED 127.0.0.1:${port}`,
  });
});

test('a name that does not exist', async () => {
  const { requestError, ...rest } = failure(await run('http://no-such-host.invalid/'));
  assert.match(String(requestError), /^getaddrinfo (ENOTFOUND|EAI_AGAIN) no-such-host\.invalid$/);
  assert.deepEqual(rest, { verdict: 'failed', networkError: true, interrupted: false });
});

test('the IP family is strict, in both directions and for names', async (t) => {
  const four = await serveHttp(t, (_request, answer) => answer.end());
  const six = await serveHttp(t, (_request, answer) => answer.end(), '::1');
  assert.equal((await run(four.url)).verdict, 'passed');
  assert.equal((await run(six.url, { ipFamily: 'IPv6' })).verdict, 'passed');
  assert.equal((await run(`http://localhost:${six.port}/`, { ipFamily: 'IPv6' })).verdict, 'passed');
  assert.match(String(failure(await run(`http://localhost:${six.port}/`)).requestError), /ECONNREFUSED 127\.0\.0\.1/);
  assert.equal(failure(await run(six.url)).networkError, false);
  assert.equal(failure(await run(four.url, { ipFamily: 'IPv6' })).verdict, 'failed');
});

test('broken answers', async (t) => {
  const big = `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`;
  const cases: [name: string, answer: string | null, error: RegExp, networkError: boolean][] = [
    ['closes at once', null, /socket hang up|ECONNRESET/, true],
    ['closes inside the head', 'HTTP/1.1 200 OK\r\nx: ', /socket hang up|ECONNRESET/, true],
    ['speaks no HTTP', 'SSH-2.0-OpenSSH\r\n', /Parse Error/, false],
    ['too large a head', big, /Header overflow/, false],
    ['closes inside the body', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc', /closed before the response body was complete/, false],
    ['bad chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n', /Invalid character in chunk size/, false],
    ['switches protocols', 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n', /switched protocols/, false],
  ];
  for (const [name, answer, error, networkError] of cases) {
    const target = await serveRaw(t, (socket) => socket.once('data', () => (answer === null ? socket.destroy() : socket.end(answer))));
    const found = failure(await run(target.url));
    assert.match(String(found.requestError), error, name);
    assert.deepEqual([found.verdict, found.networkError], ['failed', networkError], name);
  }
});

test('a server that resets the connection in the middle of the body', async (t) => {
  const target = await serveRaw(t, (socket) => socket.once('data', () => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc', () => socket.resetAndDestroy());
  }));
  assert.match(String(failure(await run(target.url)).requestError), /ECONNRESET/);
});

test('an answer that comes before the request is through counts', async (t) => {
  const target = await serveRaw(t, (socket) => socket.once('data', () => {
    socket.pause().end('HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno');
  }));
  const outcome = await run(target.url, { method: 'POST', bodyType: 'RAW', body: 'x'.repeat(30_000_000) });
  assert.deepEqual([responseOf(outcome).status, responseOf(outcome).body], [413, 'no']);
});

test('a body where none belongs does no harm', async (t) => {
  const target = await serveRaw(t, (socket) => socket.once('data', (request) => {
    const status = request.includes('HEAD') ? '200 OK\r\ncontent-length: 4' : '204 No Content';
    socket.end(`HTTP/1.1 ${status}\r\n\r\nbody`);
  }));
  for (const method of ['HEAD', 'GET'] as const) {
    const outcome = await run(target.url, { method });
    assert.deepEqual([outcome.verdict, responseOf(outcome).body], ['passed', ''], method);
  }
});

test('a server that never answers: the hard limit ends it, and the socket goes', async (t) => {
  const closed = Promise.withResolvers<void>();
  const target = await serveRaw(t, (socket) => socket.once('close', () => closed.resolve()).resume());
  assert.deepEqual(failure(await run(target.url, {}, probeContext(), 50)), {
    verdict: 'failed', networkError: true, interrupted: true, requestError: 'ESOCKETTIMEDOUT',
  });
  await closed.promise;
});

test('a cancelled run stops at once, also inside a TLS handshake', async (t) => {
  for (const scheme of ['http', 'https']) {
    const stop = new AbortController();
    const target = await serveRaw(t, (socket) => socket.once('data', () => stop.abort()));
    const outcome = failure(await run(target.url.replace('http', scheme), {}, probeContext({ signal: stop.signal })));
    assert.deepEqual([outcome.verdict, outcome.interrupted, outcome.networkError], ['failed', true, false], scheme);
  }
});

test('content encodings are undone, one inside the other too', async (t) => {
  const text = 'hello '.repeat(1000);
  const cases: Record<string, Buffer> = {
    gzip: gzipSync(text), 'x-gzip': gzipSync(text), br: brotliCompressSync(text), deflate: deflateSync(text), 'identity, deflate': deflateRawSync(text),
    'br, gzip': gzipSync(brotliCompressSync(text)), identity: Buffer.from(text), 'never-heard-of': Buffer.from(text),
  };
  const target = await serveHttp(t, (request, answer) => {
    const encoding = decodeURIComponent((request.url ?? '').slice(1));
    answer.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': encoding }).end(cases[encoding]);
  });
  for (const encoding of Object.keys(cases)) {
    assert.equal(responseOf(await run(`${target.url}/${encodeURIComponent(encoding)}`)).body, text, encoding);
  }
});

test('an empty body with an encoding is empty; a body that cannot be decoded is a request error', async (t) => {
  const target = await serveHttp(t, (request, answer) => {
    const body = { '/empty': '', '/plain': 'not gzip', '/half': gzipSync('x'.repeat(1000)).subarray(0, 20) }[request.url ?? ''];
    answer.writeHead(200, { 'content-encoding': request.url === '/many' ? 'gzip, gzip, gzip, gzip' : 'gzip' }).end(body);
  });
  assert.equal(responseOf(await run(`${target.url}/empty`)).body, '');
  assert.equal(responseOf(await run(`${target.url}/plain`, { method: 'HEAD' })).body, '');
  for (const path of ['/plain', '/half', '/many']) {
    const found = failure(await run(target.url + path));
    assert.match(String(found.requestError), /cannot be decoded \(content-encoding gzip\)|encoded 4 times/, path);
    assert.deepEqual([found.verdict, found.networkError], ['failed', false], path);
  }
});

test('a body is read up to 25 MB, packed or not; a small bomb does not become a large one', async (t) => {
  const bomb = gzipSync(Buffer.alloc(60 * 1024 * 1024));
  let written = 0;
  const target = await serveHttp(t, (request, answer) => {
    if (request.url === '/bomb') return answer.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    const piece = Buffer.alloc(1024 * 1024, 'x');
    const more = (): unknown => (written++ < 200 && !answer.destroyed ? answer.write(piece, more) : answer.end());
    more();
  });
  for (const path of ['/bomb', '/endless']) {
    const context = probeContext();
    const outcome = await run(target.url + path, {}, context);
    assert.equal(outcome.verdict, 'passed');
    assert.equal(responseOf(outcome).truncated, true);
    assert.equal(responseOf(outcome).body.length, 256 * 1024);
    assert.ok(context.lines.some(({ msg }) => msg.includes('longer than the 26214400 bytes')), path);
  }
  assert.ok(written < 200, 'the server was not read to the end');
});

test('redirects: followed, counted, declined', async (t) => {
  const target = await serveHttp(t, (request, answer) => {
    const left = Number((request.url ?? '').slice(1));
    if (left === 0) answer.end('there');
    else answer.writeHead(302, { location: `/${left - 1}` }).end('ignored');
  });
  const followed = await run(`${target.url}/10`);
  assert.deepEqual([followed.verdict, responseOf(followed).body, responseOf(followed).href], ['passed', 'there', `${target.url}/0`]);
  assert.equal((followed.detail.request as { url: string }).url, `${target.url}/10`);
  const tooMany = failure(await run(`${target.url}/11`));
  assert.deepEqual(tooMany, { verdict: 'failed', networkError: false, interrupted: false, requestError: 'Stopped after 10 redirects, the last one to /0' });
  const declined = responseOf(await run(`${target.url}/1`, { followRedirects: false }));
  assert.deepEqual([declined.status, declined.body], [302, 'ignored']);
});

test('a redirect to nowhere is a network error: there was no answer in the end', async (t) => {
  const target = await serveHttp(t, (_request, answer) => answer.writeHead(302, { location: 'http://no-such-host.invalid/' }).end());
  assert.equal(failure(await run(target.url)).networkError, true);
});

test('credentials do not follow to another port', async (t) => {
  const second = await serveHttp(t, (_request, answer) => answer.end());
  const first = await serveHttp(t, (request, answer) => answer.writeHead(307, { location: request.url === '/' ? '/same' : second.url }).end());
  await run(first.url, { method: 'POST', bodyType: 'RAW', body: 'text', basicAuth: { username: 'u', password: 'p' }, headers: [{ key: 'cookie', value: 'c=1' }] });
  assert.deepEqual(first.seen.map(({ headers }) => [headers.authorization, headers.cookie]), Array(2).fill([`Basic ${btoa('u:p')}`, 'c=1']));
  assert.deepEqual(second.seen.map(({ method, body, headers }) => [method, body, headers.authorization, headers.cookie, headers.host]),
    [['POST', 'text', undefined, undefined, `127.0.0.1:${second.port}`]]);
});

test('a locked query value shows neither in the result nor in the log, also when a redirect repeats it', async (t) => {
  const target = await serveHttp(t, (request, answer) => {
    if (request.url?.startsWith('/?')) answer.writeHead(302, { location: `/next${request.url.slice(1)}` }).end();
    else answer.end();
  });
  const context = probeContext();
  const outcome = await run(target.url, { queryParameters: [{ key: 'key', value: "it's hidden", locked: true }] }, context);
  assert.equal(target.seen[1]?.path, '/next?key=it%27s%20hidden');
  assert.equal(responseOf(outcome).href, `${target.url}/next?key=******`);
  assert.equal(JSON.stringify([outcome, context.lines]).includes('hidden'), false);
});

test('timings: phases add up, the response time is the rounded total over all hops', async (t) => {
  const target = await serveHttps(t, makeCertificate(), (request, answer) => {
    if (request.url === '/') answer.writeHead(302, { location: '/next' }).end();
    else answer.end('body');
  });
  for (const path of ['/next', '/']) {
    const outcome = await run(target.url + path, { skipSSL: true });
    const { timings: at, timingPhases: phase } = responseOf(outcome);
    assert.deepEqual([at.end, phase.total], [outcome.responseTime, outcome.responseTime]);
    const near = (actual: number | undefined, expected: number) => assert.ok(Math.abs((actual ?? NaN) - expected) < 0.002, `${actual} is not ${expected}`);
    near(phase.dns, Number(at.lookup) - Number(at.socket));
    near(phase.tcp, Number(at.connect) - Number(at.lookup));
    near(phase.firstByte, Number(at.response) - Number(at.connect));
    near(phase.download, Number(at.end) - Number(at.response));
    if (path === '/next') near(phase.wait, Number(at.socket));
    else assert.ok(Number(phase.wait) < Number(at.socket), 'the first hop is no wait of the second');
  }
});
