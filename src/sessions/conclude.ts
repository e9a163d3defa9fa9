/** How a run ends: the one place that writes ATTEMPT and FINAL. */
import type { Flags } from './status.ts';
import { flakeOf, flakyTestsIn } from './flakiness.ts';
import { eventOf, type EngineDeps, type Ledger, type ResultRow, type SequenceRow } from './ledger.ts';
import { resultMessage } from './announce.ts';

export interface Ending {
  /** Whether an agent reported it. What the server ended by itself is no agent's any more: a report that comes later is refused. */
  reported: boolean;
  flags: Flags;
  aborted: boolean;
  overMaxResponseTime: boolean;
  responseTime: number | null;
  startedAt: number | null;
  stoppedAt: number;
  scheduleError: string | null;
  /** JSON texts; null when the run left nothing. */
  detail: string | null;
  log: string | null;
}

const flag = (value: boolean): 0 | 1 => (value ? 1 : 0);

/** The columns an ending writes; the lease is over with it, the reporter stays, so that its report is recognised when it is repeated. */
function columnsOf(run: ResultRow, ending: Ending, resultType: 'FINAL' | 'ATTEMPT', now: number) {
  return {
    agent_id: ending.reported ? run.agent_id : null,
    result_type: resultType, status: ending.flags.status, has_failures: flag(ending.flags.hasFailures), has_errors: flag(ending.flags.hasErrors),
    is_degraded: flag(ending.flags.isDegraded), is_cancelled: flag(ending.flags.isCancelled), aborted: flag(ending.aborted),
    over_max_response_time: flag(ending.overMaxResponseTime), response_time: ending.responseTime, started_at: ending.startedAt,
    stopped_at: ending.stoppedAt, schedule_error: ending.scheduleError, detail: ending.detail, log: ending.log,
    lease_until: null, queue_entry: null, updated_at: now,
  };
}

/** What failed shows errors, attempts included; what passed or was cancelled shows none (F.3). @returns the ids of their groups. */
function seeErrors(ledger: Ledger, run: ResultRow, { flags, detail, scheduleError }: Ending): string[] {
  if (!flags.hasFailures) return [];
  return ledger.groups.see({ checkType: run.check_type, detail: detail === null ? null : JSON.parse(detail) as Record<string, unknown>, scheduleError });
}

/** @returns the ids of the error groups that the run showed. */
async function writeEnding(deps: EngineDeps, ledger: Ledger, run: ResultRow, sequence: SequenceRow, ending: Ending, resultType: 'FINAL' | 'ATTEMPT', isFlaky = false): Promise<string[]> {
  const groupIds = seeErrors(ledger, run, ending);
  const columns = { ...columnsOf(run, ending, resultType, deps.clock()), is_flaky: flag(isFlaky), error_group_ids: JSON.stringify(groupIds) };
  await ledger.tx.db.updateTable('results').set(columns).where('id', '=', run.id).execute();
  if (run.queue_entry !== null) {
    const done = run.lease_until === null ? deps.queue.withdraw : deps.queue.settle;
    await done(ledger.tx, run.lane, run.queue_entry);
  }
  ledger.tx.onCommit(() => deps.observe?.ended(run.check_type, resultType, ending.flags.status));
  ledger.emit('result', eventOf(run, sequence), resultMessage({ ...run, ...columns }, sequence, ledger.session.recorded === 1));
  return groupIds;
}

interface Attempt { hasErrors: boolean; groupIds: string[] }
async function attemptsBefore(ledger: Ledger, run: ResultRow): Promise<Attempt[]> {
  if (run.attempt === 1) return [];
  const rows = await ledger.tx.db.selectFrom('results').select(['has_errors', 'error_group_ids']).where('sequence_id', '=', run.sequence_id)
    .where('result_type', '=', 'ATTEMPT').execute();
  return rows.map((row) => ({ hasErrors: row.has_errors === 1, groupIds: JSON.parse(row.error_group_ids) as string[] }));
}

/** The sequence settles with this run: exactly one FINAL. Its sealed job is erased with its secrets, unless it may run again for a while. */
export async function concludeFinal(deps: EngineDeps, ledger: Ledger, run: ResultRow, sequence: SequenceRow, ending: Ending): Promise<void> {
  const { flags } = ending;
  const attempts = await attemptsBefore(ledger, run);
  const flaky = flakeOf(flags, attempts, flags.status === 'PASSED' ? flakyTestsIn(run.check_type, ending.detail) : 0);
  const groupIds = [...await writeEnding(deps, ledger, run, sequence, ending, 'FINAL', flaky === 1), ...attempts.flatMap((attempt) => attempt.groupIds)];
  // A cancelled sequence does not say whether it would have passed.
  if (flags.status !== 'CANCELLED') ledger.groups.settle(groupIds, flags.status === 'PASSED' ? 1 : 0);
  await ledger.tx.db.updateTable('sequences').set({
    status: flags.status, flaky, updated_at: deps.clock(), ...(deps.limits.runAgainMs === 0 || ledger.session.recorded === 0 ? { job: null } : {}),
  }).where('id', '=', sequence.id).execute();
  ledger.count(flags.status);
}

/** The run was not the last: it becomes an ATTEMPT and the next one is scheduled for `at` (Unix ms). */
export async function concludeAttempt(deps: EngineDeps, ledger: Ledger, run: ResultRow, sequence: SequenceRow, ending: Ending, at: number): Promise<void> {
  await writeEnding(deps, ledger, run, sequence, ending, 'ATTEMPT');
  const now = deps.clock();
  const next: ResultRow = {
    ...run, id: deps.newId(), attempt: run.attempt + 1, available_at: at, token: 0, takeovers: 0, agent_id: null, lease_until: null,
    queue_entry: deps.newId(), started_at: null, stopped_at: null, created_at: now, updated_at: null,
  };
  await ledger.tx.db.insertInto('results').values(next).execute();
  await ledger.tx.db.updateTable('sequences').set({
    attempts: next.attempt, first_started_at: sequence.first_started_at ?? ending.startedAt, updated_at: now,
  }).where('id', '=', sequence.id).execute();
  await deps.queue.offer(ledger.tx, [{ entryId: next.queue_entry ?? '', lane: next.lane, runId: next.id, availableAt: at }]);
  ledger.signal(`lane:${locationOfLane(run.lane)}`);
}

/** Lanes are `<location id>.<weight>`. */
export const laneOf = (locationId: string, weight: string): string => `${locationId}.${weight}`;
export const locationOfLane = (lane: string): string => lane.slice(0, lane.lastIndexOf('.'));
