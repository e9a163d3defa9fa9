import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sslSettings, type SslGiven } from '../../../test/sslSettings.ts';
import { CERTIFICATE_PROPERTIES, CONNECTION_PROPERTIES } from './assertionRules.ts';
import { checkRules } from './schema.ts';

const problem = (given: SslGiven) => checkRules(sslSettings(given));

test('defaults are those of the contract', () => {
  const { request, degradedResponseTime, maxResponseTime } = sslSettings({});
  assert.deepEqual([degradedResponseTime, maxResponseTime, request.assertions], [3_000, 10_000, []]);
  assert.deepEqual(request.sslConfig, {
    hostname: '127.0.0.1', port: 443, ipFamily: 'IPv4', skipChainValidation: false, handshakeTimeoutMs: 10_000, alertDaysBeforeExpiry: 20,
    securityBaseline: {
      enabled: true, minTLSVersion: { value: 'TLS1.2', severity: 'fail' }, minKeySizeBits: { value: 2_048, severity: 'fail' },
      weakSignatureAlgorithm: { severity: 'fail' }, weakCipherSuite: { severity: 'fail' }, knownBadCA: { severity: 'fail' },
      recommendedTLSVersion: { value: 'TLS1.3', severity: 'ignore' }, recommendedKeySizeBits: { value: 3_072, severity: 'ignore' },
      ocspMustStapleRespected: { severity: 'ignore' }, sctPresent: { severity: 'ignore' },
    },
  });
});

test('what is out of bounds, misspelt or of another kind is refused', () => {
  const bad: SslGiven[] = [
    { hostname: '' }, { hostname: 'https://shop.test' }, { hostname: 'shop.test:443' }, { port: 0 }, { port: 65_536 }, { ipFamily: 'IPv5' }, { handshakeTimeoutMs: 999 },
    { handshakeTimeoutMs: 30_001 }, { alertDaysBeforeExpiry: 0 }, { alertDaysBeforeExpiry: 366 }, { clientCertificateMode: 'always' }, { serverName: 'a\nb' },
    { securityBaseline: { minTlsVersion: {} } }, { securityBaseline: { minTLSVersion: { value: 'TLS1.1' } } }, { securityBaseline: { minKeySizeBits: { value: 512 } } },
    { securityBaseline: { sctPresent: { severity: 'warn' } } }, { securityBaseline: { sctPresent: { value: true } } }, { check: { maxResponseTime: 30_001 } },
    { sslClientCertificateId: 'mine' }, { assertions: [['STATUS_CODE', '', 'EQUALS', '200']] }, { assertions: [['CERTIFICATE', 'isCA', 'MATCHES', 'x']] },
  ];
  for (const given of bad) assert.throws(() => sslSettings(given), JSON.stringify(given));
});

test('rules between fields name the field and the rule', () => {
  assert.equal(problem({ check: { degradedResponseTime: 2, maxResponseTime: 1 } }), 'degradedResponseTime (2) must not be greater than maxResponseTime (1).');
  assert.equal(problem({ clientCertificateMode: 'explicit' }), 'request.sslClientCertificateId is required when request.sslConfig.clientCertificateMode is "explicit".');
  assert.equal(problem({ clientCertificateMode: 'explicit', sslClientCertificateId: '00000000-0000-4000-8000-000000000000' }), null);
});

test('each property takes its own comparisons, and a refusal names both', () => {
  const assertions = (source: string, property: string, comparison: string) => problem({ assertions: [['RESPONSE_TIME', '', 'LESS_THAN', '1'], [source, property, comparison, '']] });
  for (const [source, properties] of Object.entries({ CERTIFICATE: CERTIFICATE_PROPERTIES, CONNECTION: CONNECTION_PROPERTIES })) {
    for (const [property, allowed] of Object.entries(properties)) for (const comparison of allowed) assert.equal(assertions(source, property, comparison), null);
  }
  const refused: [source: string, property: string, comparison: string, why: RegExp][] = [
    ['CERTIFICATE', 'keySizeBits', 'CONTAINS', /^request\.assertions\[1\]\.comparison CONTAINS is not possible for CERTIFICATE "keySizeBits": one of EQUALS, NOT_EQUALS, GREATER_THAN, LESS_THAN\.$/],
    ['CERTIFICATE', 'fingerprintSha256', 'CONTAINS', /one of EQUALS, NOT_EQUALS\.$/], ['CERTIFICATE', 'sans', 'EQUALS', /one of CONTAINS, NOT_CONTAINS\.$/],
    ['CERTIFICATE', 'selfSigned', 'NOT_EQUALS', /one of EQUALS\.$/], ['CONNECTION', 'tlsVersion', 'CONTAINS', /"tlsVersion"/],
    ['CONNECTION', 'keySizeBits', 'EQUALS', /^request\.assertions\[1\]\.property "keySizeBits" is none of the source CONNECTION: one of tlsVersion, /],
    ['CONNECTION', '__proto__', 'EQUALS', /is none of the source/], ['RESPONSE_TIME', '', 'CONTAINS', /not possible for RESPONSE_TIME: one of/],
    ['JSON_RESPONSE', '$', 'HAS_KEY', /JSON_RESPONSE/], ['TEXT_RESPONSE', '', 'IS_NULL', /TEXT_RESPONSE/],
  ];
  for (const [source, property, comparison, why] of refused) assert.match(assertions(source, property, comparison) ?? 'accepted', why);
});
