import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timingsOf } from './httpTimings.ts';

test('one hop: the phases are the differences of the moments, total is the rounded end', () => {
  assert.deepEqual(timingsOf(1000, { begun: 1000, socket: 1000.5, lookup: 1010.25, connect: 1030, response: 1090.125 }, 1100.4), {
    timings: { socket: 0.5, lookup: 10.25, connect: 30, response: 90.125, end: 100 },
    timingPhases: { wait: 0.5, dns: 9.75, tcp: 19.75, firstByte: 60.125, download: 9.875, total: 100 },
  });
});

test('after redirects: phases of the last hop, total over all hops', () => {
  const { timings, timingPhases } = timingsOf(0, { begun: 200, socket: 201, lookup: 203, connect: 206, response: 210 }, 215);
  assert.deepEqual(timingPhases, { wait: 1, dns: 2, tcp: 3, firstByte: 4, download: 5, total: 215 });
  assert.equal(timings.end, 215);
});

test('a rounded-down end makes no phase negative', () => {
  const { timingPhases } = timingsOf(0, { begun: 0, socket: 0.1, lookup: 0.2, connect: 0.3, response: 1.3 }, 1.4);
  assert.deepEqual(timingPhases, { wait: 0.1, dns: 0.1, tcp: 0.1, firstByte: 0.7, download: 0, total: 1 });
});
