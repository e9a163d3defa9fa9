/**
 * Runs a suite (C.4 to C.7): its packages, then its test command, each in a sandbox of its own; hands over what it leaves.
 * Promises: a suite's own Playwright decides what passes; a bundle, an install or a test that fails is the user's failure and says why; what
 * fails for reasons of this machine is a fault; whatever there is by the time of a cancel or a deadline is handed over.
 * Never: a retry (Playwright has its own); a project's code outside of the sandbox; belief in what came from inside.
 */
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { PlaywrightRun, SuiteJob } from '../../../checks/kit/playwright.ts';
import { rewritesOf, trueReasons, type EgressFailure } from '../../../checks/kit/trueReasons.ts';
import type { BrowserTree } from '../../browsers/openBrowsers.ts';
import { createEvidence, type EvidenceFile } from '../../evidence/createEvidence.ts';
import { LinkError } from '../../linkError.ts';
import type { Machine } from '../../machine.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { createCollector, type Collected, type Collector } from '../collectEvents.ts';
import { readyCache } from '../compileCache.ts';
import type { Attempt } from '../singleFile.ts';
import type { PlaywrightSurroundings } from '../surroundings.ts';
import { createInstallCompiler, type InstallCompiler } from './compileInstall.ts';
import { takeInstall, type InstallFailure } from './installStage.ts';
import { isWhole, openInstallCache, type Install, type InstallCache } from './installCache.ts';
import { COMPILED, programsFor, suitePlaces } from './suiteFolder.ts';
import { runStage, SUITE_MEMORY, type StageEnd } from './suiteStage.ts';
import { testEnvironment } from './testEnvironment.ts';
import { createSuiteTools, type SuiteTools } from './suiteTools.ts';

/** What all suites of an agent share. */
export interface SuiteDeps { machine: Machine; cache: InstallCache; tools: SuiteTools; compiler: InstallCompiler }

export function openSuites(machine: Machine, now: () => number): SuiteDeps {
  const { folder } = machine.userCode;
  return { machine, cache: openInstallCache({ folder: join(folder, 'installs'), now }), tools: createSuiteTools(folder), compiler: createInstallCompiler(machine) };
}

/** Never rejects for what user code does, nor for a bundle that is not there. */
export async function runSuite(deps: SuiteDeps, job: SuiteJob, around: PlaywrightSurroundings): Promise<Attempt> {
  const sandbox = await deps.machine.sandbox();
  if (typeof sandbox === 'string') return fault(sandbox, false);
  around.log('DEBUG', `Sandbox: ${sandbox.facts.level}`);
  sayEngine(job, around);
  try {
    const taken = await takeInstall({ ...deps, sandbox }, job, around);
    if (taken.kind === 'failed') return withoutTests(taken.end, around);
    const { install, fresh, release, discard } = taken;
    try {
      return await runTests({ deps, sandbox, job, around, install, discard, fresh });
    } finally {
      // Who is used again will be used often.
      if (fresh || !deps.compiler.take({ sandbox, job, install, done: release })) await release();
    }
  } catch (error) {
    if (error instanceof LinkError && error.kind === 'refused') return failed(`The code bundle "${job.bundleKey}" is no upload of this account, or it is gone: ${error.message}`, around);
    return fault(`The suite could not be run here: ${(error as Error).message}`);
  }
}

const done = (run: PlaywrightRun): Attempt => ({ run, fault: null, again: false });
const fault = (sentence: string, again = true, run: PlaywrightRun | null = null): Attempt => ({ run, fault: sentence, again });

/** The nearest to what was asked for is what there is (C.6). */
function sayEngine({ engine }: SuiteJob, { log }: PlaywrightSurroundings): void {
  const [ours = ''] = process.versions.node.split('.');
  if (engine?.name === 'bun') log('WARN', `The suite asks for Bun ${engine.version ?? ''}: there is none here, and it runs on Node ${process.versions.node}.`);
  else if (engine?.version && !engine.version.replace(/^v/, '').startsWith(ours)) log('WARN', `The suite asks for Node ${engine.version}: it runs on Node ${process.versions.node} here.`);
}

function failed(message: string, { log, now }: PlaywrightSurroundings): Attempt {
  log('ERROR', message);
  return done({ ...emptyRun(now()), errors: [{ message }] });
}

function withoutTests(end: InstallFailure, around: PlaywrightSurroundings): Attempt {
  if (end.why === 'fault') return fault(end.sentence, end.again);
  if (end.why === 'failed') return failed(end.message, around);
  return done({ ...emptyRun(around.now()), stopped: end.why });
}

interface Testing { deps: SuiteDeps; sandbox: Sandbox; job: SuiteJob; around: PlaywrightSurroundings; install: Install; fresh: boolean; discard(): Promise<void> }

