/** Starts a command and ends it with everything that it started; hands it its input and listens to what it reports. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
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

/** What a started command is to do now: the clock starts with it. */
export interface Task {
  /** Milliseconds after which it is ended. */
  ms: number;
  signal: AbortSignal;
  /** Each whole line that it writes to file descriptor 3; also those from before. */
  onReport(line: string): void;
  /** Asks it to end by itself, when it was cancelled or its time is up; what is still there `graceMs` later is killed. */
  windDown?: { ask(): void; graceMs: number } | undefined;
}

export interface Contained {
  /** Adds to its standard input. */
  write(text: string): void;
  /** Ends its standard input. */
  end(): void;
  /** Resolves when the process and all that held its outputs are gone. Once. Rejects when it could not be started. */
  begin(task: Task): Promise<Ending>;
  /** Kills what is left of it. Resolves when it is gone; never rejects. */
  kill(): Promise<void>;
  /** True until it has ended. */
  readonly running: boolean;
}

interface Command { command: readonly string[]; folder: string; folderBytes: number }

const LOOK_EVERY_MS = 250;
/** How often, and after how many ms each, a killed process is looked for. */
const LOOKS = 200;
const LOOK_AGAIN_MS = 5;
/** Bytes of all reports of a job. */
const REPORT_LIMIT = 8 * 1024 * 1024;
const SAID_LIMIT = 4_096;

type Killed = Exclude<Ending['why'], 'exit'>;

/** Starts it at once: what it does before `begin` is its warming up, which has no time limit. */
export function contain({ command, folder, folderBytes }: Command): Contained {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { cwd: '/', env: { PATH: SYSTEM_PATH }, detached: true, stdio: ['pipe', 'ignore', 'pipe', 'pipe', 'pipe'] });
  let killed: Killed | null = null;
  let running = true;
  let dying = false;
  const end = () => {
    dying = true;
    killGroup(child);
    killFirst(firstProcess(about()));
  };
  const kill = (why: Killed) => {
    killed ??= why;
    end();
  };
  const reports = readReports(child.stdio[3] as Readable, () => kill('flood'));
  const about = tailOf(child.stdio[4] as Readable);
  // What bubblewrap tells of its namespace may be read after it was killed.
  child.stdio[4]?.once('end', () => { if (dying && running) killFirst(firstProcess(about())); });
  const said = tailOf(child.stderr as Readable);
  // Who does not read its input loses it.
  child.stdin?.on('error', () => {});
  const ended = (async (): Promise<Ending> => {
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (...how) => resolve(how));
    }).finally(() => { running = false; });
    await untilGone(firstProcess(about()));
    return killed === null ? { why: 'exit', code, signal, said: said() } : { why: killed };
  })();
  ended.catch(() => {});
  return {
    write: (text) => { child.stdin?.write(text); },
    end: () => { child.stdin?.end(); },
    begin: (task) => {
      reports.listen(task.onReport);
      return watched(ended, task, { kill, markAs: (why) => { killed ??= why; }, tooFull: async () => await measureFolder(folder, folderBytes) > folderBytes });
    },
    async kill() {
      if (running) end();
      await ended.catch(() => {});
    },
    get running() { return running; },
  };
}

interface Handles { kill(why: Killed): void; markAs(why: Killed): void; tooFull(): Promise<boolean> }

/** Holds a command to its time, its folder's size and its signal until it has ended. */
async function watched(ended: Promise<Ending>, { ms, signal, windDown }: Task, { kill, markAs, tooFull }: Handles): Promise<Ending> {
  let patience: NodeJS.Timeout | undefined;
  const stop = (why: 'cancelled' | 'deadline') => {
    if (windDown === undefined) return kill(why);
    markAs(why);
    windDown.ask();
    patience ??= setTimeout(() => kill(why), windDown.graceMs);
  };
  const cancel = () => stop('cancelled');
  const timer = setTimeout(() => stop('deadline'), ms);
  const watch = setInterval(async () => { if (await tooFull()) kill('disk'); }, LOOK_EVERY_MS);
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  try {
    return await ended;
  } finally {
    clearTimeout(timer);
    clearTimeout(patience);
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

/**
 * The first process of a namespace asks the kernel to end it with bubblewrap, but only once it runs: killed before that, bubblewrap
 * would leave it behind, and all that it has started. Its name is looked at, since its number may be somebody else's by now.
 */
function killFirst(pid: number | null): void {
  if (pid === null) return;
  try {
    if (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'bwrap') process.kill(pid, 'SIGKILL');
  } catch { /* it has ended with bubblewrap, as it should */ }
}

/** Keeps whole lines until somebody listens. */
function readReports(stream: Readable, onFlood: () => void): { listen(onReport: (line: string) => void): void } {
  let bytes = 0;
  let rest = '';
  const early: string[] = [];
  let deliver = (line: string) => { early.push(line); };
  stream.setEncoding('utf8');
  stream.on('error', () => {});
  stream.on('data', (text: string) => {
    bytes += Buffer.byteLength(text);
    if (bytes > REPORT_LIMIT) return onFlood();
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) deliver(line);
  });
  return {
    listen(onReport) {
      deliver = onReport;
      for (const line of early.splice(0)) onReport(line);
    },
  };
}

function tailOf(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('error', () => {});
  stream.on('data', (more: string) => { text = (text + more).slice(-SAID_LIMIT); });
  return () => text.trim();
}
