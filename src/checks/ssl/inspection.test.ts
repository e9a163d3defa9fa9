/** What no server of this machine can be made to show. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { makeCertificate } from '../../../test/httpTargets.ts';
import { inspectCertificate, type InspectedCertificate } from './certificateFacts.ts';
import { distrustedIn } from './distrustedAuthorities.ts';
import { signatureAlgorithmOf } from './signatureAlgorithms.ts';
import { tlsRank } from './tlsVersions.ts';
import { hostnameProblem } from './verification.ts';
import { isWeakCipher } from './weakCiphers.ts';

test('which cipher suites are weak', () => {
  const weak = [
    'TLS_RSA_WITH_RC4_128_SHA', 'TLS_RSA_WITH_3DES_EDE_CBC_SHA', 'TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA', 'TLS_RSA_EXPORT_WITH_RC4_40_MD5', 'TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA',
    'TLS_DH_anon_WITH_AES_128_CBC_SHA', 'TLS_ECDHE_RSA_WITH_NULL_SHA', 'TLS_RSA_WITH_AES_256_GCM_SHA384', 'TLS_ECDH_RSA_WITH_AES_128_CBC_SHA', 'TLS_DHE_RSA_WITH_DES_CBC_SHA',
  ];
  const strong = ['TLS_AES_128_GCM_SHA256', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA', 'TLS_DHE_RSA_WITH_AES_128_CBC_SHA256', 'TLS_AES_128_CCM_8_SHA256'];
  assert.deepEqual([weak.filter((suite) => !isWeakCipher(suite)), strong.filter(isWeakCipher)], [[], []]);
});

test('versions of TLS in all their writings', () => {
  assert.deepEqual(['TLS1.0', 'TLSv1', 'TLSv1.1', 'TLS 1.2', '1.3', ' tls1.3 '].map(tlsRank), [0, 0, 1, 2, 3, 3]);
  assert.deepEqual(['', 'SSLv3', 'TLS1.4', '12', 'TLS'].map(tlsRank), [null, null, null, null, null]);
});

test('signature algorithms', () => {
  assert.deepEqual(['1.2.840.113549.1.1.4', '1.2.840.10040.4.3', '1.2.840.10045.4.1', '1.3.101.112', '1.2.3'].map((id) => signatureAlgorithmOf(id, null).name), ['MD5-RSA', 'DSA-SHA1', 'ECDSA-SHA1', 'Ed25519', '1.2.3']);
  assert.deepEqual(signatureAlgorithmOf('1.2.840.113549.1.1.10', null), { name: 'SHA1-RSAPSS', hash: 'sha1', pss: true, weak: true });
});

test('authorities that are distrusted for what they issue from a day on', () => {
  const chain = (notBefore: string, issuer: string) => [
    { facts: { notBefore }, subject: { organizations: ['DigiNotar'], commonNames: [] }, issuer: { organizations: [], commonNames: [issuer] } } as unknown as InspectedCertificate,
  ];
  const root = 'Entrust Root Certification Authority - G2';
  assert.equal(distrustedIn(chain('2024-11-01T00:00:00.000Z', root)), null);
  assert.equal(distrustedIn(chain('2025-01-01T00:00:00.000Z', root))?.name, root);
  assert.equal(distrustedIn(chain('2025-01-01T00:00:00.000Z', 'constructor')), null, 'nor is the leaf\'s own name one');
});

test('a certificate with times and names that nobody can read is inspected all the same', () => {
  const { raw } = new X509Certificate(makeCertificate().cert);
  const broken = Buffer.from(raw.toString('latin1').replace(/\d{12}Z/g, '269999999999Z').replaceAll('localhost', 'local\0ost'), 'latin1');
  const { facts } = inspectCertificate(new X509Certificate(broken));
  assert.equal(facts.keyAlgorithm, 'ECDSA');
  assert.doesNotMatch(JSON.stringify(facts), /null/);
  for (const name of ['a\0b', 'fe80::1%lo', '']) assert.match(hostnameProblem(inspectCertificate(new X509Certificate(raw)), name) ?? '', /is not for/);
});
