import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpMessage } from './httpExchange.ts';
import { nextMessage } from './httpRedirects.ts';

const message = (method: string, url: string): HttpMessage => ({
  method, url: new URL(url), body: Buffer.from('body'),
  headers: [['Host', new URL(url).host], ['Authorization', 'A'], ['Cookie', 'C'], ['Content-Type', 'text/plain'], ['Content-Length', '4'], ['X-Mine', '1']],
});
const follow = (from: HttpMessage, status: number, location: string) => nextMessage(from, { status, statusText: '', headers: { location } });
const names = ({ headers }: HttpMessage) => headers.map(([name]) => name).join(' ');

test('which method follows', () => {
  const cases: [method: string, status: number, next: string][] = [
    ['POST', 301, 'GET'], ['POST', 302, 'GET'], ['POST', 303, 'GET'], ['POST', 307, 'POST'], ['POST', 308, 'POST'],
    ['PUT', 301, 'PUT'], ['PUT', 302, 'PUT'], ['PUT', 303, 'GET'], ['DELETE', 303, 'GET'], ['HEAD', 303, 'HEAD'], ['GET', 302, 'GET'],
  ];
  for (const [method, status, expected] of cases) {
    const next = follow(message(method, 'http://a.test/x'), status, '/y');
    assert.equal(next.method, expected, `${method} ${status}`);
    assert.equal(next.body === null, method !== expected, `${method} ${status} body`);
    assert.equal(names(next).includes('Content-'), method === expected, `${method} ${status} headers`);
  }
});

test('credentials stay with their host, port and security', () => {
  const kept = 'Host Authorization Cookie Content-Type Content-Length X-Mine';
  const dropped = 'Host Content-Type Content-Length X-Mine';
  const cases: [from: string, to: string, expected: string][] = [
    ['http://a.test/x', '/y', kept],
    ['http://a.test/x', 'https://a.test/y', kept],
    ['http://a.test/x', 'http://A.test:80/y', kept],
    ['http://a.test/x', 'http://b.test/y', dropped],
    ['http://a.test/x', '//sub.a.test/y', dropped],
    ['http://a.test/x', 'http://a.test:8080/y', dropped],
    ['https://a.test/x', 'http://a.test/y', dropped],
  ];
  for (const [from, to, expected] of cases) assert.equal(names(follow(message('PUT', from), 307, to)), expected, `${from} -> ${to}`);
  const next = follow(message('PUT', 'http://a.test/x'), 307, 'http://b.test:81/y');
  assert.deepEqual(next.headers[0], ['Host', 'b.test:81']);
});

test('credentials inside the location are used and not shown', () => {
  const next = follow(message('GET', 'http://a.test/x'), 302, 'http://u:p@a.test/y');
  assert.equal(next.url.href, 'http://a.test/y');
  assert.deepEqual(next.headers.filter(([name]) => name === 'Authorization'), [['Authorization', `Basic ${btoa('u:p')}`]]);
});

test('a location in raw UTF-8 is understood, one that is no web address is refused', () => {
  assert.equal(follow(message('GET', 'http://a.test/x'), 302, Buffer.from('/ü').toString('latin1')).url.pathname, '/%C3%BC');
  for (const location of ['ftp://a.test/', 'javascript:alert(1)', 'http://']) {
    assert.throws(() => follow(message('GET', 'http://a.test/x'), 302, location), /cannot be followed/);
  }
});
