import assert from 'node:assert/strict';
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import packet, { type Answer, type DecodedPacket, type Packet } from 'dns-packet';
import { Value } from 'typebox/value';
import type { ProbeContext, ProbeOutcome } from '../kit/probe.ts';
import { createDnsProbe } from './probe.ts';
import { checkRules, DnsSettings } from './schema.ts';

/** What the authority does with a query: bytes to send back (several: one datagram each), or null for silence. */
type Handler = (query: DecodedPacket, info: { protocol: 'UDP' | 'TCP'; count: number; client?: RemoteInfo }) => Buffer | Buffer[] | null;

/** A real name server on one loopback port, over UDP and TCP. */
async function startAuthority(t: TestContext, handler: Handler): Promise<{ port: number; asked: string[] }> {
  const asked: string[] = [];
  const tcp = createServer((socket: Socket) => {
    let received = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      asked.push('TCP');
      const answer = handler(packet.decode(received.subarray(2)), { protocol: 'TCP', count: asked.length });
      if (answer === null) return socket.end();
      for (const message of [answer].flat()) {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(message.length);
        // In two pieces: a reader must put messages together itself.
        socket.write(Buffer.concat([length, message.subarray(0, 3)]));
        socket.write(message.subarray(3));
      }
    });
  });
  tcp.listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket('udp4');
  udp.on('message', (bytes, client) => {
    asked.push('UDP');
    const answer = handler(packet.decode(bytes), { protocol: 'UDP', count: asked.length, client });
    for (const message of answer === null ? [] : [answer].flat()) udp.send(message, client.port, client.address);
  });
  udp.bind(port, '127.0.0.1');
  await once(udp, 'listening');
  t.after(() => { udp.close(); tcp.close(); });
  return { port, asked };
}

function reply(query: DecodedPacket, extra: Partial<Packet> & { rcode?: number } = {}): Buffer {
  const { rcode = 0, flags = 0, ...rest } = extra;
  return packet.encode({ type: 'response', id: query.id, flags: flags | rcode | packet.AUTHORITATIVE_ANSWER, questions: query.questions, ...rest });
}

const address = (name: string, data = '192.0.2.1'): Answer => ({ type: 'A', name, ttl: 60, data });

const LOGS = new WeakMap<ProbeContext, string[]>();
function context(overrides: Partial<Omit<ProbeContext, 'net'>> & { nameServers?: string[] } = {}): ProbeContext {
  const { nameServers = [], ...rest } = overrides;
  const lines: string[] = [];
  const made: ProbeContext = {
    signal: new AbortController().signal, now: Date.now, tick: () => performance.now(), env: {},
    log: (_level, line) => { lines.push(line); },
    net: { certificates: [], proxyUrl: null, nameServers, useOsResolver: false },
    ...rest,
  };
  LOGS.set(made, lines);
  return made;
}

/** The settings as the door hands them on: validated, with defaults. */
function settings(request: object, extra: object = {}): DnsSettings {
  const given = { name: 'dns', logicalId: 'dns', maxResponseTime: 5000, degradedResponseTime: 5000, request: { query: 'shop.test', recordType: 'A', ...request }, ...extra };
  return parse(given);
}

function parse(given: object): DnsSettings {
  const filled = Value.Default(DnsSettings, given);
  Value.Assert(DnsSettings, filled);
  return filled;
}

/** No system servers: these tests speak to nobody but their own. */
const probe = createDnsProbe({ limitMs: 400, retransmitMs: 100 }, () => []);
const assertion = (source: string, comparison: string, target: unknown, property = '') => ({ source, comparison, target, property });
const responseOf = (outcome: ProbeOutcome) => outcome.detail.response as Record<string, unknown>;
const errorsOf = (outcome: ProbeOutcome) => (outcome.detail.assertions as { error?: string | null }[]).map(({ error }) => error);

