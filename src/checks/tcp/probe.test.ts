import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import packet, { type Answer } from 'dns-packet';
import { Value } from 'typebox/value';
import type { ProbeContext, ProbeOutcome } from '../kit/probe.ts';
import { resolveTarget } from '../kit/resolveTarget.ts';
import { MAX_RECEIVED_BYTES } from './exchange.ts';
import { createTcpProbe } from './probe.ts';
import { checkRules, TcpSettings } from './schema.ts';

/** A real server on a loopback port; `behave` is what it does with a connection. */
async function serve(t: TestContext, behave: (socket: Socket) => void, host = '127.0.0.1'): Promise<number> {
  const open = new Set<Socket>();
  const server: Server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    behave(socket);
  });
  server.listen(0, host);
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

async function closedPort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function context(overrides: Partial<ProbeContext> = {}): ProbeContext {
  return {
    signal: new AbortController().signal, now: Date.now, tick: () => performance.now(), env: {}, log: () => {},
    net: { certificates: [], proxyUrl: null, nameServers: [], useOsResolver: true },
    ...overrides,
  };
}

function settings(request: object, extra: object = {}): TcpSettings {
  const given = { name: 'tcp', logicalId: 'tcp', request: { hostname: '127.0.0.1', ...request }, ...extra };
  const filled = Value.Default(TcpSettings, given);
  Value.Assert(TcpSettings, filled);
  return filled;
}

/** Limits short enough for tests: 0 + 300 ms in all, 50 ms of silence. */
const probe = createTcpProbe({ graceMs: 300, quietMs: 50 });
const HASTY = { degradedResponseTime: null, maxResponseTime: 0 };
const assertion = (source: string, comparison: string, target: unknown, property = '') => ({ source, comparison, target, property });
const responseOf = (outcome: ProbeOutcome) => outcome.detail.response as { data?: string; truncated?: boolean; error?: Record<string, unknown>; timingPhases: Record<string, number> };
const errorsOf = (outcome: ProbeOutcome) => (outcome.detail.assertions as { error?: string | null }[]).map(({ error }) => error);

test('a connection without data and without a data assertion passes on the connect alone', async (t) => {
  const port = await serve(t, () => {});
  const outcome = await probe(settings({ port, assertions: [assertion('RESPONSE_TIME', 'LESS_THAN', '5000')] }), context());
  assert.equal(outcome.verdict, 'passed');
  assert.deepEqual(outcome.detail.request, { hostname: '127.0.0.1', port, ipFamily: 'IPv4', data: null });
  const { timingPhases } = responseOf(outcome);
  assert.deepEqual(Object.keys(timingPhases), ['dns', 'connect', 'data', 'total']);
  assert.equal(timingPhases.data, 0);
  assert.equal(outcome.responseTime, Math.round(timingPhases.connect ?? NaN));
  assert.deepEqual(errorsOf(outcome), [null]);
});

test('data is sent, the echo is read and the server may keep the connection open', async (t) => {
  const port = await serve(t, (socket) => void socket.pipe(socket));
  const outcome = await probe(settings({ port, data: 'PING 42\r\n', assertions: [
    assertion('RESPONSE_DATA', 'CONTAINS', 'PING'), assertion('RESPONSE_DATA', 'EQUALS', 42, 'PING (\\d+)'), assertion('RESPONSE_DATA', 'NOT_EMPTY', ''),
  ] }), context());
  assert.equal(outcome.verdict, 'passed');
  assert.deepEqual(errorsOf(outcome), [null, null, null]);
  assert.equal(responseOf(outcome).data, 'PING 42\r\n');
  assert.equal(outcome.interrupted, false);
});

test('a greeting is read when an assertion asks for it; a wrong one fails', async (t) => {
  const port = await serve(t, (socket) => void socket.end('220 mail.test ESMTP\r\n'));
  const run = (target: string) => probe(settings({ port, assertions: [assertion('RESPONSE_DATA', 'CONTAINS', target)] }), context());
  assert.equal((await run('ESMTP')).verdict, 'passed');
  assert.equal((await run('IMAP')).verdict, 'failed');
});

test('a peer that closes without a word leaves an empty answer, which is no error', async (t) => {
  const port = await serve(t, (socket) => void socket.end());
  const outcome = await probe(settings({ port, assertions: [assertion('RESPONSE_DATA', 'IS_EMPTY', '')] }), context());
  assert.equal(outcome.verdict, 'passed');
  assert.equal(responseOf(outcome).data, '');
});

