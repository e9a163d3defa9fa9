/** What the agent and the process of a script tell each other: a job on standard input, reports as JSON lines on file descriptor 3. */

/** What the process is told when it is started, before its job is known. */
export interface ProcessSetting {
  /** The names that may be imported. */
  packages: string[];
  /** URL of a file that finds them. */
  packagesFrom: string;
  /** Why a package is not there, by name. */
  elsewhere: Record<string, string>;
  /** What the job will probably import: loaded before it comes. */
  preload: Import[];
}

/** A package, and the way in which it is imported: the two may be different files. */
export interface Import { name: string; by: 'import' | 'require' }

export interface ProcessJob {
  text: string;
  path: string;
  files: { path: string; content: string }[];
  env: Record<string, string>;
  /** Names of variables whose values are secret: new ones are told before the script goes on. */
  secrets: string[];
  request: object;
  /** undefined: there is none in this phase; null: none has come. */
  response?: object | null | undefined;
}

export type Level = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

export type ProcessReport =
  /** It waits for its job. */
  | { ready: true }
  | { log: string; level: Level }
  /** A secret variable has this value from now on. */
  | { secret: string }
  | { done: { env: Record<string, string | undefined>; request: unknown; body: unknown }; imported: Import[] }
  | { error: string; stack: string; imported: Import[] };
