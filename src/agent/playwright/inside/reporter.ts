/**
 * A reporter of Playwright's test runner that tells the agent what happens.
 * Promises: an exception of its own never changes how the user's run ends.
 * Never: anything of Playwright but the public interface of reporters, as old as 1.40.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import type { FullConfig, FullResult, Suite, TestCase, TestError, TestResult, TestStep } from '@playwright/test/reporter';
import type { Moment, RunError } from '../../../checks/kit/playwright.ts';
import { cutText } from './cutText.ts';
import type { InsideEvent, TellFile, TestCounts, TestName } from './messages.ts';
import { softAmong } from './softAssertions.ts';
import { shared } from './tell.ts';

/**
 * `root`: what files are told relative to (null: the configuration's). `bodies`: a folder for attachments that are no files.
 * `alone`: no other reporter prints.
 * `packages`: those that there are, for whoever imports another one.
 */
export interface ReporterOptions { root?: string | null; bodies?: string; alone?: boolean; packages?: string[] }

/** Of a step's title; more is in the trace. */
const LONGEST_TITLE = 300;
const LONGEST_TEXT = 16 * 1024;
/** Of one video. */
const MOST_MOMENTS = 300;
/** Where the code that runs the user's is. */
const OWN = fileURLToPath(new URL('.', import.meta.url));
const TOLD_STEPS = new Set(['test.step', 'pw:api', 'expect']);

export default class AssayReporter {
  private readonly options: ReporterOptions;
  private root = '';
  private suite: Suite | null = null;
  private readonly told = new Set<string>();
  private failedOutside = false;
  private bodies = 0;

  constructor(options: ReporterOptions = {}) {
    this.options = options;
  }

  printsToStdio(): boolean {
    return this.options.alone === true;
  }

  onBegin(config: FullConfig, suite: Suite): void {
    this.guarded(() => {
      this.root = this.options.root ?? config.rootDir;
      this.suite = suite;
      this.tell({ on: 'begin', at: Date.now(), playwright: config.version, tests: suite.allTests().length, workers: config.workers });
    });
  }

  onTestBegin(test: TestCase, result: TestResult): void {
    this.guarded(() => {
      const name = this.nameOf(test, result);
      shared().tests.set(String(result.workerIndex), name.titlePath.join(' › '));
      this.tell({ on: 'testBegin', test: name });
    });
  }

  onStepEnd(_test: TestCase, _result: TestResult, step: TestStep): void {
    this.guarded(() => {
      if (!TOLD_STEPS.has(step.category)) return;
      let depth = 0;
      for (let above = step.parent; above; above = above.parent) depth += TOLD_STEPS.has(above.category) ? 1 : 0;
      this.tell({ on: 'step', title: titleOf(step), category: step.category, depth, ms: step.duration, failed: step.error !== undefined });
    });
  }

  onTestEnd(test: TestCase, result: TestResult): void {
    this.guarded(() => {
      const files = result.attachments.flatMap((attachment) => this.fileOf(attachment));
      this.tell({
        on: 'testEnd', test: this.nameOf(test, result), status: result.status, expected: result.status === test.expectedStatus || result.status === 'skipped', ms: result.duration, files,
        ...(files.some(({ contentType }) => contentType.startsWith('video/')) ? { moments: momentsOf(result.steps).slice(0, MOST_MOMENTS) } : {}),
      });
      if (!test.ok() && result.retry >= test.retries) this.tellErrors(test, result);
    });
  }

  /** Of no test: a file that does not load, no tests, the time limit of all. */
  onError(error: TestError): void {
    this.guarded(() => {
      // A single file that does not load has no tests either: that is no second error.
      const second = this.options.alone && this.failedOutside && /^(Error: )?No tests found/.test(error.message ?? '');
      this.failedOutside = true;
      if (!second) this.tell({ on: 'error', error: this.errorOf(error) });
    });
  }

  onStdOut(chunk: string | Buffer, test: TestCase | void): void {
    this.print('INFO', chunk, test);
  }

  onStdErr(chunk: string | Buffer, test: TestCase | void): void {
    this.print('ERROR', chunk, test);
  }

  onEnd({ status }: FullResult): void {
    this.guarded(() => {
      const tests = this.suite?.allTests() ?? [];
      let hard = this.failedOutside || status === 'timedout';
      for (const test of tests) {
        const last = test.results.at(-1);
        if (test.ok() || !last) continue;
        this.tellErrors(test, last);
        hard ||= isHard(last);
      }
      this.tell({ on: 'end', at: Date.now(), status, hardFailure: hard, counts: countsOf(tests) });
    });
  }

  private guarded(work: () => void): void {
    try {
      work();
    } catch { /* what we could not tell is not the user's failure */ }
  }

  private tell(event: InsideEvent): void {
    shared().tell?.(event);
  }

