/** Load by the program wrk. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { cpuSecondsOf, type Spell } from './measure.ts';

/** Whether a program can be started by its name. */
export const isInstalled = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));

export interface Load { url: string; headers?: Record<string, string>; seconds: number; atATime: number }

/** Requests over kept-alive connections; the CPU time is that of `pid`. Throws when an answer was not a 2xx or 3xx. */
export async function wrk({ url, headers = {}, seconds, atATime }: Load, pid: number): Promise<Spell> {
  const before = cpuSecondsOf(pid);
  const { stdout } = await promisify(execFile)('wrk', [
    '-t1', `-c${atATime}`, `-d${seconds}s`, ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]), url,
  ]);
  const cpuSeconds = cpuSecondsOf(pid) - before;
  const count = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  if (!(count > 0) || !(rate > 0) || /Non-2xx|Socket errors/.test(stdout)) throw new Error(`wrk on ${url} did not go well:\n${stdout}`);
  return { count, wallSeconds: count / rate, cpuSeconds };
}
