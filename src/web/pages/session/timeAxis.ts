/** Where runs stand on a session's axis of time. In ms from the session's start; pure. */
import type { Sequence } from './sequences.ts';

const ROUND = [1, 2, 5] as const;
const MOST_STEPS = 6;

/** The smallest round step (1, 2 or 5 times a power of ten; whole minutes from a minute on) that divides `span` into few parts. */
export function stepOf(span: number): number {
  const least = Math.max(1, span / MOST_STEPS);
  const unit = least > 60_000 ? 60_000 : 1;
  const power = 10 ** Math.floor(Math.log10(least / unit));
  for (const factor of [...ROUND, 10]) if (factor * power * unit >= least) return factor * power * unit;
  return span;
}

/** The end of the last run, at least 1. Clocks of agents may differ from the server's. @param until Unix ms, of the session's end or of now. */
export function spanOfRuns(sequences: readonly Sequence[], startedAt: number, until: number): number {
  let end = until;
  for (const { runs } of sequences) for (const { stoppedAt } of runs) if (stoppedAt) end = Math.max(end, Date.parse(stoppedAt));
  return Math.max(1, end - startedAt);
}

export const ticksOf = (span: number, step: number): number[] => Array.from({ length: Math.floor(span / step) + 1 }, (_, i) => i * step);

/** `0`, `500 ms`, `2 s`, `1:30 min`. */
export function tickLabel(ms: number): string {
  if (ms === 0) return '0';
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 60_000) return `${ms / 1_000} s`;
  const [minutes, seconds] = [Math.floor(ms / 60_000), (ms % 60_000) / 1_000];
  return seconds === 0 ? `${minutes} min` : `${minutes}:${String(seconds).padStart(2, '0')} min`;
}
