/** What a probe may ask of its agent: to run user code that drives a browser or sends requests with Playwright (C). Who runs it, and where, is no probe's business. */
import type { ScriptFile } from './scripts.ts';

type Env = Readonly<Record<string, string>>;

/** One script with what it imports (BROWSER, MULTI_STEP): run by the Playwright that comes with the agent. */
export interface SingleFileJob {
  kind: 'browser' | 'multistep';
  script: string;
  /** Relative to the project's root, with slashes; null for a script that is no file of the project. */
  scriptPath: string | null;
  /** What it may import by path. */
  files: readonly ScriptFile[];
  /** Golden files: uploads by key, and where they belong. */
  snapshots: readonly { key: string; path: string }[];
  updateSnapshots: boolean;
  /** The subset of Playwright's options that is honoured (C.3). */
  playwrightConfig: Readonly<Record<string, unknown>> | null;
  env: Env;
  /** ms for the whole run (C.1). */
  limitMs: number;
}

/** A project with its own Playwright (PLAYWRIGHT): unpacked, installed, run by its test command. */
export interface SuiteJob {
  kind: 'suite';
  /** The upload that holds the project (cli-wire 8). */
  bundleKey: string;
  /** Key of the installed packages; null: they are installed anew for this run alone. */
  cacheHash: string | null;
  refreshCache: boolean;
  /** null: the package manager's, by lock file (C.4). */
  installCommand: string | null;
  testCommand: string;
  /** Relative to the project's root; `.` for the root. */
  workingDir: string;
  engine: { name: string; version: string | null } | null;
  env: Env;
  /** ms for the install and for the test command (C.1). */
  installMs: number;
  limitMs: number;
}

export type PlaywrightJob = SingleFileJob | SuiteJob;

/** One error of a failing test, or of the script (C.7). Texts without colour codes. */
export interface RunError {
  message: string;
  name?: string;
  stack?: string;
  /** The lines around the place, as Playwright prints them. */
  snippet?: string;
  /** `file` relative to the project; line and column from 1. */
  location?: { file: string; line: number; column: number };
  /** What identifies the test, in suites (F.2). */
  testTitle?: string;
  titlePath?: string[];
  file?: string;
  project?: string;
  specId?: string;
  /** 0 for the first try of a test. */
  retry?: number;
  /** A soft assertion: the test went on after it. */
  soft?: boolean;
}

/** ms, but CLS. Absent or null: could not be measured (C.8). */
export interface WebVitals { LCP?: number | null; FCP?: number | null; CLS?: number | null; TTFB?: number | null; TBT?: number | null; INP?: number | null }
export interface PageVisit { url: string; vitals: WebVitals; softNavigation: boolean; test?: string }

/** Counts over all traces and events of the run (C.8). */
export interface TraceSummary { consoleErrors: number; networkErrors: number; documentErrors: number; userScriptErrors: number }

/**
 * Something that went wrong in a browser or a request of the run, in the words of its traces: what TraceSummary counts, each different one once, and
 * failed requests of the test itself (`requestErrors`). Texts without secrets, cut; at most a hundred of a run.
 */
export interface TraceError {
  kind: keyof TraceSummary | 'requestErrors';
  /** The message; of a request why it failed, or its answer's status: `404 Not Found`. */
  text: string;
  /** Of a request its own; else of the file in which it happened, with `line` and `column` from 1 where it has them. */
  url?: string;
  line?: number;
  column?: number;
  /** Of a request. */
  method?: string;
  /** Of an exception. */
  stack?: string;
  /** Unix ms of the first time. */
  startTime?: number;
  /** How often. */
  count: number;
}

/** A step of a test as a moment in its video. `at`: Unix ms of its end. */
export interface Moment { title: string; at: number; ms: number; failed: boolean }
/** `video`: its name, as it was kept. */
export interface VideoMoments { video: string; moments: readonly Moment[] }

/** A file that the run left and that the server has taken. */
export interface KeptFile { type: 'trace' | 'video' | 'screenshot' | 'report' | 'file'; name: string; assetId: string; size: number }

export interface PlaywrightRun {
  /** What cut it short; null: it ended by itself. */
  stopped: null | 'cancelled' | 'deadline' | 'memory' | 'disk' | 'flood';
  /** The memory that it was allowed, in bytes; absent: that of single files (C.1). */
  memoryBytes?: number;
  /** PLAYWRIGHT_TEST: the test runner; PLAYWRIGHT: a plain script (C.2). */
  runner: 'PLAYWRIGHT_TEST' | 'PLAYWRIGHT';
  /** Playwright's own verdict: its exit code, or that the script threw nothing. */
  passed: boolean;
  errors: readonly RunError[];
  /** Some test failed by more than soft assertions. */
  hardFailure: boolean;
  /** null: the code did not mark the check as degraded; else the reasons that it gave, if any. */
  degraded: readonly string[] | null;
  counts: { total: number; passed: number; failed: number; flaky: number; skipped: number };
  pages: readonly PageVisit[];
  traceSummary: TraceSummary;
  traceErrors: readonly TraceError[];
  videoMoments: readonly VideoMoments[];
  /** Unix ms, of the user's code alone. */
  startTime: number;
  endTime: number;
  kept: readonly KeptFile[];
  /** Golden files that were written anew: what `test -u` downloads (cli-wire 6). */
  snapshots: readonly { key: string; path: string }[];
}

export type PlaywrightEnd =
  | { kind: 'done'; run: PlaywrightRun }
  /** It could not be run here, twice: the check ends `errored`. What there is comes along. */
  | { kind: 'fault'; sentence: string; run: PlaywrightRun | null };

/** Never rejects for what user code does. Lines go to the job log, files to the server. */
export type PlaywrightRunner = (job: PlaywrightJob) => Promise<PlaywrightEnd>;
