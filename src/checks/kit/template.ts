/**
 * Fills in the templates of a check's fields (B.14).
 * Promises: one pass, so that a value with braces in it is not read again; odd input stays as it is, nothing throws.
 * Never: evaluation of code, and never a variable that is not the environment's own.
 */
import { randomInt, randomUUID } from 'node:crypto';
import moment from 'moment';
import { naturalOffset } from './naturalOffset.ts';

/** Addresses would be destroyed by encoding. */
const RAW: ReadonlySet<string> = new Set(['GROUP_BASE_URL', 'REQUEST_URL']);

const TEMPLATE = /\{\{\{([^{}]*)\}\}\}|\{\{([^{}]*)\}\}/g;
/** `moment` with up to two quoted arguments; in a JSON text the quotes stand escaped. */
const MOMENT = /^moment(?:\s+(?:\\?"([^"\\]*)\\?"|'([^']*)'))?(?:\s+(?:\\?"([^"\\]*)\\?"|'([^']*)'))?$/;

/**
 * `{{NAME}}` becomes the URI-encoded value, `{{{NAME}}}` the value as it is, an unknown name nothing. Built-in addresses, times,
 * ids and random numbers are never encoded. `clock.now` in Unix ms; times are in UTC.
 */
export function renderTemplate(text: string, env: Readonly<Record<string, string>>, clock: { now(): number }): string {
  return text.replace(TEMPLATE, (found, triple: string | undefined, double: string | undefined) => {
    const expression = (triple ?? double ?? '').trim();
    if (expression === '$UUID') return randomUUID();
    if (expression === '$RANDOM_NUMBER') return String(randomInt(10_001));
    const time = MOMENT.exec(expression);
    if (time && !Object.hasOwn(env, expression)) return momentText(time[1] ?? time[2], time[3] ?? time[4], clock.now());
    // Two words or none are no variable: whatever this is, it is not for us.
    if (expression === '' || /[\s"']/.test(expression)) return found;
    if (!Object.hasOwn(env, expression)) return '';
    const value = String(env[expression]);
    // Half a surrogate pair cannot be encoded.
    return triple !== undefined || RAW.has(expression) ? value : encodeURIComponent(value.toWellFormed());
  });
}

/** One argument is an offset when it reads like one, else a format; of two the first is the offset. Not understood: empty. */
function momentText(first: string | undefined, second: string | undefined, now: number): string {
  const start = moment.utc(now);
  const shifted = first === undefined ? start : naturalOffset(first, start);
  const format = second ?? (shifted === null ? first : undefined);
  const time = second === undefined ? shifted ?? start : shifted;
  if (!time?.isValid()) return '';
  // The empty literal keeps words like "constructor" from being looked up in the library's cache of formats.
  return format === undefined ? time.toISOString() : time.format(`${format}[]`);
}
