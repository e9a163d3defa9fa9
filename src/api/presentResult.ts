/** Result rows as the public API shows them (A.4, A.5). */
import type { Selectable } from 'kysely';
import { kindOf } from '../checks/schemas.ts';
import type { CheckType, ResultType, Status } from '../contract/checkTypes.ts';
import type { ListedResult, TestSessionResult } from '../contract/results.ts';
import type { JobLog } from '../protocol/outcome.ts';
import type { ResultTable } from '../store/tables.ts';
import { captureOf, presentFiles, traceFilesOf, type AssetRow } from './presentFiles.ts';
import type { SignedLinks } from './signedLinks.ts';

export type ResultRow = Selectable<ResultTable>;
export type ListedRow = Omit<ResultRow, 'detail' | 'log' | 'data_removed_at'>;

export const iso = (ms: number): string => new Date(ms).toISOString();
export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));

/** The pages people read; the CLI builds the same addresses by itself (cli-wire 1). */
export const sessionLink = (publicUrl: string, accountId: string, sessionId: string): string =>
  `${publicUrl}/accounts/${accountId}/test-sessions/${sessionId}`;
export const resultLink = (publicUrl: string, accountId: string, sessionId: string, resultId: string): string =>
  `${sessionLink(publicUrl, accountId, sessionId)}/results/${resultId}`;

export function presentListed(row: ListedRow, publicUrl: string): ListedResult {
  return {
    testSessionResultId: row.id, testSessionResultLink: resultLink(publicUrl, row.account_id, row.session_id, row.id), checkId: row.check_id,
    checkType: row.check_type as CheckType, name: row.name, runLocation: row.run_location, errorGroupIds: JSON.parse(row.error_group_ids) as string[],
    resultType: row.result_type as ResultType, status: row.status as Status, hasErrors: row.has_errors === 1, hasFailures: row.has_failures === 1,
    isDegraded: row.is_degraded === 1, isFlaky: row.is_flaky === 1, aborted: row.aborted === 1, responseTime: row.response_time,
    startedAt: isoOrNull(row.started_at), stoppedAt: isoOrNull(row.stopped_at), sequenceId: row.sequence_id, attempts: attemptsOf(row),
  };
}

/** Runs of the sequence so far that ran: a result that never started does not count itself (A.5). */
const attemptsOf = (row: ListedRow): number => (row.result_type === 'FINAL' && row.started_at === null ? row.attempt - 1 : row.attempt);

/** @param files those that the run left. */
export function presentResult(row: ResultRow, publicUrl: string, files: readonly AssetRow[], links: SignedLinks): TestSessionResult {
  const subResults = {
    apiCheckResult: null, browserCheckResult: null, multiStepCheckResult: null, playwrightCheckResult: null, agenticCheckResult: null,
  };
  return {
    ...presentListed(row, publicUrl),
    id: row.id, privateLocationId: row.private_location_id, filePath: row.file_path, isCancelled: row.is_cancelled === 1,
    overMaxResponseTime: row.over_max_response_time === 1, scheduleError: row.schedule_error, traceId: row.trace_id,
    created_at: iso(row.created_at), updated_at: isoOrNull(row.updated_at), ...subResults, ...subResultOf(row, files, links),
  };
}

/** At most one sub-result is there, under the key of the check's type. */
function subResultOf(row: ResultRow, files: readonly AssetRow[], links: SignedLinks): Record<string, unknown> {
  const key = kindOf(row.check_type as CheckType).resultKey;
  // Files may be kept for longer than what stands in the row (G.7).
  if (key === null || (row.detail === null && files.length === 0)) return {};
  const detail = JSON.parse(row.detail ?? '{}') as Record<string, unknown>;
  const common = { jobLog: logOf(row), pcapDataUrl: captureOf(files, links) };
  if (key === 'browserCheckResult' || key === 'multiStepCheckResult') return { [key]: { ...playwrightDetail(detail), ...common, ...presentFiles(files, links) } };
  if (key === 'playwrightCheckResult') {
    return { [key]: { ...playwrightDetail(detail), ...common, ...presentFiles(files, links), playwrightTraceFiles: traceFilesOf(files, links) } };
  }
  return { [key]: { requestError: null, ...detail, ...common, jobAssets: null } };
}

/** What a browser, a multistep script or a suite left. A fault of ours has no key of its own there: it is the first of the errors. */
function playwrightDetail({ requestError, snapshots: _forTheCli, errors, ...detail }: Record<string, unknown>): Record<string, unknown> {
  const told = Array.isArray(errors) ? errors : [];
  return { ...detail, errors: typeof requestError === 'string' ? [{ message: requestError }, ...told] : told };
}

/** API and URL logs in their three parts, all others as one list in the order of time (B.17). */
export function logOf(row: Pick<ResultRow, 'log' | 'check_type'>): JobLog | JobLog['request'] | null {
  if (row.log === null) return null;
  const log = JSON.parse(row.log) as JobLog;
  if (kindOf(row.check_type as CheckType).phasedLog) return log;
  return [...log.setup, ...log.request, ...log.teardown].sort((a, b) => a.time - b.time);
}

/** As a file. */
export function logText(row: ResultRow): string | undefined {
  const log = logOf(row);
  return log === null ? undefined : JSON.stringify(log);
}
