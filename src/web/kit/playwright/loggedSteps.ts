/**
 * The steps of tests as the runner's own lines of the job log tell them: each action and assertion with the moment at which it ended, which
 * Playwright's report has not. Only of runs with one worker: the lines of several are mixed.
 */
import { entriesOf } from '../log/lines.ts';
import type { Step, Suite, Test, Try } from './report.ts';

/** What ran after one `Test:` line (its name), or in a script without tests (''). */
export interface LoggedTest { name: string; steps: Step[] }

const STEP = /^((?: {2}){1,7})(\S.*?)(?: \((\d+) ms\))?( failed)?$/;

/** Empty where more than one worker ran. */
export function loggedTestsOf(log: unknown): LoggedTest[] {
  const found: LoggedTest[] = [];
  for (const { time, msg, level } of entriesOf(log) ?? []) {
    if (level !== 'DEBUG') continue;
    if (Number(/^Playwright .* with (\d+) workers?$/.exec(msg)?.[1] ?? 1) > 1) return [];
    const [, name] = /^Test: (.*)$/s.exec(msg) ?? [];
    if (name !== undefined) found.push({ name, steps: [] });
    const [, indent, title, ms, failed] = STEP.exec(msg) ?? [];
    if (indent === undefined || title === undefined) continue;
    if (found.length === 0) found.push({ name: '', steps: [] });
    found.at(-1)?.steps.push({ title, ms: Number(ms ?? 0), failed: failed !== undefined, error: null, at: time, steps: [], ...{ depth: indent.length / 2 - 1 } });
  }
  return found.map(({ name, steps }) => ({ name, steps: nested(steps as Told[]) }));
}

interface Told extends Step { depth: number; steps: Told[] }

/** Steps are told as they end: those within one come before it. */
function nested(told: readonly Told[]): Told[] {
  const open: Told[] = [];
  for (const step of told) {
    const from = open.findLastIndex(({ depth }) => depth <= step.depth) + 1;
    open.push({ ...step, steps: open.splice(from) });
  }
  return open;
}

/** The name of a try in the log. */
const nameOf = (titles: readonly string[], test: Test, { retry }: Try): string =>
  `${test.project !== '' && test.project !== 'chromium' ? `[${test.project}] ` : ''}${[...titles, test.title].join(' › ')}${retry > 0 ? ` (retry ${retry})` : ''}`;

/** The same tree; tries that the log knows have its steps instead of the report's, which are fewer and have no times. */
export function withLoggedSteps(suites: readonly Suite[], logged: readonly LoggedTest[], above: readonly string[] | null = null): Suite[] {
  const find = (name: string) => logged.find((one) => one.name === name);
  return suites.map((suite) => {
    // The outermost title is the file's.
    const titles = above === null ? [] : [...above, suite.title];
    const tests = suite.tests.map((test) => ({ ...test, tries: test.tries.map((one) => ({ ...one, steps: find(nameOf(titles, test, one))?.steps ?? one.steps })) }));
    return { ...suite, tests, suites: withLoggedSteps(suite.suites, logged, titles) };
  });
}
