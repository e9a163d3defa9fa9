/**
 * A probe is one function from settings to an Outcome; nothing but the context is reachable from it.
 * Promises: a check that fails is data, never thrown; a throw is a bug or a fault of ours and ends as `errored`.
 */
import type { ClientCertificate } from '../../protocol/assignment.ts';
import type { Capture } from './capture.ts';
import type { Egress } from './egress.ts';
import type { PlaywrightRunner } from './playwright.ts';
import type { ScriptRunner } from './scripts.ts';
import type { LogLevel, LogPhase, Outcome } from '../../protocol/outcome.ts';

/** How a probe may reach the network. */
export interface Net {
  /** Client certificates of the account, chosen by host (B.6). */
  certificates: readonly ClientCertificate[];
  /** Proxy for HTTP (H.4), already templated; null for none. */
  proxyUrl: string | null;
  /** Name servers for DNS checks without one, asked in turn; `host` or `host:port` (B.9). Empty: the system resolver's. */
  nameServers: readonly string[];
  /** TCP checks resolve with the operating system instead of asking DNS themselves (H.3). */
  useOsResolver: boolean;
  /** Judges what is connected to; absent: everything may be reached. */
  egress?: Egress | undefined;
  /** Hears of the run's sockets; absent where nothing is captured. */
  capture?: Capture | undefined;
}

export interface ProbeContext {
  /** Aborted when the run was cancelled; the probe stops and reports `interrupted`. */
  signal: AbortSignal;
  /** Wall clock in Unix ms. */
  now(): number;
  /** Monotonic clock in ms with fractions, for durations. */
  tick(): number;
  /** Merged variables, built-ins included: key -> value. */
  env: Readonly<Record<string, string>>;
  /** Adds a line to the job log; scrubbed before it is stored. */
  log(level: LogLevel, msg: string, phase?: LogPhase): void;
  net: Net;
  /** Runs scripts of the user's; absent where the agent runs none. */
  scripts?: ScriptRunner;
  /** Runs browsers, multistep scripts and suites; absent where the agent runs none. */
  playwright?: PlaywrightRunner;
}

/** What a probe decides; the agent adds the job log, the wall-clock times and scrubs secrets. */
export type ProbeOutcome = Pick<Outcome, 'verdict' | 'interrupted' | 'overMaxResponseTime' | 'networkError' | 'responseTime' | 'detail' | 'fault'>;

export type Probe<Settings> = (settings: Settings, context: ProbeContext) => Promise<ProbeOutcome>;
