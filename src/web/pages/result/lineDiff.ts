/** Two texts by their lines, the same parts folded. Pure. */
import { diffLines } from 'diff';

export interface DiffLine { kind: 'same' | 'added' | 'removed'; text: string }
/** Lines, or how many same lines are left out. */
export type Hunk = { kind: 'lines'; lines: DiffLine[] } | { kind: 'folded'; count: number };

/** Same lines that stay beside a difference. */
const CONTEXT = 3;
/** Beyond these the two are too different, or too long, to be compared while somebody waits. */
const LIMITS = { maxEditLength: 3_000, timeout: 1_000 };

/** null: too different to be compared. */
export function lineDiff(before: string, now: string): Hunk[] | null {
  const changes = diffLines(withEnd(before), withEnd(now), LIMITS);
  if (!changes) return null;
  const lines = changes.flatMap(({ value, added, removed }): DiffLine[] =>
    value.replace(/\n$/, '').split('\n').map((text) => ({ kind: added ? 'added' : removed ? 'removed' : 'same', text })));
  return fold(lines);
}

/** A last line is not another one for having no end. */
const withEnd = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);

function fold(lines: readonly DiffLine[]): Hunk[] {
  const near = new Array<boolean>(lines.length).fill(false);
  for (const [index, { kind }] of lines.entries()) {
    if (kind !== 'same') near.fill(true, Math.max(0, index - CONTEXT), Math.min(lines.length, index + CONTEXT + 1));
  }
  const hunks: Hunk[] = [];
  for (const [index, line] of lines.entries()) {
    const last = hunks.at(-1);
    if (!near[index]) {
      if (last?.kind === 'folded') last.count += 1; else hunks.push({ kind: 'folded', count: 1 });
    } else if (last?.kind === 'lines') last.lines.push(line);
    else hunks.push({ kind: 'lines', lines: [line] });
  }
  return hunks;
}
