/**
 * The agent's line to the server: the verbs of `protocol/verbs.ts` as functions, over kept-alive HTTP connections.
 * Promises: every call ends with the answer or with a LinkError that says what to do; a silent server is given up in time.
 * Never: a second try, a decision about a run. Outcomes have connections of their own: a queue of them
 * delays no lease and no poll.
 */
import * as http from 'node:http';
import * as https from 'node:https';
import {
  AGENT_PATH, type ExtendAnswer, type ExtendRequest, type FinishedAnswer, type FinishedRequest, type HelloAnswer, type HelloRequest,
  type NextAnswer, type NextRequest, type StartedRequest,
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
  extend(request: ExtendRequest): Promise<ExtendAnswer>;
  finished(request: FinishedRequest): Promise<FinishedAnswer>;
  /** Ends what is under way and refuses what comes later. */
  close(): void;
}

/** Silence after which a question is given up, in ms; for `next` on top of its wait. */
const PATIENCE_MS = 15_000;
/** Reports at a time; more of them wait here instead of opening ever more connections. */
const REPORT_SOCKETS = 16;
/** Everything but outcomes: never more than a handful at once. */
const CONTROL_SOCKETS = 8;

interface Call { pool: http.Agent; timeoutMs: number; signal?: AbortSignal }

/** Opens no connection yet. Throws a fatal LinkError for an address or a key that cannot be used. */
export function createLink({ serverUrl, locationKey, version, proxy }: LinkOptions): Link {
  const base = baseOf(serverUrl);
  const { request: send, Agent } = base.protocol === 'https:' ? https : http;
  const headers = headersOf(locationKey, version);
  const pool = (maxSockets: number) => new Agent({ keepAlive: true, maxSockets, ...(proxy ? { proxyEnv: { ...proxy } } : {}) });
  const control = pool(CONTROL_SOCKETS);
  const reports = pool(REPORT_SOCKETS);
  const underWay = new Set<http.ClientRequest>();
  let closed = false;

  const post = <T>(verb: string, question: unknown, { pool: agent, timeoutMs, signal }: Call): Promise<T> => new Promise<T>((resolve, reject) => {
    if (closed) return reject(new LinkError('closed', 'The agent has stopped.'));
    const body = Buffer.from(JSON.stringify(question));
    const request = send(`${base.href}/${verb}`, {
      method: 'POST', agent, timeout: timeoutMs, headers: { ...headers, 'content-length': body.length }, ...(signal ? { signal } : {}),
    });
    underWay.add(request);
    request.once('close', () => underWay.delete(request));
    request.once('timeout', () => request.destroy(new Error(`no answer to ${verb} within ${timeoutMs / 1000} s`)));
    request.on('error', (error) => reject(closed || signal?.aborted
      ? new LinkError('closed', 'The agent asks no more.') : new LinkError('transient', describe(error))));
    request.once('response', (response) => { readAnswer(verb, response).then(resolve as (answer: unknown) => void, reject); });
    request.end(body);
  });
  const now = { pool: control, timeoutMs: PATIENCE_MS };
  return {
    hello: (question) => post('hello', question, now),
    next: (question, signal) => post('next', question, { pool: control, timeoutMs: question.waitMs + PATIENCE_MS, signal }),
    started: (question) => post('started', question, now),
    extend: (question) => post('extend', question, now),
    finished: (question) => post('finished', question, { pool: reports, timeoutMs: PATIENCE_MS }),
    close() {
      closed = true;
      for (const request of underWay) request.destroy();
      control.destroy();
      reports.destroy();
    },
  };
}

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
