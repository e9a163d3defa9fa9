/**
 * Packet captures from the check to the bytes that `pcapDataUrl` answers (G.6): real checks of real faults, read by tshark. One session
 * with all of them at once, so that each capture stands among the packets of the others.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, after, test } from 'node:test';
import { findSandbox } from '../src/agent/sandbox/findSandbox.ts';
import { startSampleZone } from '../src/app/sampleZone.ts';
import type { AssetManifest, TestSessionResult } from '../src/contract/results.ts';
import type { TestSession } from '../src/contract/sessions.ts';
import type { JobLog } from '../src/protocol/outcome.ts';
import { readPackets, whyNoPackets, type PacketRow } from './captureTools.ts';
import { startCli } from './clients/runCli.ts';
import { createProject } from './clients/project.ts';
import { makeCertificate, serveHttp, serveHttps } from './httpTargets.ts';
import { startStage, type Stage } from './stage.ts';

const skip = await whyNoPackets() ?? false;
const strict = skip === false && (await findSandbox(false)).level === 'strict';
const BIG = 8 * 1024 * 1024;

type Job = Record<string, unknown>;
const variable = (key: string, value: string, secret = false) => ({ key, value, secret, locked: false });
const status = { source: 'STATUS_CODE', property: '', comparison: 'EQUALS', target: '200', regex: null };
const check = (checkType: string, name: string, request: Job, more: Job = {}): Job => ({ checkType, logicalId: name, name, request, ...more });
const url = (name: string, address: string, more: Job = {}, request: Job = {}): Job => check('URL', name, { url: address, assertions: [status], ...request }, more);
const saying = (...variables: object[]) => ({ environmentVariables: variables });

/** What the shared target does, by path: everything else is a 500. */
const answer: RequestListener = ({ url: path = '', socket }, response) => {
  if (path.startsWith('/reset')) return void socket.resetAndDestroy();
  if (path.startsWith('/big')) return void response.writeHead(500).end(Buffer.alloc(BIG, 'big '));
  return void response.writeHead(path.startsWith('/fine') ? 200 : 500).end(`this is ${path}`);
};

function checksAgainst({ http, https, dns }: { http: string; https: string; dns: number }): Job[] {
  const server = { nameServer: '127.0.0.1', port: dns };
  const secret = variable('TOKEN', 'hidden-token-value', true);
  return [
    url('refused', 'http://127.0.0.1:1/'), url('reset', `${http}/reset`), url('one', `${http}/number-one`), url('other', `${http}/number-two`),
    url('fine', `${http}/fine`), url('fine, always', `${http}/fine-always`, saying(variable('ASSAY_CAPTURE', 'always'))),
    url('red, never', `${http}/red`, saying(variable('ASSAY_CAPTURE', 'never'))), url('nonsense', `${http}/red`, saying(variable('ASSAY_CAPTURE', 'sometimes'))),
    url('secret', `${http}/red?t={{TOKEN}}`, saying(secret)), url('secret, asked', `${http}/red`, saying(secret, variable('ASSAY_CAPTURE', 'failure'))),
    check('API', 'credentials', { method: 'GET', url: `${http}/red`, headers: [{ key: 'Authorization', value: 'Bearer abcdefgh' }], assertions: [status] }),
    url('big', `${http}/big`), url('retried', `${http}/red`, { testRetryStrategy: { type: 'FIXED', baseBackoffSeconds: 0, maxRetries: 1 } }),
    url('TLS', `${https}/in-the-dark`, {}, { skipSSL: true }), url('TLS with keys', `${https}/in-the-light`, saying(variable('ASSAY_CAPTURE_KEYS', '1')), { skipSSL: true }),
    check('TCP', 'TCP refused', { hostname: '127.0.0.1', port: 1 }),
    check('DNS', 'DNS', { query: 'none.shop.example.test', recordType: 'A', ...server }), check('DNS', 'DNS over TCP', { query: 'none.shop.example.test', recordType: 'A', protocol: 'TCP', ...server }),
    check('DNS', 'DNS, nobody there', { query: 'a.test', recordType: 'A', nameServer: '127.0.0.1', port: 1 }),
    check('ICMP', 'ICMP', { hostname: '127.0.0.1', pingCount: 1, assertions: [{ source: 'LATENCY', property: 'avg', comparison: 'GREATER_THAN', target: '100000' }] }),
    check('SSL', 'SSL', { sslConfig: { hostname: '127.0.0.1', port: Number(new URL(https).port) } }),
    check('GRPC', 'gRPC refused', { url: '127.0.0.1', port: 1, grpcConfig: { mode: 'HEALTH', tls: false } }),
    ...(['TCP', 'UDP', 'ICMP'] as const).map((protocol) => check('TRACEROUTE', `trace by ${protocol}`, { url: '127.0.0.1', protocol, ...(protocol === 'ICMP' ? {} : { port: 1 }) }, saying(variable('ASSAY_CAPTURE', 'always')))),
    // A credential that nobody knows of before the script has run.
    check('API', 'credentials of a script', { method: 'GET', url: `${http}/red`, assertions: [status] }, { localSetupScript: 'request.headers["Authorization"] = "Bearer of-the-script";' }),
    ...(strict ? [{
      checkType: 'MULTI_STEP', logicalId: 'multistep', name: 'multistep',
      script: `const { test, expect } = require('@playwright/test'); test('a', async ({ request }) => { expect((await request.get('${http}/of-user-code')).status()).toBe(200); });`,
    }] : []),
  ];
}

