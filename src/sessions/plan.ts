/** What `open` is given: a session, complete and decided, before anything is written. */
import type { CheckType, Provider } from '../contract/checkTypes.ts';
import type { RetryStrategy } from '../contract/retry.ts';
import type { Variable, Weight } from '../protocol/assignment.ts';

export interface PlannedCheck {
  /** Key of the answer's maps: the check's logical id, or its id when it is a stored one. */
  logicalId: string;
  checkId: string | null;
  checkType: CheckType;
  name: string;
  filePath: string | null;
  /** The client's own id of the first run, used in the MQTT topic. */
  checkRunId: string | null;
  weight: Weight;
  settings: unknown;
  /** Merged by precedence, without built-ins. */
  variables: Variable[];
  retryStrategy: RetryStrategy | null;
  /** A sentence when it cannot be scheduled: it then gets its FINAL result at once. */
  scheduleError: string | null;
  /** Lines for the head of the job log. */
  notices: string[];
}

/** Where a session runs: the region code or slug people see, and the location whose agents take the work. */
export interface RunLocation { code: string; locationId: string; privateLocationId: string | null; proxyUrl: string | null }

export interface SessionFacts {
  environment: string | null; repoUrl: string | null; commitId: string | null; commitOwner: string | null;
  commitMessage: string | null; branchName: string | null; github: Record<string, unknown> | null;
}

export interface Plan {
  accountId: string;
  name: string;
  provider: Provider;
  /** False: streamed to the client, hidden from every read, forgotten soon after (A.6). */
  recorded: boolean;
  runSource: string;
  projectId: string | null;
  location: RunLocation;
  suiteId: string | null;
  streamLogs: boolean;
  invoker: { userId: string | null; name: string | null };
  facts: SessionFacts;
  checks: PlannedCheck[];
}

/** What waits sealed in the store until the sequence has settled, and for some time after that, so that it can run again. */
export interface Job {
  name: string; weight: Weight; settings: unknown; variables: Variable[]; retryStrategy: RetryStrategy | null; notices: string[]; proxyUrl: string | null;
  /** Why it could not be scheduled; absent: it could. */
  scheduleError?: string | undefined;
}
