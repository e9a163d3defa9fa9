/**
 * What the code inside the sandbox tells the agent, one JSON object a line. Types alone: at run time there is nothing here.
 * The agent trusts none of it: user code can write such lines too.
 */
import type { Moment, PageVisit, RunError } from '../../../checks/kit/playwright.ts';
import type { LogLevel } from '../../../protocol/outcome.ts';

/** A test, as far as it must be told from others. `titlePath` begins with the outermost describe; `file` is relative to the project. */
export interface TestName { id: string; title: string; titlePath: string[]; file: string; project: string; retry: number }

/** A file that an attempt of a test has left, as Playwright lists it. `path` absolute; bodies are written to files before they are told. */
export interface TellFile { name: string; contentType: string; path: string }

export type InsideEvent =
  /** What user code printed (`console`: the level is known, else by stream), or a line of the runner's own (DEBUG). */
  | { on: 'line'; level: LogLevel; text: string }
  /** The runner has found its tests and begins. */
  | { on: 'begin'; at: number; playwright: string; tests: number; workers: number }
  | { on: 'testBegin'; test: TestName }
  /** `test.step` and what the user called, as it ends; `depth` from 0. */
  | { on: 'step'; title: string; category: string; depth: number; ms: number; failed: boolean }
  /** `moments`: its steps, where one of its files is a video. */
  | { on: 'testEnd'; test: TestName; status: string; expected: boolean; ms: number; files: TellFile[]; moments?: Moment[] }
  /** Of a test that has failed for good, or of no test (a file that does not load). `soft`: see RunError. */
  | { on: 'error'; error: RunError }
  /** A page as it is measured: of several with one `id` the last one counts. */
  | { on: 'page'; id: string; visit: PageVisit }
  /** The user's code has marked the check as degraded. */
  | { on: 'degraded'; reason: string | null }
  /** The browser, as it was started; or why Playwright could not start it. */
  | { on: 'browser'; name: string; version: string }
  | { on: 'noBrowser'; message: string }
  /** How the file is run (single files): by the test runner, or as a plain script. */
  | { on: 'runner'; runner: 'PLAYWRIGHT_TEST' | 'PLAYWRIGHT' }
  /** The last of a run: Playwright's own verdict. Times in Unix ms. */
  | { on: 'end'; at: number; status: 'passed' | 'failed' | 'timedout' | 'interrupted'; hardFailure: boolean; counts: TestCounts };

export interface TestCounts { total: number; passed: number; failed: number; flaky: number; skipped: number }

/** What a worker sends to the process of the test runner, over the channel that Playwright has opened between the two. */
export interface WorkerMessage { method: 'assay'; params: { worker: string | null; event: InsideEvent | { on: 'hello' } } }

/**
 * What the test runner's process sends to a worker: to one that was started before its job, what to load, and then its environment; to any,
 * that the run was interrupted.
 */
export interface RunnerMessage { method: 'assay'; load?: string[]; env?: Record<string, string | undefined>; stop?: true }

/**
 * Where code inside writes its events: `fd:3`, or the absolute path of a file or pipe that lines are appended to.
 * Read once and taken out of the environment before user code sees it.
 */
export const EVENTS_VARIABLE = 'ASSAY_EVENTS';
/** `no-browser`: whatever starts one is refused, as multistep checks have none. */
export const RULES_VARIABLE = 'ASSAY_RULES';

/** What the slot is started with, as JSON in its first argument. */
export interface SlotSetting {
  /** Packages of the runtime, by name, and where each lies. The helper package for degraded states is our own. */
  packages: { name: string; folder: string }[];
  /** A path that `require` finds all of them from. */
  packagesFrom: string;
}

/** One job, as one line of JSON on standard input. Another line, `stop`, ends it early with all that there is. */
export interface SlotJob {
  kind: 'browser' | 'multistep';
  script: string;
  /** null: it gets a name of ours. */
  path: string | null;
  files: { path: string; content: string }[];
  /** Base64. */
  snapshots: { path: string; content: string }[];
  updateSnapshots: boolean;
  config: Record<string, unknown>;
  userAgent: string | null;
  video: boolean;
  env: Record<string, string>;
}

/** Where everything that is not the user's lies, in the job folder. */
export const OWN_FOLDER = '.assay';
/** In it: Playwright's output, the JSON report. */
export const RESULTS = 'results';
export const REPORT = 'report.json';
