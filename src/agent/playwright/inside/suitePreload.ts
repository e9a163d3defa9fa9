/**
 * Loaded into every Node process of a suite (`--import`): where it is Playwright's own command line, its arguments are changed so that the
 * settings of C.5 hold. A small config is written next to the user's, which it imports; what the user has set stays as it is.
 * Promises: other processes, and other commands of Playwright, are left alone; what goes wrong here is not the user's failure.
 * Never: an import of anything but its siblings: it runs in the user's own Playwright, of whichever version.
 */
import { mkdirSync, readdirSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { EVENTS_VARIABLE } from './messages.ts';
import { suiteConfig, type SuiteOptions } from './suiteConfig.ts';

/** How the small config, and what is loaded by Playwright, find this module. */
const KEY = Symbol.for('assay.suite');
const CLI = /[/\\](@playwright[/\\]test|playwright)[/\\]cli\.js$/;
const OURS = '.assay-';
/** As Playwright looks for them, in this order. */
const CONFIG_NAMES = ['ts', 'js', 'mts', 'mjs', 'cts', 'cjs'].map((ending) => `playwright.config.${ending}`);

interface Parsed { config: string | null; reporters: string[] | null; rest: string[] }

/** Takes out the options that are said in the config instead. `--trace` is one: traces are always on. */
export function readArguments(given: readonly string[]): Parsed {
  const parsed: Parsed = { config: null, reporters: null, rest: [] };
  const end = given.indexOf('--');
  const options = end < 0 ? given : given.slice(0, end);
  for (let at = 0; at < options.length; at++) {
    const [, name, joined] = /^(--config|--reporter|--trace)(?:=([^]*))?$/.exec(options[at] ?? '') ?? /^(-c)(?:=?([^]+))?$/.exec(options[at] ?? '') ?? [];
    if (name === undefined) {
      parsed.rest.push(options[at] ?? '');
      continue;
    }
    const value = joined ?? options[++at] ?? '';
    if (name === '--config' || name === '-c') parsed.config = value;
    if (name === '--reporter') parsed.reporters = value.split(',');
  }
  if (end >= 0) parsed.rest.push(...given.slice(end));
  return parsed;
}

/** The config file that Playwright would take; null: none. */
export function findConfig(given: string | null, cwd: string): { folder: string; file: string | null } {
  const path = resolve(cwd, given ?? '.');
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  if (!isFolder) return { folder: dirname(path), file: path };
  const names = readdirSync(path);
  const found = CONFIG_NAMES.find((name) => names.includes(name));
  return { folder: path, file: found === undefined ? null : join(path, found) };
}

/** Where the small config goes, and its text: of the same kind of module as the user's. */
export function wrapperOf({ folder, file }: { folder: string; file: string | null }): { path: string; text: string } {
  const call = `globalThis[Symbol.for('${KEY.description ?? ''}')].config`;
  if (file === null) return { path: join(folder, `${OURS}playwright.config.cjs`), text: `module.exports = ${call}({});\n` };
  const name = JSON.stringify(`./${basename(file)}`);
  const path = join(folder, OURS + basename(file));
  return /^\.c[jt]s$/.test(extname(file))
    ? { path, text: `module.exports = ${call}(require(${name}));\n` }
    : { path, text: `import * as given from ${name};\nexport default ${call}(given);\n` };
}

interface Reporter { onBegin?(config: object, suite: unknown): void; onEnd?(result: unknown): unknown }
type ReporterClass = new (options?: unknown) => Reporter;

/**
 * Ours, which also gives the user's reporters back the name of the user's config, when they write what they have. Not before: Playwright
 * tells its workers by this name what to load.
 */
function reporterFor(Ours: ReporterClass, configFile: string | null): ReporterClass {
  let config: { configFile?: string | undefined } = {};
  return class extends Ours {
    override onBegin(given: object, suite: unknown): void {
      config = given;
      super.onBegin?.(given, suite);
    }
    override onEnd(result: unknown): unknown {
      try {
        config.configFile = configFile ?? undefined;
      } catch { /* it is only a name */ }
      return super.onEnd?.(result);
    }
  };
}

/** Names of reporters are those of packages, of files, or Playwright's own. */
function resolvedReporter(name: string, cwd: string): string {
  const path = resolve(cwd, name);
  return /[/\\.]/.test(name) && statSync(path, { throwIfNoEntry: false })?.isFile() ? path : name;
}

async function rewrite({ folder, root }: Settings, options: SuiteOptions, argv: string[]): Promise<void> {
  const cwd = process.cwd();
  const { config, reporters, rest } = readArguments(argv.slice(3));
  const found = findConfig(config, cwd);
  // A process that Playwright has started anew has been here before.
  if (found.file !== null && (basename(found.file).startsWith(OURS) || !statSync(found.file, { throwIfNoEntry: false })?.isFile())) return;
  const { default: Ours } = await import('./reporter.ts') as { default: ReporterClass };
  const wrapper = wrapperOf(found);
  writeFileSync(wrapper.path, wrapper.text);
  // Playwright compiles what it loads, but not what is in a node_modules.
  const reporter = join(folder, 'node_modules', `reporter-${process.pid}.cjs`);
  mkdirSync(dirname(reporter), { recursive: true });
  writeFileSync(reporter, `module.exports = globalThis[Symbol.for('${KEY.description ?? ''}')].Reporter;\n`);
  Object.assign(place(), { Reporter: reporterFor(Ours, found.file) });
  options.reporters = { ours: [reporter, { root, bodies: join(folder, 'attachments') }], json: join(folder, `report-${process.pid}.json`), flags: reporters?.map((name) => resolvedReporter(name, cwd)) ?? null };
  argv.splice(3, argv.length - 3, `--config=${wrapper.path}`, ...rest);
}

function place(): { config?(given: unknown): unknown; Reporter?: ReporterClass } {
  const global = globalThis as { [KEY]?: ReturnType<typeof place> };
  return global[KEY] ??= {};
}

/** The real path of the program, which package managers link to. */
function programOf(path: string | undefined): string {
  try {
    return realpathSync(path ?? '');
  } catch {
    return path ?? '';
  }
}

/** `folder`: for what we write beside the project; `root`: the project's. Absolute paths. */
interface Settings { folder: string; root: string; events: string; video: boolean }

async function begin({ env, argv }: NodeJS.Process): Promise<void> {
  const settings = env['ASSAY_SUITE'];
  if (settings === undefined) return;
  const given = JSON.parse(settings) as Settings;
  const options: SuiteOptions = { video: given.video, env, reporters: null };
  // The first process that listens takes it out; but it may only be the one that starts Playwright.
  env[EVENTS_VARIABLE] = given.events;
  place().config = (config) => suiteConfig(config, options);
  if (argv[2] === 'test' && CLI.test(programOf(argv[1]))) await rewrite(given, options, argv);
}

try {
  await begin(process);
} catch { /* the suite runs without what we add to it */ }
