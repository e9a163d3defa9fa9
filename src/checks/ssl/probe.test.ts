/** The SSL probe against real TLS peers: every way to be good, weak or wrong that a server on this machine can be made to be. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test, type TestContext } from 'node:test';
import { getCACertificates, setDefaultCACertificates, type TlsOptions } from 'node:tls';
import { promisify } from 'node:util';
import { makeAuthority, type Authority, type Issued } from '../../../test/certificateAuthority.ts';
import { makeCertificate, probeContext, serveRaw } from '../../../test/httpTargets.ts';
import { serveTls } from '../../../test/tlsPeers.ts';
import type { Flow } from '../kit/capture.ts';
import { createEgress } from '../kit/egress.ts';
import type { ProbeOutcome } from '../kit/probe.ts';
import { createSslProbe } from './probe.ts';
import type { InspectedResponse } from './response.ts';
import { sslSettings, type SslGiven } from '../../../test/sslSettings.ts';

/** A peer that says nothing to a certificate is believed after 300 ms. */
const probe = createSslProbe({ quietMs: 300 });
const NAMES = 'DNS:localhost,DNS:*.shop.test,IP:127.0.0.1,IP:::1';

let root: Authority;
let mid: Authority;
let good: Issued;
before(() => {
  root = makeAuthority({ subject: '/O=Assay Test/CN=Test Root', key: 'rsa:2048' });
  mid = root.authority({ subject: '/O=Assay Test/CN=Test Intermediate', key: 'rsa:2048' });
  good = mid.issue({ subject: '/CN=shop.test', names: NAMES, key: 'rsa:2048' });
  setDefaultCACertificates([...getCACertificates('default'), root.cert]);
});

async function run(port: number, given: SslGiven = {}, around: Parameters<typeof probeContext>[0] = {}): Promise<ProbeOutcome & { lines: string[] }> {
  const context = probeContext(around);
  const outcome = await probe(sslSettings({ port, ...given }), context);
  return { ...outcome, lines: context.lines.map(({ level, msg }) => `${level} ${msg}`) };
}
const against = async (t: TestContext, options: TlsOptions & { staple?: Buffer }, given: SslGiven = {}) => run(await serveTls(t, options), given);
const responseOf = ({ detail }: ProbeOutcome) => detail.response as InspectedResponse;
const stateOf = ({ verdict, detail }: ProbeOutcome) => [verdict, detail.failureCategory, (detail.response as InspectedResponse | undefined)?.error?.code ?? null];
const rulesOf = (outcome: ProbeOutcome) => Object.entries(responseOf(outcome).securityBaseline ?? {}).flatMap(([name, rule]) => (typeof rule === 'object' && rule.violated ? [name] : []));
const cert = (one: Issued) => ({ cert: one.cert, key: one.key });

