import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ServerCredentials } from '@grpc/grpc-js';
import { responseOf, run } from '../../../test/grpc/runProbe.ts';
import { startShop } from '../../../test/grpc/shop.ts';
import { makeCertificate } from '../../../test/httpTargets.ts';
import type { Flow } from '../kit/capture.ts';

const server = makeCertificate();
const client = makeCertificate('client');
const HEALTH = { mode: 'HEALTH' };

type Pem = { cert: string; key: string };
const withTls = ({ cert, key }: Pem, clientCa?: string) => startShop({
  credentials: ServerCredentials.createSsl(clientCa === undefined ? null : Buffer.from(clientCa), [{ cert_chain: Buffer.from(cert), private_key: Buffer.from(key) }], clientCa !== undefined),
});
const trusting = (ca: string, host = '*') => ({ net: { certificates: [{ id: randomUUID(), host, ...client, ca, createdAt: 1 }] } });

/** A certificate of the past, which `openssl req` cannot make. */
function makeExpired(): Pem {
  const folder = mkdtempSync(join(tmpdir(), 'assay-expired-'));
  const file = (name: string) => join(folder, name);
  try {
    const { key } = server;
    writeFileSync(file('key.pem'), key);
    writeFileSync(file('index'), '');
    writeFileSync(file('ca.conf'), `[ca]\ndefault_ca=own\n[own]\ndatabase=${file('index')}\nnew_certs_dir=${folder}\ndefault_md=sha256\npolicy=any\nrand_serial=yes\nx509_extensions=names\n[any]\ncommonName=supplied\n[names]\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n`);
    const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
    openssl('req', '-new', '-key', file('key.pem'), '-subj', '/CN=localhost', '-out', file('request.pem'));
    openssl('ca', '-batch', '-selfsign', '-config', file('ca.conf'), '-keyfile', file('key.pem'), '-in', file('request.pem'), '-out', file('cert.pem'), '-startdate', '20200101000000Z', '-enddate', '20200201000000Z', '-notext');
    return { cert: readFileSync(file('cert.pem'), 'utf8'), key };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a certificate nobody vouches for is an error with its code, no network error; skipSSL lets it pass, and so does a CA of the account', async () => {
  await using shop = await withTls(server);
  const request = { port: shop.port, grpcConfig: HEALTH };
  const refused = await run(request, {}, { shouldFail: true });
  assert.deepEqual([refused.verdict, refused.networkError, refused.detail.requestError], ['failed', false, null]);
  assert.deepEqual(responseOf(refused).error, { code: 'DEPTH_ZERO_SELF_SIGNED_CERT', message: 'self-signed certificate', address: '127.0.0.1', port: shop.port });
  assert.equal(responseOf(refused).requestError, 'self-signed certificate');
  assert.equal((await run({ ...request, skipSSL: true })).verdict, 'passed');
  assert.equal((await run(request, trusting(server.cert))).verdict, 'passed');
});

test('the certificate must be for the host, and of today', async () => {
  const named = makeCertificate('shop.test', 'DNS:shop.test');
  await using elsewhere = await withTls(named);
  const wrong = await run({ port: elsewhere.port, grpcConfig: HEALTH }, trusting(named.cert));
  assert.equal(responseOf(wrong).error?.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
  const expired = makeExpired();
  await using old = await withTls(expired);
  assert.equal(responseOf(await run({ port: old.port, grpcConfig: HEALTH }, trusting(expired.cert))).error?.code, 'CERT_HAS_EXPIRED');
});

test('the client certificate of the host is shown to a server that asks for one', async () => {
  await using shop = await withTls(server, client.cert);
  const request = { url: 'localhost', port: shop.port, grpcConfig: { method: 'shop.v1.Shop/Get', message: '{"name":"red"}' } };
  const outcome = await run(request, trusting(server.cert, 'local*'));
  assert.equal(outcome.verdict, 'passed', JSON.stringify(outcome.detail));
  const without = await run({ ...request, skipSSL: true }, trusting(server.cert, 'elsewhere'));
  assert.equal(without.verdict, 'failed');
  // The server says so after the handshake, or its connection is gone before.
  assert.match(responseOf(without).error?.code ?? '', /^(ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED|ECONNRESET)$/);
});

test('TLS with a server that has none, and none with one that has it, are failures that say so', async () => {
  await using plain = await startShop();
  const tlsToPlain = await run({ port: plain.port, grpcConfig: HEALTH });
  assert.equal(tlsToPlain.verdict, 'failed');
  assert.deepEqual(responseOf(tlsToPlain).error, { code: 'ERR_SSL_WRONG_VERSION_NUMBER', message: 'wrong version number', address: '127.0.0.1', port: plain.port });
  await using shop = await withTls(server);
  const plainToTls = await run({ port: shop.port, grpcConfig: { ...HEALTH, tls: false } });
  assert.equal(plainToTls.verdict, 'failed');
  assert.match(responseOf(plainToTls).error?.code ?? '', /^E/);
});

test('the capture hears of the socket, before it is connected, and of the keys of its TLS', async () => {
  await using shop = await withTls(server);
  const flows: Flow[] = [];
  const lines: string[] = [];
  const capture = { flow: (flow: Flow) => void flows.push(flow), tlsKeys: (line: Buffer) => void lines.push(line.toString()) };
  assert.equal((await run({ port: shop.port, skipSSL: true, grpcConfig: HEALTH }, { net: { capture } })).verdict, 'passed');
  assert.equal((await run({ port: 1, grpcConfig: HEALTH }, { net: { capture } })).verdict, 'failed');
  const remotes = flows.map((flow) => ({ ...flow, localPort: 'localPort' in flow && flow.localPort > 0 }));
  assert.deepEqual(remotes, [shop.port, 1].map((port) => ({ protocol: 'tcp', localPort: true, localAddress: '127.0.0.1', remote: { address: '127.0.0.1', port } })));
  assert.ok(lines.some((line) => line.startsWith('CLIENT_TRAFFIC_SECRET_0 ')), lines.join(''));
});
