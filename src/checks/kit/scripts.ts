/** What a probe may ask of its agent: to run a script of the user's around a request (B.6, B.15). Who runs it, and where, is no probe's business. */

/** B.15: names as scripts see them. Before the request its texts are templates still; after it, what was sent. */
export interface ScriptRequest {
  method: string; url: string; body: string;
  headers: Record<string, string>;
  queryParameters: Record<string, string>;
}

/** B.15: note `statusCode`, which is `status` in results. Times in ms. */
export interface ScriptResponse {
  statusCode: number; statusText: string; headers: Record<string, string>; body: string; timings: object; timingPhases: object;
}

/** A file of the user's project; `path` is relative to its root, with slashes. */
export interface ScriptFile { path: string; content: string }

export interface ScriptJob {
  phase: 'setup' | 'teardown';
  text: string;
  /** Null for a script that is no file of the project. */
  path: string | null;
  /** What it may import by path. */
  files: readonly ScriptFile[];
  env: Readonly<Record<string, string>>;
  request: ScriptRequest;
  /** After the request only; null in a teardown script too when no answer came. */
  response: ScriptResponse | null;
}

export type ScriptEnd =
  | { kind: 'done'; env: Record<string, string>; request: ScriptRequest; body: string | null }
  /** The user's code threw, took too long or used up too much: the check fails. The log has it already. */
  | { kind: 'failed'; message: string }
  | { kind: 'cancelled' }
  /** It could not be run here: the check ends `errored`. */
  | { kind: 'fault'; sentence: string };

/** Never rejects for what a script does. What it prints goes to the job log under its phase. */
export type ScriptRunner = (job: ScriptJob) => Promise<ScriptEnd>;
