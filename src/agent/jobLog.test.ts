import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createJobLog, LOG_LIMIT } from './jobLog.ts';

const plain = (text: string) => text;
const bytesOf = (log: object) => Buffer.byteLength(JSON.stringify(log));

test('lines keep their phase, level, time and order', () => {
  let time = 0;
  const writer = createJobLog(plain, () => ++time);
  writer.add('INFO', 'a', 'setup');
  writer.add('ERROR', 'b', 'request');
  writer.add('DEBUG', 'c', 'request');
  assert.deepEqual(writer.close(), {
    setup: [{ time: 1, msg: 'a', level: 'INFO' }],
    request: [{ time: 2, msg: 'b', level: 'ERROR' }, { time: 3, msg: 'c', level: 'DEBUG' }], teardown: [],
  });
});

test('a log is cut at 1 MB and ends with a line that says so', () => {
  for (const line of ['x'.repeat(1000), 'ü'.repeat(100_000), '', 'y'.repeat(3 * LOG_LIMIT)]) {
    const writer = createJobLog(plain, () => 1_750_000_000_000);
    for (let n = 0; n < 20_000; n++) writer.add('INFO', line, 'request');
    const log = writer.close();
    assert.match(log.request.at(-1)?.msg ?? '', /ends here: it is longer than 1 MB/);
    assert.equal(log.request.filter(({ msg }) => msg.includes('longer than 1 MB')).length, 1);
    assert.ok(bytesOf(log) <= LOG_LIMIT);
    assert.ok(bytesOf(log) > LOG_LIMIT / 2);
  }
});

test('the secret is gone before the line is cut', () => {
  const secret = 'canary-0123456789';
  const writer = createJobLog((text) => text.replaceAll(secret, '***'), () => 0);
  for (let n = 0; n < 70_000; n++) writer.add('INFO', secret, 'request');
  writer.add('INFO', secret.repeat(LOG_LIMIT / secret.length * 2), 'request');
  assert.doesNotMatch(JSON.stringify(writer.close()), /canary|0123/);
});

test('what comes after the end is dropped', () => {
  const writer = createJobLog(plain, () => 0);
  const log = writer.close();
  writer.add('INFO', 'late', 'request');
  assert.deepEqual(log.request, []);
});
