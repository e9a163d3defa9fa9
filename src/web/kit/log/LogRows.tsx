/**
 * The lines themselves. Only those near the window are in the page, however many there are.
 * Promises: lines have one height, or, wrapped, as many of it as their letters fill; hits and colours are spans with classes, everything else is text.
 */
import { memo, useCallback, useEffect, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState, type Ref } from 'react';
import { flushSync } from 'react-dom';
import { placesOf } from './findHits.ts';
import { clockOf, type Line } from './lines.ts';

/** px of one row; the style says the same. */
const ROW_PX = 20;
/** Rows that are drawn above and below the window, and how far the window moves before others are drawn. */
const BEYOND = 24;
const STEP = 8;

export interface LogRowsHandle {
  /** @param position of a shown line: it comes into the middle of the window. */
  show(position: number): void;
}
export interface LogRowsProps {
  lines: readonly Line[];
  /** How many of them there are by now: a log that is still read grows. */
  count: number;
  /** The numbers of the lines to show; null: all. */
  shown: Uint32Array | null;
  wrap: boolean;
  /** What is searched for, in lower case; '' for nothing. */
  wanted: string;
  /** The position of the hit that the reader is at. */
  at: number | null;
  /** Whether the end stays in sight when lines come. */
  follow: boolean;
  onFollow(follow: boolean): void;
  handle: Ref<LogRowsHandle>;
}

export function LogRows({ lines, count, shown, wrap, wanted, at, follow, onFollow, handle }: LogRowsProps) {
  const frame = useRef<HTMLDivElement>(null);
  const ruler = useRef<HTMLSpanElement>(null);
  /** The number of the line at the top of the window. */
  const anchor = useRef(0);
  const columns = useColumns(ruler);
  const size = shown?.length ?? count;
  const rows = useMemo(() => (wrap ? rowsBefore(lines, shown, size, columns) : null), [wrap, lines, shown, size, columns]);
  const total = (rows ? rows[size] ?? 0 : size) * ROW_PX;
  const [first, setFirst] = useState(0);
  const [visible, setVisible] = useState(50);
  const topOf = useCallback((position: number) => (rows ? rows[position] ?? 0 : position) * ROW_PX, [rows]);

  const look = useCallback(() => {
    const box = frame.current;
    if (!box) return;
    const top = Math.floor(box.scrollTop / ROW_PX);
    const position = rows ? positionAt(rows, size, top) : top;
    anchor.current = shown?.[position] ?? position;
    setFirst(Math.floor(position / STEP) * STEP);
    setVisible(Math.ceil(box.clientHeight / ROW_PX) + STEP);
  }, [rows, shown, size]);
  // Other lines, or other heights: what was at the top stays there.
  const kept = useRef({ shown, wrap, columns });
  useLayoutEffect(() => {
    const before = kept.current;
    kept.current = { shown, wrap, columns };
    if (frame.current && (before.shown !== shown || before.wrap !== wrap || before.columns !== columns)) {
      const position = shown ? firstFrom(shown, anchor.current) : anchor.current;
      frame.current.scrollTop = topOf(position);
    }
    look();
  }, [look, topOf, shown, wrap, columns]);
  useEffect(() => {
    const box = frame.current;
    if (!box) return undefined;
    let last = box.scrollTop;
    const scrolled = () => {
      const end = box.scrollHeight - box.clientHeight;
      if (box.scrollTop < last - 1) onFollow(false);
      else if (box.scrollTop >= end - ROW_PX / 2) onFollow(true);
      last = box.scrollTop;
      // In the same frame: what comes into the window is never blank.
      flushSync(look);
    };
    const observer = new ResizeObserver(look);
    box.addEventListener('scroll', scrolled, { passive: true });
    observer.observe(box);
    return () => {
      box.removeEventListener('scroll', scrolled);
      observer.disconnect();
    };
  }, [look, onFollow]);
  useLayoutEffect(() => {
    if (follow && frame.current) frame.current.scrollTop = frame.current.scrollHeight;
  }, [follow, total]);
  useImperativeHandle(handle, () => ({
    show(position) {
      const box = frame.current;
      if (box) box.scrollTop = Math.max(0, topOf(position) - box.clientHeight / 2 + ROW_PX);
    },
  }), [topOf]);

  const [start, end] = [Math.max(0, Math.min(first, size) - BEYOND), Math.min(size, first + visible + BEYOND)];
  const longest = useLongest(lines, count);
  const parts = lines[0]?.part !== lines[count - 1]?.part;
  return (
    <div ref={frame} className={`log-frame${wrap ? ' log-wrap' : ''}${parts ? ' log-parts' : ''}`} tabIndex={0} role="region" aria-label="Lines of the log">
      <div className="log-row log-ruler" aria-hidden="true"><span className="log-text"><span ref={ruler}>{'0'.repeat(100)}</span></span></div>
      <div className="log-all" style={{ height: total, minWidth: wrap ? undefined : `calc(${longest}ch + var(--log-gutter))` }}>
        <div style={{ transform: `translateY(${topOf(start)}px)` }}>
          {Array.from({ length: end - start }, (_, i) => {
            const position = start + i;
            const number = shown?.[position] ?? position;
            const line = lines[number];
            return line && <Row key={number} line={line} wanted={wanted} current={position === at} />;
          })}
        </div>
      </div>
    </div>
  );
}

