/**
 * A result in one sentence: the verdict is the server's, the sentence only words it.
 * Promises: one line, never empty, whatever a run has left. Never: a verdict of its own.
 */
import type { TestSessionResult } from '../../../contract/results.ts';
import type { Detail } from '../../kit/detail.ts';
import { verdictOf, type Verdict } from '../../kit/verdict.ts';
import { failureSentence } from './failureSentence.ts';
import { fieldsOf, listOf, textOf } from './fields.ts';
import { degradedSentence, passedSentence } from './passedSentence.ts';
import { clause, duration } from './phrases.ts';

export interface Reason { verdict: Verdict; sentence: string }

/** What it reads of a result. */
export type Told = Pick<TestSessionResult,
  'checkType' | 'status' | 'hasErrors' | 'isDegraded' | 'overMaxResponseTime' | 'responseTime' | 'resultType' | 'attempts' | 'scheduleError' | 'startedAt' | 'stoppedAt'>;

/** @param detail what the run left; null where there is nothing, or nothing any more. */
export function reasonOf(result: Told, detail: Detail | null): Reason {
  const verdict = verdictOf(result);
  return { verdict, sentence: SENTENCES[verdict](result, detail) };
}

const GONE = 'what it left is no longer kept.';

const SENTENCES: Readonly<Record<Verdict, (result: Told, detail: Detail | null) => string>> = {
  running: ({ startedAt, attempts }) => (startedAt ? 'It is running.' : `${attempts > 1 ? `Attempt ${attempts}` : 'It'} waits for its turn.`),
  cancelled: ({ startedAt, stoppedAt }) => (startedAt && stoppedAt
    ? `It was cancelled after ${duration(Math.max(0, Date.parse(stoppedAt) - Date.parse(startedAt)))}, before it had ended.` : 'It was cancelled before it had begun.'),
  errored,
  failed: (result, detail) => (detail === null ? `The check failed; ${GONE}` : failureSentence(result, detail)),
  degraded: (result, detail) => (detail === null ? `It passed, and is degraded; ${GONE}` : degradedSentence(result, detail)),
  passed: (result, detail) => (detail === null ? `The check passed; ${GONE}` : passedSentence(result, detail)),
};

const NOT_TO_BLAME = 'Your target is not to blame.';

function errored({ scheduleError, startedAt }: Told, detail: Detail | null): string {
  const fields = fieldsOf(detail);
  const fault = scheduleError || textOf(fields['requestError']) || listOf(fields['errors']).map(({ message }) => textOf(message)).find((message) => message !== '');
  const who = scheduleError && !startedAt ? 'This check was not run' : 'Assay’s agent failed to run this check';
  return fault ? `${who}: ${clause(fault)}. ${NOT_TO_BLAME}` : `${who}. ${NOT_TO_BLAME}`;
}
