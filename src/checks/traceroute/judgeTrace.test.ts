import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSilent, judgeTrace, type Trace } from './judgeTrace.ts';
import { tracerouteDetail, tracerouteResponse } from './response.ts';
import type { TraceProtocol, TraceRequest } from './schema.ts';
import { readTraceOutput } from './traceOutput.ts';

const TARGET = '198.51.100.7';
const judge = (output: string, protocol: TraceProtocol = 'ICMP', more: Partial<Trace> = {}) =>
  judgeTrace({ hops: readTraceOutput(output), ended: 'other', protocol, address: TARGET, maxHops: 30, maxUnknownHops: 15, ...more });
const endings = (output: string, more: Partial<Trace> = {}) => (['TCP', 'UDP', 'SCTP', 'ICMP'] as const).map((protocol) => judge(output, protocol, more).ending);

test('arrival is what the protocol says it is, and only by the target', () => {
  assert.deepEqual(endings(` 1  ${TARGET} <syn,ack>  1 ms`).slice(0, 1), ['destinationReached']);
  assert.deepEqual(endings(` 1  ${TARGET} <rst,ack>  1 ms`).slice(0, 1), ['destinationReached']);
  assert.deepEqual(endings(` 1  ${TARGET} <rst>  1 ms`).slice(0, 1), ['destinationReached']);
  // An ICMP message: a closed port for UDP and SCTP, a firewall's refusal for TCP.
  assert.deepEqual(endings(` 1  ${TARGET}  1 ms`), ['refused', 'destinationReached', 'destinationReached', 'destinationReached']);
  assert.deepEqual(endings(` 1  ${TARGET}  1 ms !X`), ['refused', 'destinationReached', 'destinationReached', 'refused']);
  assert.deepEqual(endings(' 1  10.0.0.1  1 ms !H'), ['refused', 'refused', 'refused', 'refused']);
  assert.deepEqual(judge(' 1  10.0.0.1  1 ms !H').refusedBy?.address, '10.0.0.1');
});

test('only the last hop decides, and only what arrived there is measured', () => {
  const found = judge(` 1  ${TARGET}  1 ms  1 ms  1 ms\n 2  10.0.0.2  7 ms ${TARGET}  2 ms  4 ms`);
  assert.deepEqual([found.ending, found.arrivals], ['destinationReached', [2, 4]]);
  assert.equal(judge(` 1  ${TARGET}  1 ms  1 ms  1 ms\n 2  * * *`, 'ICMP', { ended: 'limit' }).ending, 'timeout');
});

test('silent hops in a row end a trace where the limit is reached, whatever was printed by then', () => {
  const output = ' 1  10.0.0.1  1 ms\n 2  *\n 3  10.0.0.3  1 ms\n 4  *\n 5  *\n 6  *\n 7  10.0.0.7  1 ms\n';
  const found = judge(output, 'ICMP', { maxUnknownHops: 2 });
  assert.deepEqual([found.ending, found.hops.map(({ number }) => number)], ['maxUnknownHops', [1, 2, 3, 4, 5]]);
  assert.equal(isSilent(readTraceOutput(output), { maxUnknownHops: 3, probes: 1 }), true);
  assert.equal(isSilent(readTraceOutput(output), { maxUnknownHops: 4, probes: 1 }), false);
  assert.equal(isSilent(readTraceOutput(' 1  * * *\n 2  * *'), { maxUnknownHops: 2, probes: 3 }), false, 'the second may still answer');
});

test('no hop left, no time left, nothing at all', () => {
  assert.equal(judge(' 1  10.0.0.1  1 ms\n 2  *\n', 'ICMP', { maxHops: 2 }).ending, 'maxHops');
  assert.equal(judge(' 1  10.0.0.1  1 ms\n', 'ICMP', { ended: 'limit' }).ending, 'timeout');
  assert.equal(judge('').ending, 'fault');
});

test('the document counts loss and times of each hop, and of the last one what arrived', () => {
  const request: TraceRequest = { url: 'shop.test', protocol: 'UDP', port: 33_434, ipFamily: 'IPv4', maxHops: 30, maxUnknownHops: 15, ptrLookup: true, timeout: 10 };
  const findings = judge(` 1  10.0.0.2  3 ms 10.0.0.1  1 ms  2 ms\n 2  * * *\n 3  ${TARGET}  4 ms *  6 ms\n`, 'UDP');
  const names = new Map([['10.0.0.1', 'router.test'], ['10.0.0.2', 'other.test']]);
  const response = tracerouteResponse({ request, resolvedIp: TARGET, startedAtMs: 1_700_000_000_999, findings, names, error: null });
  assert.deepEqual(response, {
    hostname: 'shop.test', resolvedIp: TARGET, port: 33_434, ipFamily: 'IPv4', maxHops: 30, totalHops: 3, destinationReached: true,
    truncationReason: 'destinationReached', protocol: 'UDP', probeProtocol: 'UDP', finalHopLatency: { avg: 5, min: 4, max: 6, stdDev: 1 },
    hops: [
      { hop_number: 1, main_ip: '10.0.0.1', main_host: 'router.test', sent: 3, received: 3, loss_percentage: 0, rtt: { last_ms: 2, avg_ms: 2, best_ms: 1, worst_ms: 3, stddev_ms: 0.816 } },
      { hop_number: 2, main_ip: null, sent: 3, received: 0, loss_percentage: 100 },
      { hop_number: 3, main_ip: TARGET, sent: 3, received: 2, loss_percentage: 33.33, rtt: { last_ms: 6, avg_ms: 5, best_ms: 4, worst_ms: 6, stddev_ms: 1 } },
    ],
    timestamp: 1_700_000_000,
  });
  assert.deepEqual(tracerouteDetail(response, 1.23456), {
    totalHops: 3, destinationReached: true, finalHopLatency: { avg: 5, min: 4, max: 6, stdDev: 1 }, timingPhases: { dns: 1.235 }, response,
  });
  const nothing = tracerouteResponse({ request, resolvedIp: null, startedAtMs: 0, findings: judge(''), names, error: { code: 'ENOTFOUND', message: 'no' } });
  assert.deepEqual([nothing.totalHops, nothing.destinationReached, 'truncationReason' in nothing, 'finalHopLatency' in nothing], [0, false, false, false]);
});
