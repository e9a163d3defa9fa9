/** The messages clients get about a run, built from the very row that was written: nobody can disagree with the store. */
import type { CheckType } from '../contract/checkTypes.ts';
import type { ResultMessage, Snapshot } from '../contract/messages.ts';
import type { ResultRow, SequenceRow } from './ledger.ts';

const iso = (ms: number) => new Date(ms).toISOString();

const WITH_SNAPSHOTS: readonly string[] = ['BROWSER', 'MULTI_STEP'];

function snapshotsOf({ check_type, detail }: ResultRow): { snapshots?: Snapshot[] } {
  if (detail === null || !WITH_SNAPSHOTS.includes(check_type)) return {};
  const { snapshots } = JSON.parse(detail) as { snapshots?: Snapshot[] };
  return Array.isArray(snapshots) ? { snapshots } : {};
}

/** @param recorded unrecorded runs carry no result id: there is nothing to link to (cli-wire 4.1). */
export function resultMessage(run: ResultRow, sequence: SequenceRow, recorded: boolean): ResultMessage {
  const stoppedAt = run.stopped_at ?? run.created_at;
  return {
    result: {
      name: run.name, checkType: run.check_type as CheckType, logicalId: sequence.logical_id,
      hasFailures: run.has_failures === 1, hasErrors: run.has_errors === 1, isDegraded: run.is_degraded === 1, isCancelled: run.is_cancelled === 1,
      aborted: run.aborted === 1, startedAt: iso(run.started_at ?? stoppedAt), stoppedAt: iso(stoppedAt),
      responseTime: run.response_time, attempts: run.attempt, runLocation: run.run_location,
      // Every reporter of the CLI shows `runError`, some show `scheduleError` as well: both would print the sentence twice.
      ...(run.schedule_error !== null ? { runError: run.schedule_error } : {}),
      // Log and run data are served from the row, so they are named only when it has them (cli-wire 6).
      ...(run.detail !== null && run.log !== null ? { assets: { version: 3 as const, clickHouseId: run.id, region: run.run_location, logPath: run.id, ...snapshotsOf(run) } } : {}),
    },
    ...(recorded ? { testResultId: run.id } : {}),
    resultType: run.result_type as 'FINAL' | 'ATTEMPT',
  };
}
