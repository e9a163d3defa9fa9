import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRing } from './createRing.ts';

function fileHeader(linkType = 276): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt32LE(linkType, 20);
  return header;
}

/** `second`: its time; the packet is a text. */
function record(second: number, text: string): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(second, 0);
  header.writeUInt32LE(text.length, 8);
  return Buffer.concat([header, Buffer.from(text)]);
}

const textIn = (ring: ReturnType<typeof createRing>): string => ring.blocks().map(({ bytes }) => {
  let text = '';
  for (let at = 0; at < bytes.length; at += 16 + bytes.readUInt32LE(at + 8)) text += bytes.toString('latin1', at + 16, at + 16 + bytes.readUInt32LE(at + 8));
  return text;
}).join('');

test('the stream comes in any pieces; what is skipped is gone', () => {
  const stream = Buffer.concat([fileHeader(), record(1, 'one,'), record(2, 'skip'), record(3, 'two,'), record(4, ''), record(5, 'three')]);
  for (const size of [1, 7, 24, 45, stream.length]) {
    const ring = createRing({ bytes: 1000, ageMs: 1e6 }, (bytes, at, length) => bytes.toString('latin1', at, at + length) === 'skip');
    for (let at = 0; at < stream.length; at += size) ring.push(stream.subarray(at, at + size));
    assert.equal(textIn(ring), 'one,two,three', `in pieces of ${size}`);
    assert.deepEqual([ring.linkHeader, ring.completeSince], [20, 1000]);
  }
});

test('it is bounded in bytes and in age, and says since when it is complete', () => {
  const bySize = createRing({ bytes: 100, ageMs: 1e6 }, () => false);
  bySize.push(fileHeader(113));
  for (let second = 1; second <= 20; second++) bySize.push(record(second, `${second}`.padStart(4)));
  assert.equal(textIn(bySize), '  16  17  18  19  20');
  assert.deepEqual([bySize.linkHeader, bySize.completeSince], [16, 15_000]);
  const byAge = createRing({ bytes: 1e6, ageMs: 3_000 }, () => false);
  byAge.push(fileHeader());
  for (const second of [1, 2, 10, 11]) byAge.push(record(second, String(second)));
  assert.equal(textIn(byAge), '1011');
});

test('what is no stream of tcpdump\'s is refused', () => {
  assert.throws(() => createRing({ bytes: 1, ageMs: 1 }, () => false).push(Buffer.alloc(24)), /kind that is not known/);
  const ring = createRing({ bytes: 1, ageMs: 1 }, () => false);
  const wrong = record(1, 'x');
  wrong.writeUInt32LE(0x7fffffff, 8);
  assert.throws(() => ring.push(Buffer.concat([fileHeader(), wrong])), /cannot be read/);
});
