/**
 * Runs regular expressions and JSON paths that users wrote, where they can do no harm.
 * Promises: an answer or an error within about a second of its turn; a pattern that will not end costs its own assertion
 * only, whoever waits behind it is served. The thread starts with the first need and never keeps the process alive when idle.
 * Never: evaluation of code.
 */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Answer, Question } from './extract.worker.ts';
import { jsonText } from './jsonText.ts';
import { followSteps, plainSteps } from './plainPath.ts';

/** ms that one evaluation may take. */
const TIME_LIMIT = 1000;
/** Steps that a pattern without repetition may need at most to be answered on this thread. */
const INLINE_STEPS = 5_000_000;

/**
 * First match of an ECMAScript pattern (no flags; one pair of slashes around it is taken off): the first capture group, or the
 * whole match where the pattern has no group (B.5). Rejects with an Error that names the pattern and what is wrong with it.
 */
export async function extractRegex(pattern: string, text: string): Promise<{ matched: boolean; value?: string }> {
  const bare = /^\/.+\/$/s.test(pattern) ? pattern.slice(1, -1) : pattern;
  const what = `The pattern ${quote(pattern)}`;
  if (repeatsNothing(bare) && bare.length * text.length <= INLINE_STEPS) return matchInline(bare, text, what);
  const found = await ask({ kind: 'regex', pattern: bare, text }, what);
  if (found.kind !== 'regex') throw new Error(`${what} was not answered.`);
  return { matched: found.matched, ...(found.value === undefined ? {} : { value: found.value }) };
}

/**
 * The nodes that `path` selects in `document` (any JSON value), in document order; the empty path selects the whole document.
 * Rejects with an Error that names the path and what is wrong with it.
 */
export async function extractJsonPath(path: string, document: unknown): Promise<unknown[]> {
  const trimmed = path.trim();
  if (trimmed === '') return [document];
  const what = `The JSON path ${quote(path)}`;
  if (!trimmed.startsWith('$')) throw new Error(`${what} is invalid: it must start with $.`);
  const steps = plainSteps(trimmed);
  if (steps) return followSteps(steps, document);
  const found = await ask({ kind: 'path', path: trimmed, json: jsonText(document) ?? 'null' }, what);
  if (found.kind !== 'path') throw new Error(`${what} was not answered.`);
  return JSON.parse(found.json) as unknown[];
}

/** Without repetition and alternatives there is nothing to backtrack into: time is at most pattern times text. */
function repeatsNothing(pattern: string): boolean {
  return !/[*+?{|]/.test(pattern);
}

function matchInline(pattern: string, text: string, what: string): { matched: boolean; value?: string } {
  let expression: RegExp;
  try {
    expression = new RegExp(pattern);
  } catch (error) {
    throw new Error(`${what} is invalid: ${sentence((error as Error).message)}`);
  }
  const match = expression.exec(text);
  return match ? { matched: true, value: match[1] ?? match[0] } : { matched: false };
}

function quote(text: string): string {
  return `"${text.length > 200 ? `${text.slice(0, 200)}…` : text}"`;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

interface Job { question: Question; what: string; resolve(answer: Answer): void; reject(error: Error): void }

const queue: Job[] = [];
/** The thread, and the job it has in hand. One at a time: what stalls is then known, and nobody else is lost with it. */
let thread: { worker: Worker; ready: boolean; job: Job | null; timer: NodeJS.Timeout | null } | null = null;

function ask(question: Question, what: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    queue.push({ question, what, resolve, reject });
    advance();
  });
}

/** Hands the next job to the idle thread; starts one where there is none. */
function advance(): void {
  if (queue.length === 0) return;
  thread ??= start();
  if (!thread.ready || thread.job) return;
  const current = thread;
  const job = queue.shift()!;
  current.job = job;
  current.timer = setTimeout(() => {
    // An answer may be waiting behind this very timer when our own thread was busy: let it in first.
    setImmediate(() => {
      if (thread === current && current.job === job) {
        retire(current, new Error(`${job.what} took longer than 1 s and was stopped.`));
      }
    });
  }, TIME_LIMIT);
  current.worker.ref();
  current.worker.postMessage(job.question);
}

function start(): NonNullable<typeof thread> {
  // The sources run as .ts, the build as .js.
  const file = new URL(`./extract.worker${extname(new URL(import.meta.url).pathname)}`, import.meta.url);
  // Nothing of the process is handed on: neither its environment nor its flags.
  const worker = new Worker(file, { env: {}, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 512 } });
  const started = { worker, ready: false, job: null as Job | null, timer: null as NodeJS.Timeout | null };
  worker.on('message', (answer: Answer) => {
    if (thread !== started) return;
    if (answer.kind === 'ready') started.ready = true;
    else settle(started, answer);
    advance();
  });
  worker.on('error', (error: NodeJS.ErrnoException) => {
    if (thread !== started) return;
    const job = started.job ?? queue.shift();
    started.job = job ?? null;
    const why = error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'needs too much memory and was stopped.' : `failed: ${sentence(error.message)}`;
    retire(started, new Error(`${job?.what} ${why}`));
  });
  return started;
}

function settle(current: NonNullable<typeof thread>, answer: Answer): void {
  const job = current.job;
  if (!job) return;
  release(current);
  if (answer.kind === 'invalid') job.reject(new Error(`${job.what} is invalid: ${sentence(answer.why)}`));
  else job.resolve(answer);
}

/** Ends a thread together with the job it has in hand; the others move on to a new one. */
function retire(current: NonNullable<typeof thread>, reason: Error): void {
  const job = current.job;
  release(current);
  thread = null;
  void current.worker.terminate();
  job?.reject(reason);
  advance();
}

function release(current: NonNullable<typeof thread>): void {
  if (current.timer) clearTimeout(current.timer);
  current.timer = null;
  current.job = null;
  current.worker.unref();
}
