/**
 * Loaded into every Node process of a run (`--import`): where it is Playwright's test runner or one of its workers, it listens.
 * Promises: nothing that goes wrong here changes what the user's code does or how it ends; other processes are left alone.
 * Never: an import of anything but its siblings: it runs in the user's own Playwright, of whichever version.
 */
import childProcess, { type ChildProcess, type ForkOptions } from 'node:child_process';
import Module, { createRequire } from 'node:module';
import { getAPIResponseTime, markCheckAsDegraded } from './degraded.ts';
import { EVENTS_VARIABLE, RULES_VARIABLE, type InsideEvent, type RunnerMessage, type WorkerMessage } from './messages.ts';
import { speakFor } from './output.ts';
import { openTell, shared } from './tell.ts';
import { hookLibrary, type Library } from './watchBrowser.ts';

/** Playwright's worker processes, by the file that they begin with: since 1.60, and before. */
const WORKER = /[/\\]playwright[/\\]lib[/\\](worker[/\\]workerProcessEntry|common[/\\]process)\.js$/;
const LIBRARY = /[/\\]playwright-core[/\\]index\.js$/;

export const isWorkerEntry = (path: unknown): boolean => WORKER.test(String(path));

/** By which the files that scripts import as the helper package find it. */
const HELPERS = Symbol.for('assay.helpers');

const guarded = (work: () => void): void => {
  try {
    work();
  } catch { /* the run goes on without our eyes */ }
};

function install(env: NodeJS.ProcessEnv): void {
  const target = env[EVENTS_VARIABLE];
  const rules = env[RULES_VARIABLE] ?? '';
  if (target === undefined) return;
  delete env[EVENTS_VARIABLE];
  delete env[RULES_VARIABLE];
  (globalThis as { [HELPERS]?: object })[HELPERS] = { markCheckAsDegraded, getAPIResponseTime };
  const inWorker = isWorkerEntry(process.argv[1]) && process.send !== undefined;
  const tell = inWorker ? toRunner : openTell(target);
  shared().tell = tell;
  // What this process starts must find its way too.
  passOn({ [EVENTS_VARIABLE]: target, ...(rules ? { [RULES_VARIABLE]: rules } : {}) });
  if (inWorker) {
    listenToRunner();
    toRunner({ on: 'hello' });
    speakFor(tell, () => process.env['TEST_WORKER_INDEX'] !== undefined);
  }
  guarded(() => whenLoaded((library) => hookLibrary(library, tell, rules.includes('no-browser'))));
}

function toRunner(event: InsideEvent | { on: 'hello' }): void {
  guarded(() => process.send?.({ method: 'assay', params: { worker: process.env['TEST_WORKER_INDEX'] ?? null, event } } satisfies WorkerMessage));
}

/** A worker that was there before its job gets its environment late, and may load what every test loads. Each hears of an interruption. */
function listenToRunner(): void {
  const listen = (message: unknown) => guarded(() => {
    const { method, env, load, stop } = message as Partial<RunnerMessage>;
    if (method !== 'assay') return;
    if (stop) return shared().closePages();
    if (load) for (const path of load) createRequire(import.meta.url)(path);
    if (!env) return;
    for (const key of Object.keys(process.env)) delete process.env[key];
    Object.assign(process.env, env);
  });
  process.on('message', listen);
}

/** Workers under way. */
const workers = new Set<ChildProcess>();
/** Playwright's own word comes first, so that what is cut off counts as interrupted. */
const AFTER_PLAYWRIGHT_MS = 20;

/** Playwright waits for seconds to take pictures of a page that does not answer: there is no time for that in an interrupted run. */
function interruptWorkers(): void {
  setTimeout(() => {
    for (const child of workers) guarded(() => { if (child.connected) child.send({ method: 'assay', stop: true } satisfies RunnerMessage); });
  }, AFTER_PLAYWRIGHT_MS);
}

function keepForInterrupts(child: ChildProcess): void {
  // Only while there are some: a signal that nobody listens to ends the process, as it should.
  if (workers.size === 0) process.on('SIGINT', interruptWorkers);
  workers.add(child);
  child.once('exit', () => {
    workers.delete(child);
    if (workers.size === 0) process.off('SIGINT', interruptWorkers);
  });
}

/** Listens to a worker on behalf of the agent. */
export function hearWorker(child: ChildProcess): void {
  keepForInterrupts(child);
  child.on('message', (message) => guarded(() => {
    const { method, params } = message as Partial<WorkerMessage>;
    if (method !== 'assay' || !params) return;
    const { tell, tests } = shared();
    const { event, worker } = params;
    if (event.on === 'hello') shared().workersSpeak = true;
    else if (event.on === 'page') tell?.({ ...event, id: `${worker}.${event.id}`, visit: { ...event.visit, ...testOf(tests.get(worker ?? '')) } });
    else tell?.(event);
  }));
}

const testOf = (test: string | undefined): { test?: string } => (test === undefined ? {} : { test });

type Fork = (path: string | URL, ...rest: unknown[]) => ChildProcess;

function passOn(own: Readonly<Record<string, string>>): void {
  const fork = childProcess.fork as Fork;
  childProcess.fork = ((path: string | URL, ...rest: unknown[]) => {
    if (!isWorkerEntry(path)) return fork(path, ...rest);
    const options = rest.find((one) => typeof one === 'object' && one !== null && !Array.isArray(one)) as ForkOptions | undefined;
    if (options?.env) options.env = { ...options.env, ...own };
    const child = fork(path, ...rest);
    guarded(() => hearWorker(child));
    return child;
  }) as typeof childProcess.fork;
  Module.syncBuiltinESMExports();
}

/** Calls back with each copy of Playwright's library that is loaded from now on. */
function whenLoaded(found: (library: Library) => void): void {
  const loader = Module as unknown as {
    _load(request: string, parent: unknown, isMain: boolean): unknown; _resolveFilename(request: string, parent: unknown, isMain: boolean): string;
  };
  const load = loader._load;
  const known = new Set<unknown>();
  loader._load = function (request, parent, isMain) {
    const loaded = load.call(this, request, parent, isMain);
    // Names first: to resolve every request anew would be slow.
    if (!known.has(loaded) && /playwright/.test(request)) guarded(() => {
      if (!LIBRARY.test(loader._resolveFilename(request, parent, isMain))) return;
      known.add(loaded);
      found(loaded as Library);
    });
    return loaded;
  };
}

guarded(() => install(process.env));
