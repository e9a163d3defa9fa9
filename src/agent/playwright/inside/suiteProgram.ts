/**
 * The first process of a suite's sandbox: unpacks the bundle, runs the install or the test command, tells what they print and how they end.
 * Promises: a last report (`installed`, `ended`, `bundle` or `fault`), unless it is killed; when asked to stop, the command gets SIGINT as from
 * a terminal, so that Playwright ends its tests and writes what it has.
 * Never: trust in the project; all of it is the user's, and may be hostile.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, createReadStream, existsSync, openSync, readSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { delimiter, join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { applyBundleRegistries } from './bundleRegistries.ts';
import { cutText } from './cutText.ts';
import type { InsideEvent } from './messages.ts';
import { askedManager, findPlaywright, moduleFolders, planInstall } from './packageInstall.ts';
import { rehearse } from './rehearse.ts';
import type { SuiteReport, SuiteTask } from './suiteMessages.ts';
import { BundleError } from './tarReader.ts';
import { unpackBundle } from './unpackBundle.ts';

/** Bytes of output that are told; the job log takes no more anyway. */
const TOLD_LIMIT = 2 * 1024 * 1024;
/** Bytes of events that are handed on. */
const EVENTS_LIMIT = 5 * 1024 * 1024;
const EVENTS_EVERY_MS = 100;
/** Characters of a line, and of the end of the output that is told again with the command's end. */
const LONGEST_LINE = 16_384;
const SAID_LIMIT = 4_096;
/** ms for what the command's own children still write after its end. */
const DRAIN_MS = 300;

