import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogEntry } from '../protocol/outcome.ts';
import { createLiveLog } from './liveLog.ts';

const entry = (msg: string): LogEntry => ({ time: 1, msg, level: 'INFO' });
const texts = (batches: LogEntry[][]) => batches.map((batch) => batch.map(({ msg }) => msg));

test('lines go out in order and in batches, one at a time; what comes meanwhile waits, and the rest leaves with the end', async () => {
  const batches: LogEntry[][] = [];
  const [first, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const live = createLiveLog(async (entries) => {
    batches.push(entries);
    first.resolve();
    if (batches.length === 1) await answered.promise;
  });
  live.add(entry('a'));
  live.add(entry('b'));
  await first.promise;
  live.add(entry('c'));
  live.add(entry('d'));
  const ended = live.end();
  assert.deepEqual(texts(batches), [['a', 'b']]);
  answered.resolve();
  await ended;
  assert.deepEqual(texts(batches), [['a', 'b'], ['c', 'd']]);
  live.add(entry('e'));
  await live.end();
  assert.equal(batches.length, 2, 'what comes after the end is dropped');
});

test('a batch is bounded, by lines and by length; a line that is longer goes alone', async () => {
  const batches: LogEntry[][] = [];
  const live = createLiveLog(async (entries) => { batches.push(entries); });
  for (let i = 0; i < 1500; i++) live.add(entry(String(i)));
  live.add(entry('x'.repeat(200_000)));
  for (let i = 0; i < 3; i++) live.add(entry('y'.repeat(60_000)));
  await live.end();
  assert.deepEqual(batches.map((batch) => batch.length), [1000, 500, 1, 2, 1]);
  assert.deepEqual(texts(batches).flat().slice(0, 1500), Array.from({ length: 1500 }, (_, i) => String(i)));
});

test('lines that are not wanted any more end the stream, and the run hears nothing of it', async () => {
  let times = 0;
  const live = createLiveLog(async () => { times += 1; throw new Error('lost'); });
  live.add(entry('a'));
  await live.end();
  live.add(entry('b'));
  await live.end();
  assert.equal(times, 1);
});

test('a server that takes nothing holds nobody up', async () => {
  const live = createLiveLog(() => new Promise(() => { /* never */ }), 1);
  live.add(entry('a'));
  await live.end();
});