test('silence ends in SOCKET_TIMEOUT with address and port; shouldFail accepts it', async (t) => {
  const port = await serve(t, () => {});
  const run = (extra: object) => probe(settings({ port, data: 'anybody?', assertions: [assertion('RESPONSE_DATA', 'EQUALS', 'x')] }, { ...HASTY, ...extra }), context());
  const outcome = await run({});
  assert.equal(outcome.verdict, 'failed');
  assert.equal(outcome.networkError, true);
  assert.equal(outcome.interrupted, true);
  assert.equal(outcome.responseTime, null);
  assert.deepEqual(responseOf(outcome).error, { code: 'SOCKET_TIMEOUT', message: `127.0.0.1:${port} sent no data`, address: '127.0.0.1', port });
  assert.equal(outcome.detail.requestError, null);
  assert.deepEqual(outcome.detail.assertions, [{ source: 'RESPONSE_DATA', property: '', comparison: 'EQUALS', target: 'x', regex: null }]);
  assert.equal((await run({ shouldFail: true })).verdict, 'passed');
});

test('a slow drip is cut at the limit and keeps what came', async (t) => {
  const port = await serve(t, (socket) => {
    const drip = setInterval(() => socket.write('.'), 10);
    socket.on('close', () => clearInterval(drip));
  });
  const outcome = await probe(settings({ port, assertions: [assertion('RESPONSE_DATA', 'CONTAINS', '...')] }, HASTY), context());
  assert.equal(responseOf(outcome).error, undefined);
  assert.deepEqual(errorsOf(outcome), [null]);
});

test('more data than a result keeps is cut and marked', async (t) => {
  const port = await serve(t, (socket) => void socket.write('x'.repeat(MAX_RECEIVED_BYTES * 2)));
  const outcome = await probe(settings({ port, assertions: [assertion('RESPONSE_DATA', 'CONTAINS', 'xxx')] }), context());
  assert.equal(outcome.verdict, 'passed');
  assert.equal(responseOf(outcome).data?.length, MAX_RECEIVED_BYTES);
  assert.equal(responseOf(outcome).truncated, true);
});

test('bytes that are not UTF-8 are replaced', async (t) => {
  const port = await serve(t, (socket) => void socket.end(Buffer.from([0x6f, 0xff, 0x6b])));
  const outcome = await probe(settings({ port, assertions: [assertion('RESPONSE_DATA', 'EQUALS', 'o\ufffdk')] }), context());
  assert.equal(outcome.verdict, 'passed');
});

test('a reset before any data is an error, after data it is none', async (t) => {
  const resetting = await serve(t, (socket) => void socket.once('data', () => socket.resetAndDestroy()));
  const outcome = await probe(settings({ port: resetting, data: 'hello' }), context());
  assert.equal(outcome.verdict, 'failed');
  assert.equal(responseOf(outcome).error?.code, 'ECONNRESET');
  assert.equal(outcome.networkError, true);

  let speaker: Socket | undefined;
  const speaking = await serve(t, (socket) => {
    speaker = socket;
    socket.write('bye');
  });
  // The clock is read for the fifth time when the data has arrived: only then comes the reset.
  let readings = 0;
  const tick = () => {
    readings += 1;
    if (readings === 5) speaker?.resetAndDestroy();
    return readings;
  };
  const lines: string[] = [];
  const patient = createTcpProbe({ graceMs: 5_000, quietMs: 5_000 });
  const spoken = await patient(settings({ port: speaking, assertions: [assertion('RESPONSE_DATA', 'EQUALS', 'bye')] }), context({ tick, log: (_level, line) => { lines.push(line); } }));
  assert.equal(spoken.verdict, 'passed');
  assert.match(lines.join('\n'), /broke after the data: .*ECONNRESET/);
});

test('a closed port is ECONNREFUSED with all its keys; shouldFail accepts it', async () => {
  const port = await closedPort();
  const outcome = await probe(settings({ port }), context());
  assert.equal(outcome.verdict, 'failed');
  assert.equal(outcome.networkError, true);
  const { message, ...error } = responseOf(outcome).error ?? {};
  assert.deepEqual(error, { code: 'ECONNREFUSED', syscall: 'connect', address: '127.0.0.1', port, errno: -111 });
  assert.match(String(message), /ECONNREFUSED/);
  const accepted = await probe(settings({ port }, { shouldFail: true }), context());
  assert.deepEqual([accepted.verdict, accepted.networkError], ['passed', false]);
});

test('the family is strict, brackets are fine and localhost is known in both', async (t) => {
  const port = await serve(t, () => {}, '::1');
  for (const hostname of ['::1', '[::1]', 'localhost']) {
    assert.equal((await probe(settings({ hostname, port, ipFamily: 'IPv6' }), context())).verdict, 'passed', hostname);
  }
  const outcome = await probe(settings({ hostname: '::1', port }), context());
  assert.equal(responseOf(outcome).error?.code, 'ERR_INVALID_IP_ADDRESS');
  const shouldFail = await probe(settings({ hostname: '::1', port }, { shouldFail: true }), context());
  assert.equal(shouldFail.verdict, 'failed', 'shouldFail accepts refusals and timeouts only');
});