let stage: Stage;
let sessionId = '';
let results: TestSessionResult[] = [];

before(async () => {
  if (skip !== false) return;
  stage = await startStage({ config: { capture: 'failure' } });
});
after(async () => { await stage?.[Symbol.asyncDispose](); });

async function run(jobs: readonly Job[], ...early: ((sessionId: string) => Promise<unknown>)[]): Promise<TestSessionResult[]> {
  const { status: code, body } = await stage.call<{ testSessionId: string }>('POST', '/v1/test-sessions/run', { name: 'Packets', runLocation: { type: 'PUBLIC', region: 'eu-central-1' }, checkRunJobs: jobs });
  assert.equal(code, 202, JSON.stringify(body));
  sessionId = body.testSessionId;
  for (const step of early) await step(sessionId);
  let session = await stage.call<TestSession>('GET', `/v1/test-sessions/${sessionId}/completion?maxWaitSeconds=30`);
  while (session.status === 408) session = await stage.call<TestSession>('GET', `/v1/test-sessions/${sessionId}/completion?maxWaitSeconds=30`);
  return Promise.all((session.body.results ?? []).map(async ({ testSessionResultId }) => (await stage.call<TestSessionResult>('GET', `/v1/test-sessions/${sessionId}/results/${testSessionResultId}`)).body));
}

const named = (name: string, resultType = 'FINAL') => results.find((one) => one.name === name && one.resultType === resultType) ?? assert.fail(`There is no ${name}`);
const subResult = (result: TestSessionResult) => result.apiCheckResult ?? result.multiStepCheckResult ?? result.sslCheckResult ?? result.grpcCheckResult ?? result.tracerouteCheckResult;
const captureUrl = (result: TestSessionResult): string | null | undefined => subResult(result)?.pcapDataUrl;
const logText = (result: TestSessionResult): string => {
  const log = subResult(result)?.jobLog as JobLog | JobLog['request'];
  return (Array.isArray(log) ? log : log.request).map(({ msg }) => msg).join('\n');
};

/** The bytes that the link answers, without a key. */
async function captureOf(result: TestSessionResult): Promise<Buffer> {
  const answered = await fetch(captureUrl(result) ?? assert.fail(`${result.name}: ${logText(result)}`));
  assert.equal(answered.status, 200);
  return Buffer.from(await answered.arrayBuffer());
}

/** Of a whole session: the packets of each run that has some, by its name. */
async function packetsOfAll(dnsPort?: number): Promise<(name: string) => PacketRow[]> {
  const kept = results.filter((result) => captureUrl(result)?.includes('.pcap?'));
  const read = readPackets(await Promise.all(kept.map(captureOf)), dnsPort);
  return (name) => read[kept.indexOf(named(name))] ?? assert.fail(`${name} has no capture: ${logText(named(name))}`);
}

