/**
 * Runs one browser or multistep check (C.1 to C.3) in a slot: a sandbox in which the test runner is loaded and waits for its job.
 * Promises: one try, to its end or its limit; what there is, is handed over in any case.
 * Never: a second try, or a belief in what comes from inside.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { PlaywrightRun, SingleFileJob } from '../../checks/kit/playwright.ts';
import { rewritesOf, trueReasons, type Rewrite } from '../../checks/kit/trueReasons.ts';
import { USER_AGENT } from '../../checks/kit/httpRequest.ts';
import type { BrowserTree } from '../browsers/openBrowsers.ts';
import { createEvidence, type Evidence, type KeptEvidence } from '../evidence/createEvidence.ts';
import { LinkError } from '../linkError.ts';
import type { Machine } from '../machine.ts';
import type { Ending } from '../sandbox/contain.ts';
import type { Sandbox, Sandboxed, SandboxLimits } from '../sandbox/sandbox.ts';
import { createWarmPool, type WarmPool } from '../sandbox/warmPool.ts';
import { openCompileCache, type CompileCache } from './compileCache.ts';
import { createCollector, type Collected, type Collector } from './collectEvents.ts';
import { findLeftFiles } from './findLeftFiles.ts';
import { EVENTS_VARIABLE, RULES_VARIABLE, type SlotJob, type SlotSetting } from './inside/messages.ts';
import { DEGRADED_FILE, readDegraded } from './readDegraded.ts';
import { findRuntimePackages, type RuntimePackages } from './runtimePackages.ts';
import type { PlaywrightSurroundings } from './surroundings.ts';

/** One try. `fault`: a sentence when it is this machine's; `again`: another try may do better. */
export interface Attempt { run: PlaywrightRun | null; fault: string | null; again: boolean }

export interface SingleFiles { attempt(job: SingleFileJob, around: PlaywrightSurroundings): Promise<Attempt> }

const GB = 1024 * 1024 * 1024;
/** The limit of C.1. Without a control group it is one a process, of reserved memory, of which browsers need more. */
const MEMORY = Math.floor(2.7 * GB);
const MEMORY_A_PROCESS = 4 * GB;
const LIMITS: Omit<SandboxLimits, 'memoryBytes' | 'ms'> = { processes: 2_048, fileBytes: GB / 2, folderBytes: GB, openFiles: 8_192, cpuSeconds: 600 };
/** Bytes that a slot takes when a browser runs in it, and what is left to the rest of the machine. */
const SLOT_BYTES = 415 * 1024 * 1024;
const SPARED_BYTES = GB;
const MOST_WARM = 4;
/** How many slots wait for a job, where the agent's settings allow it: one in any case. While all processors are busy with jobs none is made ready: it would only delay them. */
const WARM = {
  idleMs: 10 * 60_000, restMs: 250, crowd: availableParallelism(),
};
/** ms that a run has to write its traces when it is ended before its time. */
const WIND_DOWN_MS = 1_500;
/** Bytes of all golden files that a run is given. */
const MOST_GOLDEN = 64 * 1024 * 1024;
const INSIDE = fileURLToPath(new URL('./inside', import.meta.url));
const SCRIPTS_INSIDE = fileURLToPath(new URL('../scripts/inside', import.meta.url));
const ENDING = extname(new URL(import.meta.url).pathname);
const program = (name: string): string => join(INSIDE, name + ENDING);

/** @param available bytes of memory that this process could still get. */
export const warmSlots = (available: number): number => Math.max(1, Math.min(MOST_WARM, Math.floor((available - SPARED_BYTES) / SLOT_BYTES)));

/** Other limits than those of the contract; `windDownMs`: how long a run that is ended before its time may write what it has. */
interface SingleFileLimits { memoryBytes?: number; windDownMs?: number }

/** Starts nothing yet. What waits for jobs ends with the machine. */
export function openSingleFiles(machine: Machine, { memoryBytes, windDownMs = WIND_DOWN_MS }: SingleFileLimits = {}): SingleFiles {
  const packages = findRuntimePackages();
  const pools = new Map<string, WarmPool>();
  let compiled: Promise<CompileCache | null> | null = null;
  machine.onClose(async () => { await Promise.all([...pools.values()].map((pool) => pool.close())); });
  return {
    async attempt(job, around) {
      const sandbox = await machine.sandbox();
      if (typeof sandbox === 'string') return { run: null, fault: sandbox, again: false };
      const tree = job.kind === 'browser' ? await machine.browserTree(packages.playwrightCore) : null;
      if (tree && !tree.ok) return { run: null, fault: tree.sentence, again: false };
      const cache = await (compiled ??= compiledFor(machine, sandbox, packages));
      const pool = pools.get(job.kind) ?? openPool(sandbox, packages, { tree, cache, memoryBytes, most: machine.userCode.warmSlots ?? MOST_WARM });
      pools.set(job.kind, pool);
      sayWhere(sandbox, tree, around);
      return attempt({ job, around, pool, windDownMs, browsers: tree?.ok ? tree.path : null, video: tree?.ok === true && tree.video, keepPictures: machine.userCode.keepPictures });
    },
  };
}

