/**
 * Names of the asset filter, matched as the CLI matches them afterwards (G.3): an exact name, or a glob; letters of either case.
 * `*` and `?` stay within a piece of a path, `**` spans pieces, `[a-z]` is one of some, `\` takes the meaning from the next; a pattern without a
 * slash is held against the last piece, dot files are like others, braces and `+(…)` are letters like others, `!` at the start turns it round.
 * Linear in pattern times name, whatever they are: both come from outside.
 */

/** One character: itself, or whether it may stand there. */
type One = string | ((char: string) => boolean);
const STAR = Symbol('any run of characters, or of pieces');
type Glob<T> = readonly (T | typeof STAR)[];

/** Whether the items match the glob from end to end; going back to the last star alone is enough. */
function matches<T, I>(glob: Glob<T>, items: ArrayLike<I>, fits: (one: T, item: I) => boolean): boolean {
  let [g, n, star, resume] = [0, 0, -1, 0];
  while (n < items.length) {
    const one = glob[g];
    if (one === STAR) {
      star = g++;
      resume = n;
    } else if (g < glob.length && fits(one as T, items[n] as I)) {
      g++;
      n++;
    } else if (star >= 0) {
      g = star + 1;
      n = ++resume;
    } else return false;
  }
  while (glob[g] === STAR) g++;
  return g === glob.length;
}

const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[\p{L}\p{Nl}\p{Nd}]/u, alpha: /[\p{L}\p{Nl}]/u, ascii: /[\0-\x7f]/, blank: /[\p{Zs}\t]/u, cntrl: /\p{Cc}/u, digit: /\p{Nd}/u, graph: /[^\p{Z}\p{C}]/u, lower: /\p{L}/u,
  print: /\P{C}/u, punct: /\p{P}/u, space: /[\p{Z}\t\r\n\v\f]/u, upper: /\p{L}/u, word: /[\p{L}\p{Nl}\p{Nd}\p{Pc}]/u, xdigit: /[a-f0-9]/i,
};

/** A bracket expression from `[` at `at`. @returns where it ends, exclusive; undefined: the bracket is a letter like others. */
function readBrackets(pattern: string, at: number): { one: One; end: number } | undefined {
  const negated = pattern[at + 1] === '!' || pattern[at + 1] === '^';
  const tests: ((char: string) => boolean)[] = [];
  let first = true;
  for (let i = at + (negated ? 2 : 1); i < pattern.length; first = false) {
    if (pattern[i] === ']' && !first) return { one: (char) => [char, char.toUpperCase()].some((either) => tests.some((test) => test(either))) !== negated, end: i + 1 };
    const [whole, name = ''] = /^\[:(\w+):\]/.exec(pattern.slice(i)) ?? [''];
    const named = CLASSES[name];
    if (named) {
      tests.push((char) => named.test(char));
      i += whole.length;
      continue;
    }
    const [from, next] = readEscaped(pattern, i);
    i = next;
    const isRange = pattern[i] === '-' && i + 1 < pattern.length && pattern[i + 1] !== ']';
    if (!isRange) {
      tests.push((char) => char === from);
      continue;
    }
    const [to, after] = readEscaped(pattern, i + 1);
    i = after;
    tests.push((char) => char >= from && char <= to);
  }
  return undefined;
}

const readEscaped = (pattern: string, at: number): [string, number] =>
  (pattern[at] === '\\' && at + 1 < pattern.length ? [pattern[at + 1] ?? '', at + 2] : [pattern[at] ?? '', at + 1]);

/** A piece between slashes. */
function readPiece(piece: string): Glob<One> {
  const glob: (One | typeof STAR)[] = [];
  for (let i = 0; i < piece.length;) {
    const brackets = piece[i] === '[' ? readBrackets(piece, i) : undefined;
    if (brackets) {
      glob.push(brackets.one);
      i = brackets.end;
    } else if (piece[i] === '*') {
      if (glob.at(-1) !== STAR) glob.push(STAR);
      i += 1;
    } else if (piece[i] === '?') {
      glob.push(() => true);
      i += 1;
    } else {
      const [char, next] = readEscaped(piece, i);
      glob.push(char.toLowerCase());
      i = next;
    }
  }
  return glob;
}

const fitsChar = (one: One, char: string): boolean => (typeof one === 'string' ? one === char : one(char));
/** Dots alone are no name: only dots match them. */
const fitsPiece = (glob: Glob<One>, piece: string): boolean =>
  ((piece !== '.' && piece !== '..' && piece !== '') || glob.every((one) => typeof one === 'string')) && matches(glob, piece, fitsChar);

/** @returns whether a name is meant. */
export function matchesName(selector: string): (name: string) => boolean {
  if (!/[*?[\]{}]/.test(selector)) return (name) => name.toLowerCase() === selector.toLowerCase();
  if (selector.startsWith('#')) return () => false;
  const [marks = ''] = /^!*/.exec(selector) ?? [];
  const pieces = selector.slice(marks.length).split(/\/+/);
  const glob = pieces.map((piece) => (piece === '**' ? STAR : readPiece(piece)));
  // `a/**` is what lies in a, not a itself.
  if (glob.at(-1) === STAR) glob.push([STAR]);
  const negated = marks.length % 2 === 1;
  return (name) => {
    const path = name.toLowerCase().split(/\/+/);
    const last = path.findLast((piece) => piece !== '') ?? '';
    return matches<Glob<One>, string>(glob, pieces.length === 1 ? [last] : path, fitsPiece) !== negated;
  };
}
