/** Failed assertions as they were written, without what came instead (B.5, F.3). */
import { cleanSaid, cleanWritten } from './cleanText.ts';
import { textOf, type Fields } from './fields.ts';
import { LONGEST, said, type FoundError } from './foundError.ts';

/** As the evaluation of assertions phrases them. */
const PHRASES: Readonly<Record<string, string>> = {
  EQUALS: 'equal', NOT_EQUALS: 'not equal', GREATER_THAN: 'be greater than', LESS_THAN: 'be less than', CONTAINS: 'contain', NOT_CONTAINS: 'not contain',
  IS_EMPTY: 'be empty', NOT_EMPTY: 'not be empty', IS_NULL: 'be null', NOT_NULL: 'not be null', HAS_KEY: 'have the key', NOT_HAS_KEY: 'not have the key',
  HAS_VALUE: 'have the value', NOT_HAS_VALUE: 'not have the value',
};
const WITHOUT_TARGET = new Set(['IS_EMPTY', 'NOT_EMPTY', 'IS_NULL', 'NOT_NULL']);

export function failedAssertions(assertions: readonly Fields[]): FoundError[] {
  return assertions.flatMap((assertion): FoundError[] => {
    // Those of agentic checks are sentences (D.4).
    if (assertion['passed'] === false) return [said(textOf(assertion['condition']) || 'An assertion failed.')];
    const error = textOf(assertion['error']);
    if (error === '') return [];
    return [{ raw: error, cleaned: couldNotBeRead(error) ? cleanSaid(error.slice(0, LONGEST)) : rendered(assertion), test: null }];
  });
}

/** Then all assertions of its source fail with this one cause. */
const couldNotBeRead = (error: string): boolean => !/^(?:Expected |The header ")/.test(error);

function rendered({ source, property, comparison, target, regex }: Fields): string {
  const of = [textOf(source), ...[property, regex].flatMap((part) => (textOf(part) === '' ? [] : [`"${textOf(part).slice(0, 400)}"`]))].join(' ');
  const phrase = Object.hasOwn(PHRASES, textOf(comparison)) ? PHRASES[textOf(comparison)] : textOf(comparison);
  return `Expected ${of} to ${phrase}${WITHOUT_TARGET.has(textOf(comparison)) ? '' : ` "${cleanTarget(target)}"`}.`;
}

/** Digits of a number that somebody has thought of; longer ones are ids and times that were filled in. */
const WRITTEN_NUMBER = /^-?\d{1,9}(?:\.\d{1,6})?$/;

function cleanTarget(target: unknown): string {
  const text = typeof target === 'number' || typeof target === 'boolean' ? String(target) : textOf(target);
  return WRITTEN_NUMBER.test(text) ? text : cleanWritten(text.slice(0, 500));
}
