import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { Value } from 'typebox/value';
import { startRouters, whyNoRouters, type Routers } from '../../../test/routers.ts';
import type { Flow } from '../kit/capture.ts';
import { createEgress } from '../kit/egress.ts';
import type { ProbeContext, ProbeOutcome } from '../kit/probe.ts';
import { createTracerouteProbe, probeTraceroute } from './probe.ts';
import type { TracerouteResponse } from './response.ts';
import { traceAvailability } from './runTrace.ts';
import { TracerouteSettings } from './schema.ts';

const net = { certificates: [], proxyUrl: null, nameServers: [], useOsResolver: true };

function context(overrides: Partial<ProbeContext> = {}): ProbeContext {
  return { signal: new AbortController().signal, now: Date.now, tick: () => performance.now(), env: {}, log: () => {}, net, ...overrides };
}

function settings(request: object, extra: object = {}): TracerouteSettings {
  return Value.Parse(TracerouteSettings, Value.Default(TracerouteSettings, { name: 'way', logicalId: 'way', request: { url: '127.0.0.1', ptrLookup: false, timeout: 30, ...request }, ...extra }));
}

const assertion = (source: string, comparison: string, target: unknown, property = '') => ({ source, comparison, target, property });
const responseOf = ({ detail }: ProbeOutcome) => detail.response as TracerouteResponse;
const errorsOf = ({ detail }: ProbeOutcome) => (detail.assertions as { error?: string | null }[]).map(({ error }) => error);
const hopsOf = (outcome: ProbeOutcome) => responseOf(outcome).hops.map(({ main_ip }) => main_ip);

