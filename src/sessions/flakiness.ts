/**
 * What is flaky: a check that failed and then passed, with nothing changed in between. Pure.
 * The check of a sequence is its logical id in its project (stored checks have their own id for one); without a project there is no
 * check to speak of, only the session. Rates count sessions in which the check said something: it passed or failed by itself.
 */
import { createHash } from 'node:crypto';
import type { Flags } from './status.ts';

/** 1 flaky, 0 not, null: says nothing about the check. */
export type Flake = 0 | 1 | null;

/**
 * A sequence is flaky when it passed after an attempt that failed, or passed with tests in it that failed and passed on the test
 * runner's own retry. Attempts that our side failed count for nothing, and so does a sequence that was cancelled or that our side ended.
 */
export function flakeOf(end: Pick<Flags, 'hasFailures' | 'hasErrors' | 'isCancelled'>, attempts: readonly { hasErrors: boolean }[], flakyTests: number): Flake {
  if (end.isCancelled || end.hasErrors) return null;
  if (end.hasFailures) return 0;
  return flakyTests > 0 || attempts.some(({ hasErrors }) => !hasErrors) ? 1 : 0;
}

const RUN_BY_PLAYWRIGHT: readonly string[] = ['BROWSER', 'MULTI_STEP', 'PLAYWRIGHT'];

/** Tests that passed only on a retry of Playwright's own. @param detail JSON text; only types that Playwright runs have counts in it. */
export function flakyTestsIn(checkType: string, detail: string | null): number {
  if (detail === null || !RUN_BY_PLAYWRIGHT.includes(checkType)) return 0;
  const { counts } = JSON.parse(detail) as { counts?: { flaky?: unknown } | null };
  return typeof counts?.flaky === 'number' ? counts.flaky : 0;
}

/** Characters of a logical id that stay as they are. */
const KEPT = 200;

/** A logical id as a key that every index takes, in the order of the ids. */
export function checkKey(logicalId: string): string {
  return logicalId.length <= KEPT ? logicalId : `${logicalId.slice(0, KEPT)}#${createHash('sha256').update(logicalId).digest('hex')}`;
}
