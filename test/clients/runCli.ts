/** Runs the unmodified CLI as a process of its own; every run ends, by itself or by a bound. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cliFolder, type Cli, type Project } from './project.ts';

export interface CliRun {
  /** null when a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface RunningCli {
  /** Ctrl-C, as a terminal sends it. */
  interrupt(): void;
  /** Kills it, and fails the test, when it has not ended so many ms from now. */
  endWithin(ms: number): Promise<CliRun>;
  /** Resolves with all of stdout so far when the text has been printed to it; rejects when the CLI ended without. */
  untilPrinted(text: string): Promise<string>;
  /** Rejects with all that was printed when the bound was reached. */
  ended: Promise<CliRun>;
}

export interface CliOptions {
  project: Project;
  env: Record<string, string>;
  /** Default: two minutes. A CLI that is not done by then is killed and the test fails. */
  timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 120_000;

/** Whoever runs many programs of the same files lets Node keep them compiled. */
export const compiled = (): Record<string, string> => (process.env['NODE_COMPILE_CACHE'] ? { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] } : {});

/** Starts `checkly <args>` in the project's folder. No other variable of this process but PATH reaches it. */
export function startCli(cli: Cli, args: readonly string[], { project, env, timeoutMs = DEFAULT_TIMEOUT_MS }: CliOptions): RunningCli {
  const { bin } = JSON.parse(readFileSync(join(cliFolder(cli), 'package.json'), 'utf8')) as { bin: string | { checkly: string } };
  const program = join(cliFolder(cli), typeof bin === 'string' ? bin : bin.checkly);
  const child = spawn(process.execPath, [program, ...args], {
    cwd: project.folder, stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: project.home, LANG: 'C.UTF-8', NO_COLOR: '1', CHECKLY_NO_DOTENV: '1', ...compiled(), ...env },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  let bound: NodeJS.Timeout;
  const setBound = (ms: number) => {
    clearTimeout(bound);
    bound = setTimeout(() => child.kill('SIGKILL'), ms);
  };
  setBound(timeoutMs);

  const end = async (): Promise<CliRun> => {
    const [code, signal] = await closed;
    clearTimeout(bound);
    if (signal === 'SIGKILL') throw new Error(`\`checkly ${args.join(' ')}\` did not end in time.\n${stdout}\n${stderr}`);
    return { code, signal, stdout, stderr };
  };
  const ended = end();
  // Whoever waits for something else first must not lose the process to an unhandled rejection.
  ended.catch(() => undefined);
  return {
    ended,
    interrupt() { child.kill('SIGINT'); },
    endWithin(ms) {
      setBound(ms);
      return ended;
    },
    async untilPrinted(text) {
      while (!stdout.includes(text)) {
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`The CLI ended without "${text}".\n${stdout}\n${stderr}`);
        await Promise.race([once(child.stdout, 'data'), closed]);
      }
      return stdout;
    },
  };
}
