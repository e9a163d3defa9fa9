import assert from 'node:assert/strict';
import test from 'node:test';
import { readerDays } from './readerDays.ts';

const iso = (ms: number) => new Date(ms).toISOString();
const hours = ({ from, to }: { from: number; to: number }) => (to - from) / 3_600_000;

test('days follow each other without a gap and end with today', () => {
  const days = readerDays(Date.UTC(2026, 0, 2, 5), 3, 'UTC');
  assert.deepEqual(days.map(({ day, from, to }) => [day, iso(from), iso(to)]), [
    ['2025-12-31', '2025-12-31T00:00:00.000Z', '2026-01-01T00:00:00.000Z'], ['2026-01-01', '2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'],
    ['2026-01-02', '2026-01-02T00:00:00.000Z', '2026-01-03T00:00:00.000Z'],
  ]);
});

test('today is the reader\'s, east and west, and in zones with odd offsets', () => {
  const now = Date.UTC(2026, 5, 10, 2, 30);
  const today = (zone: string) => { const [day] = readerDays(now, 1, zone); return [day?.day, iso(day?.from ?? 0)]; };
  assert.deepEqual(today('America/Los_Angeles'), ['2026-06-09', '2026-06-09T07:00:00.000Z']);
  assert.deepEqual(today('Pacific/Auckland'), ['2026-06-10', '2026-06-09T12:00:00.000Z']);
  assert.deepEqual(today('Asia/Kathmandu'), ['2026-06-10', '2026-06-09T18:15:00.000Z']);
});

test('a day on which clocks are changed has 23 or 25 hours', () => {
  assert.deepEqual(readerDays(Date.UTC(2026, 2, 30, 12), 3, 'Europe/Berlin').map(hours), [24, 23, 24]);
  assert.deepEqual(readerDays(Date.UTC(2026, 9, 26, 12), 3, 'Europe/Berlin').map(hours), [24, 25, 24]);
});

test('a zone that is none is refused by its name', () => {
  for (const zone of ['Nowhere/Land', '', '\0', '../etc']) assert.throws(() => readerDays(0, 1, zone), /querystring\/zone/, JSON.stringify(zone));
});
