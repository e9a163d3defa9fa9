/** How numbers, values and foreign texts stand in a sentence of the page. Pure; English, like all its words. */

const NUMBERS = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });
/** Beyond what can be counted, as it is written in programs. */
export const numeral = (value: number): string => (Math.abs(value) < 1e15 ? NUMBERS.format(value) : String(value));

/** `840 ms`, `1,240 ms`, from ten seconds on `12.4 s`. */
export const duration = (ms: number): string => (ms < 10_000 ? `${numeral(ms < 100 ? ms : Math.round(ms))} ms` : `${numeral(Math.round(ms / 100) / 10)} s`);

/** `1 hop`, `3 hops`. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${numeral(count)} ${count === 1 ? one : many}`;

const LONGEST_VALUE = 80;
const LONGEST_SENTENCE = 400;

const cut = (text: string, length: number): string => (text.length <= length ? text : `${text.slice(0, length - 1).trimEnd()}…`);
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** A value as it is read: texts in quotes, numbers bare, everything else as JSON; on one line and not long. */
export function shown(value: unknown): string {
  if (typeof value === 'number') return numeral(value);
  if (typeof value === 'string') return `“${cut(oneLine(value), LONGEST_VALUE)}”`;
  return cut(oneLine(JSON.stringify(value) ?? 'nothing'), LONGEST_VALUE);
}

/** A text that is short in itself: an address, a name. */
export const brief = (text: string, length = LONGEST_VALUE): string => cut(oneLine(text), length);

/** What somebody else has said, on one line, with a full stop where nothing ends it; signs alone are no sentence. */
export function ended(text: string): string {
  const line = cut(oneLine(text), LONGEST_SENTENCE);
  if (!/[\p{L}\p{N}]/u.test(line)) return `Nothing more was said than “${line}”.`;
  return /[.!?…]["”)]?$/.test(line) ? line : `${line}.`;
}

/** The same with a capital where a plain word begins it. */
export const sentence = (text: string): string => ended(text).replace(/^[a-z]+(?=[ ,;:])/, (word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);

/** The same inside a sentence: without the stop at its end. */
export const clause = (text: string): string => cut(oneLine(text), LONGEST_SENTENCE).replace(/\.$/, '');