function sayWhere(sandbox: Sandbox, tree: BrowserTree | null, { log }: PlaywrightSurroundings): void {
  if (sandbox.facts.level === 'none') log('WARN', 'Sandbox: none. This check can read and change whatever the agent can.');
  else log('DEBUG', `Sandbox: ${sandbox.facts.level}`);
  if (tree?.ok && !tree.video) log('WARN', tree.videoSays);
}

type OpenTree = Extract<BrowserTree, { ok: true }>;

/** Without walls jobs could change it. */
async function compiledFor({ userCode }: Machine, { facts }: Sandbox, { playwright }: RuntimePackages): Promise<CompileCache | null> {
  if (facts.level === 'none') return null;
  const { version } = JSON.parse(await readFile(playwright, 'utf8')) as { version: string };
  const load = ['lib/common', 'lib/runner', 'lib/index.js', 'lib/worker/workerProcessEntry.js', 'lib/transform/babelBundle'].map((path) => join(dirname(playwright), path));
  // A worker without a runner has nobody to talk to, and waits for nothing.
  const program = `process.send = () => true; for (const path of ${JSON.stringify(load)}) require(path); process.exit(0);`;
  return openCompileCache(userCode.folder, version, ['--no-warnings', '-e', program]);
}

interface Furnishing { tree: OpenTree | null; cache: CompileCache | null; memoryBytes: number | undefined; most: number }

function openPool(sandbox: Sandbox, packages: RuntimePackages, { tree, cache, most, memoryBytes: memory = MEMORY }: Furnishing): WarmPool {
  const setting: SlotSetting = { packages: packages.packages, packagesFrom: packages.playwright };
  const memoryBytes = sandbox.facts.controlGroup === null ? MEMORY_A_PROCESS : memory;
  return createWarmPool({
    ...WARM, size: () => Math.min(most, warmSlots(process.availableMemory())),
    start: () => sandbox.start({
      command: () => [process.execPath, '--no-warnings', '--import', program('preload'), program('slot'), JSON.stringify(setting)],
      mounts: [process.execPath, INSIDE, SCRIPTS_INSIDE, ...packages.mounts, ...(tree?.mounts ?? []), ...(cache ? [cache.path] : [])],
      prepare: async (_folder, uid) => cache?.admit(uid),
      env: {
        [EVENTS_VARIABLE]: 'fd:3', ...(cache ? { NODE_COMPILE_CACHE: cache.path } : {}), ...(tree ? { PLAYWRIGHT_BROWSERS_PATH: tree.path } : { [RULES_VARIABLE]: 'no-browser' }),
      },
      limits: { ...LIMITS, memoryBytes, ms: 0 },
    }),
  });
}

interface Task { job: SingleFileJob; around: PlaywrightSurroundings; pool: WarmPool; windDownMs: number; browsers: string | null; video: boolean; keepPictures: boolean }

async function attempt(task: Task): Promise<Attempt> {
  const { job, around, pool } = task;
  let rewrites: readonly Rewrite[] = [];
  const evidence = createEvidence({ keepPictures: task.keepPictures, redactor: around.redactor, files: around.files, log: around.log, rewrites: () => rewrites });
  const [golden, slot] = await Promise.all([fetchGolden(job, around), pool.take()]);
  try {
    if (typeof golden === 'string') return { run: null, fault: golden, again: false };
    const collector = createCollector({ folder: slot.folder, log: around.log, rewrite: (text) => trueReasons(slot.egress?.failures ?? [])(text) });
    const startedAt = around.now();
    slot.write(`${JSON.stringify(inputOf(task, golden))}\n`);
    const ending = await slot.begin({
      ms: job.limitMs, signal: around.signal, egress: around.egress, onReport: collector.take,
      windDown: { ask: () => slot.write('stop\n'), graceMs: task.windDownMs },
    });
    const stoppedAt = around.now();
    const outOfMemory = await slot.ranOutOfMemory();
    rewrites = rewritesOf(slot.egress?.failures ?? []);
    return await conclude({ ending, collector, slot, evidence, golden, outOfMemory, browsers: task.browsers, times: { startedAt, stoppedAt } });
  } finally {
    await slot.close();
  }
}

type Golden = { path: string; bytes: Buffer; sha256: string }[];

