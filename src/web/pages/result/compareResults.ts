/**
 * Two results of one check, field by field. Pure.
 * Promises: what tells of the verdict comes first; what differs between any two runs (ids, dates, signed links, a few ms) counts as the same.
 */
import type { TestSessionResult } from '../../../contract/results.ts';
import { entryOf, fieldsOf, textOf, type Fields } from './fields.ts';
import { isNoise, sameText } from './noise.ts';

export const SECTIONS = ['Verdict and errors', 'Status', 'Timings', 'Headers', 'Body', 'Request', 'Everything else'] as const;
export type Section = (typeof SECTIONS)[number];

/** One field. A side that does not have it is undefined. `percent`: how much a number grew; null where that says nothing. */
export interface Field { path: string; section: Section; before: unknown; now: unknown; same: boolean; percent: number | null }

export interface Side { result: TestSessionResult; detail: Fields | null }

/** All fields of both, in the order to read them in. */
export function compareResults(before: Side, now: Side): Field[] {
  const [old, young] = [leavesOf(before), leavesOf(now)];
  const paths = [...young.keys(), ...[...old.keys()].filter((path) => !young.has(path))];
  const fields = paths.filter((path) => !isNoise(path, old.get(path), young.get(path))).map((path) => fieldOf(path, old.get(path), young.get(path)));
  return SECTIONS.flatMap((section) => fields.filter((field) => field.section === section));
}

const RESULT_FIELDS = ['status', 'hasErrors', 'isDegraded', 'overMaxResponseTime', 'scheduleError', 'responseTime', 'runLocation', 'filePath'] as const;

type Leaves = Map<string, unknown>;

function leavesOf({ result, detail }: Side): Leaves {
  const leaves: Leaves = new Map();
  for (const key of RESULT_FIELDS) leaves.set(key, result[key] ?? null);
  const response = fieldsOf(detail?.['response']);
  for (const [key, value] of Object.entries(detail ?? {})) {
    // Some types repeat parts of their response above it.
    if (Object.hasOwn(response, key) && JSON.stringify(response[key]) === JSON.stringify(value)) continue;
    walk(key, value, leaves);
  }
  return leaves;
}

const LONGEST_LIST = 500;

function walk(path: string, value: unknown, leaves: Leaves): void {
  if (Array.isArray(value)) {
    const keyOf = entryOf(KEYS, path.split('.').at(-1) ?? '');
    if (value.length === 0) leaves.set(path, []);
    const seen = new Map<string, number>();
    for (const [index, item] of value.slice(0, LONGEST_LIST).entries()) {
      const key = keyOf?.(fieldsOf(item)) || String(index + 1);
      const times = (seen.get(key) ?? 0) + 1;
      seen.set(key, times);
      walk(`${path}[${key}${times > 1 ? ` #${times}` : ''}]`, item, leaves);
    }
  } else if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) {
    for (const [key, inner] of Object.entries(value)) walk(`${path}.${key}`, inner, leaves);
  } else leaves.set(path, value);
}

const words = (...parts: unknown[]): string => parts.map((part) => (typeof part === 'number' ? String(part) : textOf(part))).filter((part) => part !== '').join(' ');

/** What makes an entry the same one in another list; others are the same by their place. */
const KEYS: Readonly<Record<string, (entry: Fields) => string>> = {
  assertions: ({ source, property, comparison, target }) => words(source, property, comparison, target),
  errors: ({ titlePath, testTitle }) => (Array.isArray(titlePath) ? titlePath.filter((title) => typeof title === 'string').join(' › ') : textOf(testTitle)),
  traceErrors: ({ kind, text, url, method }) => words(kind, method, text, url),
  hops: ({ hop_number: hop }) => words(hop), pages: ({ url, test }) => words(url, test), metadata: ({ key }) => words(key), chain: ({ subjectCN }) => words(subjectCN),
  Answer: ({ name, type, data }) => words(name, type, data),
};

function fieldOf(path: string, before: unknown, now: unknown): Field {
  const section = sectionOf(path);
  return { path, section, before, now, same: isSame(section, path, before, now), percent: growthOf(before, now) };
}

const growthOf = (before: unknown, now: unknown): number | null => (typeof before === 'number' && typeof now === 'number' && before > 0 ? (now - before) / before * 100 : null);

/** Times differ by this much without a reason: percent, and ms. */
const SLACK = { percent: 20, ms: 5 };

function isSame(section: Section, path: string, before: unknown, now: unknown): boolean {
  if (typeof before === 'number' && typeof now === 'number' && section === 'Timings') {
    // A shift of the layout is no time.
    if (/\.CLS\./.test(path)) return Math.abs(now - before) < 0.01;
    return Math.abs(now - before) <= SLACK.ms || Math.abs(now - before) <= Math.max(before, now) * SLACK.percent / 100;
  }
  return typeof before === 'string' && typeof now === 'string' ? sameText(before, now) : JSON.stringify(before) === JSON.stringify(now);
}

const PLACES: readonly (readonly [RegExp, Section])[] = [
  [/^request\b/, 'Request'],
  [/^response\.headers\.|\bmetadata\[/, 'Headers'],
  [/^response\.(?:body|data|answer|responseMessage|Answer|Question|Authority|Additional|bodyEncoding)\b/, 'Body'],
  [/^responseTime$|timing|latency|webVitals|rtt|(?:Time|Ms|_ms)$/i, 'Timings'],
  [/^(?:status|hasErrors|isDegraded|overMaxResponseTime|scheduleError|requestError|scriptError|failureCategory|counts|traceSummary)\b|^(?:errors|traceErrors)\b|^assertions\b|^response\.(?:error|requestError)\b/, 'Verdict and errors'],
  [/^response\.(?!certificate|chain\[)|^(?:grpc|health|tls|cipher|days|chainTrusted|hostnameVerified|baseline|totalHops|destinationReached)/, 'Status'],
];
const sectionOf = (path: string): Section => PLACES.find(([pattern]) => pattern.test(path))?.[1] ?? 'Everything else';

/** What cannot be read beside its other side: long texts, or several lines. */
export const isLong = ({ before, now }: Pick<Field, 'before' | 'now'>): boolean => [before, now].some((side) => typeof side === 'string' && (side.length > 160 || side.includes('\n')));

/** Both as JSON in lines where both are JSON; else both as they are. */
export function inLines(before: string, now: string): [string, string] {
  try {
    return [JSON.stringify(JSON.parse(before), null, 2), JSON.stringify(JSON.parse(now), null, 2)];
  } catch {
    return [before, now];
  }
}
