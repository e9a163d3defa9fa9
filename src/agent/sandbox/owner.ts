/** Whose something is that outlives its process: a mark in its name, which tells later agents whether that process still lives. */
import { readFileSync } from 'node:fs';

/** In clock ticks since the machine has started, in base 36; empty where there is no /proc. The same process id comes again, in containers at once. */
function startOf(pid: number | 'self'): string | null {
  try {
    // The name in brackets may hold anything; the fields behind it are plain.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
    return Number(fields[19]).toString(36);
  } catch {
    return null;
  }
}

let own: string | undefined;

/** Of this process: `<process id>.<start>`. */
export const ownMark = (): string => own ??= `${process.pid}.${startOf('self') ?? ''}`;

const MARK = /^(\d+)(?:\.([\da-z]*))?-/;

/** @param rest of a name, from its mark on. True only where there is a mark, and its process is no more. */
export function isLeftOver(rest: string): boolean {
  const [, pid = '', start = ''] = MARK.exec(rest) ?? [];
  if (pid === '') return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return true;
  }
  const now = startOf(Number(pid));
  return start !== '' && now !== null && now !== start;
}