test('a peer of today: everything is verified, told and in the contract\'s words', async (t) => {
  const outcome = await against(t, cert(good));
  assert.equal(outcome.verdict, 'passed', outcome.lines.join('\n'));
  const response = responseOf(outcome);
  const { handshakeTimeMs, certificate, chain, ...rest } = response;
  assert.ok(Number.isInteger(handshakeTimeMs));
  assert.equal(outcome.responseTime, handshakeTimeMs);
  const judged = (severity: string, violated = false) => ({ violated, severity });
  assert.deepEqual(rest, {
    resolvedIp: '127.0.0.1', protocol: 'TLS1.3', cipherSuite: 'TLS_AES_256_GCM_SHA384', hostnameVerified: true, chainTrusted: true, daysUntilExpiry: 59, ocspStapled: false,
    securityBaseline: {
      minTLSVersion: judged('fail'), minKeySizeBits: judged('fail'), weakSignatureAlgorithm: judged('fail'), weakCipherSuite: judged('fail'), knownBadCA: judged('fail'),
      recommendedTLSVersion: judged('ignore'), recommendedKeySizeBits: judged('ignore', true), ocspMustStapleRespected: judged('ignore'), sctPresent: judged('ignore', true),
      verdict: 'pass', grade: 'A-',
    },
  });
  const x509 = new X509Certificate(good.cert);
  const { issuerFingerprintSha256, ...facts } = certificate;
  assert.deepEqual(facts, {
    subjectCN: 'shop.test', issuerCN: 'Test Intermediate', notBefore: x509.validFromDate.toISOString(), notAfter: x509.validToDate.toISOString(), keyAlgorithm: 'RSA',
    keySizeBits: 2048, signatureAlgorithm: 'SHA256-RSA', fingerprintSha256: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    sans: ['localhost', '*.shop.test', '127.0.0.1', '::1'], serialNumber: x509.serialNumber.toLowerCase(), selfSigned: false, isCA: false,
  });
  assert.equal(issuerFingerprintSha256, chain[1]?.fingerprintSha256);
  assert.deepEqual(chain.map(({ subjectCN, isCA }) => [subjectCN, isCA]), [['shop.test', false], ['Test Intermediate', true]]);
  const { response: _response, assertions: _assertions, request, ...summary } = outcome.detail;
  assert.deepEqual(summary, {
    tlsVersion: 'TLS1.3', cipherSuite: 'TLS_AES_256_GCM_SHA384', daysUntilExpiry: 59, handshakeTimeMs, chainTrusted: true, hostnameVerified: true,
    baselineVerdict: 'pass', baselineGrade: 'A-', failureCategory: null, requestError: null, degradedResponseTime: 3_000, maxResponseTime: 10_000,
  });
  assert.deepEqual({ ...request as object, port: 0 }, { hostname: '127.0.0.1', port: 0, ipFamily: 'IPv4', serverName: '127.0.0.1', skipChainValidation: false, handshakeTimeoutMs: 10_000, alertDaysBeforeExpiry: 20 });
});

