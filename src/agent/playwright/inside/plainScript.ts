/** Runs a plain script, one that uses Playwright as a library (C.2), with traces and videos of all contexts that it makes. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { constants, Script } from 'node:vm';
import type { RunError } from '../../../checks/kit/playwright.ts';
import { ruleImports } from '../../scripts/inside/moduleRules.ts';
import { toJavaScript } from '../../scripts/inside/typeScript.ts';
import { cutText } from './cutText.ts';
import { OWN_FOLDER, RESULTS, type SlotJob, type SlotSetting, type TellFile, type TestName } from './messages.ts';
import { speakFor } from './output.ts';
import { recordContexts, type Recorder } from './recordContexts.ts';
import { shared, type Tell } from './tell.ts';

export interface PlainScript { /** Resolves when all is told. */ done: Promise<void>; /** Ends it early. */ stop(): void }

interface Given { root: string; file: string; job: SlotJob; library: object; setting: SlotSetting; tell: Tell }

/** ms without a call to Playwright after which a script that has run to its end, and left a browser open, is taken to be done. */
const IDLE_MS = 2_000;
const LONGEST = 16_000;
const HELPERS = '@checkly/playwright-helpers';

export function runPlainScript(given: Given): PlainScript {
  const { root, file, job, tell } = given;
  const name: TestName = { id: 'script', title: file.slice(root.length + 1), titlePath: [file.slice(root.length + 1)], file: file.slice(root.length + 1), project: '', retry: 0 };
  const folder = join(root, OWN_FOLDER, RESULTS);
  mkdirSync(folder, { recursive: true });
  const recorder = recordContexts(given.library, { folder, video: job.video, tell });
  const began = Date.now();
  speakFor(shared().tell ?? tell, () => true);
  const interrupted = Promise.withResolvers<never>();
  interrupted.promise.catch(() => {});
  const work = async (): Promise<void> => {
    tell({ on: 'begin', at: began, playwright: versionOf(given.setting), tests: 1, workers: 1 });
    tell({ on: 'testBegin', test: name });
    let thrown: { error: unknown } | null = null;
    try {
      await Promise.race([execute(given, recorder), failedElsewhere(), interrupted.promise]);
    } catch (error) {
      thrown = { error };
    }
    await finish({ recorder, thrown, name, began, tell, given });
  };
  return { done: work(), stop: () => interrupted.reject(new Stopped('The script was interrupted.')) };
}

class Stopped extends Error {}

interface End { recorder: Recorder; thrown: { error: unknown } | null; name: TestName; began: number; tell: Tell; given: Given }

async function finish({ recorder, thrown, name, began, tell, given }: End): Promise<void> {
  const files: TellFile[] = await recorder.close(thrown !== null && !(thrown.error instanceof Stopped));
  const status = thrown === null ? 'passed' : thrown.error instanceof Stopped ? 'interrupted' : 'failed';
  const at = Date.now();
  tell({ on: 'testEnd', test: name, status, expected: thrown === null, ms: at - began, files });
  if (thrown !== null) tell({ on: 'error', error: describe(thrown.error, given) });
  const counts = { total: 1, passed: thrown === null ? 1 : 0, failed: thrown === null ? 0 : 1, flaky: 0, skipped: 0 };
  tell({ on: 'end', at, status, hardFailure: thrown !== null, counts });
}

/** What is thrown where nobody waits for it. */
function failedElsewhere(): Promise<never> {
  return new Promise((_resolve, reject) => {
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', reject);
    process.on('unhandledRejection', reject);
  });
}

async function execute({ file, job, root, setting }: Given, recorder: Recorder): Promise<void> {
  ruleImports(root, { packages: [...setting.packages.map(({ name }) => name), HELPERS], packagesFrom: import.meta.url, elsewhere: {}, preload: [] });
  const helpers = pathToFileURL(join(root, 'node_modules', HELPERS, 'index.js')).href;
  registerHooks({ resolve: (specifier, context, next) => (specifier === HELPERS ? { url: helpers, format: 'commonjs', shortCircuit: true } : next(specifier, context)) });
  const before = recorder.calls();
  await prepare(job.script, file)();
  // A script that has waited for Playwright has done what it does; others have only begun.
  const waited = recorder.calls() > before;
  await new Promise<void>((resolve) => {
    process.once('beforeExit', () => resolve());
    // Our own channel must not keep a process that has nothing left to do.
    process.stdin.unref?.();
    if (!waited) return;
    const look = setInterval(() => { if (recorder.openContexts() === 0 || recorder.idleMs() > IDLE_MS) resolve(); }, 50);
    look.unref();
  });
}

const HEAD = '(async (require, module, exports, __filename, __dirname) => {';

/** As the body of an async function, where old scripts use `require` and `await` side by side; as a module where it imports or exports. */
function prepare(text: string, path: string): () => Promise<unknown> {
  const wrapped = `${HEAD}${text}\n})`;
  const compiled = compile(wrapped, path) ?? compile(toJavaScript(wrapped), path);
  if (compiled) {
    const module = { exports: {} };
    return () => compiled(createRequire(path), module, module.exports, path, dirname(path));
  }
  if (!/^\s*(import|export)\b/m.test(text)) return async () => new Script(toJavaScript(wrapped) ?? wrapped, { filename: path, columnOffset: -HEAD.length });
  const file = `${path}.assay.mjs`;
  writeFileSync(file, toJavaScript(text) ?? text);
  return () => import(pathToFileURL(file).href);
}

type Compiled = (...given: unknown[]) => Promise<unknown>;

function compile(text: string | null, filename: string): Compiled | null {
  try {
    return text === null ? null : new Script(text, { filename, columnOffset: -HEAD.length, importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER }).runInThisContext() as Compiled;
  } catch {
    return null;
  }
}

/** With the lines around the place, as Playwright shows them. */
function describe(thrown: unknown, { root, file }: Given): RunError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const known = (text: string) => cutText(stripVTControlCharacters(text).replaceAll(`file://${root}/`, '').replaceAll(`${root}/`, '').replaceAll('.assay.mjs', '')
    .replaceAll('setup and teardown scripts', 'browser checks'), LONGEST);
  const stack = known(error.stack ?? '').split('\n').filter((line) => !/^\s+at .*(node:internal|\/inside\/|node_modules)/.test(line)).join('\n');
  const [, where = '', line = '0', column = '0'] = new RegExp(`([^\\s()]+):(\\d+):(\\d+)\\)?$`, 'm').exec(stack) ?? [];
  const shown = where === file.slice(root.length + 1) ? around(file, Number(line), Number(column)) : '';
  return {
    message: known(error.message), name: error.name, stack,
    ...(where ? { location: { file: where, line: Number(line), column: Number(column) } } : {}), ...(shown ? { snippet: shown } : {}),
  };
}

function around(file: string, line: number, column: number): string {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((text, index) => {
    const number = index + 1;
    if (Math.abs(number - line) > 2) return [];
    const shown = `${number === line ? '>' : ' '} ${String(number).padStart(String(line + 2).length)} | ${text}`;
    return number === line ? [shown, `${' '.repeat(shown.length - text.length - 2)}| ${' '.repeat(Math.max(0, column - 1))}^`] : [shown];
  }).join('\n');
}

function versionOf({ packagesFrom }: SlotSetting): string {
  try {
    return (createRequire(packagesFrom)('playwright-core/package.json') as { version: string }).version;
  } catch {
    return '';
  }
}
