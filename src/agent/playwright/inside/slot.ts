/**
 * The process that a browser or multistep check runs in: loads Playwright's test runner, waits for a job on standard input, runs it,
 * tells file descriptor 3 what happens, ends.
 * Promises: the last that it tells is how the job ended, unless it was killed; what the user's code has left behind ends with it.
 * Never: an import of Assay's own code but this folder's and that of scripts, or trust in anything: the script can change all of this.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';
import { cutText } from './cutText.ts';
import type { SlotJob, SlotSetting, TestCounts } from './messages.ts';
import { importsTest } from './importsTest.ts';
import { runPlainScript } from './plainScript.ts';
import { linkPackages, placeFiles, REPORTER_KEY, writeConfig } from './project.ts';
import AssayReporter from './reporter.ts';
import { startSpareWorker, type SpareWorker } from './spareWorker.ts';
import { shared } from './tell.ts';

const root = process.cwd();
const setting = JSON.parse(process.argv[2] ?? '') as SlotSetting;
const require = createRequire(setting.packagesFrom);
const NONE: TestCounts = { total: 0, passed: 0, failed: 0, flaky: 0, skipped: 0 };

/** As much of Playwright's test runner as is used here; it may be missing in another version. */
interface Runner {
  configLoader: { loadConfigFromFile(path: string, overrides: object): Promise<unknown> };
  runAllTestsWithConfig(config: unknown, options: object): Promise<string>;
  spare: SpareWorker;
}

let ended = false;
let stop: () => void = () => { stopped = true; };
let stopped = false;

function tell(event: Parameters<NonNullable<ReturnType<typeof shared>['tell']>>[0]): void {
  ended ||= event.on === 'end';
  shared().tell?.(event);
}

/** The end of a run that no test has. */
function fail(thrown: unknown): never {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const known = (text: string) => cutText(stripVTControlCharacters(text).replaceAll(`${root}/`, ''), 16_000);
  if (!ended) {
    tell({ on: 'error', error: { message: known(error.message), name: error.name, stack: known(error.stack ?? '') } });
    tell({ on: 'end', at: Date.now(), status: 'failed', hardFailure: true, counts: NONE });
  }
  process.exit(0);
}

/** Loads all that runs share. Null where this Playwright is not the one that we know: then its own program does the work. */
function loadRunner(): Runner | null {
  try {
    const { configLoader } = require('playwright/lib/common') as Partial<Runner>;
    const { testRunner } = require('playwright/lib/runner') as { testRunner?: Partial<Runner> };
    const folder = dirname(require.resolve('playwright/package.json'));
    if (typeof configLoader?.loadConfigFromFile !== 'function' || typeof testRunner?.runAllTestsWithConfig !== 'function') return null;
    const load = [join(folder, 'lib', 'index.js')];
    const spare = startSpareWorker(join(folder, 'lib', 'worker', 'workerProcessEntry.js'), load);
    for (const path of load) require(path);
    rehearse(require('playwright/lib/transform/babelBundle') as Transformer);
    return { configLoader, runAllTestsWithConfig: testRunner.runAllTestsWithConfig, spare };
  } catch {
    return null;
  }
}

interface Transformer { babelTransform?(code: string, path: string, isModule: boolean, plugins: unknown[]): unknown }

/** The first file that is compiled takes ten times as long as the second: let it be one of ours. */
function rehearse({ babelTransform }: Transformer): void {
  const code = 'import { test as it } from "x"; const n: number = 1; class A { #p = n; get p() { return this.#p; } } it("a", async ({ page }) => { await page?.b(`${new A().p}`); });';
  for (const path of ['rehearsal.ts', 'rehearsal.js']) babelTransform?.(path.endsWith('ts') ? code : code.replace(': number', ''), path, false, []);
}

/** The environment of the user's code: ours is what it stands on. */
function setEnvironment(given: Readonly<Record<string, string>>, { env }: NodeJS.Process): void {
  delete env['NODE_COMPILE_CACHE'];
  const options = [env['NODE_OPTIONS'], given['NODE_OPTIONS']].filter(Boolean).join(' ');
  Object.assign(env, given, { PLAYWRIGHT_BROWSERS_PATH: env['PLAYWRIGHT_BROWSERS_PATH'], ...(options ? { NODE_OPTIONS: options } : {}) });
}

async function runTests(runner: Runner | null, config: string): Promise<void> {
  if (runner === null) return runCold(config);
  (globalThis as Record<symbol, unknown>)[Symbol.for(REPORTER_KEY)] = TellingReporter;
  stop = () => { process.emit('SIGINT'); };
  if (stopped) return;
  await runner.runAllTestsWithConfig(await runner.configLoader.loadConfigFromFile(config, {}), {});
}

class TellingReporter extends AssayReporter {
  override onEnd(...given: Parameters<AssayReporter['onEnd']>): void {
    super.onEnd(...given);
    ended = true;
  }
}

/** Playwright's own program, with our reporter found by its path. */
async function runCold(config: string): Promise<void> {
  const program = join(dirname(require.resolve('playwright/package.json')), 'cli.js');
  const child = spawn(process.execPath, [...process.execArgv, program, 'test', '-c', config], { stdio: ['ignore', 'ignore', 'inherit', 3], env: process.env });
  stop = () => { child.kill('SIGINT'); };
  await new Promise((resolve) => { child.once('exit', resolve); });
  ended = true;
}

async function run(job: SlotJob, runner: Runner | null): Promise<void> {
  const file = placeFiles(root, job);
  setEnvironment(job.env, process);
  const path = file.slice(root.length + 1);
  const tests = job.kind === 'multistep' || importsTest({ path, content: job.script }, job.files);
  tell({ on: 'runner', runner: tests ? 'PLAYWRIGHT_TEST' : 'PLAYWRIGHT' });
  process.on('exit', (code) => { if (!ended) fail(new Error(`The script ended its process itself (process.exit(${code})).`)); });
  process.on('uncaughtException', fail);
  if (tests) return runTests(runner, writeConfig(root, file, job, [...setting.packages.map(({ name }) => name), '@checkly/playwright-helpers']));
  runner?.spare.dismiss();
  const plain = runPlainScript({ root, file, job, library: require('playwright-core') as object, setting, tell });
  stop = plain.stop;
  if (stopped) stop();
  await plain.done;
}

linkPackages(root, setting);
const runner = loadRunner();
let begun = false;
createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'stop') return stop();
  if (begun) return;
  begun = true;
  run(JSON.parse(line) as SlotJob, runner).then(() => process.exit(0), fail);
});
