/** In which guises a secret may appear in a text, as patterns to search for. */

/** Longer secrets are searched for in pieces: a pattern of any length does not compile. */
const PIECE = 1000;
/** A run of base64 shorter than this is too likely to be something else. */
const BASE64_MINIMUM = 4;
/** Characters of a secret that a cut may leave: fewer tell nothing and are found everywhere. */
const CUT_MINIMUM = 5;
/** What goes on after an ellipsis tells something of secrets that are longer than this. */
const MIDDLE_MINIMUM = 8;
/** What a cut leaves of an escaped character, or of a run of equal ones. */
const CUT_SPELLING = /^(?:[%\\&][%\\&#\w]{0,23}|(.)\1*)$/su;

export interface Needle {
  /** All of it: a text, or a pattern (with the flag g) where parts of it may be written in several ways. */
  readonly whole: string | RegExp;
  /** Where the beginning of it stands at the very end of a text, as a cut leaves it; -1 where it does not. */
  cutOff(text: string): number;
  /** How much of the end of it stands at `at`, where a text goes on after an ellipsis; -1 for none. */
  cutOn(text: string, at: number): number;
}

/**
 * The guises of one secret: plain, URL-encoded (any style, also twice), JSON-escaped (up to five times), HTML-escaped, UTF-8 read
 * as Latin-1, mixtures of these, and base64 or base64url of it (also of its URL-encoded and JSON-escaped form), alone or
 * anywhere inside of a longer text.
 */
export function needlesOf(secret: string): Needle[] {
  const needles = pieces(secret).map((piece) => needle(piece, spellings));
  const encoded = new Set([secret, encodeURIComponent(secret.toWellFormed()), JSON.stringify(secret).slice(1, -1)]);
  const cores = new Set([...encoded].flatMap(base64Cores));
  for (const core of cores) needles.push(...pieces(core).map((piece) => needle(piece, base64Spellings)));
  return needles;
}

function pieces(text: string): string[] {
  const characters = Array.from(text);
  if (characters.length <= PIECE) return [text];
  const parts = [];
  for (let at = 0; at < characters.length; at += PIECE) {
    // The last piece reaches back, so that it is not a short text found everywhere.
    parts.push(characters.slice(Math.min(at, characters.length - PIECE), at + PIECE).join(''));
  }
  return parts;
}

function needle(text: string, spell: (character: string, count: number) => string | null): Needle {
  // Runs of the same character are spelled together: otherwise a run of backslashes could be divided in countless ways.
  const runs = Array.from(text.matchAll(/(.)\1*/gsu), ([run]) => run);
  const spelled = runs.map((run) => {
    const character = String.fromCodePoint(run.codePointAt(0)!);
    return spell(character, run.length / character.length);
  });
  const parts = spelled.map((part, at) => part ?? literal(runs[at]!));
  return { whole: spelled.every((part) => part === null) ? text : new RegExp(parts.join(''), 'g'), cutOff: cutOffFinder(parts), cutOn: cutOnFinder(parts) };
}

function cutOnFinder(parts: readonly string[]): Needle['cutOn'] {
  if (parts.length < MIDDLE_MINIMUM) return () => -1;
  let patterns: RegExp[] | undefined;
  return (text, at) => {
    if (at >= text.length) return -1;
    patterns ??= parts.map((part) => new RegExp(part, 'y'));
    // What goes on may begin within a run of equal characters.
    for (const begin of [at, at + (/^(\S)\1{0,31}/u.exec(text.slice(at, at + 64))?.[0].length ?? 0)]) {
      for (let first = 1; first <= patterns.length - CUT_MINIMUM; first++) {
        const end = reach(patterns, first, text, begin);
        if (end >= 0) return end - at;
      }
    }
    return -1;
  };
}

/** Where the patterns from `first` on have all matched, one after the other; -1 where they do not. */
function reach(patterns: readonly RegExp[], first: number, text: string, begin: number): number {
  let at = begin;
  for (let next = first; next < patterns.length; next++) {
    const pattern = patterns[next]!;
    pattern.lastIndex = at;
    if (!pattern.test(text)) return -1;
    at = pattern.lastIndex;
  }
  return at;
}

function cutOffFinder(parts: readonly string[]): Needle['cutOff'] {
  if (parts.length <= CUT_MINIMUM) return () => -1;
  let head: RegExp | undefined;
  let rest: RegExp[] | undefined;
  const reachesEnd = (text: string, from: number) => {
    rest ??= parts.slice(CUT_MINIMUM).map((part) => new RegExp(part, 'y'));
    let at = from;
    for (const part of rest) {
      if (at >= text.length) return true;
      part.lastIndex = at;
      if (!part.test(text)) return CUT_SPELLING.test(text.slice(at));
      at = part.lastIndex;
    }
    return false;
  };
  return (text) => {
    head ??= new RegExp(parts.slice(0, CUT_MINIMUM).join(''), 'g');
    head.lastIndex = 0;
    for (let found = head.exec(text); found; found = head.exec(text)) {
      if (reachesEnd(text, head.lastIndex)) return found.index;
      head.lastIndex = found.index + 1;
    }
    return -1;
  };
}

/** The sign that begins an HTML reference, itself perhaps escaped again. */
const REFERENCE = '&(?:amp;|#0{0,4}38;|#[xX]0{0,4}26;){0,3}';
const NAMED: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' };
/** What bytes 128 to 159 are to a browser that is told nothing, or Latin-1. */
const WINDOWS = new TextDecoder('windows-1252');
const WINDOWS_SIGNS = WINDOWS.decode(Uint8Array.from({ length: 32 }, (_, i) => 128 + i));
/** A backslash in a URL, itself perhaps encoded again: URLs hold texts that were JSON before. */
const URL_BACKSLASH = '%(?:25){0,3}5[cC]';
/** What JSON puts before a character, in texts that were made JSON up to five times. */
const ESCAPES = `(?:\\\\{1,32}|(?:${URL_BACKSLASH}){1,8})`;
const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\n': 'n', '\r': 'r', '\t': 't', '\b': 'b', '\f': 'f' };

/** All ways to write a run of one character; null when no usual encoder touches it. */
function spellings(character: string, count: number): string | null {
  if (/^[\w.-]$/.test(character)) return null;
  const numeric = byNumber(character);
  if (character === '\\') return `(?:\\\\{${count},${32 * count}}|(?:${URL_BACKSLASH}){${count},${8 * count}}|(?:${numeric}|${escapedUnits(character)}){${count}})`;
  const ways = [`${ESCAPES}?(?:${[literal(character), numeric, ...NAMED[character] ? [`${REFERENCE}${NAMED[character]};`] : []].join('|')})`, escapedUnits(character)];
  if (character === ' ') ways.push('\\+');
  if (character > '\x7f') ways.push(...misread(character));
  const short = SHORT_ESCAPES[character];
  if (short) ways.push(`${ESCAPES}${short}`);
  return `(?:${ways.join('|')}){${count}}`;
}

/** A character whose bytes were taken for those of another charset, once or twice. */
function misread(character: string): string[] {
  const bytes = Buffer.from(character, 'utf8');
  const once = [bytes.toString('latin1'), WINDOWS.decode(bytes)];
  const twice = once.map((text) => Buffer.from(text, 'utf8').toString('latin1'));
  const alone = WINDOWS_SIGNS.indexOf(character);
  return [...new Set([...once, ...twice, ...(alone < 0 ? [] : [String.fromCharCode(128 + alone)])])].map(literal);
}

/** Percent signs (themselves perhaps encoded) and HTML references. Hexadecimal digits of any case. */
function byNumber(character: string): string {
  const percent = [...new TextEncoder().encode(character.toWellFormed())]
    .map((byte) => `%(?:25){0,3}${anyCase(byte.toString(16).padStart(2, '0'))}`).join('');
  const point = character.codePointAt(0)!;
  return `${percent}|${REFERENCE}#0{0,4}${point};|${REFERENCE}#[xX]0{0,4}${anyCase(point.toString(16))};`;
}

/** The form of JSON in ASCII: backslash-u, for each of the character's units. */
function escapedUnits(character: string): string {
  return Array.from({ length: character.length }, (_, i) => `${ESCAPES}u${anyCase(character.charCodeAt(i).toString(16).padStart(4, '0'))}`).join('');
}

function anyCase(hex: string): string {
  return hex.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}

function literal(text: string): string {
  return text.replace(/[\^$.*+?()[\]{}|/-]/g, '\\$&');
}

/**
 * The runs of base64 characters that the secret alone decides, for each place where it can start in a group of three
 * bytes. What comes before and after it only changes the characters at the edges, which are left out.
 */
function base64Cores(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const cores = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64').replace(/=+$/, '');
    const decided = Math.floor(((offset + bytes.length) * 8) / 6);
    return text.slice(Math.ceil((offset * 8) / 6), decided);
  });
  // Alone, the last character is decided as well; a very short secret is only known together with its padding.
  const alone = bytes.toString('base64');
  const whole = bytes.length < 3 ? alone : alone.replace(/=+$/, '');
  return [...new Set([whole, ...cores.filter((core) => core.length >= BASE64_MINIMUM)])];
}

function base64Spellings(character: string, count: number): string | null {
  if (character === '+') return `(?:\\+|-|%(?:25)?2[bB]|\\\\{1,4}u002[bB]){${count}}`;
  if (character === '/') return `(?:\\\\{0,3}\\/|_|%(?:25)?2[fF]){${count}}`;
  if (character === '=') return `(?:=|%(?:25)?3[dD]|\\\\{1,4}u003[dD]){${count}}`;
  return null;
}
