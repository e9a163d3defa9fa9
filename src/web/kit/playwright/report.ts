/**
 * Playwright's own report of a run (its JSON reporter), as a tree of what ran. Versions differ and users' reporters may write into it: what is
 * not of its form is left out.
 */
import { readCodes, PLAIN } from '../log/ansi.ts';

export type Outcome = 'expected' | 'unexpected' | 'flaky' | 'skipped';
/** ms. `at`: Unix ms of its end, where that is known. */
export interface Step { title: string; ms: number; failed: boolean; error: string | null; at: number | null; steps: readonly Step[] }
/** One try of a test. `startedAt`: Unix ms. `files`: paths that it lists as its own. */
export interface Try { retry: number; status: string; startedAt: number; ms: number; steps: readonly Step[]; files: readonly string[]; errors: readonly string[] }
export interface Test { id: string; title: string; project: string; outcome: Outcome; line: number; tries: readonly Try[] }
/** A file, or a describe in it. */
export interface Suite { title: string; suites: readonly Suite[]; tests: readonly Test[] }

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? value as Fields : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const numberOf = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);
const OUTCOMES: readonly Outcome[] = ['expected', 'unexpected', 'flaky', 'skipped'];

/** @param report what the file says. @returns the files with tests. */
export const readReport = (report: unknown): Suite[] => listOf(fieldsOf(report)['suites']).map(suiteOf);

function suiteOf(suite: unknown): Suite {
  const { title, suites, specs } = fieldsOf(suite);
  return { title: textOf(title), suites: listOf(suites).map(suiteOf), tests: listOf(specs).flatMap(testsOf) };
}

function testsOf(spec: unknown): Test[] {
  const { id, title, tests, line } = fieldsOf(spec);
  return listOf(tests).map((test) => {
    const { projectName, status, results } = fieldsOf(test);
    return {
      id: `${textOf(id)} ${textOf(projectName)}`, title: textOf(title), project: textOf(projectName), line: numberOf(line),
      outcome: OUTCOMES.find((one) => one === status) ?? 'expected', tries: listOf(results).map(tryOf),
    };
  });
}

function tryOf(result: unknown): Try {
  const { retry, status, startTime, duration, steps, attachments, errors } = fieldsOf(result);
  return {
    retry: numberOf(retry), status: textOf(status), startedAt: Date.parse(textOf(startTime)), ms: numberOf(duration), steps: listOf(steps).map(stepOf),
    files: listOf(attachments).map((one) => textOf(fieldsOf(one)['path'])).filter((path) => path !== ''),
    errors: listOf(errors).map(messageOf).filter((message) => message !== null),
  };
}

function stepOf(step: unknown): Step {
  const { title, subtitle, duration, error, steps } = fieldsOf(step);
  return {
    title: [textOf(title), textOf(subtitle)].filter(Boolean).join(' '), ms: numberOf(duration), failed: error !== undefined && error !== null,
    error: messageOf(error), at: null, steps: listOf(steps).map(stepOf),
  };
}

const messageOf = (error: unknown): string | null => {
  const message = textOf(fieldsOf(error)['message']);
  return message === '' ? null : readCodes(message, PLAIN).text;
};

/** What Playwright's test runner itself does around a test, by the titles that it gives. */
export const isSetUp = ({ title }: Step): boolean => /^(?:Launch browser|Create (?:context|page|request context)|Close (?:context|page|browser))$/.test(title);

/** Without what the runner did before the test's first step and after its last. */
export function ownSteps(steps: readonly Step[]): readonly Step[] {
  const own = (step: Step) => !isSetUp(step);
  return steps.slice(Math.max(0, steps.findIndex(own)), steps.findLastIndex(own) + 1);
}

/** All tests below, with the titles above them. */
export const testsIn = (suites: readonly Suite[], above: readonly string[] = []): { titles: readonly string[]; test: Test }[] =>
  suites.flatMap(({ title, suites: below, tests }) => {
    const path = [...above, title];
    return [...tests.map((test) => ({ titles: path, test })), ...testsIn(below, path)];
  });
