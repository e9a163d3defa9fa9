/**
 * Server and agent, in the order of a run's life: eight verbs, each a POST of JSON with a location key as bearer.
 *
 *   hello     I am this agent, in this place, with these slots. -> who you are, how long a lease lasts.
 *   next      Give me up to this much work; wait for it. -> assignments, and the runs that were cancelled.
 *   started   These runs are under way.
 *   input     A file that the run needs, by the key of its upload. -> its bytes.
 *   log       Lines of a run as it goes.
 *   asset     A file of a run (raw body; name, type and content type in the query).
 *   extend    I still work on these. -> which of them to stop, which are mine no more.
 *   finished  This is the outcome of a run.
 *
 * Promises: a report carries the run's fencing token; a stale one is refused with ERR_LEASE_LOST and changes nothing;
 * repeating `finished` with the same token is answered like the first time. Never: a push from server to agent.
 */
import { Type, type Static } from 'typebox';
import { Nullable, OneOf } from '../contract/base.ts';
import { SANDBOX_LEVELS } from '../contract/sandbox.ts';
import { LogEntry, Outcome, UnixMs } from './outcome.ts';
import type { Assignment } from './assignment.ts';

/** Where the verbs live on the server. */
export const AGENT_PATH = '/agent/v1';

const Slots = Type.Object({
  light: Type.Integer({ minimum: 0, maximum: 1000 }),
  heavy: Type.Integer({ minimum: 0, maximum: 100 }),
});
/** A run and the token it was assigned with. */
export const Held = Type.Object({ runId: Type.String({ format: 'uuid' }), token: Type.Integer({ minimum: 0 }) });
export type Held = Static<typeof Held>;

/** What an agent gives to user code, as it found by trying. A level of null: it refuses user code; `says` is the sentence for people. */
const Sandbox = Type.Object({
  level: Nullable(OneOf(SANDBOX_LEVELS)),
  says: Type.String({ maxLength: 2_000 }),
});
export type ToldSandbox = Static<typeof Sandbox>;

export const HelloRequest = Type.Object({
  /** Stable name of this agent in its location; a new process with the same name takes the place of the old one. */
  name: Type.String({ minLength: 1, maxLength: 200 }),
  /** New at each start of the process. */
  incarnation: Type.String({ format: 'uuid' }),
  version: Type.String({ minLength: 1, maxLength: 50 }),
  slots: Slots,
  /** Absent where the agent does not know it (yet). */
  sandbox: Type.Optional(Sandbox),
});
export type HelloRequest = Static<typeof HelloRequest>;
export interface HelloAnswer { agentId: string; location: string; leaseMs: number; extendEveryMs: number }

export const NextRequest = Type.Object({
  agentId: Type.String({ format: 'uuid' }),
  /** Free slots; zero of both still waits for cancellations. */
  free: Slots,
  /** Runs that the agent knows: the server names those of them that shall stop. */
  waitMs: Type.Integer({ minimum: 0, maximum: 30_000 }),
});
export type NextRequest = Static<typeof NextRequest>;
export interface NextAnswer { assignments: Assignment[]; cancelled: string[] }

export const StartedRequest = Type.Object({
  agentId: Type.String({ format: 'uuid' }),
  runs: Type.Array(Type.Intersect([Held, Type.Object({ startedAt: UnixMs })]), { maxItems: 1000 }),
});
export type StartedRequest = Static<typeof StartedRequest>;

/**
 * A file that a client uploaded for this run: its code bundle, or a snapshot (cli-wire 8). Answered with the bytes themselves; ERR_NO_UPLOAD
 * when the run's account has no such upload (any more).
 */
export const InputRequest = Type.Object({
  agentId: Type.String({ format: 'uuid' }),
  runId: Type.String({ format: 'uuid' }),
  token: Type.Integer({ minimum: 0 }),
  key: Type.String({ minLength: 1, maxLength: 200 }),
  /** The first byte that is wanted, when a former answer broke off. */
  from: Type.Optional(Type.Integer({ minimum: 0 })),
});
export type InputRequest = Static<typeof InputRequest>;

export const LogRequest = Type.Object({
  agentId: Type.String({ format: 'uuid' }),
  runId: Type.String({ format: 'uuid' }),
  token: Type.Integer({ minimum: 0 }),
  entries: Type.Array(LogEntry, { maxItems: 1000 }),
});
export type LogRequest = Static<typeof LogRequest>;

/** A file of a run: these in the query, its bytes as the raw body. */
export interface AssetQuery { agentId: string; runId: string; token: number; type: string; name: string; contentType: string }
export interface AssetAnswer { assetId: string }

export const ExtendRequest = Type.Object({
  agentId: Type.String({ format: 'uuid' }),
  runs: Type.Array(Held, { maxItems: 1000 }),
});
export type ExtendRequest = Static<typeof ExtendRequest>;
/** `cancelled`: stop and report what there is. `lost`: somebody else's now; stop and say nothing. */
export interface ExtendAnswer { cancelled: string[]; lost: string[] }

export const FinishedRequest = Type.Object({
  agentId: Type.String({ format: 'uuid' }),
  runId: Type.String({ format: 'uuid' }),
  token: Type.Integer({ minimum: 0 }),
  outcome: Outcome,
});
export type FinishedRequest = Omit<Static<typeof FinishedRequest>, 'outcome'> & { outcome: import('./outcome.ts').Outcome };
/** How the run was taken: the server decides about retries and cancellation. */
export interface FinishedAnswer { resultType: 'FINAL' | 'ATTEMPT' }
