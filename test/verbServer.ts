/** The server's side of the agent protocol over real HTTP, small and obedient: for tests of the agent. Requests are validated. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Value } from 'typebox/value';
import { errorBody } from '../src/contract/errors.ts';
import type { Assignment } from '../src/protocol/assignment.ts';
import {
  ExtendRequest, FinishedRequest, HelloRequest, NextRequest, StartedRequest, type NextAnswer,
} from '../src/protocol/verbs.ts';

const SCHEMAS = { hello: HelloRequest, next: NextRequest, started: StartedRequest, extend: ExtendRequest, finished: FinishedRequest };
type Verb = keyof typeof SCHEMAS;
interface Refused { status: number; message: string; code?: string }

/** A whole assignment; a URL check by default. */
export function assignmentOf(given: Partial<Assignment> = {}): Assignment {
  return {
    runId: randomUUID(), token: 1, sessionId: randomUUID(), accountId: randomUUID(), sequenceId: randomUUID(), attempt: 1, checkType: 'URL', name: 'a check', weight: 'light',
    settings: {}, variables: [], location: 'eu-west-1', proxyUrl: null, certificates: [], notices: [], streamLogs: false, egress: { allow: [], deny: [], loopback: true, own: [] }, ...given,
  };
}

export class VerbServer {
  readonly key = 'pl_key';
  /** Everything that was asked and not refused, in order. */
  readonly heard: { verb: Verb; body: Record<string, unknown> }[] = [];
  readonly finished = new Map<string, FinishedRequest>();
  readonly cancelled = new Set<string>();
  readonly lost = new Set<string>();
  extendEveryMs = 60_000;
  /** Cancellations are told by `extend` alone. */
  quiet = false;
  /** Work is given to whoever asks, slots or not. */
  generous = false;
  agentId: string | null = null;
  /** Looks at a request before it is answered: a refusal, 'silent' to break the connection after it was carried out, or nothing. */
  interfere: (verb: Verb, body: Record<string, unknown>) => Refused | 'silent' | undefined = () => undefined;
  readonly #queue: Assignment[] = [];
  readonly #tokens = new Map<string, number>();
  readonly #watchers = new Set<() => void>();
  #server: Server | null = null;
  #port = 0;
  #polls = 0;

  get url(): string { return `http://127.0.0.1:${this.#port}`; }
  get listening(): boolean { return this.#server !== null; }
  /** Long polls that wait at the moment. */
  get open(): number { return this.#polls; }

  async up(): Promise<this> {
    this.#server = createServer((request, response) => { void this.#take(request, response); });
    await new Promise<void>((resolve) => this.#server?.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  async down(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    const closed = new Promise((resolve) => server?.close(resolve) ?? resolve(null));
    server?.closeAllConnections();
    this.change();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> { if (this.#server) await this.down(); }

  offer(...assignments: Assignment[]): void {
    this.#queue.push(...assignments);
    this.change();
  }

  cancel(runId: string): void {
    this.cancelled.add(runId);
    this.change();
  }

  /** Tells all who wait that something may have changed. */
  change(): void { for (const look of [...this.#watchers]) look(); }

  /** Resolves as soon as `value` gives something. */
  async until<T>(value: () => T | undefined | false | null): Promise<T> {
    for (;;) {
      const found = value();
      if (found) return found;
      await new Promise<void>((resolve) => {
        const look = () => {
          this.#watchers.delete(look);
          resolve();
        };
        this.#watchers.add(look);
      });
    }
  }

  asked(verb: Verb): Record<string, unknown>[] { return this.heard.filter((one) => one.verb === verb).map(({ body }) => body); }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
    const verb = request.url?.replace('/agent/v1/', '') as Verb;
    const answer = (status: number, value: unknown) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    const refuse = ({ status, message, code }: Refused) => answer(status, errorBody(status, message, code));
    const refused = this.#refusal(request, verb, body);
    const meddling = this.interfere(verb, body);
    if (refused) refuse(refused);
    else if (meddling && meddling !== 'silent') refuse(meddling);
    else {
      this.heard.push({ verb, body });
      const result = await this.#answer(verb, body, response);
      if (meddling === 'silent') request.socket.destroy();
      else if (result && typeof result === 'object' && 'status' in result) refuse(result as Refused);
      else answer(200, result);
    }
    this.change();
  }

  #refusal(request: IncomingMessage, verb: Verb, body: Record<string, unknown>): Refused | undefined {
    if (request.headers.authorization !== `Bearer ${this.key}`) return { status: 401, message: 'Bad Token' };
    if (!(verb in SCHEMAS)) return { status: 404, message: 'There is nothing here.' };
    const [error] = Value.Errors(SCHEMAS[verb], body);
    if (error) return { status: 400, message: `body${error.instancePath} ${error.message}` };
    if (verb !== 'hello' && body['agentId'] !== this.agentId) return { status: 404, message: 'Say hello again.', code: 'ERR_UNKNOWN_AGENT' };
    return undefined;
  }

  async #answer(verb: Verb, body: Record<string, unknown>, response: ServerResponse): Promise<unknown> {
    if (verb === 'hello') {
      this.agentId = body['incarnation'] as string;
      return { agentId: this.agentId, location: 'eu-west-1', leaseMs: 20_000, extendEveryMs: this.extendEveryMs };
    }
    if (verb === 'next') return this.#next(body as unknown as NextRequest, response);
    if (verb === 'extend') {
      const ids = (body as unknown as ExtendRequest).runs.map(({ runId }) => runId);
      return { cancelled: ids.filter((id) => this.cancelled.has(id)), lost: ids.filter((id) => this.lost.has(id)) };
    }
    return verb === 'started' ? {} : this.#finish(body as unknown as FinishedRequest);
  }

  #finish(report: FinishedRequest): unknown {
    const stale = this.#tokens.get(report.runId) !== report.token || this.lost.has(report.runId);
    if (stale) return { status: 409, message: 'The lease is lost.', code: 'ERR_LEASE_LOST' };
    if (!this.finished.has(report.runId)) this.finished.set(report.runId, report);
    return { resultType: 'FINAL' };
  }

  /** Waits for work that fits, or for a cancellation of a run that is not finished. */
  async #next({ free, waitMs }: NextRequest, response: ServerResponse): Promise<NextAnswer> {
    const timer = setTimeout(() => this.change(), waitMs);
    response.once('close', () => this.change());
    const deadline = performance.now() + waitMs;
    this.#polls += 1;
    this.change();
    let cancelled: string[] = [];
    const fits = () => this.#queue.some(({ weight }) => free[weight] > 0);
    const known = (id: string) => !this.quiet && this.#tokens.has(id) && !this.finished.has(id);
    await this.until(() => {
      cancelled = [...this.cancelled].filter(known);
      return response.closed || !this.#server || fits() || cancelled.length > 0 || performance.now() >= deadline;
    });
    clearTimeout(timer);
    this.#polls -= 1;
    const room = { ...free };
    const assignments = response.closed ? [] : this.#queue.filter(({ weight }) => room[weight]-- > 0 || this.generous);
    for (const assignment of assignments) {
      this.#queue.splice(this.#queue.indexOf(assignment), 1);
      this.#tokens.set(assignment.runId, assignment.token);
    }
    return { assignments, cancelled };
  }
}
