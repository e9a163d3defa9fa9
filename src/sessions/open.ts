/** open: a plan becomes a session, in one transaction: session, a PENDING result a check, queue entries, events. */
import type { Variable } from '../protocol/assignment.ts';
import { onSession, type EngineDeps, type ResultRow, type SequenceRow, type SessionRow } from './ledger.ts';
import { concludeFinal, laneOf, type Ending } from './conclude.ts';
import { checkKey } from './flakiness.ts';
import { flagsOf } from './status.ts';
import type { Job, Plan, PlannedCheck } from './plan.ts';

export interface Opened {
  sessionId: string;
  schedulingId: string;
  /** Keyed by the checks' logical ids. */
  sequenceIds: Record<string, string>;
  resultIds: Record<string, string>;
}

const ROWS_A_STATEMENT = 400;

/** Nothing of the session exists when this throws; when it returns everything does. */
export async function open(deps: EngineDeps, plan: Plan): Promise<Opened> {
  const now = deps.clock();
  const session = sessionRow(deps, plan, now);
  const runs = plan.checks.map((check, position) => runRows(deps, plan, session, check, position, now));
  await deps.store.transaction(async (tx) => {
    await tx.db.insertInto('sessions').values(session).execute();
    for (let i = 0; i < runs.length; i += ROWS_A_STATEMENT) {
      const part = runs.slice(i, i + ROWS_A_STATEMENT);
      await tx.db.insertInto('sequences').values(part.map((run) => run.sequence)).execute();
      await tx.db.insertInto('results').values(part.map((run) => run.result)).execute();
    }
    const schedulable = runs.filter((run) => run.check.scheduleError === null);
    await deps.queue.offer(tx, schedulable.map(({ result }) =>
      ({ entryId: result.queue_entry ?? '', lane: result.lane, runId: result.id, availableAt: now })));
    await onSession(deps, tx, session.id, async (ledger) => {
      ledger.emit('session', { sequenceId: null, runId: null }, { status: 'RUNNING' });
      for (const { check, result, sequence } of runs) {
        if (check.scheduleError === null) continue;
        await concludeFinal(deps, ledger, { ...result, queue_entry: null }, sequence, unscheduled(check.scheduleError, now));
      }
      if (schedulable.length > 0) ledger.signal(`lane:${plan.location.locationId}`);
    });
  });
  return {
    sessionId: session.id, schedulingId: session.scheduling_id,
    sequenceIds: Object.fromEntries(runs.map((run) => [run.check.logicalId, run.sequence.id])),
    resultIds: Object.fromEntries(runs.map((run) => [run.check.logicalId, run.result.id])),
  };
}

/** What never ran: no times of a run, nothing left behind, the sentence in `scheduleError`. */
export const unscheduled = (sentence: string, now: number): Ending => ({
  reported: false, flags: flagsOf('errored', false), aborted: false, overMaxResponseTime: false, responseTime: null, startedAt: null, stoppedAt: now,
  scheduleError: sentence, detail: null, log: null,
});

export function sessionRow(deps: EngineDeps, plan: Plan, now: number): SessionRow {
  return {
    id: deps.newId(), account_id: plan.accountId, project_id: plan.projectId, name: plan.name, provider: plan.provider,
    recorded: plan.recorded ? 1 : 0, run_source: plan.runSource, status: 'RUNNING', sequences: plan.checks.length, running: plan.checks.length,
    passed: 0, failed: 0, cancelled: 0, region: plan.location.code, private_location_id: plan.location.privateLocationId, suite_id: plan.suiteId,
    scheduling_id: deps.newId(), stream_logs: plan.streamLogs ? 1 : 0, invoker_user_id: plan.invoker.userId, invoker_name: plan.invoker.name,
    environment: plan.facts.environment, repo_url: plan.facts.repoUrl, commit_id: plan.facts.commitId, commit_owner: plan.facts.commitOwner,
    commit_message: plan.facts.commitMessage, branch_name: plan.facts.branchName, github: plan.facts.github && JSON.stringify(plan.facts.github),
    event_seq: 0, started_at: now, stopped_at: null, created_at: now, updated_at: null,
  };
}

export function runRows(deps: EngineDeps, plan: Plan, session: SessionRow, check: PlannedCheck, position: number, now: number) {
  const job: Job = {
    name: check.name, weight: check.weight, settings: check.settings, variables: check.variables as Variable[],
    retryStrategy: check.retryStrategy, notices: check.notices, proxyUrl: plan.location.proxyUrl,
    scheduleError: check.scheduleError ?? undefined,
  };
  const sequence: SequenceRow = {
    id: deps.newId(), session_id: session.id, account_id: plan.accountId, project_id: plan.projectId, position, logical_id: check.logicalId,
    check_key: plan.projectId === null ? null : checkKey(check.logicalId), check_id: check.checkId,
    check_type: check.checkType, check_run_id: check.checkRunId, status: 'RUNNING', flaky: null, attempts: 1, job: deps.seal.seal(JSON.stringify(job)),
    first_started_at: null, cancel_requested_at: null, created_at: now, updated_at: null,
  };
  const result: ResultRow = {
    id: deps.newId(), session_id: session.id, sequence_id: sequence.id, account_id: plan.accountId, attempt: 1, result_type: 'PENDING', status: 'RUNNING',
    check_id: check.checkId, check_type: check.checkType, name: check.name, run_location: plan.location.code,
    private_location_id: plan.location.privateLocationId, file_path: check.filePath, has_failures: 0, has_errors: 0, is_degraded: 0,
    over_max_response_time: 0, aborted: 0, is_cancelled: 0, is_flaky: 0, response_time: null, schedule_error: null, trace_id: null, error_group_ids: '[]',
    detail: null, log: null, data_removed_at: null, lane: laneOf(plan.location.locationId, check.weight), available_at: now, token: 0, takeovers: 0, agent_id: null,
    lease_until: null, queue_entry: check.scheduleError === null ? deps.newId() : null, started_at: null, stopped_at: null, created_at: now, updated_at: null,
  };
  return { check, sequence, result };
}

