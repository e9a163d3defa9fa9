/** Phases of a run on one axis, and the marks of the axis. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { httpTimeline, inARow, ticksOf } from '../../../src/web/kit/phasesOf.ts';

const phase = (name: string, from: number, took: number) => ({ name, from, took });
const shown = (timeline: ReturnType<typeof httpTimeline>) => timeline?.phases.map(({ name, from, took }) => phase(name, from, took));

test('of one request the phases lie end to end', () => {
  const timeline = httpTimeline({
    timings: { socket: 1, lookup: 3, connect: 8, response: 28, end: 30 }, timingPhases: { wait: 1, dns: 2, tcp: 5, firstByte: 20, download: 2, total: 30 },
  }, true);
  assert.deepEqual(shown(timeline), [phase('Wait for a socket', 0, 1), phase('DNS', 1, 2), phase('TCP connect', 3, 5), phase('TLS, send, first byte', 8, 20), phase('Download', 28, 2)]);
  assert.equal(timeline?.total, 30);
});

test('after redirects the last hop stands where it was, and what led to it before it', () => {
  const timeline = httpTimeline({
    timings: { socket: 51, lookup: 51, connect: 52, response: 60, end: 60 }, timingPhases: { wait: 1, dns: 0, tcp: 1, firstByte: 8, download: 0, total: 60 },
  }, false);
  assert.deepEqual(shown(timeline)?.slice(0, 2), [phase('Redirects before', 0, 50), phase('Wait for a socket', 50, 1)]);
  assert.deepEqual(shown(timeline)?.at(-1), phase('Download', 60, 0));
  assert.equal(httpTimeline({}, false), null);
});

test('phases in a row', () => {
  assert.deepEqual(inARow([['a', 'dns', 2], ['b', 'connect', 3]], 1), [{ name: 'a', kind: 'dns', from: 1, took: 2 }, { name: 'b', kind: 'connect', from: 3, took: 3 }]);
});

test('marks are round, few, and within the axis', () => {
  assert.deepEqual(ticksOf(100), [0, 20, 40, 60, 80, 100]);
  assert.deepEqual(ticksOf(0.42), [0, 0.1, 0.2, 0.3, 0.4]);
  assert.deepEqual(ticksOf(0), [0]);
  assert.deepEqual(ticksOf(Number.NaN), [0]);
  for (const end of [0.003, 1, 7, 12.3, 99, 1_234, 30_000]) {
    const ticks = ticksOf(end);
    assert.ok(ticks.length >= 3 && ticks.length <= 6 && (ticks.at(-1) ?? 0) <= end, `${end}: ${ticks}`);
  }
});
