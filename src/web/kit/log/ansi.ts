/**
 * The colour codes of terminals, read: text without them, and which class each part of it has. Whatever else a terminal would do (move, ring,
 * write a title) is left out. Never HTML: parts are shown as text.
 */

/** From this place of the text on, up to the next run: classes of `log.css`; '' for plain. */
export interface Run { at: number; names: string }
export interface Pen { fore: number | null; back: number | null; marks: ReadonlySet<Mark> }
type Mark = 'bold' | 'dim' | 'italic' | 'underline' | 'struck' | 'turned';

export const PLAIN: Pen = { fore: null, back: null, marks: new Set() };

const CODES = /\u001b(?:\[([0-?]*)[ -/]*([@-~]|$)|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[PX^_][^\u001b]*\u001b\\|[ -/]*[0-~])/g;
const ON: Readonly<Record<number, Mark>> = { 1: 'bold', 2: 'dim', 3: 'italic', 4: 'underline', 7: 'turned', 9: 'struck' };
const OFF: Readonly<Record<number, readonly Mark[]>> = { 21: ['bold'], 22: ['bold', 'dim'], 23: ['italic'], 24: ['underline'], 27: ['turned'], 29: ['struck'] };

/** Whether there is anything to read. */
export const hasCodes = (text: string): boolean => text.includes('\u001b');

/** @param pen as the text before has left it. @returns the pen as this text leaves it. `runs` is null when all of it is plain. */
export function readCodes(text: string, pen: Pen): { text: string; runs: Run[] | null; pen: Pen } {
  let [plain, from] = ['', 0];
  const runs: Run[] = [];
  const note = () => {
    const names = namesOf(pen);
    if (runs.at(-1)?.at === plain.length) runs.pop();
    if ((runs.at(-1)?.names ?? '') !== names) runs.push({ at: plain.length, names });
  };
  note();
  for (const code of text.matchAll(CODES)) {
    plain += text.slice(from, code.index);
    from = code.index + code[0].length;
    if (code[2] !== 'm') continue;
    pen = withCodes(pen, (code[1] ?? '').split(/[;:]/).map((number) => Number.parseInt(number, 10) || 0));
    note();
  }
  plain += text.slice(from);
  return { text: plain, runs: runs.length > 0 ? runs : null, pen };
}

function withCodes(before: Pen, codes: readonly number[]): Pen {
  let { fore, back } = before;
  let marks = new Set(before.marks);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] ?? 0;
    if (code === 0) [fore, back, marks] = [null, null, new Set()];
    else if (code === 38 || code === 48) {
      const [colour, used] = longColour(codes.slice(i + 1));
      i += used;
      if (code === 38) fore = colour;
      else back = colour;
    } else if (code === 39) fore = null;
    else if (code === 49) back = null;
    else if (ON[code]) marks.add(ON[code]);
    else if (OFF[code]) for (const mark of OFF[code]) marks.delete(mark);
    else if (code >= 30 && code <= 37) fore = code - 30;
    else if (code >= 90 && code <= 97) fore = code - 82;
    else if (code >= 40 && code <= 47) back = code - 40;
    else if (code >= 100 && code <= 107) back = code - 92;
  }
  return { fore, back, marks };
}

/** `5;n` or `2;r;g;b`, as the nearest of the sixteen, which are readable on both of our backgrounds. @returns the colour and how many codes it took. */
function longColour([kind, ...rest]: readonly number[]): [colour: number | null, used: number] {
  if (kind === 2) return [nearest(rest[0] ?? 0, rest[1] ?? 0, rest[2] ?? 0), 4];
  if (kind !== 5) return [null, 1];
  const number = rest[0] ?? 0;
  if (number < 16) return [number, 2];
  if (number >= 232) return [nearest((number - 232) * 10 + 8, (number - 232) * 10 + 8, (number - 232) * 10 + 8), 2];
  const part = (step: number) => [0, 95, 135, 175, 215, 255][step % 6] ?? 0;
  return [nearest(part(Math.floor((number - 16) / 36)), part(Math.floor((number - 16) / 6)), part(number - 16)), 2];
}

/** One bit for each of red, green and blue that is there; greys are grey. */
function nearest(red: number, green: number, blue: number): number {
  const [most, least] = [Math.max(red, green, blue), Math.min(red, green, blue)];
  if (most - least < 32) return most < 64 ? 0 : most < 192 ? 8 : 7;
  const has = (value: number) => (value > (most + least) / 2 ? 1 : 0);
  return has(red) + 2 * has(green) + 4 * has(blue) + (most > 208 ? 8 : 0);
}

const namesOf = ({ fore, back, marks }: Pen): string =>
  [fore === null ? '' : `ansi-${fore}`, back === null ? '' : `ansi-on-${back % 8}`, ...[...marks].map((mark) => `ansi-${mark}`)].filter(Boolean).join(' ');
