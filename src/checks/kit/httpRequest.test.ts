import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prepareRequest, USER_AGENT } from './httpRequest.ts';
import type { HttpSettings } from './httpSettings.ts';

const plain: HttpSettings = {
  method: 'GET', url: 'http://shop.test/a', followRedirects: true, skipSSL: false, ipFamily: 'IPv4',
  body: '', bodyType: 'NONE', headers: [], queryParameters: [], basicAuth: null,
};
const ENV = { HOST: 'shop.test', ID: 'a b&c', RAW: 'x/y', GROUP_BASE_URL: 'https://base.test/v1', USER: 'ann', PASS: 's3cret' };
const prepare = (overrides: Partial<HttpSettings>) => prepareRequest({ ...plain, ...overrides }, ENV, { now: () => 0 });

/** Request line, header lines and body as they go out. */
function sent(overrides: Partial<HttpSettings>): string {
  const prepared = prepare(overrides);
  if ('error' in prepared) return prepared.error;
  const { method, url, headers, body } = prepared.message;
  return [`${method} ${url.href}`, ...headers.map(([name, value]) => `${name}: ${value}`), ...(body ? ['', body.toString()] : [])].join('\n');
}

const agent = `User-Agent: ${USER_AGENT}\nAccept-Encoding: gzip, deflate, br`;
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

test('what goes out', () => {
  const cases: [overrides: Partial<HttpSettings>, expected: string][] = [
    [{}, `GET http://shop.test/a\nHost: shop.test\n${agent}\nConnection: close`],
    // templates
    [{ url: 'http://{{HOST}}/{{ID}}/{{{RAW}}}{{NONE}}' }, `GET http://shop.test/a%20b%26c/x/y\nHost: shop.test\n${agent}\nConnection: close`],
    [{ url: '{{GROUP_BASE_URL}}/items' }, `GET https://base.test/v1/items\nHost: base.test\n${agent}\nConnection: close`],
    // query parameters come after the URL's own query; what a template has encoded is not encoded again
    [{ url: 'http://shop.test/a?z=%20#top', queryParameters: [{ key: 'q', value: '{{ID}}' }, { key: 'r s', value: 'ü&{{{RAW}}}' }] },
      `GET http://shop.test/a?z=%20&q=a%20b%26c&r%20s=%C3%BC%26x%2Fy\nHost: shop.test\n${agent}\nConnection: close`],
    // bodies
    [{ method: 'POST', bodyType: 'NONE', body: 'ignored' }, `POST http://shop.test/a\nHost: shop.test\n${agent}\nContent-Length: 0\nConnection: close`],
    [{ method: 'POST', bodyType: 'JSON', body: '{"v":"{{{ID}}}ü"}' },
      `POST http://shop.test/a\nHost: shop.test\n${agent}\nContent-Type: application/json\nContent-Length: 15\nConnection: close\n\n{"v":"a b&cü"}`],
    [{ method: 'PUT', bodyType: 'FORM', body: 'k={{ID}}&l=2' },
      `PUT http://shop.test/a\nHost: shop.test\n${agent}\nContent-Type: application/x-www-form-urlencoded\nContent-Length: 15\nConnection: close\n\nk=a%20b%26c&l=2`],
    [{ method: 'POST', bodyType: 'GRAPHQL', body: '{ items { id } }' },
      `POST http://shop.test/a\nHost: shop.test\n${agent}\nContent-Type: application/json\nContent-Length: 28\nConnection: close\n\n{"query":"{ items { id } }"}`],
    [{ method: 'POST', bodyType: 'GRAPHQL', body: '{"query":"q","variables":{}}' },
      `POST http://shop.test/a\nHost: shop.test\n${agent}\nContent-Type: application/json\nContent-Length: 28\nConnection: close\n\n{"query":"q","variables":{}}`],
    [{ method: 'DELETE', bodyType: 'RAW', body: 'as is', headers: [{ key: 'content-type', value: 'text/x' }] },
      `DELETE http://shop.test/a\nHost: shop.test\n${agent}\nContent-Length: 5\nConnection: close\ncontent-type: text/x\n\nas is`],
    // the user's own headers win over every default and may be repeated
    [{ headers: [{ key: 'user-agent', value: 'me' }, { key: 'accept-encoding', value: '' }, { key: 'HOST', value: 'other.test' }, { key: 'X', value: '1' }, { key: 'X', value: '{{{RAW}}}' }] },
      'GET http://shop.test/a\nConnection: close\nuser-agent: me\naccept-encoding: \nHOST: other.test\nX: 1\nX: x/y'],
    // credentials: header before basic auth before the URL
    [{ basicAuth: { username: '{{USER}}', password: '{{PASS}}' } }, `GET http://shop.test/a\nHost: shop.test\n${agent}\nAuthorization: ${basic('ann:s3cret')}\nConnection: close`],
    [{ url: 'http://bob:p%40ss@shop.test/a', basicAuth: { username: '', password: '' } }, `GET http://shop.test/a\nHost: shop.test\n${agent}\nAuthorization: ${basic('bob:p@ss')}\nConnection: close`],
    [{ basicAuth: { username: 'ann', password: 'x' }, headers: [{ key: 'authorization', value: 'Bearer t' }] }, `GET http://shop.test/a\nHost: shop.test\n${agent}\nConnection: close\nauthorization: Bearer t`],
    [{ url: 'http://ann:pw@shop.test:99999/' }, 'request.url is not a valid URL after templating: "http://shop.test:99999/".'],
    // what cannot be sent names the field
    [{ url: '{{NONE}}' }, 'request.url must have 1 to 2048 characters after templating, not 0.'],
    [{ url: `http://shop.test/${'x'.repeat(2032)}` }, 'request.url must have 1 to 2048 characters after templating, not 2049.'],
    [{ url: 'ftp://shop.test/' }, 'request.url must start with http:// or https:// after templating, unlike "ftp://shop.test/".'],
    [{ url: 'http://shop.test:99999/' }, 'request.url is not a valid URL after templating: "http://shop.test:99999/".'],
    [{ headers: [{ key: 'a b', value: '1' }] }, 'request.headers has a name that HTTP does not allow: "a b".'],
    [{ headers: [{ key: 'x', value: 'a\r\nevil: 1' }] }, 'request.headers has a value with characters that HTTP does not allow, in "x".'],
  ];
  for (const [overrides, expected] of cases) assert.equal(sent(overrides), expected);
});

