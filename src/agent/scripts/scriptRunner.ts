/**
 * Runs setup and teardown scripts, each in a process and a sandbox of its own (B.6, B.15).
 * Promises: an end within the time limit; what comes back has the shape that was asked for, whatever the script did to it.
 * Never: a script outside of the sandbox's level; a file of this machine at a path that a user chose.
 */
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SandboxEgress } from '../../checks/kit/egress.ts';
import type { ScriptEnd, ScriptJob, ScriptRequest } from '../../checks/kit/scripts.ts';
import type { LogLevel } from '../../protocol/outcome.ts';
import type { Machine } from '../machine.ts';
import type { Ending } from '../sandbox/contain.ts';
import type { Sandbox, SandboxLimits } from '../sandbox/sandbox.ts';
import { createWarmPool, type WarmPool } from '../sandbox/warmPool.ts';
import type { Import, ProcessJob, ProcessReport, ProcessSetting } from './inside/messages.ts';
import { findScriptPackages, type ScriptPackages } from './scriptPackages.ts';

/** ms for a script by itself (B.2); its process is mostly there already. */
const SCRIPT_MS = 10_000;
/** Bytes that go into a script and come out of it: request with variables, and the body of the response (B.6). */
const DATA_LIMIT = 256 * 1024;
const MB = 1024 * 1024;
const LIMITS: SandboxLimits = {
  processes: 64, memoryBytes: 512 * MB, fileBytes: 64 * MB, folderBytes: 128 * MB, openFiles: 1024, cpuSeconds: 20, ms: SCRIPT_MS,
};
const LEVELS: readonly string[] = ['DEBUG', 'INFO', 'WARN', 'ERROR'] satisfies LogLevel[];

export interface ScriptSurroundings {
  signal: AbortSignal;
  /** What the run may reach; absent: nothing, where there is a network of its own. */
  egress?: SandboxEgress | undefined;
  log(level: LogLevel, msg: string): void;
  /** Names of variables whose values are secret, and who hears of each new value before the script's next line; absent: none is. */
  secrets?: { names: readonly string[]; onValue(value: string): void };
}
/** Runs scripts for many runs. Never rejects for what a script does. */
export type RunScript = (job: ScriptJob, around: ScriptSurroundings) => Promise<ScriptEnd>;

/** How many processes wait for their script: a check's setup and its teardown. ms: see WarmPoolOptions. */
const MOST_WARM = 2;
const WARM = { idleMs: 5 * 60_000, restMs: 100 };
/** Also the folder that is shown inside: nothing else of Assay is. */
const INSIDE = fileURLToPath(new URL('./inside', import.meta.url));
const PROGRAM = join(INSIDE, `scriptProcess${extname(new URL(import.meta.url).pathname)}`);

/** The sandbox is looked for when the first script comes, and nothing is started before; what waits for scripts ends with the machine. */
export function createScriptRunner(machine: Machine): RunScript {
  const packages = findScriptPackages();
  let workshop: Workshop | null = null;
  machine.onClose(async () => workshop?.pool.close());
  return async (job, around) => {
    if (Buffer.byteLength(JSON.stringify([job.env, job.request])) > DATA_LIMIT) return failed(job, around, tooMuch('into'));
    const sandbox = await machine.sandbox();
    if (typeof sandbox === 'string') return { kind: 'fault', sentence: sandbox };
    workshop ??= openWorkshop(sandbox, packages, Math.min(MOST_WARM, machine.userCode.warmSlots ?? MOST_WARM));
    try {
      return await runIn(workshop, job, around);
    } catch (error) {
      return { kind: 'fault', sentence: `The ${job.phase} script could not be run: ${(error as Error).message}` };
    }
  };
}

interface Workshop {
  level: string | null;
  pool: WarmPool;
  /** The next ones load what scripts have imported lately. */
  expect(imported: unknown): void;
  /** Runs whose job log says where their scripts run. */
  told: WeakSet<AbortSignal>;
}

function openWorkshop(sandbox: Sandbox, { mounts, ...packages }: ScriptPackages, warm: number): Workshop {
  let preload: Import[] = [];
  const pool = createWarmPool({
    ...WARM, size: () => warm,
    start: () => sandbox.start({
      command: () => [process.execPath, '--no-warnings', '--max-old-space-size=256', PROGRAM, JSON.stringify({ ...packages, preload } satisfies ProcessSetting)],
      mounts: [process.execPath, INSIDE, ...mounts], env: {}, limits: LIMITS,
    }),
  });
  return {
    level: sandbox.facts.level, pool, told: new WeakSet(),
    expect(imported) {
      const named = Array.isArray(imported) ? imported as (Partial<Import> | null)[] : [];
      const known = packages.packages.flatMap((name) => (['import', 'require'] as const).map((by) => ({ name, by })));
      preload = known.filter(({ name, by }) => named.some((one) => one?.name === name && one.by === by));
    },
  };
}

