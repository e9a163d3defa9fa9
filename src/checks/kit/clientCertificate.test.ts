import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientCertificateFor } from './clientCertificate.ts';

const certificate = (host: string, createdAt = 0) => ({ id: host, host, createdAt, cert: '', key: '' });

test('which certificate belongs to a host', () => {
  const cases: [host: string, certificates: ReturnType<typeof certificate>[], chosen: number | null][] = [
    ['a.example.com', [certificate('b.example.com')], null],
    ['a.example.com', [certificate('*.example.com', 9), certificate('a.example.com', 1)], 1],
    ['a.example.com', [certificate('a.example.com', 1), certificate('a.example.com', 2)], 1],
    ['a.example.com', [certificate('*.example.com', 3), certificate('*.com', 2)], 0],
    ['A.Example.com', [certificate('a.example.COM')], 0],
    ['example.com', [certificate('*.example.com')], null],
    ['a.example.com.evil.org', [certificate('*.example.com')], null],
    ['api-7.eu.example.com', [certificate('api-*.example.*')], 0],
    ['aa', [certificate('a*a*a')], null],
    ['anything', [certificate('*')], 0],
  ];
  for (const [host, certificates, chosen] of cases) {
    const expected = chosen === null ? null : certificates[chosen];
    assert.equal(clientCertificateFor(host, certificates), expected, `${host} among ${certificates.map((one) => one.host).join(', ')}`);
  }
});
