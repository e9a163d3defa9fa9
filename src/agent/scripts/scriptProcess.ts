/**
 * The process that a script of the user's runs in: reads a job from standard input, writes reports to file descriptor 3, ends.
 * Promises: what is reported last is the end of the script; whatever the script has left behind ends with it.
 * Never: an import of Assay's own code (the sandbox does not show it), or trust in anything: the script can change all of this.
 */
import { mkdirSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { createRequire, isBuiltin, registerHooks, stripTypeScriptTypes } from 'node:module';
import { dirname, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { Script, constants } from 'node:vm';

/** `packages`: the names that may be imported; `packagesFrom`: URL of a file that finds them. */
export interface ProcessJob {
  text: string; path: string; files: { path: string; content: string }[]; env: Record<string, string>; request: object; response: object | null;
  packages: string[]; packagesFrom: string;
}
export type ProcessReport =
  | { log: string; level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' }
  | { done: { env: Record<string, string | undefined>; request: unknown; body: unknown } }
  | { error: string; stack: string };

const folder = process.cwd();
const job = JSON.parse(readFileSync(0, 'utf8')) as ProcessJob;
const shared = globalThis as { request?: unknown; response?: unknown; require?: unknown };

function report(line: ProcessReport): void {
  const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
  for (let at = 0; at < bytes.length;) at += writeSync(3, bytes, at);
}

/** Says how it ended and ends, before anything that the script left behind can go on. */
function end(line: ProcessReport): never {
  report(line);
  process.exit(0);
}

function fail(thrown: unknown): never {
  const error = thrown instanceof Error ? thrown : new Error(format(thrown));
  // Paths are told as the project knows them, and our own part of the stack is of no use to anybody.
  const known = (text: string) => text.replaceAll(`file://${folder}${sep}`, '').replaceAll(folder + sep, '').replaceAll('.assay.mjs', '');
  const places = (error.stack ?? '').split('\n').filter((line) => line.includes(folder) && !line.startsWith('- '));
  end({ error: known(`${error.name}: ${error.message.split('\nRequire stack:')[0]}`), stack: known(places.join('\n')) });
}

function place(path: string): string {
  const full = resolve(folder, path);
  if (!full.startsWith(folder + sep)) throw new Error(`The path "${path}" leads out of the project.`);
  mkdirSync(dirname(full), { recursive: true });
  return full;
}

function speak(level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR') {
  return (...said: unknown[]) => report({ log: format(...said), level });
}

/** As bundlers do and Node does not: endings may be left out, and `.js` may stand for `.ts`. */
const ENDINGS = ['', '.ts', '.js', '.mjs', '.cjs', '.json', '/index.ts', '/index.js'];

function findFile(specifier: string, parent: string): string | null {
  const path = specifier.startsWith('file:') ? fileURLToPath(specifier) : resolve(dirname(parent.startsWith('file:') ? fileURLToPath(parent) : parent), specifier);
  const names = [...ENDINGS.map((ending) => path + ending), path.replace(/\.js$/, '.ts')];
  const found = names.find((name) => statSync(name, { throwIfNoEntry: false })?.isFile());
  return found ?? null;
}

function resolveImports(): void {
  const ours = pathToFileURL(folder).href;
  registerHooks({
    resolve(specifier, context, next) {
      const parent = context.parentURL ?? ours;
      if (isBuiltin(specifier) || !(parent.startsWith(ours) || parent.startsWith(folder))) return next(specifier, context);
      if (/^(\.{1,2}(\/|$)|\/|file:)/.test(specifier)) {
        const path = findFile(specifier, parent);
        // `require` knows paths, `import` knows URLs.
        return next(path === null ? specifier : context.conditions?.includes('require') ? path : pathToFileURL(path).href, context);
      }
      const [name = ''] = /^(@[^/]+\/)?[^/]+/.exec(specifier) ?? [];
      if (!job.packages.includes(name)) {
        throw new Error(`The package "${name}" is not available to scripts here; ${job.packages.length ? `these are: ${job.packages.join(', ')}` : 'no package is'}.`);
      }
      if (context.conditions?.includes('require')) return next(createRequire(job.packagesFrom).resolve(specifier), context);
      return next(specifier, { ...context, parentURL: job.packagesFrom });
    },
  });
}

const HEAD = '(async (require, module, exports, __filename, __dirname) => {';

type Run = () => Promise<unknown>;

/** The text as the body of an async function (B.15); as a module where it imports or exports, which no function body can. */
function prepare(text: string, path: string): Run {
  const wrapped = `${HEAD}${text}\n})`;
  const compiled = compile(wrapped, path) ?? compile(stripped(wrapped), path);
  if (compiled) {
    const module = { exports: {} };
    return () => compiled(createRequire(path), module, module.exports, path, dirname(path));
  }
  if (!/^\s*(import|export)\b/m.test(text)) {
    // Compiled again for the error: what strips types says more about a file of TypeScript.
    return async () => new Script(path.endsWith('.ts') ? stripTypeScriptTypes(wrapped) : wrapped, { filename: path, columnOffset: -HEAD.length });
  }
  const file = `${path}.assay.mjs`;
  writeFileSync(file, stripped(text) ?? text);
  shared.require = createRequire(path);
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

function stripped(text: string): string | null {
  try {
    return stripTypeScriptTypes(text);
  } catch {
    return null;
  }
}

/** The script's environment is the one of this process: `env` is what to begin with. */
function setEnvironment({ env }: NodeJS.Process): void {
  for (const key of Object.keys(env)) if (key !== 'TZ') delete env[key];
  Object.assign(env, job.env);
}

/** What the script has left. The time zone is ours unless the user has set one. */
function environmentNow({ env }: NodeJS.Process): Record<string, string | undefined> {
  const { TZ, ...rest } = env;
  return TZ === 'UTC' && !Object.hasOwn(job.env, 'TZ') ? rest : { ...env };
}

function setUp(): Run {
  for (const file of job.files) writeFileSync(place(file.path), file.content);
  const path = place(job.path);
  writeFileSync(path, job.text);
  resolveImports();
  setEnvironment(process);
  Object.assign(console, { log: speak('INFO'), info: speak('INFO'), debug: speak('DEBUG'), trace: speak('DEBUG'), dir: speak('INFO'), warn: speak('WARN'), error: speak('ERROR') });
  shared.request = job.request;
  if (job.response) shared.response = job.response;
  return prepare(job.text, path);
}

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
process.on('beforeExit', () => fail(new Error('The script waits for something that will never happen.')));
try {
  await setUp()();
} catch (error) {
  fail(error);
}
end({ done: { env: environmentNow(process), request: shared.request, body: (shared.response as { body?: unknown } | undefined)?.body ?? null } });