test('certificates that are not good now, not for this host, or of nobody who is known', async (t) => {
  const own = makeCertificate();
  const strangers = makeAuthority({ subject: '/O=Others/CN=Other Root' });
  const stranger = strangers.issue({ subject: '/CN=localhost', names: NAMES });
  const forgedMid = makeAuthority({ subject: '/O=Assay Test/CN=Test Intermediate' }).issue({ subject: '/CN=localhost', names: NAMES });
  const leafOnly = new X509Certificate(good.cert).toString();
  const issue = (valid: [number, number], names = NAMES) => mid.issue({ subject: '/CN=localhost', names, valid });
  const cases: [what: string, peer: TlsOptions, state: unknown[], seen: Partial<InspectedResponse>, given?: SslGiven][] = [
    ['expired', cert(issue([-20, -2])), ['failed', null, 'CERT_HAS_EXPIRED'], { daysUntilExpiry: -3, chainTrusted: true, hostnameVerified: true }],
    ['expired, and the chain is not looked at', cert(issue([-20, -2])), ['failed', null, 'CERT_HAS_EXPIRED'], { chainTrusted: true }, { skipChainValidation: true }],
    ['not valid yet', cert(issue([2, 20])), ['failed', 'chain', 'CERT_NOT_YET_VALID'], { chainTrusted: false, chainTrustReason: 'not_yet_valid' }],
    ['self-signed', own, ['failed', 'chain', 'DEPTH_ZERO_SELF_SIGNED_CERT'], { chainTrusted: false, chainTrustReason: 'self_signed', hostnameVerified: true }],
    ['an unknown root', { cert: stranger.cert + strangers.cert, key: stranger.key }, ['failed', 'chain', 'SELF_SIGNED_CERT_IN_CHAIN'], { chainTrustReason: 'untrusted_root' }],
    ['the intermediate is not sent', { cert: leafOnly, key: good.key }, ['failed', 'chain', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'], { chainTrustReason: 'incomplete_chain', incompleteChain: true, missingIntermediate: 'Test Intermediate' }],
    ['signed by somebody else of that name', { cert: forgedMid.cert + mid.cert, key: forgedMid.key }, ['failed', 'chain', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'], { chainTrusted: false }],
    ['another host', cert(issue([-1, 60], 'DNS:elsewhere.test')), ['failed', 'hostname', 'ERR_TLS_CERT_ALTNAME_INVALID'], { hostnameVerified: false, chainTrusted: true }],
    ['no names but the common one', cert(mid.issue({ subject: '/CN=127.0.0.1' })), ['failed', 'hostname', 'ERR_TLS_CERT_ALTNAME_INVALID'], { hostnameVerified: false }],
    ['another host, and self-signed: the name comes first', makeCertificate('elsewhere', 'DNS:elsewhere.test'), ['failed', 'hostname', 'ERR_TLS_CERT_ALTNAME_INVALID'], { chainTrusted: false }],
  ];
  for (const [what, peer, state, seen, given] of cases) {
    const outcome = await against(t, peer, given);
    assert.deepEqual(stateOf(outcome), state, what);
    for (const [key, value] of Object.entries(seen)) assert.deepEqual((responseOf(outcome) as unknown as Record<string, unknown>)[key], value, `${what}: ${key}`);
    assert.equal(responseOf(outcome).securityBaseline, null, `${what}: no baseline after a failure`);
    assert.equal(outcome.networkError, false);
  }
});

test('expired and of nobody who is known: both are told', async (t) => {
  const strangers = makeAuthority({ subject: '/O=Others/CN=Other Root' });
  const outcome = await against(t, cert(strangers.issue({ subject: '/CN=localhost', names: NAMES, valid: [-9, -3] })));
  assert.deepEqual(stateOf(outcome), ['failed', 'chain', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY']);
  assert.equal(responseOf(outcome).daysUntilExpiry, -4);
  const old = root.authority({ subject: '/O=Assay Test/CN=Old Intermediate', valid: [-20, -2] });
  const below = await against(t, cert(old.issue({ subject: '/CN=localhost', names: NAMES })));
  assert.deepEqual([...stateOf(below), responseOf(below).chainTrustReason], ['failed', 'chain', 'CERT_HAS_EXPIRED', 'expired_issuer']);
});

test('skipChainValidation, shouldFail and a name of its own', async (t) => {
  const own = await serveTls(t, makeCertificate('localhost', 'DNS:pay.test'));
  const skipped = await run(own, { skipChainValidation: true, serverName: 'pay.test', alertDaysBeforeExpiry: 1 });
  assert.deepEqual([skipped.verdict, responseOf(skipped).chainTrusted, responseOf(skipped).securityBaseline?.verdict], ['passed', false, 'pass']);
  assert.match(skipped.lines.join('\n'), /WARN The certificate is signed by itself, and it is not trusted here\. \(Not asked for/);
  const accepted = await run(own, { alertDaysBeforeExpiry: 1, check: { shouldFail: true } });
  assert.deepEqual(stateOf(accepted), ['passed', 'hostname', 'ERR_TLS_CERT_ALTNAME_INVALID']);
  const asserted = await run(own, { check: { shouldFail: true }, assertions: [['CONNECTION', 'chainTrusted', 'EQUALS', 'true']] });
  assert.equal(asserted.verdict, 'failed', 'a failed assertion fails all the same');
  const expired = await against(t, cert(mid.issue({ subject: '/CN=localhost', names: NAMES, valid: [-9, -1] })), { check: { shouldFail: true } });
  assert.equal(expired.verdict, 'failed', 'expired is always failed');
});

test('the server is asked for the name, which need not be in ASCII; wildcards are for one label', async (t) => {
  let asked: string | undefined;
  const port = await serveTls(t, { ...cert(mid.issue({ subject: '/CN=localhost', names: 'DNS:xn--kse-qla.shop.test,DNS:*.shop.test' })), SNICallback: (name, done) => { asked = name; done(null); } });
  assert.equal((await run(port, { serverName: 'käse.shop.test' })).verdict, 'passed');
  assert.equal(asked, 'xn--kse-qla.shop.test');
  assert.equal((await run(port, { serverName: '{{NAME}}.shop.test.' }, { env: { NAME: 'any' } })).verdict, 'passed');
  assert.equal((await run(port, { serverName: 'a.b.shop.test' })).detail.failureCategory, 'hostname');
});

test('what is weak is inspected, and fails by the baseline with what was seen', async (t) => {
  const leaf = (wish: object) => cert(mid.issue({ subject: '/CN=localhost', names: NAMES, ...wish }));
  const weakMid = root.authority({ subject: '/CN=Weak Intermediate', key: 'rsa:2048', digest: 'sha1' });
  const bad = root.authority({ subject: '/O=DigiNotar/CN=DigiNotar Root CA' });
  const cases: [rule: string, peer: TlsOptions, seen: object][] = [
    ['minTLSVersion', { ...cert(good), maxVersion: 'TLSv1' }, { protocol: 'TLS1.0' }],
    ['minTLSVersion', { ...cert(good), minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }, { protocol: 'TLS1.1' }],
    ['minKeySizeBits', leaf({ key: 'rsa:1024' }), {}],
    ['weakSignatureAlgorithm', leaf({ digest: 'sha1', key: 'rsa:2048' }), {}],
    ['weakSignatureAlgorithm', cert(weakMid.issue({ subject: '/CN=localhost', names: NAMES, key: 'rsa:2048' })), {}],
    ['weakCipherSuite', { ...cert(good), maxVersion: 'TLSv1.2', ciphers: 'NULL-SHA256:@SECLEVEL=0' }, { cipherSuite: 'TLS_RSA_WITH_NULL_SHA256' }],
    ['weakCipherSuite', { ...cert(good), maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA:@SECLEVEL=0' }, { cipherSuite: 'TLS_RSA_WITH_AES_128_CBC_SHA' }],
    ['knownBadCA', cert(bad.issue({ subject: '/CN=localhost', names: NAMES })), {}],
  ];
  for (const [rule, peer, seen] of cases) {
    const outcome = await against(t, peer);
    const { verdict, grade } = responseOf(outcome).securityBaseline ?? {};
    assert.deepEqual([outcome.verdict, outcome.detail.failureCategory, outcome.detail.baselineVerdict, outcome.detail.baselineGrade, verdict, grade], ['failed', null, 'fail', 'F', 'fail', 'F'], rule);
    const enforced = rulesOf(outcome).filter((name) => !/^(recommended|sctPresent)/.test(name));
    assert.deepEqual(enforced, [rule], JSON.stringify(responseOf(outcome)));
    for (const [key, value] of Object.entries(seen)) assert.equal((responseOf(outcome) as unknown as Record<string, unknown>)[key], value);
    assert.match(outcome.lines.join('\n'), new RegExp(`ERROR Security baseline, ${rule}: `));
  }
});

test('severities: degrade, ignore, a stricter value, and no baseline at all', async (t) => {
  const port = await serveTls(t, { ...cert(mid.issue({ subject: '/CN=localhost', names: NAMES, key: 'rsa:1024' })), maxVersion: 'TLSv1.2' });
  const judged = async (securityBaseline: object) => {
    const { verdict, detail } = await run(port, { securityBaseline });
    return [verdict, detail.baselineVerdict, detail.baselineGrade];
  };
  assert.deepEqual(await judged({ minKeySizeBits: { severity: 'degrade' } }), ['degraded', 'warn', 'B']);
  assert.deepEqual(await judged({ minKeySizeBits: { severity: 'ignore' } }), ['passed', 'pass', 'A-']);
  assert.deepEqual(await judged({ minKeySizeBits: { value: 1024 } }), ['passed', 'pass', 'A-']);
  assert.deepEqual(await judged({ minKeySizeBits: { value: 1024 }, minTLSVersion: { value: 'TLS1.3' } }), ['failed', 'fail', 'F']);
  assert.deepEqual(await judged({ minKeySizeBits: { value: 1024 }, recommendedTLSVersion: { severity: 'degrade' } }), ['degraded', 'warn', 'B']);
  assert.deepEqual(await judged({ enabled: false }), ['passed', 'pass', 'A-']);
});

test('must-staple, staples and signed certificate timestamps', async (t) => {
  const staple = cert(good);
  const strict = { securityBaseline: { ocspMustStapleRespected: { severity: 'fail' }, sctPresent: { severity: 'degrade' } } };
  const must = mid.issue({ subject: '/CN=localhost', names: NAMES, extensions: ['tlsfeature=status_request', `1.3.6.1.4.1.11129.2.4.2=DER:${timestampList()}`] });
  const unstapled = await against(t, cert(must), strict);
  assert.deepEqual([unstapled.verdict, rulesOf(unstapled).filter((name) => name !== 'recommendedKeySizeBits'), responseOf(unstapled).ocspStapled], ['failed', ['ocspMustStapleRespected'], false]);
  const stapled = await against(t, { ...cert(must), staple: mid.staple(must, 'good') }, strict);
  assert.deepEqual([stapled.verdict, responseOf(stapled).ocspStapled, responseOf(stapled).ocspStatus], ['passed', true, 'good'], stapled.lines.join('\n'));
  const withoutScts = await against(t, staple, strict);
  assert.deepEqual([withoutScts.verdict, rulesOf(withoutScts).includes('sctPresent')], ['degraded', true]);

  const gone = mid.issue({ subject: '/CN=localhost', names: NAMES });
  const revoked = await against(t, { ...cert(gone), staple: mid.staple(gone, 'revoked') }, { assertions: [['CONNECTION', 'ocspStatus', 'NOT_EQUALS', 'revoked']] });
  assert.deepEqual([revoked.verdict, responseOf(revoked).ocspStatus], ['failed', 'revoked']);
  assert.match(revoked.lines.join('\n'), /WARN The OCSP staple says that the certificate is revoked/);

  const untrue: [staple: Buffer, why: RegExp][] = [
    [mid.staple(good, 'good'), /about another certificate/], [Buffer.from('nonsense'), /cannot be read/],
    [Buffer.from('30030a0106', 'hex'), /answered "unauthorized"/],
  ];
  for (const [answer, why] of untrue) {
    const outcome = await against(t, { ...cert(must), staple: answer });
    assert.deepEqual([outcome.verdict, responseOf(outcome).ocspStatus], ['passed', 'unknown']);
    assert.match(outcome.lines.join('\n'), why);
  }
  const forger = makeAuthority({ subject: '/O=Assay Test/CN=Test Intermediate' });
  const forged = forger.issue({ subject: '/CN=x' });
  const unsigned = forger.staple(forged, 'good');
  const outcome = await against(t, { ...cert(mid.issue({ subject: '/CN=localhost', names: NAMES })), staple: unsigned });
  assert.equal(responseOf(outcome).ocspStatus, 'unknown');
});

/** One timestamp of a log that nobody knows, as an extension carries it: version, log, time, no extensions, ECDSA with SHA-256. */
function timestampList(): string {
  const timestamp = Buffer.concat([Buffer.from([0]), Buffer.alloc(32, 7), Buffer.alloc(8, 1), Buffer.from([0, 0, 4, 3, 0, 4]), Buffer.from('30020500', 'hex')]);
  const list = Buffer.concat([Buffer.from([0, timestamp.length + 2, 0, timestamp.length]), timestamp]);
  return Buffer.concat([Buffer.from([4, list.length]), list]).toString('hex').replace(/..(?!$)/g, '$&:');
}

test('other keys and signatures have their names', async (t) => {
  const cases: [wish: object, algorithm: string, bits: number][] = [[{ key: 'ec' }, 'ECDSA', 256], [{ key: 'rsa:2048', pss: true, digest: 'sha384' }, 'RSA', 2048], [{ key: 'ed25519' }, 'Ed25519', 256]];
  for (const [wish, algorithm, bits] of cases) {
    const { certificate } = responseOf(await against(t, cert(mid.issue({ subject: '/CN=localhost', names: NAMES, ...wish }))));
    assert.deepEqual([certificate.keyAlgorithm, certificate.keySizeBits, certificate.signatureAlgorithm], [algorithm, bits, 'pss' in wish ? 'SHA384-RSAPSS' : 'SHA256-RSA']);
  }
  const curves = makeAuthority({ subject: '/CN=Curves' }).issue({ subject: '/CN=localhost', names: NAMES });
  assert.equal(responseOf(await against(t, cert(curves))).certificate.signatureAlgorithm, 'ECDSA-SHA256');
});

test('near expiry and slow handshakes degrade; over the hard limit fails', async (t) => {
  const near = await against(t, cert(mid.issue({ subject: '/CN=localhost', names: NAMES, valid: [-1, 10.5] })));
  assert.deepEqual([near.verdict, responseOf(near).daysUntilExpiry], ['degraded', 10]);
  const port = await serveTls(t, cert(good));
  assert.equal((await run(port, { alertDaysBeforeExpiry: 59 })).verdict, 'passed');
  assert.equal((await run(port, { alertDaysBeforeExpiry: 60 })).verdict, 'degraded');
  let now = 0;
  const slow = (check: object) => run(port, { check }, { tick: () => (now += 100) });
  const degraded = await slow({ degradedResponseTime: 99, maxResponseTime: 100 });
  assert.deepEqual([degraded.verdict, degraded.responseTime, degraded.overMaxResponseTime], ['degraded', 100, false]);
  const over = await slow({ degradedResponseTime: 99, maxResponseTime: 99 });
  assert.deepEqual([over.verdict, over.overMaxResponseTime], ['failed', true]);
});

test('what cannot be reached, does not answer or does not speak TLS', async (t) => {
  const { port: silent } = await serveRaw(t, () => {});
  const { port: plain } = await serveRaw(t, (socket) => { socket.end('220 mail.test ESMTP\r\n'); });
  const { port: closing } = await serveRaw(t, (socket) => { socket.end(); });
  const picky = await serveTls(t, { ...cert(good), maxVersion: 'TLSv1.2', ciphers: 'ADH-AES128-SHA256:@SECLEVEL=0' });
  const cases: [port: number, given: SslGiven, state: unknown[], networkError: boolean, interrupted?: true][] = [
    [1, {}, ['failed', 'connect', 'ECONNREFUSED'], true],
    [1, { check: { shouldFail: true } }, ['passed', 'connect', 'ECONNREFUSED'], false],
    [443, { hostname: 'nowhere..invalid' }, ['failed', 'dns', 'EBADNAME'], false],
    [443, { hostname: '::1' }, ['failed', 'dns', 'ERR_INVALID_IP_ADDRESS'], false],
    [443, { hostname: '::1', check: { shouldFail: true } }, ['failed', 'dns', 'ERR_INVALID_IP_ADDRESS'], false],
    [silent, { handshakeTimeoutMs: 1_000 }, ['failed', 'timeout', 'SOCKET_TIMEOUT'], true, true],
    [plain, {}, ['failed', 'handshake', 'ERR_SSL_WRONG_VERSION_NUMBER'], false],
    [closing, {}, ['failed', 'handshake', 'ECONNRESET'], true],
    [picky, {}, ['failed', 'handshake', 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE'], false],
  ];
  for (const [port, given, state, networkError, interrupted = false] of cases) {
    const outcome = await run(port, { ...given, assertions: [['CERTIFICATE', 'keySizeBits', 'EQUALS', '1']] });
    assert.deepEqual(stateOf(outcome), state, JSON.stringify(outcome.detail));
    assert.deepEqual([outcome.networkError, outcome.interrupted, outcome.responseTime], [networkError, interrupted, null], state.join());
    assert.deepEqual(outcome.detail.assertions, [{ source: 'CERTIFICATE', property: 'keySizeBits', comparison: 'EQUALS', target: '1', regex: null }]);
  }
  assert.equal(responseOf(await run(plain)).error?.message, `the TLS handshake with 127.0.0.1:${plain} failed: wrong version number (what answers there does not speak TLS)`);
});

test('the rules of egress hold, and a cancelled run stops', async (t) => {
  const port = await serveTls(t, cert(good));
  const egress = createEgress({ policies: [{ of: 'location', loopback: false, allow: [], deny: [] }], own: [], local: [] });
  const denied = await run(port, { check: { shouldFail: true } }, { net: { egress } });
  assert.deepEqual([denied.verdict, denied.detail.failureCategory], ['failed', 'connect']);
  assert.match(String(denied.detail.requestError), /denied: the agent's own machine/);
  const cancel = new AbortController();
  const { port: silent } = await serveRaw(t, () => { cancel.abort(); });
  const stopped = await run(silent, { handshakeTimeoutMs: 30_000 }, { signal: cancel.signal });
  assert.deepEqual([stopped.interrupted, stopped.detail.requestError], [true, 'The run was cancelled before it completed.']);
});

test('client certificates: none, by host, by id; a refusal after the handshake counts', async (t) => {
  const mine = { id: '5f7f9c52-8bd5-4f0c-a4a0-1f7a0f3c9d11', host: '127.0.0.*', ...cert(root.issue({ subject: '/CN=client' })), createdAt: 1 };
  const net = { certificates: [mine] };
  for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
    const port = await serveTls(t, { ...cert(good), requestCert: true, rejectUnauthorized: true, ca: root.cert, maxVersion });
    const without = await run(port, {}, { net });
    assert.deepEqual([without.verdict, without.detail.failureCategory], ['failed', 'handshake'], maxVersion);
    assert.match(responseOf(without).error?.code ?? '', /^ERR_SSL_.*(CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE)$/);
    assert.equal((await run(port, { clientCertificateMode: 'auto' }, { net })).verdict, 'passed', maxVersion);
    assert.equal((await run(port, { clientCertificateMode: 'explicit', sslClientCertificateId: mine.id }, { net })).verdict, 'passed', maxVersion);
  }
  const wanting = await serveTls(t, { ...cert(good), requestCert: true, rejectUnauthorized: false, ca: root.cert });
  assert.equal((await run(wanting)).verdict, 'passed', 'who asks and does not insist is content');
  const other = '00000000-0000-4000-8000-000000000000';
  const missing = await run(wanting, { clientCertificateMode: 'explicit', sslClientCertificateId: other }, { net });
  assert.deepEqual([missing.verdict, missing.detail.requestError], ['failed', `This account has no client certificate ${other}.`]);
  const broken = await run(wanting, { clientCertificateMode: 'auto' }, { net: { certificates: [{ ...mine, key: 'no key' }] } });
  assert.match(String(broken.detail.requestError), /^The client certificate for 127\.0\.0\.\* cannot be used: (?!.*no key)/);
  const bringing = makeAuthority({ subject: '/CN=Private Root' });
  const priv = await serveTls(t, cert(bringing.issue({ subject: '/CN=localhost', names: NAMES })));
  assert.equal((await run(priv, { clientCertificateMode: 'auto' }, { net: { certificates: [{ ...mine, ca: bringing.cert }] } })).verdict, 'passed');
});

test('a capture hears of the socket and of the keys', async (t) => {
  const [flows, keys]: [Flow[], string[]] = [[], []];
  const port = await serveTls(t, cert(good));
  await run(port, {}, { net: { capture: { flow: (flow) => flows.push(flow), tlsKeys: (line) => keys.push(line.toString()) } } });
  assert.equal(flows.length, 1);
  assert.deepEqual(flows[0]?.protocol === 'tcp' && [flows[0].remote, flows[0].localPort > 0], [{ address: '127.0.0.1', port }, true]);
  assert.ok(keys.some((line) => line.startsWith('CLIENT_TRAFFIC_SECRET_0 ')));
});

test('every source of assertions, and numbers in the writing of other tools', async (t) => {
  const x509 = new X509Certificate(good.cert);
  const issuer = new X509Certificate(mid.cert);
  const holds: [source: string, property: string, comparison: string, target: string][] = [
    ['CERTIFICATE', 'daysUntilExpiry', 'GREATER_THAN', '58.5'], ['CERTIFICATE', 'keySizeBits', 'EQUALS', '2048'], ['CERTIFICATE', 'subjectCN', 'CONTAINS', 'shop'],
    ['CERTIFICATE', 'issuerCN', 'NOT_CONTAINS', 'Root'], ['CERTIFICATE', 'serialNumber', 'EQUALS', x509.serialNumber], ['CERTIFICATE', 'fingerprintSha256', 'EQUALS', x509.fingerprint256],
    ['CERTIFICATE', 'issuerFingerprintSha256', 'EQUALS', issuer.fingerprint256], ['CERTIFICATE', 'issuerFingerprintSha256', 'NOT_EQUALS', x509.fingerprint256],
    ['CERTIFICATE', 'keyAlgorithm', 'EQUALS', 'RSA'], ['CERTIFICATE', 'signatureAlgorithm', 'EQUALS', 'SHA256-RSA'], ['CERTIFICATE', 'sans', 'CONTAINS', 'localhost'],
    ['CERTIFICATE', 'sans', 'NOT_CONTAINS', 'local'], ['CERTIFICATE', 'selfSigned', 'EQUALS', 'false'], ['CERTIFICATE', 'isCA', 'EQUALS', 'false'],
    ['CONNECTION', 'tlsVersion', 'GREATER_THAN', 'TLS1.2'], ['CONNECTION', 'tlsVersion', 'EQUALS', 'TLSv1.3'], ['CONNECTION', 'cipherSuite', 'CONTAINS', 'AES_256'],
    ['CONNECTION', 'resolvedIp', 'EQUALS', '127.0.0.1'], ['CONNECTION', 'hostnameVerified', 'EQUALS', 'true'], ['CONNECTION', 'chainTrusted', 'EQUALS', 'true'],
    ['CONNECTION', 'ocspStapled', 'EQUALS', 'false'], ['CONNECTION', 'ocspStatus', 'NOT_EQUALS', 'revoked'], ['RESPONSE_TIME', '', 'LESS_THAN', '10000'],
    ['JSON_RESPONSE', '$.chain[*].isCA', 'NOT_NULL', ''], ['JSON_RESPONSE', '$.certificate.sans.length', 'EQUALS', '4'], ['JSON_RESPONSE', '$.securityBaseline.grade', 'EQUALS', 'A-'],
    ['TEXT_RESPONSE', '"issuerCN":"([^"]+)"', 'EQUALS', 'Test Intermediate'], ['TEXT_RESPONSE', '', 'CONTAINS', 'TLS1.3'],
  ];
  const outcome = await against(t, cert(good), { assertions: holds });
  const wrong = (outcome.detail.assertions as { error?: string }[]).flatMap(({ error }) => error ?? []);
  assert.deepEqual([wrong, outcome.verdict], [[], 'passed']);
  const fails = await against(t, { ...cert(good), maxVersion: 'TLSv1.2' }, { assertions: [
    ['CONNECTION', 'tlsVersion', 'GREATER_THAN', 'TLS1.2'], ['CERTIFICATE', 'daysUntilExpiry', 'GREATER_THAN', '90'], ['CONNECTION', 'ocspStatus', 'EQUALS', 'good'],
  ] });
  assert.deepEqual((fails.detail.assertions as { error?: string }[]).map(({ error }) => error), [
    'Expected CONNECTION "tlsVersion" to be greater than "TLS1.2", received "TLS1.2".', 'Expected CERTIFICATE "daysUntilExpiry" to be greater than "90", received "59".',
    'Expected CONNECTION "ocspStatus" to equal "good", received nothing.',
  ]);
});

test('an agent that is told of a private authority by NODE_EXTRA_CA_CERTS trusts it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-ssl-'));
  t.after(() => { rmSync(folder, { recursive: true }); });
  const file = join(folder, 'ca.pem');
  writeFileSync(file, root.cert);
  const port = await serveTls(t, cert(good));
  const script = `
    import { probeContext } from '${import.meta.resolve('../../../test/httpTargets.ts')}';
    import { probeSsl } from '${import.meta.resolve('./probe.ts')}';
    import { sslSettings } from '${import.meta.resolve('../../../test/sslSettings.ts')}';
    console.log((await probeSsl(sslSettings({ port: ${port} }), probeContext())).verdict);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env: { ...process.env, NODE_EXTRA_CA_CERTS: file } });
  assert.equal(stdout.trim(), 'passed');
});