for (const protocol of ['UDP', 'TCP'] as const) {
  test(`an answer over ${protocol} passes and is described in full`, async (t) => {
    const authority = await startAuthority(t, (query) => reply(query, { answers: [address('shop.test')] }));
    const outcome = await probe(settings({ nameServer: '127.0.0.1', port: authority.port, protocol, assertions: [
      assertion('RESPONSE_CODE', 'EQUALS', 'NOERROR'),
      assertion('RESPONSE_TIME', 'LESS_THAN', '5000'),
      assertion('JSON_ANSWER', 'EQUALS', '192.0.2.1', '$.Answer[0].data'),
      assertion('TEXT_ANSWER', 'EQUALS', '60', 'shop\\.test\\.\\s+(\\d+)'),
    ] }), context());
    assert.equal(outcome.verdict, 'passed');
    assert.deepEqual(errorsOf(outcome), [null, null, null, null]);
    assert.deepEqual(outcome.detail.request, { query: 'shop.test', recordType: 'A', protocol, nameServer: '127.0.0.1', port: authority.port });
    assert.deepEqual(outcome.detail.nameServerInfo, { host: '127.0.0.1', port: authority.port });
    const response = responseOf(outcome);
    assert.equal(response.returnCode, 'NOERROR');
    assert.equal(response.responseTime, outcome.responseTime);
    assert.deepEqual(response.Answer, [{ name: 'shop.test.', type: 'A', TTL: 60, data: '192.0.2.1' }]);
    assert.match(String(response.answer), /;; ANSWER SECTION:\nshop\.test\.\t60\tIN\tA\t192\.0\.2\.1/);
    assert.equal(outcome.detail.requestError, null);
    assert.deepEqual(authority.asked, [protocol]);
  });
}

test('every record type is asked for by its own number', async (t) => {
  const types = { A: 1, NS: 2, CNAME: 5, SOA: 6, MX: 15, TXT: 16, AAAA: 28, HTTPS: 65 };
  let last = '';
  const authority = await startAuthority(t, (query) => {
    last = String(query.questions?.[0]?.type);
    return reply(query);
  });
  for (const recordType of Object.keys(types)) {
    const outcome = await probe(settings({ recordType, nameServer: '127.0.0.1', port: authority.port }), context());
    assert.equal(outcome.verdict, 'passed', `an empty ${recordType} answer with NOERROR passes`);
    assert.equal(last, recordType === 'HTTPS' ? 'UNKNOWN_65' : recordType);
  }
});

test('a CNAME chain is shown link by link, and an assertion on all of it is an AND', async (t) => {
  const authority = await startAuthority(t, (query) => reply(query, { answers: [
    { type: 'CNAME', name: 'shop.test', ttl: 60, data: 'edge.test' }, address('edge.test'),
  ] }));
  const outcome = await probe(settings({ nameServer: '127.0.0.1', port: authority.port, assertions: [
    assertion('JSON_ANSWER', 'EQUALS', 'edge.test.', '$.Answer[0].data'),
    assertion('JSON_ANSWER', 'CONTAINS', '.', '$.Answer[*].data'),
    assertion('JSON_ANSWER', 'EQUALS', 'A', '$.Answer[*].type'),
  ] }), context());
  assert.equal(outcome.verdict, 'failed');
  assert.deepEqual(errorsOf(outcome).map(Boolean), [false, false, true]);
});

for (const [code, rcode] of [['NXDOMAIN', 3], ['SERVFAIL', 2]] as const) {
  test(`${code} fails, unless RESPONSE_CODE is asserted or shouldFail is set`, async (t) => {
    const authority = await startAuthority(t, (query) => reply(query, { rcode }));
    const request = { nameServer: '127.0.0.1', port: authority.port };
    const run = (more: object, extra: object = {}) => probe(settings({ ...request, ...more }, extra), context());
    const plain = await run({});
    assert.equal(plain.verdict, 'failed');
    assert.equal(plain.networkError, false);
    assert.equal(responseOf(plain).returnCode, code);
    assert.equal((await run({ assertions: [assertion('RESPONSE_CODE', 'EQUALS', code)] })).verdict, 'passed');
    assert.equal((await run({ assertions: [assertion('RESPONSE_CODE', 'EQUALS', 'NOERROR')] })).verdict, 'failed');
    assert.equal((await run({}, { shouldFail: true })).verdict, 'passed');
  });
}

test('a truncated answer is reported as it is: no second question over TCP', async (t) => {
  const authority = await startAuthority(t, (query) => reply(query, { flags: packet.TRUNCATED_RESPONSE }));
  const outcome = await probe(settings({ nameServer: '127.0.0.1', port: authority.port, assertions: [assertion('JSON_ANSWER', 'EQUALS', 'true', '$.TC')] }), context());
  assert.equal(outcome.verdict, 'passed');
  assert.deepEqual(authority.asked, ['UDP']);
});

for (const protocol of ['UDP', 'TCP'] as const) {
  test(`over ${protocol}, messages with a wrong id, a wrong question or no sense are passed over for the right one`, async (t) => {
    const authority = await startAuthority(t, (query) => [
      reply({ ...query, id: (query.id ?? 0) ^ 1 }, { answers: [address('shop.test', '203.0.113.66')] }),
      reply({ ...query, questions: [{ type: 'A', name: 'evil.test' }] }, { answers: [address('evil.test', '203.0.113.66')] }),
      Buffer.from('garbage that is no message at all'),
      reply(query, { answers: [address('shop.test')] }),
    ]);
    const outcome = await probe(settings({ protocol, nameServer: '127.0.0.1', port: authority.port }), context());
    assert.deepEqual((responseOf(outcome).Answer as { data: string }[]).map(({ data }) => data), ['192.0.2.1']);
  });
}

