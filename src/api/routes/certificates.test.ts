import assert from 'node:assert/strict';
import test from 'node:test';
import { headersOf, openApiUnderTest } from '../../../test/apiUnderTest.ts';

const pem = (label: string, body: string) => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;

test('a client certificate lives: added, listed, read without its key, removed', async () => {
  await using api = await openApiUnderTest();
  const headers = headersOf(api.owner);
  const payload = { host: '*.example.com', cert: pem('CERTIFICATE', 'QQ=='), key: pem('EC PRIVATE KEY', 'U0VDUkVU'), passphrase: 'phrase' };
  const added = await api.app.inject({ method: 'POST', url: '/v1/client-certificates', headers, payload });
  assert.equal(added.statusCode, 201);
  const { id, created_at } = added.json<{ id: string; created_at: string }>();
  const shown = { host: payload.host, cert: payload.cert, ca: null, id, created_at };
  assert.deepEqual(added.json(), shown);
  assert.deepEqual((await api.app.inject({ url: '/v1/client-certificates', headers })).json(), [shown]);
  const url = `/v1/client-certificates/${id}`;
  assert.deepEqual((await api.app.inject({ url, headers })).json(), shown);
  assert.equal((await api.app.inject({ url, headers: headersOf(api.stranger) })).statusCode, 404);
  assert.equal((await api.app.inject({ method: 'DELETE', url, headers: headersOf(api.stranger) })).statusCode, 404);
  assert.equal((await api.app.inject({ method: 'DELETE', url, headers })).statusCode, 204);
  assert.deepEqual((await api.app.inject({ url: '/v1/client-certificates', headers })).json(), []);
});

test('a text that is no PEM is 400 and named', async () => {
  await using api = await openApiUnderTest();
  const response = await api.app.inject({
    method: 'POST', url: '/v1/client-certificates', headers: headersOf(api.owner), payload: { host: 'a.example', cert: 'nonsense', key: pem('PRIVATE KEY', 'QQ==') },
  });
  assert.deepEqual([response.statusCode, response.json<{ message: string }>().message], [400, 'body/cert must be a certificate in PEM form.']);
});
