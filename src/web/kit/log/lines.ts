/**
 * Entries of a job log become lines: what an entry says may span many, and may be coloured.
 * Promises: read in turns as long as the caller says, so that no log holds up the page; nothing that was printed is lost.
 */
import { hasCodes, PLAIN, readCodes, type Pen, type Run } from './ansi.ts';

export const LEVELS = ['ERROR', 'WARN', 'INFO', 'DEBUG'] as const;
export type Level = (typeof LEVELS)[number];
/** `level` is null where nobody told it: lines that are heard live carry none. `part`: which script of an API check said it. */
export interface Entry { time: number; msg: string; level: Level | null; part: string | null }

/** `opens`: the first line of its entry. `runs`: see ansi.ts. */
export interface Line { time: number; level: Level | null; part: string | null; opens: boolean; text: string; runs: readonly Run[] | null }

/** Characters that one line shows; a longer one goes on in the next. Laying out a whole megabyte at once would stop the page. */
const LONGEST = 2_000;
/** Lines between two looks at the clock. */
const AT_A_TIME = 64;
const BREAK = /\r\n|\n|\r/;
const PARTS = { setup: 'Setup', request: 'Request', teardown: 'Teardown' } as const;

/** A log in any of its shapes (C.11; API and URL checks have one list for each part); null: there is none. */
export function entriesOf(log: unknown): Entry[] | null {
  if (Array.isArray(log)) return log.map((entry) => entryOf(entry, null));
  if (typeof log !== 'object' || log === null) return null;
  return Object.entries(PARTS).flatMap(([key, part]) => {
    const list = (log as Record<string, unknown>)[key];
    return Array.isArray(list) ? list.map((entry) => entryOf(entry, part)) : [];
  });
}

function entryOf(entry: unknown, part: string | null): Entry {
  const { time, msg, level } = (entry ?? {}) as Partial<Record<'time' | 'msg' | 'level', unknown>>;
  return { time: typeof time === 'number' ? time : Number.NaN, msg: typeof msg === 'string' ? msg : JSON.stringify(msg) ?? '', level: LEVELS.find((one) => one === level) ?? null, part };
}

/** Appends the lines of one entry. Colours end with it. */
export function addLines(lines: Line[], { time, msg, level, part }: Entry): void {
  let pen: Pen = PLAIN;
  let opens = true;
  for (const raw of msg.replace(/[\r\n]+$/, '').split(BREAK)) {
    const coloured = hasCodes(raw) || pen !== PLAIN;
    const read = coloured ? readCodes(raw, pen) : { text: raw, runs: null, pen };
    pen = read.pen;
    for (let from = 0; from === 0 || from < read.text.length; from += LONGEST) {
      lines.push({ time, level, part, opens, text: read.text.length <= LONGEST ? read.text : read.text.slice(from, from + LONGEST), runs: runsFrom(read.runs, from) });
      opens = false;
    }
  }
}

/** As they are for the text from there on. */
function runsFrom(runs: readonly Run[] | null, from: number): readonly Run[] | null {
  if (runs === null || from === 0) return runs;
  const before = runs.findLast(({ at }) => at <= from);
  return [...(before ? [{ ...before, at: 0 }] : []), ...runs.filter(({ at }) => at > from).map(({ at, names }) => ({ at: at - from, names }))];
}

export interface LineReader {
  lines: Line[];
  /** Reads on. @param until of `performance.now()`. @returns whether all is read. */
  read(until: number): boolean;
}

export function createLineReader(entries: readonly Entry[]): LineReader {
  const lines: Line[] = [];
  let next = 0;
  return {
    lines,
    read(until) {
      let looked = lines.length;
      for (; next < entries.length; next++) {
        if (lines.length - looked >= AT_A_TIME) {
          if (performance.now() > until) return false;
          looked = lines.length;
        }
        const entry = entries[next];
        if (entry) addLines(lines, entry);
      }
      return true;
    },
  };
}

const two = (number: number): string => String(number).padStart(2, '0');

/** `09:41:07.123` in the reader's zone. @param time Unix ms. */
export function clockOf(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? '' : `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** As it is copied and kept. */
export function textOfLines(lines: readonly Line[]): string {
  return lines.map(({ time, level, text }) => `${Number.isNaN(time) ? '' : new Date(time).toISOString()} ${(level ?? '').padEnd(5)} ${text}`).join('\n');
}
