/** Days as a reader's calendar has them, as spans of time. Pure. */
import { refuse } from '../contract/errors.ts';

/** `from` to before `to`, Unix ms. */
export interface ReaderDay { day: string; from: number; to: number }

const DAY_MS = 86_400_000;
const FIELDS = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric', hourCycle: 'h23' } as const;

/** The last `count` days of a zone up to the one that `now` (Unix ms) lies in, the oldest first. 400 for a zone that is none. */
export function readerDays(now: number, count: number, zone: string): ReaderDay[] {
  const wall = wallClock(zone);
  const today = Math.floor(wall(now) / DAY_MS) * DAY_MS;
  const midnights = Array.from({ length: count + 1 }, (_, index) => today + (index - count + 1) * DAY_MS);
  const starts = midnights.map((midnight) => momentOf(midnight, wall));
  return midnights.slice(0, count).map((midnight, index) => ({ day: new Date(midnight).toISOString().slice(0, 10), from: starts[index] ?? 0, to: starts[index + 1] ?? 0 }));
}

type Wall = (ms: number) => number;

/** @returns what clocks of the zone show at a moment, written as if it were UTC, to the second. */
function wallClock(zone: string): Wall {
  const format = formatOf(zone);
  return (ms) => {
    const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(part['year'] ?? 0, (part['month'] ?? 1) - 1, part['day'], part['hour'], part['minute'], part['second']);
  };
}

function formatOf(zone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', { ...FIELDS, timeZone: zone });
  } catch {
    throw refuse.badRequest('querystring/zone must be the name of a time zone, as Europe/Berlin.');
  }
}

/** When the zone's clocks show `local`. The second look is for days on which they are changed. */
function momentOf(local: number, wall: Wall): number {
  const first = local - (wall(local) - local);
  return local - (wall(first) - first);
}