  private print(level: 'INFO' | 'ERROR', chunk: string | Buffer, test: TestCase | void): void {
    // Workers that tell their own output know its level; what is printed while files are loaded is printed again in the worker.
    this.guarded(() => {
      if (!shared().workersSpeak && test) this.tell({ on: 'line', level, text: plain(chunk.toString(), LONGEST_TEXT) });
    });
  }

  private nameOf(test: TestCase, result: TestResult): TestName {
    const [, project = '', , ...titles] = test.titlePath();
    return { id: test.id, title: test.title, titlePath: titles, file: this.relative(test.location.file), project, retry: result.retry };
  }

  private relative(path: string): string {
    const short = relative(this.root, path);
    return short.startsWith('..') ? path : short.split(sep).join('/');
  }

  private tellErrors(test: TestCase, result: TestResult): void {
    const name = this.nameOf(test, result);
    if (this.told.has(test.id)) return;
    this.told.add(test.id);
    const isSoft = softAmong(result);
    for (const error of result.errors.length > 0 ? result.errors : [{ message: missing(result.status) }]) {
      this.tell({
        on: 'error', error: {
          ...this.errorOf(error), testTitle: name.title, titlePath: name.titlePath, file: name.file, project: name.project, specId: test.id, retry: result.retry,
          ...(isSoft(error) ? { soft: true } : {}),
        },
      });
    }
  }

  private errorOf({ message, stack, value, location, snippet }: TestError): RunError {
    const text = plain(message ?? value ?? stack ?? 'Unknown error', LONGEST_TEXT);
    const [, name] = /^(\w*Error): /.exec(text) ?? [];
    const short = (long: string) => (this.root === '' ? long : long.replaceAll(`${this.root}${sep}`, ''));
    const ours = location?.file.startsWith(OWN) === true;
    return {
      message: short(text) + absent(text, this.options.packages), ...(name ? { name } : {}), ...(stack ? { stack: short(withoutOwn(plain(stack, LONGEST_TEXT))) } : {}),
      ...(snippet && !ours ? { snippet: plain(snippet, LONGEST_TEXT) } : {}),
      ...(location && !ours ? { location: { file: this.relative(location.file), line: location.line, column: location.column } } : {}),
    };
  }

  private fileOf({ name, contentType, path, body }: TestResult['attachments'][number]): TellFile[] {
    if (path) return [{ name, contentType, path }];
    if (!body || !this.options.bodies) return [];
    mkdirSync(this.options.bodies, { recursive: true });
    const file = join(this.options.bodies, `attachment-${++this.bodies}`);
    writeFileSync(file, body);
    return [{ name, contentType, path: file }];
  }
}

/** Lines of a stack that are in this folder lead nobody to a mistake. */
const withoutOwn = (stack: string): string => stack.split('\n').filter((line) => !/^ +at /.test(line) || !line.includes(OWN)).join('\n');

/** Newer versions tell apart what a step is done to. */
const titleOf = (step: TestStep): string => plain([step.title, (step as { subtitle?: string }).subtitle].filter(Boolean).join(' '), LONGEST_TITLE);

/** As they end: those within a step before it. */
const momentsOf = (steps: readonly TestStep[]): Moment[] => steps.flatMap((step) => [
  ...momentsOf(step.steps),
  // One that never ended is where its test was stopped.
  ...(TOLD_STEPS.has(step.category) ? [{ title: titleOf(step), at: step.startTime.getTime() + Math.max(0, step.duration), ms: Math.max(0, step.duration), failed: step.error !== undefined }] : []),
]);

const plain = (text: string, longest: number): string => cutText(stripVTControlCharacters(text), longest);
const missing = (status: TestResult['status']): string => (status === 'interrupted' ? 'The test was interrupted.' : 'The test was expected to fail, and passed.');

/** Node's own words for a package that is not there, explained. */
function absent(message: string, packages: readonly string[] | undefined): string {
  const [, name] = /Cannot find (?:module|package) '((?:@[\w.-]+\/)?\w[\w.-]*)/.exec(message) ?? [];
  if (!packages || name === undefined || packages.includes(name)) return '';
  return `\nThe package "${name}" is not available to browser and multistep checks; these are: ${packages.join(', ')}.`;
}

/** More than soft assertions. */
function isHard({ status, errors, steps }: TestResult): boolean {
  const isSoft = softAmong({ steps });
  return status !== 'failed' || errors.length === 0 || errors.some((error) => !isSoft(error));
}

function countsOf(tests: readonly TestCase[]): TestCounts {
  const counts = { total: tests.length, passed: 0, failed: 0, flaky: 0, skipped: 0 };
  for (const test of tests) counts[({ expected: 'passed', unexpected: 'failed', flaky: 'flaky', skipped: 'skipped' } as const)[test.outcome()]] += 1;
  return counts;
}