/** The sentence says why they could not be had. */
async function fetchGolden({ snapshots }: SingleFileJob, { files }: PlaywrightSurroundings): Promise<Golden | string> {
  let total = 0;
  const golden: Golden = [];
  for (const { key, path } of snapshots) {
    try {
      const bytes = await buffer(await files.input(key));
      total += bytes.length;
      if (total > MOST_GOLDEN) return `The snapshots of this check have more than ${MOST_GOLDEN / 1024 / 1024} MB together.`;
      golden.push({ path, bytes, sha256: createHash('sha256').update(bytes).digest('hex') });
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      return `The snapshot ${path} could not be fetched: ${error.message}`;
    }
  }
  return golden;
}

function inputOf({ job, video }: Task, golden: Golden): SlotJob {
  return {
    kind: job.kind, script: job.script, path: job.scriptPath, files: [...job.files], updateSnapshots: job.updateSnapshots, config: job.playwrightConfig ?? {},
    snapshots: golden.map(({ path, bytes }) => ({ path, content: bytes.toString('base64') })), userAgent: job.kind === 'multistep' ? USER_AGENT : null, video,
    env: job.env,
  };
}

interface Done {
  ending: Ending; collector: Collector; slot: Sandboxed; evidence: Evidence; golden: Golden; outOfMemory: boolean; browsers: string | null;
  times: { startedAt: number; stoppedAt: number };
}

async function conclude({ ending, collector, slot, evidence, golden, outOfMemory, browsers, times }: Done): Promise<Attempt> {
  const told = collector.collected();
  const left = await findLeftFiles(slot.folder, new Map(golden.map(({ path, sha256 }) => [path, sha256])), new Set(told.files.map(({ path }) => path)));
  const { kept, ...traced } = await evidence.keep(slot.folder, [...told.files.filter(({ path }) => !left.snapshots.includes(path)), ...left.files]);
  const snapshots: { key: string; path: string }[] = [];
  for (const path of left.snapshots) {
    const { kept: [file] } = await evidence.keep(slot.folder, [{ path, name: path, type: 'file', contentType: path.endsWith('.png') ? 'image/png' : 'application/octet-stream' }]);
    if (file) {
      kept.push(file);
      snapshots.push({ key: `file/${file.assetId}`, path });
    }
  }
  collector.logErrors();
  const degraded = await readDegraded(slot.folder, DEGRADED_FILE);
  const passed = ending.why === 'exit' && told.status === 'passed';
  // What passed although something in it was ended for want of memory has not needed it.
  const stopped = ending.why === 'exit' ? (outOfMemory && !passed ? 'memory' : null) : ending.why;
  const run = runOf({ stopped, passed, told, traced, degraded, times });
  return { run: { ...run, kept, snapshots }, ...(stopped === null ? faultOf(ending, told, browsers) : { fault: null, again: false }) };
}

interface Made { stopped: PlaywrightRun['stopped']; passed: boolean; told: Collected; traced: Omit<KeptEvidence, 'kept'>; degraded: string[] | null; times: Done['times'] }

function runOf({ stopped, passed, told, traced, degraded, times }: Made): Omit<PlaywrightRun, 'kept' | 'snapshots'> {
  // Clocks inside are those outside; what they tell is held to what can be.
  const within = (at: number | null, otherwise: number) => (at !== null && at >= times.startedAt && at <= times.stoppedAt ? at : otherwise);
  const startTime = within(told.startTime, times.startedAt);
  const marks = [...(told.degraded ?? []), ...(degraded ?? [])];
  return {
    stopped, runner: told.runner, passed, errors: told.errors,
    hardFailure: told.hardFailure, degraded: told.degraded === null && degraded === null ? null : marks, counts: told.counts, pages: told.pages, videoMoments: told.videoMoments, ...traced,
    startTime, endTime: Math.max(startTime, within(told.endTime, times.stoppedAt)),
  };
}

/** Whose fault it is that a run has not come to its end (C.7, and "fault or failure"). */
function faultOf(ending: Ending, told: Collected, browsers: string | null): Pick<Attempt, 'fault' | 'again'> {
  if (ending.why === 'exit' && told.status === null) {
    const how = ending.signal ?? `exit code ${ending.code}`;
    return { fault: `The process of this check ended before its tests had (${how})${ending.said === '' ? '.' : `: ${ending.said.split('\n').at(-1)}`}`, again: true };
  }
  // A browser that the user has chosen and that is not here, or a time limit of the user's, is none of our faults.
  const ours = browsers !== null && told.noBrowser !== null && told.noBrowser.includes(`${browsers}/chromium`) && !/\bTimeout \d+ms exceeded/.test(told.noBrowser);
  if (ending.why === 'exit' && ours && told.status !== 'passed') return { fault: `The browser did not start: ${told.noBrowser?.split('\n')[0]}`, again: true };
  return { fault: null, again: false };
}
