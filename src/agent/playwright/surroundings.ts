/** What a run that Playwright drives is handed of its agent. */
import type { LogLevel } from '../../protocol/outcome.ts';
import type { PlaywrightEnd, PlaywrightJob } from '../../checks/kit/playwright.ts';
import type { SandboxEgress } from '../../checks/kit/egress.ts';
import type { Redactor } from '../../checks/kit/redact.ts';
import type { RunFiles } from '../runFiles.ts';

export interface PlaywrightSurroundings {
  /** Aborted when the run was cancelled; what there is by then is still handed over. */
  signal: AbortSignal;
  /** A line of the job log; scrubbed by whoever stores it. */
  log(level: LogLevel, msg: string): void;
  /** Knows the run's secrets: for files, which nobody else scrubs. */
  redactor: Redactor;
  files: RunFiles;
  /** Caches are not shared between accounts. */
  accountId: string;
  /** What the run may connect to at level `strict`; absent: nothing. */
  egress?: SandboxEgress | undefined;
  /** Unix ms. */
  now(): number;
}

/** Runs a job, for many runs at a time. Never rejects for what user code does. */
export type RunPlaywright = (job: PlaywrightJob, around: PlaywrightSurroundings) => Promise<PlaywrightEnd>;
