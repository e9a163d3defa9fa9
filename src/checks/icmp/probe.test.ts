import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Value } from 'typebox/value';
import type { ProbeContext, ProbeOutcome } from '../kit/probe.ts';
import { createIcmpProbe, probeIcmp } from './probe.ts';
import type { IcmpResponse } from './response.ts';
import { pingAvailability, runPing } from './runPing.ts';
import { checkRules, IcmpSettings } from './schema.ts';

function context(overrides: Partial<ProbeContext> = {}): ProbeContext {
  return {
    signal: new AbortController().signal, now: Date.now, tick: () => performance.now(), env: {}, log: () => {},
    net: { certificates: [], proxyUrl: null, nameServers: [], useOsResolver: true },
    ...overrides,
  };
}

function settings(request: object, extra: object = {}): IcmpSettings {
  const given = { name: 'icmp', logicalId: 'icmp', request: { hostname: '127.0.0.1', pingCount: 1, ...request }, ...extra };
  const filled = Value.Default(IcmpSettings, given);
  Value.Assert(IcmpSettings, filled);
  return filled;
}

/** A directory that every user may enter, gone after the test. */
function scratch(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'ping-'));
  chmodSync(directory, 0o755);
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** A program that stands in for `ping`: the lines run in `sh` with ping's arguments in "$@". */
function script(t: TestContext, lines: string): string {
  const path = join(scratch(t), 'ping.sh');
  writeFileSync(path, `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
  return path;
}

const NAMESPACE = spawnSync('unshare', ['-n', 'sh', '-c', 'ip link set lo up && echo 0 > /proc/sys/net/ipv4/icmp_echo_ignore_all']).status === 0;
/** Needs a network of its own, where real packets can be lost without touching this machine's. */
const namespaced = { skip: NAMESPACE ? false : 'no right to make a network namespace here' };
const inNamespace = (t: TestContext, setup: string, ping = 'exec ping "$@"') => {
  const inner = script(t, `${setup}\n${ping}`);
  return script(t, `exec unshare -n ${inner} "$@"`);
};

const assertion = (source: string, comparison: string, target: unknown, property: string) => ({ source, comparison, target, property });
const responseOf = (outcome: ProbeOutcome) => outcome.detail.response as IcmpResponse;
const errorsOf = (outcome: ProbeOutcome) => (outcome.detail.assertions as { error?: string | null }[]).map(({ error }) => error);

test('the loopback answers and everything is described', async () => {
  const outcome = await probeIcmp(settings({ pingCount: 2, assertions: [
    assertion('LATENCY', 'LESS_THAN', '5000', 'avg'), assertion('LATENCY', 'GREATER_THAN', '0', 'min'),
    assertion('JSON_RESPONSE', 'EQUALS', '0', '$.packetLoss'), assertion('JSON_RESPONSE', 'GREATER_THAN', 0, '$.pingResults[*].ttl'),
  ] }), context());
  assert.equal(outcome.verdict, 'passed');
  assert.deepEqual(errorsOf(outcome), [null, null, null, null]);
  assert.deepEqual(outcome.detail.request, { hostname: '127.0.0.1', ipFamily: 'IPv4', pingCount: 2, targetIp: '127.0.0.1' });
  const { latency, pingResults, dnsResolutionTime, ...rest } = responseOf(outcome);
  assert.deepEqual(rest, { hostname: '127.0.0.1', resolvedIp: '127.0.0.1', ipFamily: 'IPv4', pingCount: 2, packetsSent: 2, packetsReceived: 2, packetSize: 64, packetLoss: 0 });
  assert.deepEqual(pingResults.map(({ sequence, success, type, code }) => [sequence, success, type, code]), [[0, true, 0, 0], [1, true, 0, 0]]);
  assert.ok(latency.min > 0 && latency.min <= latency.avg && latency.avg <= latency.max);
  assert.ok(dnsResolutionTime >= 0);
  assert.equal(outcome.responseTime, latency.avg);
});

test('IPv6 works, and the family is strict', async () => {
  const outcome = await probeIcmp(settings({ hostname: '{{HOST}}', ipFamily: 'IPv6' }), context({ env: { HOST: 'localhost' } }));
  assert.equal(outcome.verdict, 'passed');
  assert.equal(responseOf(outcome).resolvedIp, '::1');
  const crossed = await probeIcmp(settings({ hostname: '::1', assertions: [assertion('LATENCY', 'LESS_THAN', '1', 'avg')] }), context());
  assert.equal(crossed.verdict, 'failed');
  assert.equal(responseOf(crossed).error?.code, 'ERR_INVALID_IP_ADDRESS');
  assert.deepEqual(responseOf(crossed).latency, { avg: 0, min: 0, max: 0, stdDev: 0 });
  assert.deepEqual(responseOf(crossed).pingResults, []);
  assert.deepEqual(crossed.detail.assertions, [{ source: 'LATENCY', property: 'avg', comparison: 'LESS_THAN', target: '1', regex: null }]);
});

test('a host that keeps silent: total loss, latency assertions fail, shouldFail accepts it', namespaced, async (t) => {
  const silent = inNamespace(t, 'ip link set lo up; echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all', '# A shorter wait for the answer that never comes.\nshift 8; exec ping -n -c 1 -W 0.2 "$@"');
  const probe = createIcmpProbe(silent);
  const outcome = await probe(settings({ assertions: [assertion('JSON_RESPONSE', 'EQUALS', 100, '$.packetLoss'), assertion('LATENCY', 'LESS_THAN', 1, 'avg')] }), context());
  assert.equal(outcome.verdict, 'failed');
  assert.equal(outcome.networkError, true);
  assert.equal(outcome.responseTime, null);
  assert.deepEqual(errorsOf(outcome).map(Boolean), [false, true]);
  assert.deepEqual([responseOf(outcome).packetsSent, responseOf(outcome).packetLoss], [1, 100]);
  assert.deepEqual(responseOf(outcome).pingResults, [{ sequence: 0, success: false, type: null, code: null, rtt: null, ttl: null }]);
  assert.equal((await probe(settings({}, { shouldFail: true }), context())).verdict, 'passed');
});

test('partial loss is judged by the thresholds, which it only has to reach', namespaced, async (t) => {
  // The host falls silent as soon as the second reply is in: two of four packets are lost.
  const fallsSilent = inNamespace(t, 'ip link set lo up', `ping "$@" | while IFS= read -r line; do
    echo "$line"
    case "$line" in *icmp_seq=2*) echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all ;; esac
  done`);
  const probe = createIcmpProbe(fallsSilent);
  const run = (degraded: number | null, max: number | null) => probe(settings({ pingCount: 4 }, { degradedPacketLossThreshold: degraded, maxPacketLossThreshold: max }), context());
  const [degraded, failed, passed] = await Promise.all([run(50, 51), run(10, 50), run(null, null)]);
  assert.equal(responseOf(degraded).packetLoss, 50);
  assert.deepEqual(responseOf(degraded).pingResults.map(({ success }) => success), [true, true, false, false]);
  assert.deepEqual([degraded.verdict, failed.verdict, passed.verdict], ['degraded', 'failed', 'passed']);
  assert.equal(failed.overMaxResponseTime, false);
  assert.equal(failed.networkError, false);
});

test('where the system knows no way there, the error names it', namespaced, async (t) => {
  const unreachable = createIcmpProbe(inNamespace(t, ''));
  const outcome = await unreachable(settings({}), context());
  assert.equal(outcome.verdict, 'failed');
  assert.equal(outcome.networkError, true);
  assert.equal(responseOf(outcome).error?.code, 'ENETUNREACH');
  assert.equal(responseOf(outcome).packetsSent, 0);
  assert.equal((await unreachable(settings({}, { shouldFail: true }), context())).verdict, 'passed');
});

test('a missing ping is our fault and says how to get it', async () => {
  const outcome = await createIcmpProbe('ping-that-nobody-has')(settings({}), context());
  assert.equal(outcome.verdict, 'errored');
  assert.match(String(outcome.fault), /`ping`, which was not found on this agent.*iputils-ping/);
  assert.deepEqual(responseOf(outcome).pingResults, []);
  const availability = await pingAvailability('ping-that-nobody-has');
  assert.ok(!availability.ok && availability.reason === outcome.fault);
});

test('a ping that knows other options is our fault as well', async (t) => {
  const foreign = script(t, 'echo "ping: unrecognized option: n" >&2; exit 1');
  assert.match(String((await createIcmpProbe(foreign)(settings({}), context())).fault), /iputils/);
});

const unprivileged = process.getuid?.() === 0 && spawnSync('setpriv', ['--reuid=65534', 'true']).status === 0
  && spawnSync('unshare', ['-n', 'sh', '-c', 'echo "1 0" > /proc/sys/net/ipv4/ping_group_range']).status === 0;
test('a ping without the right to send is our fault and says how to grant it', { skip: unprivileged ? false : 'needs root and network namespaces' }, async (t) => {
  const plain = join(scratch(t), 'ping');
  // A copy has none of the capabilities of the original file.
  copyFileSync(spawnSync('sh', ['-c', 'command -v ping']).stdout.toString().trim(), plain);
  chmodSync(plain, 0o755);
  const forbidden = inNamespace(t, 'echo "1 0" > /proc/sys/net/ipv4/ping_group_range', `exec setpriv --reuid=65534 --regid=65534 --clear-groups ${plain} "$@"`);
  const availability = await pingAvailability(forbidden);
  assert.ok(!availability.ok);
  assert.match(availability.reason, /setcap cap_net_raw/);
  assert.equal((await createIcmpProbe(forbidden)(settings({}), context())).verdict, 'errored');
});

test('the ping of this machine is available', async () => {
  assert.deepEqual(await pingAvailability(), { ok: true });
});

test('a cancelled run ends its ping and keeps what came so far', async () => {
  const cancel = new AbortController();
  const outcome = await probeIcmp(settings({ pingCount: 50 }), context({ signal: cancel.signal, log: () => cancel.abort() }));
  assert.equal(outcome.interrupted, true);
  assert.match(String(outcome.detail.requestError), /cancelled/);
  assert.deepEqual(responseOf(outcome).latency.avg >= 0, true);
});

test('a ping that does not end is killed at the limit', async (t) => {
  const stuck = script(t, 'echo "64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.5 ms"; exec sleep 600');
  const run = await runPing({ address: '127.0.0.1', family: 4, count: 3, limitMs: 200, signal: new AbortController().signal, program: stuck });
  assert.equal(run.kind === 'ran' && run.ended, 'limit');
  assert.equal(run.kind === 'ran' && run.report.sent, 1);
});

test('the schema fills in defaults and the rules name field and rule', () => {
  const parsed = settings({ pingCount: undefined });
  assert.deepEqual([parsed.request.pingCount, parsed.request.ipFamily, parsed.degradedPacketLossThreshold, parsed.maxPacketLossThreshold], [10, 'IPv4', 10, 20]);
  assert.equal(checkRules(parsed), null);
  assert.equal(checkRules(settings({ pingCount: null, ipFamily: null })), null);
  assert.equal(checkRules(settings({}, { degradedPacketLossThreshold: 30 })), null);
  assert.equal(checkRules(settings({}, { degradedPacketLossThreshold: 30, maxPacketLossThreshold: 25 })), 'degradedPacketLossThreshold (30) must not be greater than maxPacketLossThreshold (25).');
  assert.equal(
    checkRules(settings({ assertions: [assertion('JSON_RESPONSE', 'NOT_NULL', '', ''), assertion('LATENCY', 'LESS_THAN', 1, 'median')] })),
    'request.assertions[1].property must be one of avg, min, max, stdDev for the source LATENCY.',
  );
  for (const bad of [{ pingCount: 0 }, { pingCount: 51 }, { pingCount: 1.5 }, { hostname: '' }, { hostname: 'https://x' }]) {
    assert.throws(() => settings(bad), JSON.stringify(bad));
  }
  assert.throws(() => settings({}, { maxPacketLossThreshold: 101 }));
});