test('a datagram from another address is no answer', async (t) => {
  const stranger = createSocket('udp4');
  stranger.bind(0, '127.0.0.1');
  await once(stranger, 'listening');
  t.after(() => stranger.close());
  const authority = await startAuthority(t, (query, { client }) => {
    stranger.send(reply(query, { answers: [address('shop.test')] }), client!.port, client!.address);
    return null;
  });
  const outcome = await probe(settings({ nameServer: '127.0.0.1', port: authority.port }), context());
  assert.equal(outcome.verdict, 'failed');
  assert.match(String(outcome.detail.requestError), /did not answer within/);
});

test('silence: UDP asks twice with the same id, then fails as a network error', async (t) => {
  const ids = new Set<number | undefined>();
  const authority = await startAuthority(t, (query) => {
    ids.add(query.id);
    return null;
  });
  const run = (extra: object) => probe(settings({ nameServer: '127.0.0.1', port: authority.port, assertions: [assertion('RESPONSE_TIME', 'LESS_THAN', '1')] }, extra), context());
  const outcome = await run({});
  assert.equal(outcome.verdict, 'failed');
  assert.equal(outcome.networkError, true);
  assert.equal(outcome.interrupted, true);
  assert.equal(outcome.responseTime, null);
  assert.deepEqual(authority.asked, ['UDP', 'UDP']);
  assert.equal(ids.size, 1);
  assert.equal(outcome.detail.requestError, `The name server 127.0.0.1:${authority.port} did not answer within 400 ms.`);
  assert.deepEqual(outcome.detail.assertions, [{ source: 'RESPONSE_TIME', property: '', comparison: 'LESS_THAN', target: '1', regex: null }]);
  assert.equal('response' in outcome.detail, false);
  assert.equal((await run({ shouldFail: true })).verdict, 'passed');
});

test('the second datagram is enough when the first is lost', async (t) => {
  const authority = await startAuthority(t, (query, { count }) => (count === 1 ? null : reply(query)));
  assert.equal((await probe(settings({ nameServer: '127.0.0.1', port: authority.port }), context())).verdict, 'passed');
});

test('a malformed answer with our id says so', async (t) => {
  const authority = await startAuthority(t, (query) => reply(query, { answers: [address('shop.test')] }).subarray(0, -8));
  const outcome = await probe(settings({ nameServer: '127.0.0.1', port: authority.port }), context());
  assert.match(String(outcome.detail.requestError), /sent a malformed answer/);
  assert.equal(outcome.networkError, false);
});

test('TCP: a closed connection and a closed port are named', async (t) => {
  const authority = await startAuthority(t, () => null);
  const closed = await probe(settings({ protocol: 'TCP', nameServer: '127.0.0.1', port: authority.port }), context());
  assert.match(String(closed.detail.requestError), /closed the connection without an answer/);
  const nobody = createServer();
  nobody.listen(0, '127.0.0.1');
  await once(nobody, 'listening');
  const { port } = nobody.address() as AddressInfo;
  nobody.close();
  await once(nobody, 'close');
  for (const protocol of ['TCP', 'UDP']) {
    const refused = await probe(settings({ protocol, nameServer: '127.0.0.1', port }), context());
    assert.match(String(refused.detail.requestError), /ECONNREFUSED/, protocol);
    assert.equal(refused.networkError, true);
  }
});

test('without a name server the list is asked in turn until one says NOERROR', async (t) => {
  const failing = await startAuthority(t, (query) => reply(query, { rcode: 2 }));
  const good = await startAuthority(t, (query) => reply(query, { answers: [address('shop.test')] }));
  const ctx = context({ nameServers: [`127.0.0.1:${failing.port}`, `localhost:${good.port}`] });
  const outcome = await probe(settings({}), ctx);
  assert.equal(outcome.verdict, 'passed');
  assert.deepEqual(outcome.detail.nameServerInfo, { name: 'localhost', host: '127.0.0.1', port: good.port });
  assert.deepEqual(failing.asked, ['UDP']);
  assert.ok(LOGS.get(ctx)?.some((line) => line.includes('SERVFAIL; asking the next name server')));
  const only = await probe(settings({ nameServer: '127.0.0.1', port: failing.port }), ctx);
  assert.equal(only.verdict, 'failed', 'a named server has no stand-in');
});

