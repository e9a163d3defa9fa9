/** Faults of API and URL checks: no answer, a bad one, a status, assertions. */
import { once } from 'node:events';
import { createServer as createTcp, type Socket } from 'node:net';
import { createServer as createTls, type TlsOptions } from 'node:tls';
import { Value } from 'typebox/value';
import { probeApi } from '../../../src/checks/api/probe.ts';
import { ApiSettings } from '../../../src/checks/api/schema.ts';
import type { ProbeOutcome } from '../../../src/checks/kit/probe.ts';
import { probeUrl } from '../../../src/checks/url/probe.ts';
import { UrlSettings } from '../../../src/checks/url/schema.ts';
import { makeCertificate } from '../../../test/httpTargets.ts';
import { listen } from '../shopServer.ts';
import { badCertificates } from './certificates.ts';
import type { Place, ProbeFault } from './fault.ts';

export const api = (place: Place, url: string, request: object = {}, more: object = {}): Promise<ProbeOutcome> => probeApi(
  Value.Parse(ApiSettings, Value.Default(ApiSettings, { name: 'a', logicalId: 'a', request: { method: 'GET', url, ...request }, ...more })), place.context);
const url = (place: Place, address: string, more: object = {}): Promise<ProbeOutcome> => probeUrl(
  Value.Parse(UrlSettings, Value.Default(UrlSettings, { name: 'u', logicalId: 'u', request: { url: address }, ...more })), place.context);

/** Every second round is a URL monitor's: the type of the check is no part of the fault. */
const either = (group: string, address: (place: Place) => string, more: object = {}): ProbeFault[] => [
  { group, checkType: 'API', run: (place) => api(place, address(place), {}, more) }, { group, checkType: 'URL', run: (place) => url(place, address(place), more) },
];

/** Answers with bytes that are no HTTP. */
async function rudely(place: Place, rude: (socket: Socket) => void): Promise<ProbeOutcome> {
  const server = await listen(createTcp((socket) => { socket.once('data', () => rude(socket)); }));
  try {
    return await api(place, `http://127.0.0.1:${server.port}/orders/${place.order}`);
  } finally {
    server.close();
  }
}

