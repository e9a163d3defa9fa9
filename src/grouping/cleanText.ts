/**
 * Takes out of a text what changes from run to run and puts a placeholder there (F.3).
 * Promises: linear in the length of the text: every repetition is bounded or of one class that nothing after it can give back.
 * What programs say loses all numbers but statuses and exit codes; what people wrote (quoted texts, locators, expected values) keeps
 * short ones, because "Step 2" and "Step 3" are two things.
 */
import { stripVTControlCharacters } from 'node:util';
import { cleanHost, cleanPath, cleanUrl, IPV4 } from './cleanUrl.ts';
import { cleanWords, UUID } from './cleanWords.ts';

const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\\.?';
const CLOCK = '\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d{1,9})?)?(?: ?[AaPp](?:\\.[Mm]\\.|[Mm]\\b))?';
const ZONE = '(?: ?(?:Z\\b|GMT|UTC|[+-]\\d{2}:?\\d{2}\\b)){0,2}(?: \\([A-Z][A-Za-z ]{1,40}\\))?';
const DATE = [
  `\\d{4}-\\d{2}-\\d{2}(?:[T ]${CLOCK}${ZONE})?`,
  `(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? )?(?:\\d{1,2}(?:st|nd|rd|th)? ${MONTH},? \\d{4}|${MONTH} \\d{1,2}(?:st|nd|rd|th)?,? \\d{4})(?:,? (?:at )?${CLOCK})?${ZONE}`,
  `\\d{1,2}[/.]\\d{1,2}[/.]\\d{4}(?:,? ${CLOCK})?`, `${CLOCK}${ZONE}`,
].join('|');
const FILE_ROOTS = '(?:tmp|var|home|usr|opt|srv|root|private|Users|builds?|workspace|app|work|mnt|data|runner|github)';
const FILE = `(?:file:\\/\\/)?(?:\\/${FILE_ROOTS}(?:\\/[\\w.@+-]{1,200}){1,60}|[A-Z]:(?:\\\\[\\w.@+ -]{1,200}){1,60})`;

/** In the order in which they are tried at one place. */
const STRUCTURES = new RegExp([
  `(?<file>(?<![\\w/:.])${FILE})`,
  '(?<url>(?<![\\w])[a-z][a-z0-9+.-]{1,15}:\\/\\/[^\\s"\'`<>(){}|\\\\^]{1,2048})',
  `(?<id>(?<![0-9a-z])${UUID}(?![0-9a-z]))`,
  '(?<mail>(?<![\\w.+-])[\\w.+-]{1,64}@[\\w-]{1,63}(?:\\.[\\w-]{1,63}){1,6})',
  '(?<block>(?<![\\w.])(?:\\d{1,3}(?:\\.\\d{1,3}){3}|[0-9a-f:]{2,45})\\/\\d{1,3}(?![\\w.]))',
  '(?<column>\\(\\d{1,7}:\\d{1,7}\\))',
  `(?<date>(?<![\\w.:])(?:${DATE})(?!\\w))`,
  '(?<ip>(?<![\\w.])\\d{1,3}(?:\\.\\d{1,3}){3}(?::\\d{1,5})?(?!\\w)|\\[[0-9a-f:.]{2,45}\\](?::\\d{1,5})?|(?<![\\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\\w:]))',
  '(?<place>(?<![\\w.-])[\\w-]{1,80}(?:\\.[\\w-]{1,40}){0,4}\\.(?:[cm]?[jt]sx?|json|py|c|cc)(?::\\d{1,7}){1,2})',
  '(?<host>(?<![\\w.@/-])(?:[\\w-]{1,63}\\.){1,8}[a-z]{2,24}(?![\\w-])(?::\\d{1,5}(?!\\w))?|(?<![\\w.-])localhost:\\d{1,5})',
  '(?<path>(?<![\\w/.*<])(?:\\/[\\w.@+%~-]{1,200}){1,60}\\/?(?:\\?[^\\s"\'`<>]{0,1024})?)',
].join('|'), 'gi');

type Structure = 'file' | 'url' | 'id' | 'mail' | 'block' | 'column' | 'date' | 'ip' | 'place' | 'host' | 'path';

const PUT: Readonly<Record<Structure, (found: string, written: boolean) => string>> = {
  file: (found) => `<path>/${cleanWords(found.slice(Math.max(found.lastIndexOf('/'), found.lastIndexOf('\\')) + 1), true)}`,
  url: (found) => { const end = /[.,;:!?\]]{0,5}$/.exec(found)?.[0] ?? ''; return cleanUrl(found.slice(0, found.length - end.length)) + end; },
  id: () => '<id>', mail: () => '<email>', block: (found) => found,
  column: () => '(<place>)', date: () => '<date>',
  // Somebody who writes an address means that one.
  ip: (found, written) => (written && IPV4.test(found) ? found : '<ip>'),
  place: (found) => cleanWords(found.replace(/(?::\d+)+$/, ''), true),
  host: (found) => cleanHost(found.replace(/:\d+$/, '')),
  path: (found) => cleanPath(found.split('?')[0] ?? ''),
};

/** What is between quotes was written by somebody; an apostrophe is no quote. */
const QUOTED = /"(?:[^"\\\n]|\\.){0,400}"|(?<![\w)\]])'(?:[^'\\\n]|\\.){0,400}'(?!\w)|`[^`\n]{0,400}`/g;
/** The parser shows the text that it was given. */
const BAD_JSON = /Unexpected (?:token|non-whitespace character|end of JSON input|string|number)[^\n]{0,400}?(?:is not valid JSON|in JSON at position \d+(?: \(line \d+ column \d+\))?|after JSON at position \d+(?: \(line \d+ column \d+\))?)/g;

const shortJson = (found: string): string => `Unexpected token${/^Unexpected token '?([<{}[\]])/.exec(found)?.[1]?.replace(/^/, ' ') ?? ''} in JSON`;

function clean(text: string, written: boolean): string {
  let done = '';
  let from = 0;
  for (const match of text.matchAll(STRUCTURES)) {
    const [kind, found] = Object.entries(match.groups ?? {}).find(([, value]) => value !== undefined) ?? ['', ''];
    done += cleanWords(text.slice(from, match.index), written) + (Object.hasOwn(PUT, kind) ? PUT[kind as Structure](found ?? '', written) : '');
    from = match.index + match[0].length;
  }
  return done + cleanWords(text.slice(from), written);
}

/** Characters between quotes that are still a name. */
const LONGEST_QUOTED = 64;

/** What a program says. */
export function cleanSaid(text: string): string {
  const plain = stripVTControlCharacters(text).replace(BAD_JSON, shortJson).replace(/(valid JSON: Unexpected token) '[\w"]'/, '$1');
  let done = '';
  let from = 0;
  for (const match of plain.matchAll(QUOTED)) {
    const [quoted] = match;
    const inner = quoted.slice(1, -1);
    const end = quoted[0] ?? '';
    done += clean(plain.slice(from, match.index), false) + end + (inner.length > LONGEST_QUOTED && !/^[a-z]+:\/\//i.test(inner) ? '<text>' : clean(inner, true)) + end;
    from = match.index + quoted.length;
  }
  return done + clean(plain.slice(from), false);
}

/** What a person wrote: a locator, an expected value, the target of an assertion. */
export const cleanWritten = (text: string): string => clean(stripVTControlCharacters(text), true);
