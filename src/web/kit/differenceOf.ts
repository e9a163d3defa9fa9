/** Where two texts part, so that a long expected value and a long actual one need not be compared letter by letter. Pure. */

/** Characters that are the same at the beginning and at the end of both. */
export interface Difference { start: number; end: number }

/** Shorter texts are compared at a glance. */
const WORTH = 12;

/** @returns null where marking a part says nothing: short texts, the same ones, and those that have less than a quarter in common. */
export function differenceOf(a: string, b: string): Difference | null {
  const shorter = Math.min(a.length, b.length);
  if (shorter < WORTH || a === b) return null;
  let start = 0;
  while (start < shorter && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < shorter - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  return start + end < shorter / 4 ? null : { start, end };
}
