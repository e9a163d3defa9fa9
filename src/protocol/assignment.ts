/** What an agent is handed: one run, complete. The agent asks nothing else of anybody to execute it. */
import type { CheckType } from '../contract/checkTypes.ts';
import type { EgressPolicy } from '../contract/egress.ts';

/** A merged environment variable (A.10); the values of secret ones are scrubbed from everything that leaves the agent. */
export interface Variable { key: string; value: string; secret: boolean }

/** Mutual TLS by host (B.6): PEM texts; `host` may be a wildcard glob; `createdAt` in Unix ms decides among equals. */
export interface ClientCertificate {
  /** Of the account's store: checks may name one. */
  id: string;
  host: string; cert: string; key: string; ca?: string | null; passphrase?: string | null; createdAt: number;
}

/** Protocol probes are light; whatever starts a browser or a user's process is heavy. Each class has slots of its own. */
export type Weight = 'light' | 'heavy';

export interface Assignment {
  /** The result id: one run is one result. */
  runId: string;
  /** Fencing token: a report with an older one is refused by name. */
  token: number;
  sessionId: string;
  /** Whose run it is: caches are not shared between accounts. */
  accountId: string;
  sequenceId: string;
  /** 1 for the first run of its sequence. */
  attempt: number;
  checkType: CheckType;
  name: string;
  weight: Weight;
  /** The check as it came through the door, validated by `checks/<type>/schema.ts` with defaults filled in. */
  settings: unknown;
  /** Merged by precedence, built-ins included (A.10, B.13). */
  variables: Variable[];
  /** Region code or private slug where this run runs. */
  location: string;
  /** A proxy for the probe's HTTP (H.4); null for none. */
  proxyUrl: string | null;
  certificates: ClientCertificate[];
  /** What the run's location may reach, and the ports that are Assay's own; absent: anything but the agent's own machine. */
  egress?: EgressPolicy & { own: { host: string; port: number }[] };
  /** Lines the server wants at the head of the job log (a mapped runtime, a foreign region). */
  notices: string[];
  /** Somebody watches: lines of the job log are wanted as they come (`log`). */
  streamLogs: boolean;
}