/** How many letters stand side by side in the window. */
function useColumns(ruler: { readonly current: HTMLElement | null }): number {
  const [columns, setColumns] = useState(100);
  useLayoutEffect(() => {
    const letters = ruler.current;
    const cell = letters?.parentElement;
    if (!letters || !cell) return undefined;
    const measure = () => setColumns(Math.max(10, Math.floor(cell.clientWidth / (letters.getBoundingClientRect().width / 100) + 0.01)));
    const observer = new ResizeObserver(measure);
    observer.observe(cell);
    measure();
    return () => observer.disconnect();
  }, [ruler]);
  return columns;
}

/** The number of rows above each shown line, and at the end of all. */
function rowsBefore(lines: readonly Line[], shown: Uint32Array | null, size: number, columns: number): Uint32Array {
  const rows = new Uint32Array(size + 1);
  for (let i = 0; i < size; i++) rows[i + 1] = (rows[i] ?? 0) + Math.max(1, Math.ceil((lines[shown?.[i] ?? i]?.text.length ?? 0) / columns));
  return rows;
}

/** The last line that begins at that row or above it. */
function positionAt(rows: Uint32Array, size: number, row: number): number {
  let [low, high] = [0, size];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((rows[middle] ?? 0) <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The position of the first shown line that is that one or a later one. */
function firstFrom(shown: Uint32Array, line: number): number {
  const found = shown.findIndex((number) => number >= line);
  return found < 0 ? shown.length : found;
}

/** Letters of the longest line: as wide can the window be scrolled, whichever lines are drawn. Looks at new lines alone. */
function useLongest(lines: readonly Line[], count: number): number {
  const seen = useRef<{ lines: readonly Line[] | null; next: number; longest: number }>({ lines: null, next: 0, longest: 0 });
  return useMemo(() => {
    const known = seen.current.lines === lines ? seen.current : { lines, next: 0, longest: 0 };
    for (; known.next < count; known.next++) known.longest = Math.max(known.longest, lines[known.next]?.text.length ?? 0);
    seen.current = known;
    return known.longest;
  }, [lines, count]);
}

const Row = memo(function Row({ line: { time, level, part, opens, text, runs }, wanted, current }: { line: Line; wanted: string; current: boolean }) {
  return (
    <div className={`log-row${level ? ` log-${level}` : ''}${current ? ' log-current' : ''}`}>
      {opens && <span className="log-time" title={Number.isNaN(time) ? undefined : `${new Date(time).toISOString()} (UTC)`}>{clockOf(time)}</span>}
      {opens && level && <span className="log-level">{level}</span>}
      {opens && part && <span className="log-part">{part}</span>}
      <span className="log-text">{piecesOf(text, runs, wanted).map(({ from, to, names, hit }) => {
        const piece = text.slice(from, to);
        return hit ? <mark key={from} className={names || undefined}>{piece}</mark> : names ? <span key={from} className={names}>{piece}</span> : piece;
      })}</span>
    </div>
  );
});

interface Piece { from: number; to: number; names: string; hit: boolean }

/** The text, cut where its colour changes and where a hit begins or ends. */
function piecesOf(text: string, runs: Line['runs'], wanted: string): Piece[] {
  const places = placesOf(text, wanted);
  const cuts = new Set([0, ...places, ...places.map((place) => place + wanted.length), ...(runs ?? []).map(({ at }) => at)]);
  const sorted = [...cuts].filter((cut) => cut < text.length).sort((one, other) => one - other);
  return sorted.map((from, i) => ({
    from, to: sorted[i + 1] ?? text.length, names: runs?.findLast(({ at }) => at <= from)?.names ?? '', hit: places.some((place) => from >= place && from < place + wanted.length),
  }));
}
