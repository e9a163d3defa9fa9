/** What a probe returns and an agent reports: the verdict and everything that explains it, secrets already scrubbed. */
import { Type, type Static } from 'typebox';

const LogLevel = Type.Union([Type.Literal('DEBUG'), Type.Literal('INFO'), Type.Literal('WARN'), Type.Literal('ERROR')]);
/** One line of a job log; `time` in Unix ms, `msg` may span lines (B.17). */
export const LogEntry = Type.Object({ time: Type.Number(), msg: Type.String(), level: LogLevel });
export type LogEntry = Static<typeof LogEntry>;
export type LogLevel = LogEntry['level'];

/** The three parts of an API or URL check's log. Other types use `request` alone and are shown flat. */
export const LOG_PHASES = ['setup', 'request', 'teardown'] as const;
export type LogPhase = (typeof LOG_PHASES)[number];
export const JobLog = Type.Object({
  setup: Type.Array(LogEntry), request: Type.Array(LogEntry), teardown: Type.Array(LogEntry),
});
export type JobLog = Static<typeof JobLog>;

/**
 * passed and degraded are the target's success, failed is the target's fault (an assertion, a refused connection),
 * errored is OUR fault (agent, sandbox, browser would not start). Cancelled is the server's word alone.
 */
export const Verdict = Type.Union([Type.Literal('passed'), Type.Literal('degraded'), Type.Literal('failed'), Type.Literal('errored')]);
export type Verdict = Static<typeof Verdict>;

/** The sub-result in the public contract's shape (B.17 and the run data of cli-wire 6). Open: each type adds its own keys. */
export const Detail = Type.Object({}, { additionalProperties: true });
export type Detail = Record<string, unknown>;

/** Unix ms that a date can be made of. */
export const UnixMs = Type.Number({ minimum: 0, maximum: 8.64e15 });

export const Outcome = Type.Object({
  verdict: Verdict,
  /** The run was cut short: by the signal, by a hard limit, by a resource limit (`aborted`, A.4). */
  interrupted: Type.Boolean(),
  /** `maxResponseTime` was exceeded; implies `failed` (B.3). */
  overMaxResponseTime: Type.Boolean(),
  /** The request never got an answer: what `onlyOn: NETWORK_ERROR` asks for (A.7). */
  networkError: Type.Boolean(),
  /** ms, the measured value of the type (A.5); null when there was none. */
  responseTime: Type.Union([Type.Number(), Type.Null()]),
  /** Unix ms, wall clock of the run. */
  startedAt: UnixMs,
  stoppedAt: UnixMs,
  detail: Detail,
  log: JobLog,
  /** For `errored`: the sentence that says what went wrong on our side. */
  fault: Type.Union([Type.String(), Type.Null()]),
});
export type Outcome = Omit<Static<typeof Outcome>, 'detail'> & { detail: Detail };
