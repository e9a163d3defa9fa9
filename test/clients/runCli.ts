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
  /** Resolves when the text has been printed to stdout; rejects when the CLI ended without. */
  untilPrinted(text: string): Promise<void>;
  /** Rejects with all that was printed when the bound was reached. */
  ended: Promise<CliRun>;
}

export interface CliOptions {
  project: Project;
  env: Record<string, string>;
  /** Default: 60 s. A CLI that is not done by then is killed and the test fails. */
  timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** Starts `checkly <args>` in the project's folder. No variable of this process but PATH reaches it. */
export function startCli(cli: Cli, args: readonly string[], { project, env, timeoutMs = DEFAULT_TIMEOUT_MS }: CliOptions): RunningCli {
  const { bin } = JSON.parse(readFileSync(join(cliFolder(cli), 'package.json'), 'utf8')) as { bin: string | { checkly: string } };
  const program = join(cliFolder(cli), typeof bin === 'string' ? bin : bin.checkly);
  const child = spawn(process.execPath, [program, ...args], {
    cwd: project.folder, stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: project.home, LANG: 'C.UTF-8', NO_COLOR: '1', CHECKLY_NO_DOTENV: '1', ...env },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
  const bound = setTimeout(() => child.kill('SIGKILL'), timeoutMs);

  const end = async (): Promise<CliRun> => {
    const [code, signal] = await once(child, 'close') as [number | null, NodeJS.Signals | null];
    clearTimeout(bound);
    if (signal === 'SIGKILL') throw new Error(`\`checkly ${args.join(' ')}\` did not end within ${timeoutMs} ms.\n${stdout}\n${stderr}`);
    return { code, signal, stdout, stderr };
  };
  return {
    interrupt() { child.kill('SIGINT'); },
    async untilPrinted(text) {
      while (!stdout.includes(text)) {
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`The CLI ended without "${text}".\n${stdout}\n${stderr}`);
        await Promise.race([once(child.stdout, 'data'), once(child, 'close')]);
      }
    },
    ended: end(),
  };
}

export const runCli = (cli: Cli, args: readonly string[], options: CliOptions): Promise<CliRun> => startCli(cli, args, options).ended;
