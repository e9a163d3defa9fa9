/** Whether and when a failed run is tried again (A.7). Pure. */
import type { CheckType } from '../contract/checkTypes.ts';
import type { RetryStrategy } from '../contract/retry.ts';

/** A single wait never grows beyond this. */
const LONGEST_WAIT_SECONDS = 900;

export interface Ended {
  checkType: CheckType;
  /** Ordinal of the run that ended, from 1. */
  attempt: number;
  hasFailures: boolean;
  isCancelled: boolean;
  networkError: boolean;
  /** Unix ms: the sequence's first start, and the end of this run. */
  firstStartedAt: number;
  now: number;
}

/** Seconds before retry `n` (1, 2, …): base, base × n, or baseⁿ. */
export function waitSeconds(strategy: RetryStrategy, n: number): number {
  const base = strategy.baseBackoffSeconds ?? 60;
  const wait = strategy.type === 'LINEAR' ? base * n : strategy.type === 'EXPONENTIAL' ? base ** n : base;
  return Math.min(wait, LONGEST_WAIT_SECONDS);
}

/** Unix ms at which the next run may start, or undefined when this one was the last. */
export function nextRun(strategy: RetryStrategy | null, ended: Ended): number | undefined {
  if (!strategy || !ended.hasFailures || ended.isCancelled) return undefined;
  if (ended.checkType === 'PLAYWRIGHT' || ended.checkType === 'AGENTIC' || ended.checkType === 'HEARTBEAT') return undefined;
  const repeated = strategy.type !== 'SINGLE_RETRY';
  if (ended.attempt > (repeated ? strategy.maxRetries ?? 2 : 1)) return undefined;
  // onlyOn is honoured for API and URL checks only; elsewhere it is ignored (A.7).
  const asksNetwork = strategy.onlyOn?.includes('NETWORK_ERROR') && (ended.checkType === 'API' || ended.checkType === 'URL');
  if (asksNetwork && !ended.networkError) return undefined;
  const at = ended.now + Math.round(waitSeconds(strategy, ended.attempt) * 1000);
  // The budget counts run time too; the next run only has to be able to START within it.
  if (repeated && at - ended.firstStartedAt > (strategy.maxDurationSeconds ?? 600) * 1000) return undefined;
  return at;
}
