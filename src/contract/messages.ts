/** What is published on MQTT (cli-wire 5): topics and payloads. Every payload is JSON text; one that does not parse kills the client. */
import type { CheckType } from './checkTypes.ts';

export type MessageKind = 'run-start' | 'result' | 'error' | 'stream-logs';

/** The one topic a message goes to; the sixth level is ignored by clients and tells the run apart. */
export function messageTopic(accountId: string, suiteId: string, sequenceId: string, runId: string, kind: string): string {
  return `account/${accountId}/ad-hoc-check-results/${suiteId}/${sequenceId}/${runId}/${kind}`;
}

/** The suite that a subscription pattern asks for whole; undefined for any other pattern, and for what is not this account's own. */
export function suiteOfPattern(pattern: string, accountId: string): string | undefined {
  const [root, account, channel, suite, ...rest] = pattern.split('/');
  const whole = ['+/+/+', '#'].includes(rest.join('/'));
  const own = root === 'account' && account === accountId && channel === 'ad-hoc-check-results' && whole;
  return own && suite !== undefined && suite !== '+' && suite !== '#' && suite !== '' ? suite : undefined;
}

/** A golden file that a run wrote anew: the key to download it by, and its place in the project (`test -u`, cli-wire 6). */
export interface Snapshot { key: string; path: string }

/**
 * `result.assets` in its third form: one id serves the log and the run data. Named only when both can be served (cli-wire 6).
 * `sourceFile` is never set: it would override the client's own.
 */
export interface ResultMessage {
  result: {
    name: string; checkType: CheckType; logicalId: string; hasFailures: boolean; hasErrors: boolean; isDegraded: boolean; isCancelled: boolean;
    aborted: boolean; startedAt: string; stoppedAt: string; responseTime: number | null; attempts: number; runLocation: string;
    runError?: string;
    assets?: { version: 3; clickHouseId: string; region: string; logPath: string; snapshots?: Snapshot[] };
  };
  testResultId?: string;
  resultType: 'FINAL' | 'ATTEMPT';
}
export interface LogMessage { logs: { timestamp: number; message: string }[] }
