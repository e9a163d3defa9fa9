/**
 * The agent's line to the server: the verbs of `protocol/verbs.ts` as functions, over kept-alive HTTP connections.
 * Promises: every call ends with the answer or with a LinkError that says what to do; a silent server is given up in time.
 * Never: a second try, a decision about a run. Outcomes, files and live lines have connections of their own: a queue of them
 * delays no lease and no poll.
 */
import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import type { Readable } from 'node:stream';
import {
  AGENT_PATH, type AssetAnswer, type AssetQuery, type ExtendAnswer, type ExtendRequest, type FinishedAnswer, type FinishedRequest, type HelloAnswer,
  type HelloRequest, type InputRequest, type LogRequest, type NextAnswer, type NextRequest, type StartedRequest,
} from '../protocol/verbs.ts';
import { errorOfAnswer, LinkError } from './linkError.ts';

/** The proxy for the agent's own traffic (H.3), by the names of the usual environment variables. */
export interface LinkProxy { HTTP_PROXY?: string; HTTPS_PROXY?: string; NO_PROXY?: string }

export interface LinkOptions { serverUrl: string; locationKey: string; version: string; proxy?: LinkProxy | undefined }

/** Every function rejects with a LinkError. */
export interface Link {
  hello(request: HelloRequest): Promise<HelloAnswer>;
  /** Waits up to `waitMs`; `signal` takes the question back. */
  next(request: NextRequest, signal: AbortSignal): Promise<NextAnswer>;
  started(request: StartedRequest): Promise<void>;
  /** The bytes as they come; the stream fails with a LinkError when they break off. `signal` ends question and stream. */
  input(request: InputRequest, signal: AbortSignal): Promise<Readable>;
  log(request: LogRequest): Promise<void>;
  /**
   * Hands a file over. @param size its bytes. @param open its content, read once; its own error is passed on as it is.
   * Rejects with an ordinary Error when the content has another length.
   */
  asset(query: AssetQuery, size: number, open: () => Readable, signal: AbortSignal): Promise<AssetAnswer>;
  extend(request: ExtendRequest): Promise<ExtendAnswer>;
  finished(request: FinishedRequest): Promise<FinishedAnswer>;
  /** Ends what is under way and refuses what comes later. */
  close(): void;
}

/** Silence after which a question is given up, in ms; for `next` on top of its wait. */
const PATIENCE_MS = 15_000;
/** The same for files: counted while no byte moves, whichever way. A full disk cache is written out within that time. */
const FILE_PATIENCE_MS = 120_000;
/** Everything but outcomes and files: never more than a handful at once. */
const CONTROL_SOCKETS = 8;
/** Reports at a time; more of them wait here instead of opening ever more connections. */
const REPORT_SOCKETS = 16;
const FILE_SOCKETS = 4;
const LOG_SOCKETS = 4;

interface Call { pool: http.Agent; timeoutMs: number; signal?: AbortSignal; query?: string; headers?: http.OutgoingHttpHeaders }
/** A request under way, and the head of its answer; rejects with a LinkError. */
interface Opened { request: http.ClientRequest; response: Promise<http.IncomingMessage> }
type Open = (verb: string, call: Call) => Opened;

/** Opens no connection yet. Throws a fatal LinkError for an address or a key that cannot be used. */
export function createLink({ serverUrl, locationKey, version, proxy }: LinkOptions): Link {
  const base = baseOf(serverUrl);
  const { request: send, Agent } = base.protocol === 'https:' ? https : http;
  const headers = headersOf(locationKey, version);
  const pool = (maxSockets: number) => new Agent({ keepAlive: true, maxSockets, ...(proxy ? { proxyEnv: { ...proxy } } : {}) });
  const [control, reports, files, logs] = [pool(CONTROL_SOCKETS), pool(REPORT_SOCKETS), pool(FILE_SOCKETS), pool(LOG_SOCKETS)];
  const underWay = new Set<http.ClientRequest>();
  let closed = false;

  const open: Open = (verb, { pool: agent, timeoutMs, signal, query = '', headers: own }) => {
    if (closed) throw new LinkError('closed', 'The agent has stopped.');
    const request = send(`${base.href}/${verb}${query}`, { method: 'POST', agent, timeout: timeoutMs, headers: { ...headers, ...own }, ...(signal ? { signal } : {}) });
    underWay.add(request);
    request.once('close', () => underWay.delete(request));
    request.once('timeout', () => request.destroy(new Error(`no answer to ${verb} within ${timeoutMs / 1000} s`)));
    const response = new Promise<http.IncomingMessage>((resolve, reject) => {
      request.on('error', (error) => reject(closed || signal?.aborted
        ? new LinkError('closed', 'The agent asks no more.') : new LinkError('transient', describe(error))));
      request.once('response', resolve);
    });
    return { request, response };
  };
  const post = async <T>(verb: string, question: unknown, call: Call): Promise<T> => {
    const body = Buffer.from(JSON.stringify(question));
    const { request, response } = open(verb, { ...call, headers: { 'content-length': body.length } });
    request.end(body);
    return readAnswer(verb, await response) as Promise<T>;
  };
  const now = { pool: control, timeoutMs: PATIENCE_MS };
  return {
    hello: (question) => post('hello', question, now),
    next: (question, signal) => post('next', question, { pool: control, timeoutMs: question.waitMs + PATIENCE_MS, signal }),
    started: (question) => post('started', question, now),
    input: (question, signal) => download(open, 'input', question, { pool: files, timeoutMs: FILE_PATIENCE_MS, signal }),
    log: (question) => post('log', question, { pool: logs, timeoutMs: PATIENCE_MS }),
    asset: (query, size, content, signal) => upload(open, 'asset', { size, content }, { pool: files, timeoutMs: FILE_PATIENCE_MS, signal, query: queryOf(query) }),
    extend: (question) => post('extend', question, now),
    finished: (question) => post('finished', question, { pool: reports, timeoutMs: PATIENCE_MS }),
    close() {
      closed = true;
      for (const request of underWay) request.destroy();
      for (const one of [control, reports, files, logs]) one.destroy();
    },
  };
}