async function runTests(testing: Testing): Promise<Attempt> {
  const { deps: { machine, tools }, sandbox, job, around, install } = testing;
  const browsers = install.playwright ? await machine.browserTree(install.folder) : null;
  if (install.playwright) around.log('DEBUG', `The project's own Playwright: ${install.playwright.version}`);
  // Tests that need no browser run without one; what Playwright says about those that do is explained at the end.
  if (browsers?.ok === false) around.log('WARN', browsers.sentence);
  let failures = (): readonly EgressFailure[] => [];
  const evidence = createEvidence({
    keepPictures: machine.userCode.keepPictures, redactor: around.redactor, files: around.files, log: around.log, rewrites: () => rewritesOf(failures()),
  });
  let collector: Collector | null = null;
  const times = { startTime: around.now(), endTime: around.now() };
  return runStage(sandbox, job, {
    stage: 'test', command: job.testCommand, ms: job.limitMs, programs: await programsFor(tools, job.testCommand, []), npmrc: '', skip: [...install.folders],
    mounts: [
      ...install.folders.map((path) => ({ from: join(install.folder, 'tree', path), to: join('project', path) })), ...(browsers?.ok ? browsers.mounts : []),
    ],
    compiled: sandbox.facts.level === 'none' ? null : await readyCache(join(install.folder, COMPILED)).catch(() => null),
    ownEnv: (folder) => testEnvironment(folder, browsers), onCommand: () => { times.startTime = around.now(); },
    listen: (started) => {
      failures = () => started.egress?.failures ?? [];
      // The command's own output is what people see of the suite.
      const heard = collector = createCollector({ folder: started.folder, log: () => {}, rewrite: (text) => trueReasons(failures())(text) });
      return (line) => heard.take(line);
    },
  }, around, async (end, started) => {
    times.endTime = around.now();
    const told = (collector as Collector).collected();
    const left = await evidence.keep(started.folder, [...await reportsIn(started.folder), ...told.files]);
    return judge(testing, browsers, end, told, { ...runOf(end, told, job), ...times, ...left });
  });
}

/** What is told of the run by itself; the end of the command decides whether it has passed. */
function runOf({ ending, last }: StageEnd, told: Collected, { testCommand }: SuiteJob): PlaywrightRun {
  const { errors, degraded, counts, pages, videoMoments } = told;
  const ended = last?.suite === 'ended' ? last : null;
  const stopped = ending.why === 'exit' ? (ending.signal === 'SIGKILL' || (ended === null && last === null) ? 'memory' : null) : ending.why;
  const passed = stopped === null && ended?.code === 0;
  const untold = !passed && stopped === null && errors.length === 0;
  const message = last?.suite === 'bundle' ? `The code bundle ${String(last.problem)}.`
    : `The test command "${testCommand}" ended with ${ended?.signal ? String(ended.signal) : `exit code ${Number(ended?.code ?? -1)}`}.\n${String(ended?.said ?? '')}`.trimEnd();
  return {
    ...emptyRun(0), stopped, passed, errors: untold ? [{ message }] : errors, hardFailure: told.hardFailure || untold, degraded, counts, pages, videoMoments,
  };
}

/** The JSON reports that we asked for: one of each time that the command has run Playwright. */
async function reportsIn(folder: string): Promise<EvidenceFile[]> {
  const { own } = suitePlaces(folder);
  const names = (await readdir(own)).filter((name) => /^report-\d+\.json$/.test(name)).sort();
  return names.map((name, at) => ({ path: relative(folder, join(own, name)), name: at === 0 ? 'report.json' : `report-${at + 1}.json`, type: 'report', contentType: 'application/json' }));
}

/** Who is to blame: a cache that is damaged and a browser that is not there are ours. */
async function judge({ install, fresh, discard, job }: Testing, browsers: BrowserTree | null, { last }: StageEnd, told: Collected, run: PlaywrightRun): Promise<Attempt> {
  if (last?.suite === 'fault') return fault(`The suite could not be run here: ${String(last.message)}`, true, run);
  if (run.passed || run.stopped !== null) return done(run);
  if (browsers?.ok === false && told.noBrowser !== null) return fault(browsers.sentence, false, run);
  const [, missing] = /Executable doesn't exist at \S*\/(firefox|webkit)[-_]/.exec(told.noBrowser ?? '') ?? [];
  if (missing !== undefined) {
    const name = missing === 'firefox' ? 'Firefox' : 'WebKit';
    return fault(`The suite asks for ${name}, which is not on the agent's machine. Get it there with \`npx playwright@${install.playwright?.version ?? 'latest'} install ${missing}\`.`, false, run);
  }
  if (!fresh && job.cacheHash !== null && told.counts.passed + told.counts.flaky === 0 && !await isWhole(install)) {
    await discard();
    return fault('The installed packages in the agent\'s cache were damaged: they must be installed anew.', true, run);
  }
  return done(run);
}

/** A run in which nothing has happened yet. */
const emptyRun = (now: number): PlaywrightRun => ({
  stopped: null, memoryBytes: SUITE_MEMORY, runner: 'PLAYWRIGHT_TEST', passed: false, errors: [], hardFailure: true, degraded: null, counts: { total: 0, passed: 0, failed: 0, flaky: 0, skipped: 0 },
  pages: [], traceSummary: { consoleErrors: 0, networkErrors: 0, documentErrors: 0, userScriptErrors: 0 }, traceErrors: [], videoMoments: [], startTime: now, endTime: now, kept: [], snapshots: [],
});