/** A program that stands in for `traceroute`: the lines run in `sh`. */
function script(t: TestContext, lines: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'traceroute-'));
  chmodSync(folder, 0o755);
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'traceroute.sh');
  writeFileSync(path, `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
  return path;
}

const { protocols } = await traceAvailability();
const here = { skip: protocols.length === 4 ? false : 'traceroute is missing here, or may not send raw packets' };

describe('on loopback', { concurrency: true }, () => {
  test('TCP arrives at an open port and at a closed one, and all is described', here, async (t) => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const judged = [assertion('HOP_COUNT', 'EQUALS', 1), assertion('PACKET_LOSS', 'LESS_THAN', '1'), assertion('RESPONSE_TIME', 'LESS_THAN', '5000', 'max'), assertion('RESPONSE_TIME', 'GREATER_THAN', '5000', 'avg')];
    const open = await probeTraceroute(settings({ port, assertions: judged }), context());
    assert.equal(open.verdict, 'failed');
    assert.deepEqual(errorsOf(open).map(Boolean), [false, false, false, true]);
    assert.deepEqual(open.detail.request, { url: '127.0.0.1', protocol: 'TCP', port, ipFamily: 'IPv4', maxHops: 30, maxUnknownHops: 15, ptrLookup: false, timeout: 30 });
    const { finalHopLatency, hops: [hop], timestamp, ...rest } = responseOf(open);
    assert.deepEqual(rest, {
      hostname: '127.0.0.1', resolvedIp: '127.0.0.1', port, ipFamily: 'IPv4', maxHops: 30, totalHops: 1, destinationReached: true,
      truncationReason: 'destinationReached', protocol: 'TCP', probeProtocol: 'TCP',
    });
    assert.deepEqual([hop?.hop_number, hop?.main_ip, hop?.sent, hop?.received, hop?.loss_percentage], [1, '127.0.0.1', 3, 3, 0]);
    assert.deepEqual([hop?.rtt?.avg_ms, hop?.rtt?.best_ms, hop?.rtt?.worst_ms, hop?.rtt?.stddev_ms], [finalHopLatency?.avg, finalHopLatency?.min, finalHopLatency?.max, finalHopLatency?.stdDev]);
    assert.equal(open.responseTime, finalHopLatency?.avg);
    assert.ok(Math.abs(timestamp - Date.now() / 1000) < 60);
    const closed = await probeTraceroute(settings({ port: 1 }), context());
    assert.deepEqual([closed.verdict, responseOf(closed).destinationReached], ['passed', true]);
  });

  for (const [protocol, ipFamily] of [['UDP', 'IPv4'], ['ICMP', 'IPv4'], ['SCTP', 'IPv4'], ['TCP', 'IPv6'], ['UDP', 'IPv6'], ['ICMP', 'IPv6']] as const) {
    test(`${protocol} over ${ipFamily}`, here, async () => {
      const outcome = await probeTraceroute(settings({ url: 'localhost', protocol, ipFamily }), context());
      assert.deepEqual([outcome.verdict, hopsOf(outcome)], ['passed', [ipFamily === 'IPv6' ? '::1' : '127.0.0.1']]);
    });
  }

  test('an IPv6 address is known however it is written, and names come from variables', here, async () => {
    const outcome = await probeTraceroute(settings({ url: '{{{HOST}}}', ipFamily: 'IPv6' }), context({ env: { HOST: '0:0::0001' } }));
    assert.equal(outcome.verdict, 'passed');
  });

  test('limits are judged by the final hop', here, async () => {
    assert.equal((await probeTraceroute(settings({}, { degradedResponseTime: 0 }), context())).verdict, 'degraded');
    const over = await probeTraceroute(settings({}, { degradedResponseTime: 0, maxResponseTime: 0 }), context());
    assert.deepEqual([over.verdict, over.overMaxResponseTime, over.networkError], ['failed', true, false]);
  });

  test('a capture hears how the probes can be recognized', here, async () => {
    const flows: Flow[] = [];
    const ago: (number | undefined)[] = [];
    const capture = { flow: (flow: Flow, agoMs?: number) => { flows.push(flow); ago.push(agoMs); }, tlsKeys: () => {} };
    for (const protocol of ['TCP', 'UDP', 'SCTP', 'ICMP']) {
      assert.equal((await probeTraceroute(settings({ protocol }), context({ net: { ...net, capture } }))).verdict, 'passed');
    }
    // The program's own number is known only when it may have sent already.
    assert.deepEqual(ago.map((ms) => ms === undefined || ms > 0), [true, true, true, true]);
    assert.deepEqual(ago.map((ms) => ms === undefined), [true, true, true, false]);
    const address = '127.0.0.1';
    const marks = flows.map((flow) => (flow.protocol === 'trace' ? flow.mark : flow.protocol === 'icmp' ? flow.id : -1));
    assert.deepEqual(flows, [
      { protocol: 'trace', probes: 'tcp', mark: marks[0], remote: { address, port: 443 } }, { protocol: 'trace', probes: 'udp', mark: marks[1], remote: { address, port: 33_434 } },
      { protocol: 'trace', probes: 'sctp', mark: marks[2], remote: { address, port: null } }, { protocol: 'icmp', id: marks[3], remote: { address } },
    ]);
    assert.ok(marks.every((mark) => mark > 100) && marks[1] !== marks[2]);
  });
});

// A few at a time, with much of it: a process that waits for its turn must not look like a silent router.
describe('through routers', { concurrency: 4, skip: whyNoRouters() }, () => {
  let routers: Routers;
  let probe: ReturnType<typeof createTracerouteProbe>;
  before(async () => {
    routers = startRouters(3);
    // The second router says nothing of packets that it drops; nobody is behind the last one at 10.99.
    routers.run(2, 'echo 2000000 > /proc/sys/net/ipv4/icmp_ratelimit');
    routers.run(3, 'ip route add blackhole 10.99.0.0/16');
    await routers.listen(443);
    probe = createTracerouteProbe({ program: routers.atAgent('traceroute') });
  });
  after(() => routers[Symbol.asyncDispose]());

  for (const [protocol, port] of [['TCP', 443], ['TCP', 80], ['UDP', 33_434], ['ICMP', null], ['SCTP', null]] as const) {
    test(`${protocol}${port === null ? '' : ` port ${port}`}: the silent router is a gap in the way`, async () => {
      const judged = [assertion('HOP_COUNT', 'EQUALS', 4), assertion('PACKET_LOSS', 'EQUALS', 0)];
      const outcome = await probe(settings({ url: routers.v4.at(-1), protocol, port, assertions: judged }), context());
      assert.equal(outcome.verdict, 'passed', JSON.stringify(outcome.detail));
      assert.deepEqual(hopsOf(outcome), [routers.v4[0], null, routers.v4[2], routers.v4[3]]);
      const { loss_percentage, rtt, ...silent } = responseOf(outcome).hops[1] ?? assert.fail();
      assert.deepEqual([silent, loss_percentage, rtt], [{ hop_number: 2, main_ip: null, sent: 3, received: 0 }, 100, undefined]);
    });
  }

  for (const protocol of ['TCP', 'UDP', 'ICMP'] as const) {
    test(`${protocol} over IPv6`, async () => {
      const outcome = await probe(settings({ url: routers.v6.at(-1), protocol, ipFamily: 'IPv6' }), context());
      assert.deepEqual([outcome.verdict, hopsOf(outcome)], ['passed', routers.v6]);
    });
  }

  test('maxHops ends a trace before its destination', async () => {
    const judged = [assertion('HOP_COUNT', 'EQUALS', 3), assertion('RESPONSE_TIME', 'LESS_THAN', 5000, 'avg')];
    const outcome = await probe(settings({ url: routers.v4.at(-1), protocol: 'ICMP', maxHops: 3, assertions: judged }), context());
    assert.deepEqual([outcome.verdict, outcome.networkError, outcome.responseTime, outcome.interrupted], ['failed', true, null, false]);
    assert.deepEqual(errorsOf(outcome), [null, 'The destination was not reached, so there is no response time to compare.']);
    const { truncationReason, totalHops, finalHopLatency, error } = responseOf(outcome);
    assert.deepEqual([truncationReason, totalHops, finalHopLatency, error], ['maxHops', 3, undefined, undefined]);
    assert.equal(outcome.detail.finalHopLatency, null);
    assert.equal((await probe(settings({ url: routers.v4.at(-1), protocol: 'ICMP', maxHops: 3 }, { shouldFail: true }), context())).verdict, 'passed');
  });

  test('maxUnknownHops ends a trace that nobody answers any more', async () => {
    const judged = [assertion('PACKET_LOSS', 'EQUALS', 100)];
    const outcome = await probe(settings({ url: '10.99.0.1', protocol: 'UDP', maxUnknownHops: 3, assertions: judged }), context());
    assert.deepEqual([outcome.verdict, responseOf(outcome).truncationReason, errorsOf(outcome)], ['failed', 'maxUnknownHops', [null]]);
    assert.deepEqual(hopsOf(outcome), [routers.v4[0], null, null, null]);
  });

  test('a router that knows no way on is named', async () => {
    // A router of its own: the system sends few such messages to one host.
    await using one = startRouters(1);
    const outcome = await createTracerouteProbe({ program: one.atAgent('traceroute') })(settings({ url: '10.88.0.1', protocol: 'ICMP' }), context());
    const { truncationReason, error, destinationReached } = responseOf(outcome);
    assert.deepEqual([outcome.verdict, outcome.networkError, truncationReason, destinationReached], ['failed', true, undefined, false]);
    assert.deepEqual(error, { code: 'ENETUNREACH', message: `${one.v4[0]} answered: the network is unreachable`, address: one.v4[0] });
  });

  test('what is lost at the final hop is counted', async () => {
    await using pair = startRouters(0);
    // Messages that nobody has got yet: two of them within the first minute.
    pair.run(1, 'echo 25000 > /proc/sys/net/ipv4/icmp_ratelimit');
    const outcome = await createTracerouteProbe({ program: pair.atAgent('traceroute') })(settings({
      url: pair.v4[0], protocol: 'UDP', assertions: [assertion('PACKET_LOSS', 'EQUALS', '33.33'), assertion('HOP_COUNT', 'EQUALS', 1)],
    }), context());
    assert.deepEqual([outcome.verdict, errorsOf(outcome)], ['passed', [null, null]]);
  });

  test('without any way there the system\'s error is named', async () => {
    await using pair = startRouters(0);
    const nowhere = createTracerouteProbe({ program: pair.atAgent('traceroute') });
    for (const protocol of ['TCP', 'UDP', 'ICMP', 'SCTP']) {
      const outcome = await nowhere(settings({ url: '10.88.0.1', protocol, assertions: [assertion('HOP_COUNT', 'EQUALS', 0)] }), context());
      assert.deepEqual([outcome.verdict, outcome.networkError, responseOf(outcome).error?.code], ['failed', true, 'ENETUNREACH'], protocol);
      assert.deepEqual([responseOf(outcome).hops, errorsOf(outcome)], [[], [undefined]]);
      assert.equal((await nowhere(settings({ url: '10.88.0.1', protocol }, { shouldFail: true }), context())).verdict, 'passed');
    }
  });
});

test('names that have no address are data with the resolver\'s words, and a denied target is not traced', async () => {
  const unknown = await probeTraceroute(settings({ url: 'nowhere..invalid', assertions: [assertion('HOP_COUNT', 'EQUALS', 1)] }), context());
  assert.deepEqual([unknown.verdict, unknown.networkError, responseOf(unknown).error?.code, responseOf(unknown).error?.hostname], ['failed', true, 'ENOTFOUND', 'nowhere..invalid']);
  assert.deepEqual([responseOf(unknown).totalHops, responseOf(unknown).hops, errorsOf(unknown)], [0, [], [undefined]]);
  const crossed = await probeTraceroute(settings({ url: '::1' }), context());
  assert.equal(responseOf(crossed).error?.code, 'ERR_INVALID_IP_ADDRESS');
  const egress = createEgress({ policies: [{ of: 'location', loopback: false, allow: [], deny: [] }], own: [], local: [] });
  const denied = await probeTraceroute(settings({}), context({ net: { ...net, egress } }));
  assert.equal(denied.verdict, 'failed');
  assert.match(String(denied.detail.requestError), /^Connection to 127\.0\.0\.1:443 denied: /);
});

test('what was seen before the time was up is kept', async (t) => {
  const stuck = script(t, 'printf "traceroute to 127.0.0.1\\n 1  10.0.0.1  0.5 ms  0.4 ms  0.6 ms\\n 2  10.0.0.2  1.5 ms"; exec sleep 600');
  const outcome = await createTracerouteProbe({ program: stuck })(settings({ timeout: 1, assertions: [assertion('HOP_COUNT', 'EQUALS', 2)] }), context());
  assert.deepEqual([outcome.verdict, outcome.interrupted, outcome.networkError, responseOf(outcome).truncationReason], ['failed', true, true, 'timeout']);
  assert.deepEqual([hopsOf(outcome), responseOf(outcome).hops.map(({ sent }) => sent), errorsOf(outcome)], [['10.0.0.1', '10.0.0.2'], [3, 1], [null]]);
});

test('a cancelled run ends its trace and keeps what came so far', async (t) => {
  const cancel = new AbortController();
  const stuck = script(t, 'printf " 1  10.0.0.1  0.5 ms\\n"; exec sleep 600');
  const outcome = await createTracerouteProbe({ program: stuck })(settings({}), context({ signal: cancel.signal, log: () => cancel.abort() }));
  assert.deepEqual([outcome.verdict, outcome.interrupted], ['failed', true]);
  assert.match(String(outcome.detail.requestError), /cancelled/);
});

test('a machine that lacks the program or its rights is our fault and says how to get them', async (t) => {
  const faults: [program: string, sentence: RegExp][] = [
    ['traceroute-that-nobody-has', /`traceroute`, which was not found on this agent.*apt-get install traceroute/],
    [script(t, 'echo "traceroute: invalid option -- \'N\'" >&2; exit 1'), /Dmitry Butskoy/],
  ];
  for (const [program, sentence] of faults) {
    const outcome = await createTracerouteProbe({ program })(settings({ assertions: [assertion('HOP_COUNT', 'EQUALS', 1)] }), context());
    assert.equal(outcome.verdict, 'errored');
    assert.match(String(outcome.fault), sentence);
    assert.equal(outcome.detail.requestError, outcome.fault);
    assert.deepEqual(errorsOf(outcome), [undefined]);
    const { ok, protocols: none, reason } = await traceAvailability(program);
    assert.deepEqual([ok, none, reason], [false, [], outcome.fault]);
  }
});

const unprivileged = spawnSync('setpriv', ['--reuid=65534', 'traceroute', '--version']).status === 0;
test('without rights only UDP works', { skip: unprivileged ? false : 'cannot take the rights from a program here' }, async (t) => {
  const program = script(t, 'exec setpriv --reuid=65534 --regid=65534 --clear-groups traceroute "$@"');
  const udp = await createTracerouteProbe({ program })(settings({ protocol: 'UDP' }), context());
  assert.equal(udp.verdict, 'passed');
  const tcp = await createTracerouteProbe({ program })(settings({}), context());
  assert.equal(tcp.verdict, 'errored');
  assert.match(String(tcp.fault), /only UDP does without.*setcap cap_net_raw\+ep/);
  const { ok, protocols: some } = await traceAvailability(program);
  assert.equal(ok, false);
  // ICMP needs no rights either where the system lets every group ping.
  assert.deepEqual(some.filter((protocol) => protocol !== 'ICMP'), ['UDP']);
});