test('where nobody says NOERROR a real answer outranks the silence after it', async (t) => {
  const unknown = await startAuthority(t, (query) => reply(query, { rcode: 3 }));
  const silent = await startAuthority(t, () => null);
  const outcome = await probe(settings({}), context({ nameServers: [`127.0.0.1:${unknown.port}`, `127.0.0.1:${silent.port}`] }));
  assert.equal(outcome.verdict, 'failed');
  assert.equal(responseOf(outcome).returnCode, 'NXDOMAIN');
});

test('the system\'s servers are the last resort; with none at all the error says so', async (t) => {
  const failing = await startAuthority(t, (query) => reply(query, { rcode: 5 }));
  const system = await startAuthority(t, (query) => reply(query));
  const withSystem = createDnsProbe({ limitMs: 400, retransmitMs: 100 }, () => [`127.0.0.1:${system.port}`]);
  assert.equal((await withSystem(settings({}), context({ nameServers: [`127.0.0.1:${failing.port}`] }))).verdict, 'passed');
  const alone = await probe(settings({}), context());
  assert.equal(alone.detail.requestError, 'No name server is configured on this agent.');
});

test('limits: above the maximum fails, above the soft one degrades', async (t) => {
  const authority = await startAuthority(t, (query) => reply(query));
  let now = 0;
  const tick = () => { now += 100; return now; };
  const run = (limits: object) => probe(settings({ nameServer: '127.0.0.1', port: authority.port }, limits), context({ tick }));
  const over = await run({ degradedResponseTime: 50, maxResponseTime: 90 });
  assert.deepEqual([over.verdict, over.overMaxResponseTime, over.responseTime], ['failed', true, 100]);
  const slow = await run({ degradedResponseTime: 90, maxResponseTime: 100 });
  assert.deepEqual([slow.verdict, slow.overMaxResponseTime], ['degraded', false]);
});

test('templates are filled in everywhere; a name that cannot be asked is refused before the network', async (t) => {
  const authority = await startAuthority(t, (query) => reply(query, { answers: [address(query.questions![0]!.name)] }));
  const env = { NAME: 'shop.test', SERVER: '127.0.0.1', PATH_TO: '$.Answer[0].data', WANTED: '192.0.2.1' };
  const outcome = await probe(settings({ query: '{{NAME}}', nameServer: '{{SERVER}}', port: authority.port, assertions: [assertion('JSON_ANSWER', 'EQUALS', '{{WANTED}}', '{{{PATH_TO}}}')] }), context({ env }));
  assert.equal(outcome.verdict, 'passed');
  assert.equal((outcome.detail.request as { query: string }).query, 'shop.test');
  const unnamed = await probe(settings({ query: '{{MISSING}}' }), context({ env }));
  assert.equal(unnamed.detail.requestError, 'request.query is empty.');
  assert.equal(unnamed.networkError, false);
});

test('a cancelled run stops waiting and says so', async (t) => {
  const cancel = new AbortController();
  const authority = await startAuthority(t, () => {
    cancel.abort();
    return null;
  });
  const outcome = await createDnsProbe({ limitMs: 60_000, retransmitMs: 30_000 }, () => [])(settings({ nameServer: '127.0.0.1', port: authority.port }), context({ signal: cancel.signal }));
  assert.equal(outcome.interrupted, true);
  assert.equal(outcome.networkError, false);
  assert.match(String(outcome.detail.requestError), /cancelled/);
});

test('the schema fills in defaults and the rules name field and rule', () => {
  const given = { name: 'dns', logicalId: 'dns', request: { query: 'shop.test', recordType: 'A' } };
  const parsed = parse(given);
  assert.deepEqual([parsed.degradedResponseTime, parsed.maxResponseTime, parsed.request.protocol, parsed.request.assertions], [500, 1000, 'UDP', []]);
  assert.equal(checkRules(parsed), null);
  assert.equal(checkRules(settings({ nameServer: 'ns.test' })), 'request.port is required when request.nameServer is set.');
  assert.equal(checkRules(settings({ port: 53 })), 'request.nameServer is required when request.port is set.');
  assert.equal(checkRules(settings({ nameServer: 'udp://ns.test', port: 53 })), 'request.nameServer must be a host name or an address.');
  assert.equal(checkRules(settings({}, { degradedResponseTime: 2, maxResponseTime: 1 })), 'degradedResponseTime (2) must not be greater than maxResponseTime (1).');
  for (const bad of [{ query: '' }, { query: 'x'.repeat(101) }, { recordType: 'PTR' }, { protocol: 'DOH' }, { port: 0 }]) {
    assert.throws(() => settings(bad), JSON.stringify(bad));
  }
});