async function download(open: Open, verb: string, question: unknown, call: Call): Promise<Readable> {
  const body = Buffer.from(JSON.stringify(question));
  const { request, response } = open(verb, { ...call, headers: { 'content-length': body.length } });
  request.end(body);
  const answer = await response;
  if (answer.statusCode !== 200) await readAnswer(verb, answer);
  return answer.statusCode === 200 ? answer : Promise.reject(new LinkError('transient', `the answer to ${verb} has no content`));
}

async function upload(open: Open, verb: string, { size, content }: { size: number; content: () => Readable }, call: Call): Promise<AssetAnswer> {
  const { request, response } = open(verb, { ...call, headers: { 'content-length': size, 'content-type': 'application/octet-stream' } });
  const broken = pour(content(), size, request).then(() => new Promise<never>(() => { /* the answer tells */ }), (error: unknown) => {
    // What is wrong with the file itself is nothing that another try would mend.
    request.destroy();
    throw error;
  });
  const answer = response.then((head) => readAnswer(verb, head)).finally(() => { if (!request.writableFinished) request.destroy(); });
  return Promise.race([broken, answer]) as Promise<AssetAnswer>;
}

/**
 * Writes the content into the request, until there is an answer: one that comes before the end is a refusal, and the rest not worth
 * sending. Rejects when the content has another length than `size`: a file that changes while it is read.
 */
async function pour(content: Readable, size: number, request: http.ClientRequest): Promise<void> {
  const over = new AbortController();
  request.once('response', () => over.abort()).once('close', () => over.abort());
  let seen = 0;
  for await (const chunk of content as AsyncIterable<Buffer>) {
    seen += chunk.length;
    if (over.signal.aborted) return;
    if (seen > size) break;
    if (!request.write(chunk)) await once(request, 'drain', { signal: over.signal }).catch(() => {});
  }
  if (over.signal.aborted) return;
  if (seen !== size) throw new Error('The file changed while it was sent.');
  request.end();
}

const queryOf = (query: AssetQuery): string => `?${new URLSearchParams(Object.entries(query).map(([key, value]): [string, string] => [key, String(value)]))}`;

function baseOf(serverUrl: string): { href: string; protocol: string } {
  const url = URL.parse(serverUrl);
  if (!url || !/^https?:$/.test(url.protocol)) throw new LinkError('fatal', `The server's address must start with http:// or https://, unlike "${serverUrl}".`);
  return { href: `${url.origin}${url.pathname.replace(/\/+$/, '')}${AGENT_PATH}`, protocol: url.protocol };
}

function headersOf(locationKey: string, version: string): Record<string, string> {
  const authorization = `Bearer ${locationKey}`;
  try {
    http.validateHeaderValue('authorization', authorization);
  } catch {
    // The key is not repeated: it is a secret.
    throw new LinkError('fatal', 'The location key has characters that no key has, for example a line break.');
  }
  return { authorization, accept: 'application/json', 'content-type': 'application/json', 'user-agent': `assay-agent/${version}` };
}

/** The whole answer, or the error that it is. */
function readAnswer(verb: string, response: http.IncomingMessage): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.once('error', (error) => reject(new LinkError('transient', describe(error))));
    response.once('end', () => {
      const { statusCode: status = 0, headers } = response;
      const text = Buffer.concat(chunks).toString('utf8');
      const body = parsed(text);
      if (status < 200 || status > 299) return reject(errorOfAnswer({ verb, status, body, retryAfter: headers['retry-after'], location: headers.location }));
      if (body === undefined && text !== '') return reject(new LinkError('transient', `the answer to ${verb} is not JSON: is this the address of an Assay server?`, status));
      resolve(body);
    });
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Some system errors have only a code. */
const describe = (error: Error): string => error.message || String((error as NodeJS.ErrnoException).code ?? error.name);
