/** In which guises a secret may appear in a text, as patterns to search for. */

/** Longer secrets are searched for in pieces: a pattern of any length does not compile. */
const PIECE = 1000;
/** A run of base64 shorter than this is too likely to be something else. */
const BASE64_MINIMUM = 4;

/** A text to look for, or a pattern (with the flag g) where parts of it may be written in several ways. */
export type Needle = string | RegExp;

/**
 * The guises of one secret: plain, URL-encoded (any style, also twice), JSON-escaped (also twice), HTML-escaped, mixtures of
 * these, and base64 or base64url of it, alone or anywhere inside of a longer text.
 */
export function needlesOf(secret: string): Needle[] {
  const needles = pieces(secret).map((piece) => needle(piece, spellings));
  for (const core of base64Cores(secret)) needles.push(...pieces(core).map((piece) => needle(piece, base64Spellings)));
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
  let source = '';
  let plain = true;
  // Runs of the same character are spelled together: otherwise a run of backslashes could be divided in countless ways.
  for (const [run] of text.matchAll(/(.)\1*/gsu)) {
    const character = String.fromCodePoint(run.codePointAt(0)!);
    const spelled = spell(character, run.length / character.length);
    plain &&= spelled === null;
    source += spelled ?? run;
  }
  return plain ? text : new RegExp(source, 'g');
}

const NAMED: Readonly<Record<string, readonly string[]>> = {
  '&': ['&amp;'], '<': ['&lt;'], '>': ['&gt;'], '"': ['&quot;'], "'": ['&apos;'],
};
const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\n': 'n', '\r': 'r', '\t': 't', '\b': 'b', '\f': 'f' };

/** All ways to write a run of one character; null when no usual encoder touches it. */
function spellings(character: string, count: number): string | null {
  if (/^[\w.-]$/.test(character)) return null;
  if (character === '\\') return `(?:\\\\{${count},${8 * count}}|(?:${coded(character)}){${count}})`;
  const ways = [`\\\\{0,7}${literal(character)}`, coded(character), ...NAMED[character] ?? []];
  if (character === ' ') ways.push('\\+');
  const short = SHORT_ESCAPES[character];
  if (short) ways.push(`\\\\{1,8}${short}`);
  return `(?:${ways.join('|')}){${count}}`;
}

/** The numeric ways: percent signs (themselves perhaps encoded), backslash-u, HTML references. Hexadecimal digits of any case. */
function coded(character: string): string {
  const percent = [...new TextEncoder().encode(character.toWellFormed())]
    .map((byte) => `%(?:25){0,3}${anyCase(byte.toString(16).padStart(2, '0'))}`).join('');
  const units = Array.from({ length: character.length }, (_, i) => `\\\\{1,8}u${anyCase(character.charCodeAt(i).toString(16).padStart(4, '0'))}`).join('');
  const point = character.codePointAt(0)!;
  return `${percent}|${units}|&#0{0,4}${point};|&#[xX]0{0,4}${anyCase(point.toString(16))};`;
}

function anyCase(hex: string): string {
  return hex.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}

function literal(character: string): string {
  return /[\^$.*+?()[\]{}|/-]/.test(character) ? `\\${character}` : character;
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