test('a slow connect degrades or fails by the limits', async (t) => {
  const port = await serve(t, () => {});
  let now = 0;
  const tick = () => { now += 100; return now; };
  const run = (limits: object) => probe(settings({ port }, limits), context({ tick }));
  const over = await run({ degradedResponseTime: 50, maxResponseTime: 90 });
  assert.deepEqual([over.verdict, over.overMaxResponseTime, over.responseTime], ['failed', true, 100]);
  const slow = await run({ degradedResponseTime: 90, maxResponseTime: 100 });
  assert.deepEqual([slow.verdict, slow.overMaxResponseTime], ['degraded', false]);
});

test('templates are filled in, in the older field names too', async (t) => {
  const port = await serve(t, (socket) => void socket.pipe(socket));
  const request = { hostname: undefined, url: '{{HOST}}', body: 'key={{{KEY}}}', port, assertions: [assertion('RESPONSE_DATA', 'EQUALS', '{{{KEY}}}', '{{{FIELD}}}=(.*)')] };
  const outcome = await probe(settings(request), context({ env: { HOST: '127.0.0.1', KEY: 'a b', FIELD: 'key' } }));
  assert.equal(outcome.verdict, 'passed');
  assert.deepEqual(outcome.detail.request, { hostname: '127.0.0.1', port, ipFamily: 'IPv4', data: 'key=a b' });
});

test('a cancelled run stops and says so', async (t) => {
  const cancel = new AbortController();
  const port = await serve(t, () => cancel.abort());
  const patient = createTcpProbe({ graceMs: 60_000, quietMs: 60_000 });
  const outcome = await patient(settings({ port, data: 'x' }), context({ signal: cancel.signal }));
  assert.deepEqual([outcome.interrupted, outcome.networkError], [true, false]);
  assert.match(String(outcome.detail.requestError), /cancelled/);
  const early = await patient(settings({ port }), context({ signal: AbortSignal.abort() }));
  assert.equal(early.interrupted, true);
});

/** A name server that knows shop.test, without an IPv6 address. */
async function nameServer(t: TestContext): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (bytes, client) => {
    const query = packet.decode(bytes);
    const [question] = query.questions ?? [];
    const known = question?.name === 'shop.test';
    const answers: Answer[] = known && question.type === 'A' ? [{ type: 'A', name: 'shop.test', ttl: 1, data: '127.0.0.1' }] : [];
    socket.send(packet.encode({ type: 'response', id: query.id, flags: known ? 0 : 3, questions: query.questions, answers }), client.port, client.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.after(() => void socket.close());
  return `127.0.0.1:${socket.address().port}`;
}

test('names are asked of DNS directly, with the codes and calls of the contract', async (t) => {
  const options = { signal: new AbortController().signal, useOsResolver: false, servers: [await nameServer(t)] };
  assert.deepEqual(await resolveTarget('shop.test', 4, options), { address: '127.0.0.1' });
  const missing = { code: 'ENOTFOUND', syscall: 'queryA', hostname: 'nowhere.test', message: 'queryA ENOTFOUND nowhere.test' };
  assert.deepEqual(await resolveTarget('nowhere.test', 4, options), { error: missing });
  const familyless = { code: 'ENOTFOUND', syscall: 'queryAaaa', hostname: 'shop.test', message: 'queryAaaa ENOTFOUND shop.test' };
  assert.deepEqual(await resolveTarget('shop.test', 6, options), { error: familyless });
  assert.deepEqual(await resolveTarget('localhost', 6, options), { address: '::1' });
});

test('the schema fills in defaults and the rules name field and rule', () => {
  const parsed = settings({ port: 9 });
  assert.deepEqual([parsed.degradedResponseTime, parsed.maxResponseTime, parsed.request.ipFamily, parsed.request.assertions], [3000, 5000, 'IPv4', []]);
  assert.equal(checkRules(parsed), null);
  assert.equal(checkRules(settings({ hostname: undefined, port: 9 })), 'request.hostname is required.');
  assert.equal(checkRules(settings({ port: 9 }, { maxResponseTime: 1_000 })), null, 'the soft limit at its default is no mistake');
  assert.equal(checkRules(settings({ port: 9 }, { degradedResponseTime: 2, maxResponseTime: 1 })), 'degradedResponseTime (2) must not be greater than maxResponseTime (1).');
  assert.equal(checkRules(settings({ port: 9 }, { degradedResponseTime: 2, maxResponseTime: null })), null);
  for (const bad of [{}, { port: 0 }, { port: 65536 }, { port: 9, hostname: 'tcp://x' }, { port: 9, hostname: 'x:9' }, { port: 9, ipFamily: 'IPv5' }]) {
    assert.throws(() => settings(bad), JSON.stringify(bad));
  }
});
