import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTraceOutput } from './traceOutput.ts';

const answer = (address: string, rtt: number, more: object = {}) => ({ address, rtt, refusal: null, flags: null, ...more });

test('probes with and without an answer, several routers in one hop, the flags of the target', () => {
  const output = `traceroute to 198.51.100.7 (198.51.100.7), 30 hops max, 60 byte packets
 1  10.0.0.1  0.250 ms  0.230 ms  0.210 ms
 2  * * *
 3  10.0.2.1  1.500 ms * 10.0.2.2  1.750 ms
10  198.51.100.7 <syn,ack>  9.500 ms  9 ms  10.125 ms
`;
  const flags = 'syn,ack';
  assert.deepEqual(readTraceOutput(output), [
    { number: 1, answers: [answer('10.0.0.1', 0.25), answer('10.0.0.1', 0.23), answer('10.0.0.1', 0.21)] },
    { number: 2, answers: [null, null, null] },
    { number: 3, answers: [answer('10.0.2.1', 1.5), null, answer('10.0.2.2', 1.75)] },
    { number: 10, answers: [answer('198.51.100.7', 9.5, { flags }), answer('198.51.100.7', 9, { flags }), answer('198.51.100.7', 10.125, { flags })] },
  ]);
});

test('refusals belong to their probe; another router has no flags', () => {
  const [hop] = readTraceOutput(' 4  10.0.3.1 <rst,ack>  1.0 ms 10.0.3.9  2.0 ms !X  2.5 ms !<10>');
  assert.deepEqual(hop?.answers, [answer('10.0.3.1', 1, { flags: 'rst,ack' }), answer('10.0.3.9', 2, { refusal: '!X' }), answer('10.0.3.9', 2.5, { refusal: '!<10>' })]);
});

test('IPv6, with an interface or without', () => {
  const hops = readTraceOutput(' 1  fe80::1%eth0  0.5 ms  0.5 ms  0.5 ms\n 2  2001:db8::1  1.5 ms !N');
  assert.deepEqual(hops.map(({ answers }) => answers[0]), [answer('fe80::1', 0.5), answer('2001:db8::1', 1.5, { refusal: '!N' })]);
});

test('output that breaks off keeps what is certain; nonsense is passed over', () => {
  assert.deepEqual(readTraceOutput('traceroute to x\n 1  10.0.0.1  0.25 ms  0.2'), [{ number: 1, answers: [answer('10.0.0.1', 0.25)] }]);
  assert.deepEqual(readTraceOutput(' 1  *\n 2 '), [{ number: 1, answers: [null] }]);
  assert.deepEqual(readTraceOutput(''), []);
  assert.deepEqual(readTraceOutput('\u0000\u0000 nonsense\n 7  what is this 5 ms !H\n'), []);
});
