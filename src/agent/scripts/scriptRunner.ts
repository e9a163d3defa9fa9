/**
 * Runs setup and teardown scripts, each in a process and a sandbox of its own (B.6, B.15).
 * Promises: an end within the time limit; what comes back has the shape that was asked for, whatever the script did to it.
 * Never: a script outside of the sandbox's level; a file of this machine at a path that a user chose.
 */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ScriptEnd, ScriptJob, ScriptRequest } from '../../checks/kit/scripts.ts';
import { RUNTIMES } from '../../contract/runtimes.ts';
import type { LogLevel } from '../../protocol/outcome.ts';
import type { Machine } from '../machine.ts';
import type { Ending } from '../sandbox/contain.ts';
import type { Sandbox, SandboxLimits } from '../sandbox/sandbox.ts';
import type { ProcessJob, ProcessReport } from './scriptProcess.ts';

/** ms for a script by itself (B.2); starting its process is part of it. */
const SCRIPT_MS = 10_000;
/** Bytes that go into a script and come out of it: request with variables, and the body of the response (B.6). */
const DATA_LIMIT = 256 * 1024;
const MB = 1024 * 1024;
const LIMITS: SandboxLimits = {
  processes: 64, memoryBytes: 512 * MB, fileBytes: 64 * MB, folderBytes: 128 * MB, openFiles: 1024, cpuSeconds: 20, ms: SCRIPT_MS,
};
const LEVELS: readonly string[] = ['DEBUG', 'INFO', 'WARN', 'ERROR'] satisfies LogLevel[];

export interface ScriptSurroundings { signal: AbortSignal; log(level: LogLevel, msg: string): void }
/** Runs scripts for many runs. Never rejects for what a script does. */
export type RunScript = (job: ScriptJob, around: ScriptSurroundings) => Promise<ScriptEnd>;

/** The sandbox is looked for when the first script comes. */
export function createScriptRunner(machine: Machine): RunScript {
  const packages = findPackages();
  return async (job, around) => {
    if (Buffer.byteLength(JSON.stringify([job.env, job.request])) > DATA_LIMIT) return failed(job, around, tooMuch('into'));
    const opened = await machine.sandbox();
    if (typeof opened === 'string') return { kind: 'fault', sentence: opened };
    try {
      return await runIn(opened, packages, job, around);
    } catch (error) {
      return { kind: 'fault', sentence: `The ${job.phase} script could not be run: ${(error as Error).message}` };
    }
  };
}

interface Packages { names: string[]; from: string; mounts: string[] }

/** Those of the runtime that are installed here; of the whole list the browser's is not for these scripts (B.15). */
function findPackages(): Packages {
  const installed = Object.keys(RUNTIMES[0]?.dependencies ?? {}).filter((name) => name !== 'node' && name !== '@playwright/test').flatMap((name) => {
    try {
      return [{ name, folder: fileURLToPath(import.meta.resolve(name)).replace(/(?<=[/\\]node_modules)[/\\].*$/, '') }];
    } catch {
      return []; // not installed
    }
  });
  return { names: installed.map(({ name }) => name), from: import.meta.url, mounts: [...new Set(installed.map(({ folder }) => folder))] };
}

const PROGRAM = fileURLToPath(new URL(`./scriptProcess${extname(new URL(import.meta.url).pathname)}`, import.meta.url));

async function runIn(sandbox: Sandbox, packages: Packages, job: ScriptJob, around: ScriptSurroundings): Promise<ScriptEnd> {
  const { phase } = job;
  if (sandbox.facts.level === 'none') around.log('WARN', 'This script runs without a sandbox (level none).');
  let last: ProcessReport | null = null;
  const input: ProcessJob = {
    text: job.text, path: job.path ?? 'script.js', files: [...job.files], env: job.env, request: job.request, response: job.response,
    packages: packages.names, packagesFrom: packages.from,
  };
  const ending = await sandbox.run({
    command: () => [process.execPath, '--no-warnings', '--max-old-space-size=256', PROGRAM],
    mounts: [process.execPath, PROGRAM, ...packages.mounts], env: {}, limits: LIMITS, input: JSON.stringify(input), signal: around.signal,
    onReport: (line) => {
      const read = reportFrom(line);
      if (read && 'log' in read) around.log(read.level, read.log);
      else last = read ?? last;
    },
  });
  if (ending.why === 'cancelled') return { kind: 'cancelled' };
  return ending.why === 'exit' && last !== null ? endFrom(last, job, around) : failed(job, around, describeEnding(ending, phase));
}

function reportFrom(line: string): ProcessReport | null {
  try {
    const report = JSON.parse(line) as ProcessReport | null;
    if (typeof report !== 'object' || report === null) return null;
    if ('log' in report) return { log: String(report.log), level: LEVELS.includes(report.level) ? report.level : 'INFO' };
    return 'done' in report || 'error' in report ? report : null;
  } catch {
    return null; // the script has written there itself
  }
}

function endFrom(report: ProcessReport, job: ScriptJob, around: ScriptSurroundings): ScriptEnd {
  if ('error' in report) {
    const stack = String(report.stack);
    return failed(job, around, String(report.error), stack === '' ? '' : `\n${stack}`);
  }
  const { done } = report as Extract<ProcessReport, { done: unknown }>;
  const { env, request, body } = done ?? {};
  const changed = typeof body === 'string' ? body : null;
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