const flagsOf = (rows: readonly PacketRow[]) => rows.map(({ flags }) => flags);
/** Requests and the codes of answers. */
const exchangeOf = (rows: readonly PacketRow[]) => rows.map(({ uri, code }) => uri || code).filter((text) => text !== '');

test('every kind of failure among all others: the handshake, the request and what went wrong, and nobody else\'s packets', { skip }, async (t) => {
  const http = await serveHttp(t, answer);
  const https = await serveHttps(t, makeCertificate(), answer);
  const zone = await startSampleZone();
  t.after(() => zone.close());
  results = await run(checksAgainst({ http: http.url, https: https.url, dns: zone.port }));
  const packets = await packetsOfAll(zone.port);

  await t.test('refused, for HTTP, TCP and DNS', () => {
    for (const name of ['refused', 'TCP refused']) assert.deepEqual(flagsOf(packets(name)), ['S', 'AR'], name);
    assert.deepEqual(packets('DNS, nobody there').map(({ name, icmpCode }) => [name, icmpCode]), [['a.test', ''], ['a.test', '3']]);
  });

  await t.test('a connection that was reset, with the request before', () => {
    const flags = flagsOf(packets('reset'));
    assert.deepEqual([...flags.slice(0, 3), flags.at(-1)], ['S', 'AS', 'A', 'AR']);
    assert.deepEqual(exchangeOf(packets('reset')), ['/reset']);
  });

  await t.test('two runs at one time against one server: each has its own connection alone', () => {
    for (const [name, path] of [['one', '/number-one'], ['other', '/number-two']] as const) {
      assert.deepEqual(exchangeOf(packets(name)), [path, '500']);
      assert.equal(flagsOf(packets(name)).filter((flags) => flags === 'S').length, 1);
    }
  });

  await t.test('DNS over UDP and TCP, ICMP', () => {
    for (const one of ['DNS', 'DNS over TCP']) {
      const messages = packets(one).filter(({ name }) => name !== '').map(({ name, isAnswer, rcode }) => [name, isAnswer, rcode]);
      assert.deepEqual(messages, [['none.shop.example.test', '0', ''], ['none.shop.example.test', '1', '3']], one);
    }
    assert.deepEqual(packets('ICMP').map(({ icmp }) => icmp), ['8', '0']);
  });

  await t.test('SSL and gRPC: the handshake, and the refusal', () => {
    assert.ok(packets('SSL').some(({ handshake }) => handshake === '1'));
    assert.deepEqual(flagsOf(packets('gRPC refused')), ['S', 'AR']);
  });

  await t.test('the probes of traces, and what answers them', () => {
    const tcp = flagsOf(packets('trace by TCP'));
    assert.ok(tcp.length >= 2 && tcp.every((flags) => flags === 'S' || flags === 'AR') && tcp.filter((flags) => flags === 'S').length === tcp.filter((flags) => flags === 'AR').length, tcp.join());
    const udp = packets('trace by UDP').map(({ icmpCode }) => icmpCode);
    assert.ok(udp.includes('') && udp.includes('3'), udp.join());
    const echoes = packets('trace by ICMP').map(({ icmp }) => icmp);
    assert.ok(echoes.includes('8') && echoes.includes('0'), echoes.join());
  });

  await t.test('TLS stays closed, unless the check asks for the keys', async () => {
    assert.ok(packets('TLS').some(({ handshake }) => handshake === '1'));
    assert.deepEqual(exchangeOf(packets('TLS')), []);
    assert.ok(!(await captureOf(named('TLS'))).includes('CLIENT_'));
    assert.match(captureUrl(named('TLS with keys')) ?? '', /\/capture\.pcapng\?/);
    const [open = []] = readPackets([await captureOf(named('TLS with keys'))]);
    assert.deepEqual(exchangeOf(open), ['/in-the-light', '500']);
  });

  await t.test('a large one is cut at a packet, and says so', async () => {
    const { length } = await captureOf(named('big'));
    assert.ok(length <= 5 * 1024 * 1024 && length > 4 * 1024 * 1024, String(length));
    assert.ok(packets('big').length > 50);
    assert.match(logText(named('big')), /The packet capture is cut at 5 MB: \d+ later packet\(s\) are left out\./);
  });

  await t.test('user code: the connections of its own', { skip: strict ? false : 'This machine gives no sandbox with a network of its own.' }, () => {
    assert.deepEqual(exchangeOf(packets('multistep')), ['/of-user-code', '500']);
  });

  await t.test('which runs keep theirs: the red ones and those that ask; not those with secrets', async () => {
    for (const name of ['fine', 'red, never', 'secret', 'credentials', ...(strict ? ['credentials of a script'] : [])]) {
      assert.equal(captureUrl(named(name)), null, name);
      const { body } = await stage.call<AssetManifest>('GET', `/v1/test-sessions/${sessionId}/results/${named(name).id}/assets?type=pcap`);
      assert.deepEqual(body.assets, [], name);
    }
    assert.deepEqual(exchangeOf(packets('fine, always')), ['/fine-always', '200']);
    for (const name of ['secret, asked', 'nonsense']) assert.deepEqual(exchangeOf(packets(name)), ['/red', '500']);
    assert.match(logText(named('nonsense')), /The variable ASSAY_CAPTURE is left out of account: it must be one of always, failure, never\./);
    const [attempt = [], final = []] = readPackets([await captureOf(named('retried', 'ATTEMPT')), await captureOf(named('retried'))]);
    const ports = [attempt, final].map((rows) => rows.filter(({ uri }) => uri !== '').map(({ port }) => port).join());
    assert.ok(ports[0] !== ports[1] && ports.every((port) => /^\d+$/.test(port)), ports.join());
  });

  await t.test('the CLI lists and downloads it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-download-'));
    using project = createProject('checkly', 'checks');
    try {
      const where = ['--test-session-id', sessionId, '--result-id', named('one').id, '--type', 'pcap'];
      const list = await startCli('checkly', ['assets', 'list', ...where, '--output', 'json'], { project, env: stage.cliEnv }).ended;
      assert.match(list.stdout, /"type": "pcap"/, list.stderr);
      const got = await startCli('checkly', ['assets', 'download', ...where, '--dir', folder], { project, env: stage.cliEnv }).ended;
      assert.equal(got.code, 0, got.stdout + got.stderr);
      assert.deepEqual(readFileSync(join(folder, 'capture.pcap')), await captureOf(named('one')));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test('no answer: a run that is cancelled while it waits shows what it had sent', { skip }, async (t) => {
  const asked = Promise.withResolvers<void>();
  const http = await serveHttp(t, () => asked.resolve());
  results = await run([url('held', `${http.url}/silence`)], () => asked.promise, (id) => stage.call('POST', `/v1/test-sessions/${id}/cancel`, {}));
  assert.deepEqual(exchangeOf((await packetsOfAll())('held')), ['/silence']);
});

test('where nothing may be captured, pcapDataUrl is null and nothing else changes', async () => {
  await using plain = await startStage({ config: { capture: 'never' } });
  const { body } = await plain.call<{ testSessionId: string }>('POST', '/v1/test-sessions/run', { name: 'None', runLocation: { type: 'PUBLIC', region: 'eu-central-1' }, checkRunJobs: [url('refused', 'http://127.0.0.1:1/', saying(variable('ASSAY_CAPTURE', 'always')))] });
  const [result] = (await plain.call<TestSession>('GET', `/v1/test-sessions/${body.testSessionId}/completion?maxWaitSeconds=30`)).body.results ?? [];
  const { body: full } = await plain.call<TestSessionResult>('GET', `/v1/test-sessions/${body.testSessionId}/results/${result?.testSessionResultId}`);
  assert.deepEqual([full.status, full.hasFailures, full.apiCheckResult?.pcapDataUrl], ['FAILED', true, null]);
});