async function runIn(workshop: Workshop, job: ScriptJob, around: ScriptSurroundings): Promise<ScriptEnd> {
  sayWhere(workshop, around);
  const input: ProcessJob = {
    text: job.text, path: job.path ?? 'script.js', files: [...job.files], env: job.env, secrets: [...around.secrets?.names ?? []], request: job.request, response: job.phase === 'setup' ? undefined : job.response,
  };
  const text = JSON.stringify(input);
  for (let attempt = 1; ; attempt++) {
    if (around.signal.aborted) return { kind: 'cancelled' };
    const { ending, ready, last } = await runOnce(workshop.pool, text, around);
    if (ending.why === 'cancelled') return { kind: 'cancelled' };
    if (ending.why === 'exit' && !ready) {
      // Not one line of the script has run: that is ours, and another process may do better.
      if (attempt === 1) continue;
      return { kind: 'fault', sentence: `The ${job.phase} script could not be run: its process did not start (${ending.said.split('\n').at(-1) || (ending.signal ?? `exit code ${ending.code}`)}).` };
    }
    if (ending.why !== 'exit' || last === null) return failed(job, around, describeEnding(ending, job.phase));
    workshop.expect(last.imported);
    return endFrom(last, job, around);
  }
}

function sayWhere({ level, told }: Workshop, { log, signal }: ScriptSurroundings): void {
  if (told.has(signal)) return;
  told.add(signal);
  if (level === 'none') log('WARN', 'Sandbox: none. The scripts of this check can read and change whatever the agent can.');
  else log('DEBUG', `Sandbox: ${level}`);
}

type Last = Extract<ProcessReport, { imported: unknown }>;

async function runOnce(pool: WarmPool, input: string, { signal, egress, log, secrets }: ScriptSurroundings): Promise<{ ending: Ending; ready: boolean; last: Last | null }> {
  const slot = await pool.take();
  let ready = false;
  let last: Last | null = null;
  try {
    slot.write(input);
    slot.end();
    const ending = await slot.begin({
      signal, egress,
      onReport: (line) => {
        const read = reportFrom(line);
        if (read === null) return;
        if ('log' in read) log(read.level, read.log);
        else if ('ready' in read) ready = true;
        else if ('secret' in read) secrets?.onValue(read.secret);
        else last = read;
      },
    });
    return { ending, ready, last };
  } finally {
    // It has ended; the run need not wait until its folder is gone, only the agent's end does.
    slot.close().catch(() => {});
  }
}

function reportFrom(line: string): ProcessReport | null {
  try {
    const report = JSON.parse(line) as ProcessReport | null;
    if (typeof report !== 'object' || report === null) return null;
    if ('log' in report) return { log: String(report.log), level: LEVELS.includes(report.level) ? report.level : 'INFO' };
    if ('secret' in report) return { secret: String(report.secret) };
    return 'ready' in report || 'done' in report || 'error' in report ? report : null;
  } catch {
    return null; // the script has written there itself
  }
}

function endFrom(report: Last, job: ScriptJob, around: ScriptSurroundings): ScriptEnd {
  if ('error' in report) {
    const stack = String(report.stack);
    return failed(job, around, String(report.error), stack === '' ? '' : `\n${stack}`);
  }
  const { done } = report;
  const { env, request, body } = done ?? {};
  const changed = body === null || body === undefined ? null : textOf(body);
  if (Buffer.byteLength(JSON.stringify([env, request]) ?? '') > DATA_LIMIT || Buffer.byteLength(changed ?? '') > DATA_LIMIT) return failed(job, around, tooMuch('out of'));
  const { method, url, body: requestBody, headers, queryParameters } = (request ?? {}) as Partial<ScriptRequest>;
  return {
    kind: 'done', env: textsOf(env), body: changed,
    request: { method: textOf(method), url: textOf(url), body: textOf(requestBody), headers: textsOf(headers), queryParameters: textsOf(queryParameters) },
  };
}

/** Objects as bodies are sent as JSON: it is what people mean. */
const textOf = (value: unknown): string => (typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? ''));

/** What is null or missing is taken for removed. */
function textsOf(values: unknown): Record<string, string> {
  if (typeof values !== 'object' || values === null) return {};
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined).map(([key, value]) => [key, textOf(value)]));
}

function failed({ phase, path }: ScriptJob, { log }: ScriptSurroundings, reason: string, more = ''): ScriptEnd {
  const message = `The ${phase} script${path === null ? '' : ` ${path}`} failed: ${reason}`;
  log('ERROR', message + more);
  return { kind: 'failed', message };
}

const tooMuch = (way: string): string => `more than ${DATA_LIMIT / 1024} KB of data went ${way} it.`;

function describeEnding(ending: Ending, phase: string): string {
  switch (ending.why) {
    case 'deadline': return `it took longer than the ${SCRIPT_MS / 1000} s that a ${phase} script has.`;
    case 'disk': return `it wrote more than ${LIMITS.folderBytes / MB} MB of files.`;
    case 'flood': return 'it printed too much.';
    case 'exit': return ending.signal || ending.code !== 0
      ? `its process ended before it had (${ending.signal ?? `exit code ${ending.code}`}), perhaps for want of memory.` : 'it ended its process itself.';
    default: return ending.why;
  }
}