async function overTls(place: Place, options: TlsOptions, host = 'localhost', refuse = false): Promise<ProbeOutcome> {
  const server = createTls(options, (socket) => { socket.on('error', () => {}).end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'); });
  server.on('tlsClientError', () => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  try {
    return refuse ? await url(place, `https://${host}:${port}/`) : await api(place, `https://${host}:${port}/orders/${place.order}`);
  } finally {
    server.close();
  }
}

const noAnswer: readonly ProbeFault[] = [
  ...either('refused', ({ shop, order, round }) => `http://127.0.0.1:${shop.closedPort}/${['cart', 'orders', 'pay'][round % 3]}/${order}`),
  ...either('reset', ({ base, order }) => `${base}/reset?order=${order}`),
  ...either('http: hung up', ({ base, order }) => `${base}/empty?order=${order}`),
  ...either('http: no host shop', ({ order }) => `http://shop.invalid:${3000 + order % 900}/orders/${order}`),
  ...either('http: no host pay', ({ order }) => `http://pay.invalid:${3000 + order % 900}/orders/${order}`),
  ...either('http: no host of a preview', ({ host, order }) => `http://${host.replace('.example', '.invalid')}/orders/${order}`),
  { group: 'http: timeout', checkType: 'API', run: (place) => api(place, `${place.base}/slow?order=${place.order}`) },
  ...either('http: body breaks off', ({ base }) => `${base}/half`),
  ...either('http: no gzip', ({ base }) => `${base}/gzip`),
  ...either('http: redirect loop', ({ base }) => `${base}/loop`),
  ...either('http: redirect to mail', ({ base }) => `${base}/away`),
  ...either('no IPv4 address', ({ base, order }) => `${base.replace('127.0.0.1', '[::1]')}/orders/${order}`),
  { group: 'http: no address', checkType: 'API', run: (place) => api(place, `shop/${place.order}`) },
  { group: 'http: bad address', checkType: 'API', run: (place) => api(place, `http://shop.example:${place.order}99/`) },
  { group: 'http: bad header', checkType: 'API', run: (place) => api(place, `${place.base}/`, { headers: [{ key: 'x-run', value: `${place.user}\n${place.uuid}` }] }) },
  { group: 'http: no http', checkType: 'API', run: (place) => rudely(place, (socket) => socket.end(`SSH-2.0-${place.hash}\r\n`)) },
  { group: 'http: header too long', checkType: 'API', run: (place) => rudely(place, (socket) => socket.end(`HTTP/1.1 200 OK\r\nx-${place.hash}: ${'x'.repeat(100_000)}\r\n\r\n`)) },
  { group: 'http: bad length', checkType: 'API', run: (place) => rudely(place, (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n')) },
];

const certificates = badCertificates();
const tls: readonly ProbeFault[] = [
  { group: 'tls: self-signed', checkType: 'API', run: (place) => overTls(place, makeCertificate()) },
  { group: 'tls: self-signed', checkType: 'URL', run: (place) => overTls(place, makeCertificate(), 'localhost', true) },
  { group: 'tls: expired', checkType: 'API', run: (place) => overTls({ ...place, context: trusting(place) }, certificates.expired) },
  { group: 'tls: other host', checkType: 'API', run: (place) => overTls({ ...place, context: trusting(place) }, certificates.otherHost) },
  { group: 'tls: unknown authority', checkType: 'API', run: (place) => overTls(place, certificates.ofAuthority) },
  { group: 'tls: plain http', checkType: 'API', run: (place) => api(place, `https://127.0.0.1:${place.shop.port}/orders/${place.order}`) },
  { group: 'tls: too old', checkType: 'API', run: (place) => overTls(place, { ...makeCertificate(), minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }) },
  { group: 'tls: no common cipher', checkType: 'API', run: (place) => overTls(place, { ...makeCertificate(), maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' }) },
  { group: 'tls: closed at once', checkType: 'API', run: async (place) => {
    const server = await listen(createTcp((socket) => { socket.once('data', () => socket.end()); }));
    try {
      return await api(place, `https://127.0.0.1:${server.port}/`);
    } finally {
      server.close();
    }
  } },
];

/** With our own authority trusted, other faults show. */
function trusting({ context }: Place): Place['context'] {
  return { ...context, net: { ...context.net, certificates: [{ id: 'own', host: 'localhost', ...certificates.client, ca: certificates.ca, passphrase: null, createdAt: 0 }] } };
}

/** `path` after the status. */
const status = (group: string, code: number, path: string): ProbeFault[] => either(group, ({ base, order }) => `${base}/status/${code}/${path.replace('ORDER', String(order))}?run=${order}`);

const statuses: readonly ProbeFault[] = [
  ...status('status 404: /cart', 404, 'cart'), ...status('status 500: /cart', 500, 'cart'), ...status('status 404: /checkout', 404, 'checkout'),
  ...status('status 503: an order', 503, 'orders/ORDER/lines'), ...status('status 401: an order', 401, 'orders/ORDER/lines'), ...status('status 502: /cart', 502, 'cart'),
];

const asserting = (group: string, path: string, assertions: object[], groups?: string[]): ProbeFault => ({
  group, checkType: 'API', run: (place) => api(place, `${place.base}${path}?run=${place.uuid}`, { assertions: assertions.map((one) => JSON.parse(JSON.stringify(one).replaceAll('UUID', place.uuid).replaceAll('ORDER', String(place.order))) as object) }),
  ...(groups ? { groups } : {}),
});
const json = (property: string, comparison: string, target = '') => ({ source: 'JSON_BODY', property, comparison, target });
const code = (comparison: string, target: string) => ({ source: 'STATUS_CODE', comparison, target });

const assertions: readonly ProbeFault[] = [
  asserting('status is 201', '/api/item', [code('EQUALS', '201')]), asserting('status is 204', '/api/item', [code('EQUALS', '204')]),
  asserting('status is under 200', '/api/item', [code('LESS_THAN', '200')]), asserting('status is 200', '/status/503', [code('EQUALS', '200')]), asserting('status is 200', '/status/404', [code('EQUALS', '200')]),
  asserting('$.name is zoe', '/api/item', [json('$.name', 'EQUALS', 'zoe')]), asserting('$.title is zoe', '/api/item', [json('$.title', 'EQUALS', 'zoe')]),
  asserting('$.name is yan', '/api/item', [json('$.name', 'EQUALS', 'yan')]), asserting('$.name contains zoe', '/api/item', [json('$.name', 'CONTAINS', 'zoe')]),
  asserting('$.name is the run', '/api/item', [json('$.name', 'EQUALS', 'run UUID')]), asserting('$.id is the order', '/api/item', [json('$.nested.none', 'EQUALS', 'order-ORDER')]),
  asserting('$.prices[0] is under 1', '/api/item', [json('$.prices[0]', 'LESS_THAN', '1')]), asserting('$.prices[1] is under 1', '/api/item', [json('$.prices[1]', 'LESS_THAN', '1')]),
  asserting('$.prices is under 1', '/api/item', [json('$.prices', 'LESS_THAN', '1')]), asserting('$.prices.length', '/api/item', [json('$.prices.length', 'GREATER_THAN', '100')]),
  asserting('$.prices.length', '/api/item', [json('$.prices.length', 'GREATER_THAN', '100')]), asserting('$.nested.none', '/api/item', [json('$.nested.none', 'NOT_NULL')]),
  asserting('$.tags has z', '/api/item', [json('$.tags', 'HAS_VALUE', 'z')]), asserting('has total', '/api/item', [json('', 'HAS_KEY', 'total')]), asserting('$.name is over 5', '/api/item', [json('$.name', 'GREATER_THAN', '5')]),
  asserting('two of JSON', '/api/item', [json('$.a', 'NOT_EMPTY'), json('$.name', 'NOT_EMPTY'), json('$.b', 'NOT_EMPTY')], ['$.a is there', '$.b is there']),
  asserting('no JSON by its type', '/html', [json('$.name', 'EQUALS', 'zoe'), json('$.other', 'NOT_EMPTY')]), asserting('no JSON by its text', '/api/broken', [json('$.name', 'EQUALS', 'zoe')]),
  asserting('JSON is empty', '/api/empty', [json('$.name', 'EQUALS', 'zoe')]), asserting('bad JSON path', '/api/item', [json('$.[', 'EQUALS', 'x')]), asserting('JSON path without $', '/api/item', [json('name', 'EQUALS', 'x')]),
  asserting('header x-run', '/api/item', [{ source: 'HEADERS', property: 'x-run', comparison: 'EQUALS', target: 'yes' }]),
  asserting('header content-type', '/api/item', [{ source: 'HEADERS', property: 'content-type', comparison: 'CONTAINS', target: 'xml' }]),
  asserting('header date by pattern', '/api/item', [{ source: 'HEADERS', property: 'date', comparison: 'EQUALS', target: 'Sun', regex: '^(\\d\\d\\d)' }]),
  asserting('text contains total', '/html', [{ source: 'TEXT_BODY', property: '', comparison: 'CONTAINS', target: 'total' }]), asserting('text contains price', '/html', [{ source: 'TEXT_BODY', property: '', comparison: 'CONTAINS', target: 'price' }]),
  asserting('text by pattern', '/html', [{ source: 'TEXT_BODY', property: 'total: (\\d+)', comparison: 'EQUALS', target: '7' }]), asserting('text by another pattern', '/html', [{ source: 'TEXT_BODY', property: 'sum: (\\d+)', comparison: 'EQUALS', target: '7' }]),
  asserting('bad pattern', '/html', [{ source: 'TEXT_BODY', property: '(', comparison: 'EQUALS', target: '7' }]),
  asserting('endless pattern', '/api/item', [{ source: 'TEXT_BODY', property: '^(("[^"]*"|[^"]*)*)*$x', comparison: 'EQUALS', target: '7' }]),
  asserting('time under 0', '/api/item', [{ source: 'RESPONSE_TIME', property: '', comparison: 'LESS_THAN', target: '0' }]), asserting('time over 90000', '/api/item', [{ source: 'RESPONSE_TIME', property: '', comparison: 'GREATER_THAN', target: '90000' }]),
  asserting('time over 80000', '/api/item', [{ source: 'RESPONSE_TIME', property: '', comparison: 'GREATER_THAN', target: '80000' }]),
  ...either('over the limit', ({ base, order }) => `${base}/?run=${order}`, { degradedResponseTime: null, maxResponseTime: 0 }),
];

export const httpFaults: readonly ProbeFault[] = [...noAnswer, ...tls, ...statuses, ...assertions];
