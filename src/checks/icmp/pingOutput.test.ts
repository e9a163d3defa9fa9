import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latencyOf } from '../kit/latency.ts';
import { readPingOutput } from './pingOutput.ts';
import { icmpResponse } from './response.ts';

const reply = (sequence: number, rtt: number, ttl = 64) => ({ sequence, success: true, type: 0, code: 0, rtt, ttl });
const lost = (sequence: number) => ({ sequence, success: false, type: null, code: null, rtt: null, ttl: null });
const refused = (sequence: number, type: number, code: number) => ({ ...lost(sequence), type, code });

test('replies are numbered from 0; a gap is a lost packet and a duplicate counts once', () => {
  const output = `PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.
64 bytes from 192.0.2.1: icmp_seq=1 ttl=57 time=1.50 ms
64 bytes from 192.0.2.1: icmp_seq=1 ttl=57 time=9.99 ms (DUP!)
64 bytes from 192.0.2.1: icmp_seq=3 ttl=57 time=12 ms

--- 192.0.2.1 ping statistics ---
4 packets transmitted, 2 received, +1 duplicates, 50% packet loss, time 1500ms
rtt min/avg/max/mdev = 1.500/6.750/12.000/5.250 ms
`;
  assert.deepEqual(readPingOutput(output, 4, 4), { sent: 4, duplicates: 1, results: [reply(0, 1.5, 57), lost(1), reply(2, 12, 57), lost(3)] });
});

test('refusals carry the ICMP type and code; a redirect is none', () => {
  const output = `From 10.0.0.1 icmp_seq=1 Destination Host Unreachable
From 10.0.0.1 icmp_seq=2 Time to live exceeded
From 10.0.0.1 icmp_seq=3 Packet filtered
From 10.0.0.1: icmp_seq=4 Redirect Host(New nexthop: 10.0.0.2)
64 bytes from 192.0.2.1: icmp_seq=4 ttl=64 time=0.5 ms
From 10.0.0.1 icmp_seq=5 Destination Net Unreachable
5 packets transmitted, 1 received, +4 errors, 80% packet loss, time 2000ms`;
  assert.deepEqual(readPingOutput(output, 5, 4).results, [refused(0, 3, 1), refused(1, 11, 0), refused(2, 3, 13), reply(3, 0.5), refused(4, 3, 0)]);
});

test('IPv6 has lines and numbers of its own', () => {
  const output = `64 bytes from ::1: icmp_seq=1 ttl=64 time=0.042 ms
From 2001:db8::1 icmp_seq=2 Destination unreachable: No route
From 2001:db8::1 icmp_seq=3 Destination unreachable: Address unreachable
From 2001:db8::1 icmp_seq=4 Time exceeded: Hop limit
From 2001:db8::1 icmp_seq=5 Destination unreachable: Administratively prohibited
5 packets transmitted, 1 received, +4 errors, 80% packet loss, time 2000ms`;
  assert.deepEqual(readPingOutput(output, 5, 6).results, [{ ...reply(0, 0.042), type: 129 }, refused(1, 1, 0), refused(2, 1, 3), refused(3, 3, 0), refused(4, 1, 1)]);
});

test('a ping that was stopped has sent what it has shown, and nonsense is passed over', () => {
  const output = 'PING x\n\u0000\u0000nonsense icmp_seq=99\n64 bytes from 192.0.2.1: icmp_seq=2 ttl=64 time=0.1 ms\n64 bytes fro';
  assert.deepEqual(readPingOutput(output, 10, 4), { sent: 2, duplicates: 0, results: [lost(0), reply(1, 0.1)] });
  assert.deepEqual(readPingOutput('', 10, 4), { sent: 0, duplicates: 0, results: [] });
});

test('latency is average, extremes and population deviation; zeros without a reply', () => {
  assert.deepEqual(latencyOf([1, 2, 3, 4]), { avg: 2.5, min: 1, max: 4, stdDev: 1.118 });
  assert.deepEqual(latencyOf([]), { avg: 0, min: 0, max: 0, stdDev: 0 });
});

test('the document counts the loss in percent', () => {
  const parts = { hostname: 'x.test', resolvedIp: '192.0.2.1', ipFamily: 'IPv4', pingCount: 3, dnsResolutionTime: 1.23456 };
  const document = icmpResponse({ ...parts, report: { sent: 3, duplicates: 0, results: [reply(0, 1), reply(1, 3), lost(2)] } });
  assert.deepEqual(document, {
    ...parts, dnsResolutionTime: 1.235, packetsSent: 3, packetsReceived: 2, packetSize: 64, packetLoss: 33.33,
    latency: { avg: 2, min: 1, max: 3, stdDev: 1 }, pingResults: [reply(0, 1), reply(1, 3), lost(2)],
  });
  assert.equal(icmpResponse({ ...parts, report: { sent: 0, duplicates: 0, results: [] } }).packetLoss, 100);
});
