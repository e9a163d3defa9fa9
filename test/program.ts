/** The `assay` program as a person runs it: a process of its own, its output, its exit code. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));

export interface Ended { code: number | null; stdout: string; stderr: string }

/** A program that goes on running. */
export interface Program extends AsyncDisposable {
  readonly pid: number;
  /** Resolves with the match as soon as standard output has it; rejects when the program ends without. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  signal(name: NodeJS.Signals): void;
  ended: Promise<Ended>;
}

/** Settings of the person who runs the tests stay out. */
function cleanEnv(extra: Record<string, string>): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(ASSAY|CHECKLY|NODE_TEST)_/.test(name) && name !== 'NODE_OPTIONS');
  return { ...Object.fromEntries(own), ...extra };
}

/** @param command program and arguments; absent parts: this repository's `assay` on this Node. */
export function startProgram(args: readonly string[], { env = {}, cwd, command = [process.execPath, MAIN] }: { env?: Record<string, string>; cwd?: string; command?: readonly string[] } = {}): Program {
  const [program = process.execPath, ...first] = command;
  const child: ChildProcess = spawn(program, [...first, ...args], { env: cleanEnv(env), ...(cwd ? { cwd } : {}), stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  const changed = new EventTarget();
  child.stdout?.setEncoding('utf8').on('data', (text: string) => { stdout += text; changed.dispatchEvent(new Event('output')); });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return {
    pid: child.pid ?? -1,
    ended,
    async said(pattern) {
      for (;;) {
        const match = pattern.exec(stdout);
        if (match) return match;
        const next = await Promise.race([once(changed, 'output'), ended]);
        if (!Array.isArray(next) && !pattern.test(stdout)) throw new Error(`The program ended with ${next.code} before it said ${pattern}:\n${stdout}\n${stderr}`);
      }
    },
    signal: (name) => child.kill(name),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Runs `assay` to its end. */
export const runProgram = (args: readonly string[], env: Record<string, string> = {}): Promise<Ended> => startProgram(args, { env }).ended;

/** A folder that is gone after the test. */
export function temporaryFolder(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'assay-program-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
