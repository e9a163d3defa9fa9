/** One axis for many rows: its marks in the head of a table, and in each row a track that bars lie on. */
import type { ReactNode } from 'react';
import { ticksOf } from './phasesOf.ts';
import { spanOf } from './times.tsx';
import './Axis.css';

/** Where a moment lies, in per cent of the axis. @param ms @param end of the axis, in ms */
export const percentOf = (ms: number, end: number): number => (end > 0 ? Math.min(100, Math.max(0, (100 * ms) / end)) : 0);

/** A mark further to the right, in per cent, would have no room for its number. */
const LAST_MARK = 92;
const LAST_NARROW_MARK = 70;

export function AxisMarks({ end }: { end: number }) {
  return <span className="axis" aria-hidden="true">{ticksOf(end).filter((ms) => percentOf(ms, end) <= LAST_MARK).map((ms) => <i key={ms} className={percentOf(ms, end) > LAST_NARROW_MARK ? 'axis-late' : undefined} style={{ left: `${percentOf(ms, end)}%` }}>{spanOf(ms)}</i>)}</span>;
}

export function AxisTrack({ end, children }: { end: number; children: ReactNode }) {
  return <span className="axis-track" style={{ backgroundSize: `${percentOf(ticksOf(end)[1] ?? end, end)}% 100%` }}>{children}</span>;
}

/** A stretch of the axis, never too narrow to be seen nor beyond its end. @param kind what follows `axis-bar-` in its class */
export function AxisBar({ from, to, end, kind, title }: { from: number; to: number; end: number; kind: string; title: string }) {
  return <span className={`axis-bar axis-bar-${kind}`} title={title} style={{ left: `min(${percentOf(from, end)}%, 100% - 3px)`, width: `${percentOf(to - from, end)}%` }} />;
}