/** What the user's own reporters put into the output of the command anyway. */
const SHOWN = /^\{"on":"(line|step|testBegin)"/;

function tell(line: SuiteReport | InsideEvent | string): void {
  const bytes = Buffer.from(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(3, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}

let child: ChildProcess | null = null;
let stopping = false;

function interrupt(): void {
  stopping = true;
  if (child?.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGINT');
  } catch { /* it has just ended */ }
}

interface Said { text: string; told: number }

/** Whole lines without colours; a line that does not end is told in pieces. */
function tellLines(stream: Readable, level: (line: string) => 'DEBUG' | 'INFO' | 'WARN' | 'ERROR', said: Said): void {
  let rest = '';
  const line = (raw: string): void => {
    const text = stripVTControlCharacters(raw).replace(/\r$/, '').replace(/^.*\r/, '');
    said.text = `${said.text}${text}\n`;
    if (said.text.length > SAID_LIMIT) said.text = `…${said.text.slice(-SAID_LIMIT)}`;
    said.told += text.length + 64;
    if (said.told <= TOLD_LIMIT) tell({ on: 'line', level: level(text), text });
    else if (said.told - text.length - 64 <= TOLD_LIMIT) tell({ on: 'line', level: 'WARN', text: 'The command prints more than is kept: its further output is left out.' });
  };
  stream.setEncoding('utf8');
  stream.on('data', (more: string) => {
    const lines = (rest + more).split('\n');
    rest = lines.pop() ?? '';
    for (const one of lines) line(one);
    for (; rest.length > LONGEST_LINE; rest = `…${rest.slice(LONGEST_LINE)}`) line(cutText(rest, LONGEST_LINE));
  });
  stream.on('end', () => { if (rest !== '') line(rest); });
  stream.on('error', () => {});
}

/** Notes of Node's own about the program are no errors of it. */
const errorLevel = (line: string) => (/^\(node:\d+\)|^\(Use `node --trace-/.test(line) ? 'WARN' as const : 'ERROR' as const);

async function run(command: string, folder: string, env: NodeJS.ProcessEnv, stage: SuiteTask['stage']): Promise<{ code: number | null; signal: string | null; said: string }> {
  const said: Said = { text: '', told: 0 };
  // A group of its own gets the interrupt as the foreground of a terminal would.
  const started = child = spawn('/bin/sh', ['-c', command], { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  tellLines(started.stdout as Readable, () => (stage === 'install' ? 'DEBUG' : 'INFO'), said);
  tellLines(started.stderr as Readable, stage === 'install' ? () => 'DEBUG' : errorLevel, said);
  if (stopping) interrupt();
  const closed = new Promise<void>((done) => { started.once('close', () => done()); });
  const [code, signal] = await new Promise<[number | null, string | null]>((done, reject) => {
    started.once('error', reject);
    started.once('exit', (...how) => done(how));
  });
  await Promise.race([closed, new Promise((done) => { setTimeout(done, DRAIN_MS); })]);
  child = null;
  return { code, signal, said: said.text.trimEnd() };
}

/** Hands on what Playwright's processes append to the file, line by line. @returns reads the rest and stops. */
function followEvents(path: string): () => void {
  writeFileSync(path, '');
  const fd = openSync(path, 'r');
  const buffer = Buffer.alloc(256 * 1024);
  let at = 0;
  let rest = Buffer.alloc(0);
  const read = (): void => {
    for (;;) {
      const length = at >= EVENTS_LIMIT ? 0 : readSync(fd, buffer, 0, buffer.length, at);
      if (length === 0) return;
      at += length;
      rest = Buffer.concat([rest, buffer.subarray(0, length)]);
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        const line = rest.subarray(0, end).toString('utf8');
        if (!SHOWN.test(line)) tell(line);
        rest = rest.subarray(end + 1);
      }
    }
  };
  const timer = setInterval(read, EVENTS_EVERY_MS);
  return () => {
    clearInterval(timer);
    read();
    closeSync(fd);
  };
}

function environmentOf({ env, ownEnv, bin }: SuiteTask, { env: given }: NodeJS.Process): NodeJS.ProcessEnv {
  const options = [given.NODE_OPTIONS, ownEnv.NODE_OPTIONS, env.NODE_OPTIONS].filter((text) => text !== undefined && text !== '').join(' ');
  return {
    ...given, ...env, ...ownEnv, PATH: [bin, env.PATH ?? given.PATH].filter((part) => part !== undefined).join(delimiter), ...(options === '' ? {} : { NODE_OPTIONS: options }),
  };
}

/** pnpm is no Node program: where the only way out is a proxy, it must be told so. */
function proxyFor({ ASSAY_BROWSER_FLAGS }: NodeJS.ProcessEnv): Record<string, string> {
  const [, port] = /--proxy-server=\w+:\/\/127\.0\.0\.1:(\d+)/.exec(ASSAY_BROWSER_FLAGS ?? '') ?? [];
  return port === undefined ? {} : { HTTP_PROXY: `http://127.0.0.1:${port}`, HTTPS_PROXY: `http://127.0.0.1:${port}` };
}

async function unpack({ bundle, root, limits, skip }: SuiteTask): Promise<void> {
  const { entries, bytes } = await unpackBundle(createReadStream(bundle), root, limits, skip);
  rmSync(bundle, { force: true });
  tell({ suite: 'unpacked', entries, bytes });
}

/** The version that a project asks for is not fetched (pnpm does that by itself, where it can). */
function sayOtherManager({ root, command, versions }: SuiteTask, folder: string, tool: string): void {
  const asked = askedManager(root, folder);
  const used = versions[tool];
  if (command !== null || asked === null || used === undefined || (tool.startsWith(asked.name) && used === asked.version)) return;
  tell({ on: 'line', level: 'WARN', text: `The project asks for ${asked.name}@${asked.version} (packageManager): it is installed with the agent's ${tool.replace(/-.*/, '')} ${used}.` });
}

async function install(task: SuiteTask, folder: string): Promise<SuiteReport> {
  const env = environmentOf(task, process);
  const plan = task.command === null ? planInstall(task.root, folder) : { command: task.command, folder, env: {}, tool: null };
  if (plan !== null) {
    if (plan.tool !== null && !existsSync(join(task.bin, plan.tool))) return { suite: 'missing', tool: plan.tool };
    // The project says what is for production only; tests need the rest as well.
    if (task.command === null) delete env.NODE_ENV;
    sayOtherManager(task, plan.folder, plan.tool ?? 'npm');
    const registries = await applyBundleRegistries({ root: task.root, folder, env, onMiss: (text) => tell({ on: 'line', level: 'WARN', text }) });
    tell({ suite: 'command', text: plan.command, folder: relative(task.root, plan.folder) });
    const { code, signal, said } = await run(plan.command, plan.folder, { ...env, ...plan.env, ...(plan.tool === 'pnpm' ? proxyFor(env) : {}), ...registries?.env }, 'install');
    registries?.close();
    if (code !== 0) return { suite: 'ended', code, signal, said };
  }
  const folders = moduleFolders(task.root);
  return { suite: 'installed', folders, playwright: findPlaywright(folder, folders.map((one) => resolve(task.root, one))) };
}

async function test(task: SuiteTask, folder: string): Promise<SuiteReport> {
  tell({ suite: 'command', text: task.command ?? '', folder: task.workingDir });
  const stopFollowing = followEvents(task.events);
  try {
    return { suite: 'ended', ...await run(task.command ?? '', folder, environmentOf(task, process), 'test') };
  } finally {
    stopFollowing();
  }
}

async function carryOut(task: SuiteTask): Promise<SuiteReport> {
  try {
    const folder = resolve(task.root, task.workingDir);
    if (task.stage === 'rehearsal') return { suite: 'rehearsed', compiled: await rehearse(folder, task.compiled, environmentOf(task, process)) };
    await unpack(task);
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new BundleError(`has no folder "${task.workingDir}", which is the working directory`);
    return await (task.stage === 'install' ? install(task, folder) : test(task, folder));
  } catch (error) {
    return error instanceof BundleError ? { suite: 'bundle', problem: error.message } : { suite: 'fault', message: (error as Error).message };
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'stop') return interrupt();
  void carryOut(JSON.parse(line) as SuiteTask).then((report) => {
    tell(report);
    process.exit(0);
  });
});
