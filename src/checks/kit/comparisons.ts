/** The fourteen comparisons of B.5 over one value. Pure; what a list of nodes means is decided in assertions.ts. */
import type { Comparison } from './schemas.ts';
import { jsonText } from './jsonText.ts';

/** Puts texts in order that are not numbers, such as protocol versions; null for a text it does not know. */
export type Rank = (text: string) => number | null;

/** One value compared, or nothing at all: a path without nodes, a pattern without a match. */
export type Actual = { present: true; value: unknown } | { present: false };

/** `because` is given where the values could not be compared at all. */
export interface Judgement { holds: boolean; because?: string }

/** How each comparison reads between "to" and the target. */
export const PHRASES: Readonly<Record<Comparison, string>> = {
  EQUALS: 'equal', NOT_EQUALS: 'not equal', GREATER_THAN: 'be greater than', LESS_THAN: 'be less than',
  CONTAINS: 'contain', NOT_CONTAINS: 'not contain', IS_EMPTY: 'be empty', NOT_EMPTY: 'not be empty',
  IS_NULL: 'be null', NOT_NULL: 'not be null', HAS_KEY: 'have the key', NOT_HAS_KEY: 'not have the key',
  HAS_VALUE: 'have the value', NOT_HAS_VALUE: 'not have the value',
};

/** The comparisons that look at the actual value alone. */
export const WITHOUT_TARGET: ReadonlySet<string> = new Set<Comparison>(['IS_EMPTY', 'NOT_EMPTY', 'IS_NULL', 'NOT_NULL']);

const TESTS: Readonly<Record<Comparison, (actual: Actual, target: string, rank?: Rank) => Judgement>> = {
  EQUALS: (actual, target, rank) => ({ holds: equals(actual, target, rank) }),
  NOT_EQUALS: (actual, target, rank) => ({ holds: !equals(actual, target, rank) }),
  GREATER_THAN: (actual, target, rank) => ordered(actual, target, rank, (a, t) => a > t),
  LESS_THAN: (actual, target, rank) => ordered(actual, target, rank, (a, t) => a < t),
  CONTAINS: (actual, target) => ({ holds: contains(actual, target) }),
  NOT_CONTAINS: (actual, target) => ({ holds: !contains(actual, target) }),
  IS_EMPTY: (actual) => ({ holds: isEmpty(actual) }),
  NOT_EMPTY: (actual) => ({ holds: !isEmpty(actual) }),
  IS_NULL: (actual) => ({ holds: isNull(actual) }),
  NOT_NULL: (actual) => ({ holds: !isNull(actual) }),
  HAS_KEY: (actual, target) => ({ holds: hasKey(actual, target) }),
  NOT_HAS_KEY: (actual, target) => ({ holds: !hasKey(actual, target) }),
  HAS_VALUE: (actual, target) => ({ holds: hasValue(actual, target) }),
  NOT_HAS_VALUE: (actual, target) => ({ holds: !hasValue(actual, target) }),
};

export function isComparison(word: string): word is Comparison {
  return Object.hasOwn(TESTS, word);
}

/** Compares one value with the target's text. */
export function compare(comparison: Comparison, actual: Actual, target: string, rank?: Rank): Judgement {
  return TESTS[comparison](actual, target, rank);
}

/** A value as text (B.5, "Coercion"): strings themselves, numbers in shortest decimal, everything else as compact JSON. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : jsonText(value) ?? '';
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** Finite number in decimal writing; spaces around it do not count. */
function numberOf(value: unknown): number | null {
  const text = typeof value === 'string' ? value.trim() : null;
  const number = text !== null && DECIMAL.test(text) ? Number(text) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

/** Both sides as numbers to order by, or the side that is none. */
function pair(value: unknown, target: string, rank?: Rank): { a: number; t: number } | { odd: unknown } {
  if (rank && typeof value === 'string') {
    const [a, t] = [rank(value), rank(target)];
    if (a !== null && t !== null) return { a, t };
  }
  const [a, t] = [numberOf(value), numberOf(target)];
  return a === null ? { odd: value } : t === null ? { odd: target } : { a, t };
}

function equals(actual: Actual, target: string, rank?: Rank): boolean {
  if (!actual.present) return false;
  const sides = pair(actual.value, target, rank);
  if ('odd' in sides) return textOf(actual.value) === target;
  // Long ids lose their last digits as numbers; as texts they are compared to the last one.
  if (typeof actual.value === 'string' && Math.abs(sides.a) > Number.MAX_SAFE_INTEGER) return actual.value.trim() === target.trim();
  return sides.a === sides.t;
}

function ordered(actual: Actual, target: string, rank: Rank | undefined, test: (a: number, t: number) => boolean): Judgement {
  if (!actual.present) return { holds: false };
  const sides = pair(actual.value, target, rank);
  if ('odd' in sides) return { holds: false, because: `"${shortened(textOf(sides.odd))}" is not a number` };
  return { holds: test(sides.a, sides.t) };
}

function contains(actual: Actual, target: string): boolean {
  if (!actual.present) return false;
  if (Array.isArray(actual.value)) return hasValue(actual, target);
  return textOf(actual.value).includes(target);
}

function isEmpty(actual: Actual): boolean {
  if (!actual.present || actual.value === '') return true;
  return typeof actual.value === 'object' && actual.value !== null && Object.keys(actual.value).length === 0;
}

function isNull(actual: Actual): boolean {
  return !actual.present || actual.value === null || actual.value === undefined;
}

function hasKey(actual: Actual, target: string): boolean {
  return actual.present && typeof actual.value === 'object' && actual.value !== null && !Array.isArray(actual.value)
    && Object.hasOwn(actual.value, target);
}

function hasValue(actual: Actual, target: string): boolean {
  if (!actual.present || typeof actual.value !== 'object' || actual.value === null) return false;
  return Object.values(actual.value).some((value) => equals({ present: true, value }, target));
}

/** Enough of a text to be recognized in a sentence. */
export function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
