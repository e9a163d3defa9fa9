/**
 * The process that a script of the user's runs in: loads what it needs, reads a job from standard input, writes reports to file descriptor 3, ends.
 * Promises: what is reported last is the end of the script; whatever the script has left behind ends with it.
 * Never: an import of Assay's own code but this folder's (the sandbox does not show it), or trust in anything: the script can change all of this.
 */
import { mkdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { createRequire, stripTypeScriptTypes, syncBuiltinESMExports } from 'node:module';
import { dirname, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { Script, constants } from 'node:vm';
import { speakThrough } from './jobConsole.ts';
import type { Import, ProcessJob, ProcessReport, ProcessSetting } from './messages.ts';
import { rewritten, ruleImports } from './moduleRules.ts';
import { toJavaScript } from './typeScript.ts';

const folder = process.cwd();
const setting = JSON.parse(process.argv[2] ?? '') as ProcessSetting;
const shared = globalThis as { request?: unknown; response?: unknown };
let imported: Import[] = [];

function report(line: ProcessReport): void {
  const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
  for (let at = 0; at < bytes.length;) at += writeSync(3, bytes, at);
}

/** Says how it ended and ends, before anything that the script left behind can go on. */
function end(line: ProcessReport): never {
  report(line);
  process.exit(0);
}

/** The message, and where the reason is elsewhere (several addresses that all refused, say) that too. */
function describe(error: Error, depth = 0): string {
  const { name, message, cause, errors } = error as Error & { errors?: unknown };
  const own = String(message || (error as NodeJS.ErrnoException).code || '').split('\nRequire stack:')[0];
  const reasons = [...(Array.isArray(errors) ? errors.slice(0, 3) : []), ...(cause === undefined ? [] : [cause])];
  const because = depth < 3 ? reasons.map((reason) => (reason instanceof Error ? describe(reason, depth + 1) : format(reason))) : [];
  const told = `${name}: ${own}`;
  const more = [...new Set(because)].filter((reason) => reason !== told);
  return more.length > 0 ? `${told} (${more.join('; ')})` : told;
}

function fail(thrown: unknown): never {
  try {
    const error = thrown instanceof Error ? thrown : new Error(format(thrown));
    // Paths are told as the project knows them, and our own part of the stack is of no use to anybody.
    const known = (text: string) => text.replaceAll(`file://${folder}${sep}`, '').replaceAll(folder + sep, '');
    const places = String(error.stack ?? '').split('\n').filter((line) => line.includes(folder + sep) && !line.startsWith('- '));
    return end({ error: known(describe(error)), stack: known(places.join('\n')), imported });
  } catch (second) {
    return end({ error: `It threw something that cannot be shown: ${String((second as Error | null)?.message)}`, stack: '', imported });
  }
}

function place(path: string): string {
  const full = resolve(folder, path);
  if (!full.startsWith(folder + sep)) throw new Error(`The path "${path}" leads out of the project.`);
  mkdirSync(dirname(full), { recursive: true });
  return full;
}

const HEAD = '(async (require, module, exports, __filename, __dirname) => {';

type Run = () => Promise<unknown>;
type Compiled = (...given: unknown[]) => Promise<unknown>;

/** The text as the body of an async function (B.15); as a module where it imports or exports, which no function body can. */
function prepare(text: string, path: string): Run {
  const wrapped = `${HEAD}${text}\n})`;
  // Types first: `get<User>(url)` is a comparison to JavaScript, and no error.
  const compiled = compile(toJavaScript(wrapped), path) ?? compile(wrapped, path);
  if (compiled) {
    const module = { exports: {} };
    return () => compiled(createRequire(path), module, module.exports, path, dirname(path));
  }
  if (!/^\s*(import|export)\b/m.test(text)) {
    // Compiled again for the error: what strips types says more about a file of TypeScript.
    return async () => new Script(path.endsWith('.ts') ? stripTypeScriptTypes(wrapped) : wrapped, { filename: path, columnOffset: -HEAD.length });
  }
  rewritten.set(path, toJavaScript(text) ?? text);
  return () => import(pathToFileURL(path).href);
}

function compile(text: string | null, filename: string): Compiled | null {
  try {
    return text === null ? null : new Script(text, { filename, columnOffset: -HEAD.length, importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER }).runInThisContext() as Compiled;
  } catch {
    return null;
  }
}

/** The script's environment is the one of this process: the job's variables, beside what the process itself needs. */
const OWN: Readonly<Record<string, string | undefined>> = { ...process.env };

/** What the script has left. What is ours is not told, unless the user has set it. */
function environmentNow(given: Readonly<Record<string, string>>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([key, value]) => Object.hasOwn(given, key) || OWN[key] !== value));
}

/** What a script sets a secret variable to is told at once, so that it can print it without harm in the next line. */
function tellSecrets(names: readonly string[]): void {
  if (names.length === 0) return;
  const told = (key: string | symbol, value: unknown): void => { if (typeof key === 'string' && names.includes(key) && value !== undefined) report({ secret: String(value) }); };
  process.env = new Proxy(process.env, {
    set(target, key, value) {
      told(key, value);
      return Reflect.set(target, key, value);
    },
    defineProperty(target, key, described) {
      told(key, described.value);
      return Reflect.defineProperty(target, key, described);
    },
  });
  syncBuiltinESMExports();
}

function setUp(job: ProcessJob): Run {
  for (const file of job.files) writeFileSync(place(file.path), file.content);
  const path = place(job.path);
  writeFileSync(path, job.text);
  imported = ruleImports(folder, setting);
  Object.assign(process.env, job.env);
  tellSecrets(job.secrets);
  speakThrough(console, (log, level) => report({ log, level }));
  shared.request = job.request;
  if (job.response !== undefined) shared.response = job.response;
  return prepare(job.text, path);
}

/** Whatever a job of this kind needs first is loaded while nobody waits for it. */
async function warmUp(): Promise<void> {
  toJavaScript('enum Warm { Up }');
  for (const { name, by } of setting.preload) {
    try {
      if (by === 'require') createRequire(setting.packagesFrom)(name);
      else await import(name);
    } catch { /* it will be told to the script that imports it */ }
  }
}

await warmUp();
report({ ready: true });
const text = readFileSync(0, 'utf8');
// Nobody has a job for it any more.
if (text === '') process.exit(0);
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
process.on('beforeExit', () => fail(new Error('The script waits for something that will never happen.')));
const job = JSON.parse(text) as ProcessJob;
try {
  await setUp(job)();
} catch (error) {
  fail(error);
}
end({ done: { env: environmentNow(job.env), request: shared.request, body: (shared.response as { body?: unknown } | null | undefined)?.body ?? null }, imported });
