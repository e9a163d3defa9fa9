/** Starts a command, hands it its input, listens to what it reports, and ends it with everything that it started. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { measureFolder } from './jobFolder.ts';
import { SYSTEM_PATH } from './sandboxCommand.ts';

export type Ending =
  /** By itself, or by a limit of the kernel: then `signal` is set. `said`: the end of what it wrote to standard error. */
  | { why: 'exit'; code: number | null; signal: NodeJS.Signals | null; said: string }
  /** Killed: its time was up, the run was cancelled, its folder was full, it reported too much. */
  | { why: 'deadline' | 'cancelled' | 'disk' | 'flood' };

interface Contained {
  command: readonly string[];
  folder: string;
  folderBytes: number;
  /** Milliseconds after which it is killed. */
  ms: number;
  input: string;
  signal: AbortSignal;
  onReport(line: string): void;
}

const LOOK_EVERY_MS = 250;
/** How often, and after how many ms each, a killed process is looked for. */
const LOOKS = 200;
const LOOK_AGAIN_MS = 5;
/** Bytes of all reports of a job. */
const REPORT_LIMIT = 8 * 1024 * 1024;
const SAID_LIMIT = 4_096;

/** Resolves when the process and all that held its outputs are gone. Rejects when it could not be started. */
export async function contain({ command, folder, folderBytes, ms, input, signal, onReport }: Contained): Promise<Ending> {
  if (signal.aborted) return { why: 'cancelled' };
  const [program = '', ...args] = command;
  const child = spawn(program, args, { cwd: '/', env: { PATH: SYSTEM_PATH }, detached: true, stdio: ['pipe', 'ignore', 'pipe', 'pipe', 'pipe'] });
  let killed: Exclude<Ending['why'], 'exit'> | null = null;
  const kill = (why: typeof killed) => {
    killed ??= why;
    killGroup(child);
  };
  const cancel = () => kill('cancelled');
  const timer = setTimeout(() => kill('deadline'), ms);
  const watch = setInterval(async () => {
    if (await measureFolder(folder, folderBytes) > folderBytes) kill('disk');
  }, LOOK_EVERY_MS);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    readReports(child.stdio[3] as Readable, onReport, () => kill('flood'));
    const about = tailOf(child.stdio[4] as Readable);
    const said = tailOf(child.stderr as Readable);
    // Who does not read its input loses it.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
    const [code, ended] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (...how) => resolve(how));
    });
    await untilGone(firstProcess(about()));
    return killed === null ? { why: 'exit', code, signal: ended, said: said() } : { why: killed };
  } finally {
    clearTimeout(timer);
    clearInterval(watch);
    signal.removeEventListener('abort', cancel);
  }
}

/** What bubblewrap writes to file descriptor 4: the first process of the namespace. */
function firstProcess(json: string): number | null {
  return Number(/"child-pid": (\d+)/.exec(json)?.[1] ?? 0) || null;
}

/** A namespace's first process is the last of it: when it is gone, or waits to be read out, the kernel has ended all others. */
async function untilGone(pid: number | null): Promise<void> {
  for (let look = 0; pid !== null && look < LOOKS; look++) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    if (stat === null || /\) [ZX] /.test(stat)) return;
    await sleep(LOOK_AGAIN_MS);
  }
}

/** Its namespace of processes ends with its first process, which dies with bubblewrap; without bubblewrap the group is what there is. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch { /* it has just ended */ }
}

function readReports(stream: Readable, onReport: (line: string) => void, onFlood: () => void): void {
  let bytes = 0;
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('error', () => {});
  stream.on('data', (text: string) => {
    bytes += Buffer.byteLength(text);
    if (bytes > REPORT_LIMIT) return onFlood();
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onReport(line);
  });
}

function tailOf(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('error', () => {});
  stream.on('data', (more: string) => { text = (text + more).slice(-SAID_LIMIT); });
  return () => text.trim();
}