test('what is shown: locked values and credentials are masked, the rest is as sent', () => {
  const { recorded } = prepare({
    method: 'POST', url: 'http://ann:pw@shop.test/a', body: 'text', bodyType: 'RAW',
    headers: [{ key: 'X-Locked', value: 'hidden', locked: true }, { key: 'X-Api-Key', value: 'hidden' }, { key: 'X-Open', value: '1' }, { key: 'X-Open', value: '2' }],
    queryParameters: [{ key: 'open', value: '{{ID}}' }, { key: 'shut', value: 'hidden', locked: true }],
  });
  assert.deepEqual(recorded, {
    method: 'POST', url: 'http://shop.test/a?open=a%20b%26c&shut=******', data: 'text',
    headers: {
      Host: 'shop.test', 'User-Agent': USER_AGENT, 'Accept-Encoding': 'gzip, deflate, br', 'Content-Length': '4', Authorization: '******',
      Connection: 'close', 'X-Locked': '******', 'X-Api-Key': '******', 'X-Open': '1, 2',
    },
    params: { open: 'a%20b%26c', shut: '******' },
  });
});

test('{{REQUEST_URL}} is the address of the request, and a trace context goes along while tracing is on', () => {
  const env = { CHECKLY_TRACEPARENT: '00-abc-def-01' };
  const prepared = prepareRequest({ ...plain, headers: [{ key: 'x-self', value: '{{REQUEST_URL}}' }] }, env, { now: () => 0 });
  assert.ok('message' in prepared);
  const headers = Object.fromEntries(prepared.message.headers);
  assert.equal(headers['x-self'], 'http://shop.test/a');
  assert.equal(headers.traceparent, '00-abc-def-01');
});
