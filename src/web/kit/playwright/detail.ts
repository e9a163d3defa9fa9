/** What browser checks, multistep checks and suites leave (C.7 to C.10), as their views read it. What is not of its form is left out, never an error. */
import type { Detail } from '../detail.ts';
import type { Step } from './report.ts';

export interface ShownError {
  message: string;
  stack: string | null;
  /** The lines around the place, as Playwright prints them. */
  snippet: string | null;
  /** `file:line:column` */
  place: string | null;
  /** From the outermost describe to the test; empty for what belongs to no test. */
  titles: readonly string[];
  file: string | null;
  project: string | null;
  retry: number;
  /** A soft assertion: the test went on. */
  soft: boolean;
}
export interface Vital { value: number; score: 'GOOD' | 'NEEDS_IMPROVEMENT' | 'POOR' }
export interface Visit { url: string; test: string | null; soft: boolean; vitals: Readonly<Partial<Record<string, Vital>>> }
export type CountName = (typeof COUNTS)[number];
export const COUNTS = ['failed', 'flaky', 'passed', 'skipped'] as const;
export const PROBLEMS = ['userScriptErrors', 'consoleErrors', 'documentErrors', 'networkErrors'] as const;

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? value as Fields : {});
const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const textsOf = (value: unknown): string[] => listOf(value).filter((one) => typeof one === 'string');

/** Errors are texts in older results, objects in newer. */
export const errorsOf = (detail: Detail): ShownError[] => listOf(detail['errors']).map((error) => {
  const fields = typeof error === 'string' ? { message: error } : fieldsOf(error);
  const { file, line, column } = fieldsOf(fields['location']);
  const title = textOf(fields['testTitle']);
  const titles = textsOf(fields['titlePath']);
  return {
    message: textOf(fields['message']) ?? 'An error without a message.', stack: textOf(fields['stack']), snippet: textOf(fields['snippet']),
    place: textOf(file) === null ? null : `${String(file)}:${Number(line)}:${Number(column)}`, titles: titles.length > 0 ? titles : title === null ? [] : [title],
    file: textOf(fields['file']), project: textOf(fields['project']), retry: Number(fields['retry'] ?? 0) || 0, soft: fields['soft'] === true,
  };
});

/** null: the run did not come so far. */
export function countsOf(detail: Detail): Record<CountName, number> | null {
  const counts = fieldsOf(detail['counts']);
  const numbers = Object.fromEntries(COUNTS.map((name) => [name, Number(counts[name] ?? 0) || 0])) as Record<CountName, number>;
  return Object.values(numbers).some((count) => count > 0) ? numbers : null;
}

/** null: this type counts none. */
export function problemsOf(detail: Detail): Record<(typeof PROBLEMS)[number], number> | null {
  if (detail['traceSummary'] === undefined || detail['traceSummary'] === null) return null;
  const summary = fieldsOf(detail['traceSummary']);
  return Object.fromEntries(PROBLEMS.map((name) => [name, Number(summary[name] ?? 0) || 0])) as Record<(typeof PROBLEMS)[number], number>;
}

export type ToldKind = (typeof PROBLEMS)[number] | 'requestErrors';
/** One of the problems in its words. `place`: an address, or `address:line:column`. `at`: Unix ms of the first time. */
export interface Told { kind: ToldKind; text: string; method: string | null; place: string | null; stack: string | null; at: number | null; count: number }
const TOLD: readonly ToldKind[] = [...PROBLEMS, 'requestErrors'];

/** In the order of the kinds, each by time. */
export const toldOf = (detail: Detail): Told[] => listOf(detail['traceErrors']).flatMap((error) => {
  const { kind, text, method, url, line, column, stack, startTime, count } = fieldsOf(error);
  const known = TOLD.find((one) => one === kind);
  if (known === undefined) return [];
  const within = typeof line === 'number' && typeof column === 'number' ? `:${line}:${column}` : '';
  return [{
    kind: known, text: textOf(text) ?? 'Nothing was said.', method: textOf(method), place: textOf(url) === null ? null : `${String(url)}${within}`, stack: textOf(stack),
    at: typeof startTime === 'number' ? startTime : null, count: typeof count === 'number' && count > 1 ? count : 1,
  }];
}).sort((a, b) => TOLD.indexOf(a.kind) - TOLD.indexOf(b.kind));

/** Steps of tests on their videos' time lines, by the name of the video. */
export const momentsOf = (detail: Detail): { video: string; steps: Step[] }[] => listOf(detail['videoMoments']).map((one) => {
  const { video, moments } = fieldsOf(one);
  return {
    video: textOf(video) ?? '', steps: listOf(moments).flatMap((moment): Step[] => {
      const { title, at, ms, failed } = fieldsOf(moment);
      return typeof at === 'number' ? [{ title: textOf(title) ?? '', at, ms: typeof ms === 'number' ? ms : 0, failed: failed === true, error: null, steps: [] }] : [];
    }),
  };
});

export const visitsOf = (detail: Detail): Visit[] => listOf(detail['pages']).map((page) => {
  const { url, test, softNavigation, webVitals } = fieldsOf(page);
  const vitals = Object.entries(fieldsOf(webVitals)).filter(([, vital]) => typeof fieldsOf(vital)['value'] === 'number');
  return { url: textOf(url) ?? '', test: textOf(test), soft: softNavigation === true, vitals: Object.fromEntries(vitals) as Visit['vitals'] };
});
