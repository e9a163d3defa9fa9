/** Numbers and words: which are ids or counts, and which tell something. Pure and linear. */

export const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const NAMED = new RegExp(`(?<![0-9a-z])${UUID}(?![0-9a-z])|(?<!\\d)\\d{4}-\\d{2}-\\d{2}(?!\\d)`, 'gi');

/** A part of an address or a path. */
export const cleanName = (name: string): string => cleanWords(name.replace(NAMED, (found) => (found.length > 10 ? '<id>' : '<date>')), true);

/** Numbers with their units, and words with digits in them. */
const WORDS = /(?<![\w.])\d{1,60}(?:[.,]\d{1,60}){0,8}(?: ?(?:ms|milliseconds?|s|secs?|seconds?|mins?|minutes?|hours?|h|days?|px|[KMG]i?B|bytes)(?![\w])|%)?(?!\w)|[a-z_$][a-z0-9_$]{0,199}(?:\.\d{1,20}(?!\w)){0,4}|[a-z0-9_$]{1,200}/gi;
const PHRASES = 'Continue|OK|Created|Accepted|No Content|Moved|Found|See Other|Not Modified|Bad Request|Unauthorized|Payment Required|Forbidden|Not Found|Method Not Allowed|Conflict|Gone|Unprocessable|Too Many Requests|Internal Server Error|Not Implemented|Bad Gateway|Service Unavailable|Gateway Time-?out';
const AFTER_STATUS = new RegExp(`^ (?:${PHRASES})\\b`, 'i');
const BEFORE_STATUS = /(?:\b(?:status|statuscode|http|answered|responded|responds|response code)(?:[ _]code)?(?: (?:with|of|was|is|the status|status))?|[←]) ?[:=]? ?["'(]?$/i;
const BEFORE_CODE = /(?:\b(?:exit code|code|signal|alert number|HTTP\/|nth|nth-child|errno)[ :(=]{0,2})$/i;

const has = (text: string, pattern: RegExp): boolean => pattern.test(text);

/** @param written by a person: short numbers stay. */
export function cleanWords(text: string, written: boolean): string {
  return text.replace(WORDS, (word: string, at: number) => {
    if (!has(word, /\d/)) return word;
    if (!has(word[0] ?? '', /\d/) || has(word, /^\d[\w$]*$/) && has(word, /[a-z_$]/i) && !has(word, /^\d+(?:ms|s|px|h|[kmg]i?b|bytes)$/i)) return cleanWord(word, written);
    if (written) return has(word, /^\d{1,4}(?:[.,]\d{1,4}){0,3}(?!\d)/) && !has(word, /\d{5}/) ? word : word.replace(/\d[\d.,]*/, '<n>');
    const before = text.slice(Math.max(0, at - 30), at);
    const number = /^[\d.,]+/.exec(word)?.[0] ?? '';
    if (has(number, /^[1-5]\d\d[.,]?$/) && (has(before, BEFORE_STATUS) || has(text.slice(at + 3, at + 40), AFTER_STATUS))) return word;
    if (has(number, /^\d{1,3}$/) && has(before, BEFORE_CODE) || has(before, /HTTP\/$/i)) return word;
    return has(word, /(?:ms|milliseconds?|s|secs?|seconds?|mins?|minutes?|hours?|h|days?)$/i) ? '<duration>' : word.replace(number.replace(/[.,]$/, ''), '<n>');
  });
}

/** A word of letters and digits: an id, or a name that ends in one, or just a name. */
function cleanWord(word: string, written: boolean): string {
  if (has(word, /^(?:0x)?[0-9a-f]{8,}$/i) && has(word, /\d/)) return '<id>';
  const turns = word.match(/\d+|[^\d]+/g)?.length ?? 0;
  if ((word.length >= 16 && turns >= 4) || (word.length >= 10 && turns >= 5)) return '<id>';
  return word.replace(written ? /\d{5,}/g : /\d{4,}/g, '<n>');
}
