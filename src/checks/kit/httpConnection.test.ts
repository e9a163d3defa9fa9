import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as sendHttp } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { test, type TestContext } from 'node:test';
import { makeCertificate, probeContext, serveHttp, serveHttps } from '../../../test/httpTargets.ts';
import { probeHttp } from './http.ts';
import type { Net } from './probe.ts';

const server = makeCertificate();
const client = makeCertificate('client');

function run(url: string, net: Partial<Net> = {}, skipSSL = false) {
  return probeHttp({
    request: {
      method: 'GET', url, followRedirects: true, skipSSL, ipFamily: 'IPv4', body: '', bodyType: 'NONE', headers: [], queryParameters: [], basicAuth: null,
    },
    assertions: [], env: {}, shouldFail: false, degradedResponseTime: null, maxResponseTime: null,
  }, probeContext({ net }));
}

test('a certificate nobody vouches for fails the check, and only skipSSL lets it pass', async (t) => {
  const target = await serveHttps(t, server, (_request, answer) => answer.end());
  const refused = await run(target.url);
  assert.deepEqual([refused.verdict, refused.networkError, refused.detail.requestError], ['failed', false, 'self-signed certificate']);
  assert.equal(target.seen.length, 0);
  assert.equal((await run(target.url, {}, true)).verdict, 'passed');
});

test('the client certificate of the host is shown to the server, and its ca is trusted', async (t) => {
  const target = await serveHttps(t, { ...server, requestCert: true, rejectUnauthorized: true, ca: client.cert }, (request, answer) => {
    answer.end((request.socket as TLSSocket).getPeerCertificate().subject.CN);
  });
  const certificate = { id: 'loopback', host: '127.0.0.*', ...client, ca: server.cert, createdAt: 1 };
  const outcome = await run(target.url, { certificates: [certificate] });
  assert.equal((outcome.detail.response as { body: string }).body, 'client');
  assert.equal((await run(target.url, { certificates: [] }, true)).verdict, 'failed');
  const broken = await run(target.url, { certificates: [{ ...certificate, key: 'no key' }] });
  assert.match(String(broken.detail.requestError), /^The client certificate for 127\.0\.0\.\* cannot be used: /);
  assert.doesNotMatch(String(broken.detail.requestError), /no key/);
});

test('the certificate must be for the host that was asked', async (t) => {
  const named = makeCertificate('localhost', 'DNS:localhost');
  const target = await serveHttps(t, named, (_request, answer) => answer.end());
  const certificates = [{ id: 'any', host: '*', ...client, ca: named.cert, createdAt: 1 }];
  assert.equal((await run(`https://localhost:${target.port}/`, { certificates })).verdict, 'passed');
  const wrong = await run(target.url, { certificates });
  assert.match(String(wrong.detail.requestError), /IP: 127\.0\.0\.1 is not in the cert's list/);
});

/** A proxy that asks for user and password; `asked` lists its request lines. */
async function startProxy(t: TestContext, status = 200): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const allowed = (header: string | undefined) => header === `Basic ${btoa('u:p@')}`;
  const proxy = createServer((request, answer) => {
    asked.push(`${request.method} ${request.url}`);
    if (!allowed(request.headers['proxy-authorization'])) return void answer.writeHead(407).end();
    const { 'proxy-authorization': _own, ...headers } = request.headers;
    sendHttp(request.url ?? '', { method: request.method, headers }, (from) => {
      answer.writeHead(from.statusCode ?? 0, from.headers);
      from.pipe(answer);
    }).end();
  });
  const open = new Set<Socket>();
  proxy.on('connect', (request, socket: Socket) => {
    asked.push(`CONNECT ${request.url}`);
    open.add(socket.on('error', () => undefined));
    if (!allowed(request.headers['proxy-authorization'])) return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    if (status !== 200) return void socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    const [host, port] = (request.url ?? '').split(':');
    const there = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(there).pipe(socket);
    });
    open.add(there.on('error', () => undefined));
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => { proxy.close(); proxy.closeAllConnections(); for (const socket of open) socket.destroy(); });
  return { url: `http://u:p%40@127.0.0.1:${(proxy.address() as AddressInfo).port}`, asked };
}

test('http goes through the proxy by its whole URL; the proxy credentials reach neither target nor result', async (t) => {
  const target = await serveHttp(t, (_request, answer) => answer.end('hi'));
  const proxy = await startProxy(t);
  const outcome = await run(`${target.url}/a?b=1`, { proxyUrl: proxy.url });
  assert.equal(outcome.verdict, 'passed');
  assert.deepEqual(proxy.asked, [`GET ${target.url}/a?b=1`]);
  assert.equal(target.seen[0]?.headers['proxy-authorization'], undefined);
  assert.equal(JSON.stringify(outcome).toLowerCase().includes('proxy-authorization'), false);
});

test('https goes through a tunnel', async (t) => {
  const target = await serveHttps(t, server, (_request, answer) => answer.end('hi'));
  const proxy = await startProxy(t);
  const outcome = await run(target.url, { proxyUrl: proxy.url }, true);
  assert.equal((outcome.detail.response as { body: string }).body, 'hi');
  assert.deepEqual(proxy.asked, [`CONNECT 127.0.0.1:${target.port}`]);
});

test('a proxy that refuses, is not there, or has no valid address', async (t) => {
  const target = await serveHttps(t, server, (_request, answer) => answer.end('hi'));
  const refusing = await startProxy(t, 503);
  const refused = await run(target.url, { proxyUrl: refusing.url }, true);
  assert.match(String(refused.detail.requestError), /^Proxy 127\.0\.0\.1:\d+: the proxy answered CONNECT 127\.0\.0\.1:\d+ with 503 No$/);
  assert.deepEqual([refused.verdict, refused.networkError], ['failed', true]);

  const stranger = await run(target.url, { proxyUrl: refusing.url.replace('u:', 'x:') }, true);
  assert.match(String(stranger.detail.requestError), /with 407 Proxy Authentication Required$/);

  const gone = await run(target.url, { proxyUrl: 'http://127.0.0.1:9' }, true);
  assert.deepEqual([gone.detail.requestError, gone.networkError], ['Proxy 127.0.0.1:9: connect ECONNREFUSED 127.0.0.1:9', true]);

  const invalid = await run(target.url, { proxyUrl: 'socks5://u:secret@127.0.0.1:1080' }, true);
  assert.deepEqual([invalid.verdict, invalid.fault], ['errored', 'The proxy URL of this location is not a valid http:// or https:// URL.']);
});
