/**
 * The checks of a session once more: out of their own sealed settings, for as long as these are kept.
 * Promises: what runs again is what ran then (settings, variables, retries), at the same place; it is a session of its own.
 */
import type { CheckType, Provider } from '../contract/checkTypes.ts';
import type { EngineDeps, SessionRow } from './ledger.ts';
import type { Job, Plan, PlannedCheck, RunLocation } from './plan.ts';

/** `FAILED`: those alone whose last run failed. */
export type Again = 'ALL' | 'FAILED';
/** `until`: Unix ms; null while the session runs, or where nothing is kept. `reason`: a sentence when nothing can be run again. */
export interface AgainFacts { until: number | null; all: number; failed: number; reason: string | null }

/** @param until how long settled settings are kept: `runAgainMs` after the end of their session. */
export async function findAgain(deps: EngineDeps, session: SessionRow): Promise<AgainFacts> {
  const { runAgainMs } = deps.limits;
  if (session.stopped_at === null) return { until: null, all: 0, failed: 0, reason: 'The session is still running.' };
  if (runAgainMs === 0) return { until: null, all: 0, failed: 0, reason: 'This server keeps no settings of checks after their end (ASSAY_RUN_AGAIN_HOURS is 0).' };
  const until = session.stopped_at + runAgainMs;
  const kept = until < deps.clock() ? [] : await deps.store.read.selectFrom('sequences').select('status').where('session_id', '=', session.id).where('job', 'is not', null).execute();
  if (kept.length === 0) return { until: null, all: 0, failed: 0, reason: `The settings of the checks are kept for ${hours(runAgainMs)} after the end of a session, and are gone.` };
  return { until, all: kept.length, failed: kept.filter(({ status }) => status === 'FAILED').length, reason: null };
}

const hours = (ms: number): string => (ms === 3_600_000 ? 'an hour' : `${ms / 3_600_000} hours`);

/** A plan as `open` takes it; null when there is nothing that could run again. */
export async function planAgain(deps: EngineDeps, session: SessionRow, which: Again, by: { location: RunLocation; invoker: Plan['invoker'] }): Promise<Plan | null> {
  const rows = await deps.store.read.selectFrom('sequences as s').innerJoin('results as r', (join) => join.onRef('r.sequence_id', '=', 's.id').on('r.attempt', '=', 1))
    .select(['s.logical_id', 's.check_id', 's.check_type', 's.job', 'r.file_path']).where('s.session_id', '=', session.id).where('s.job', 'is not', null)
    .$if(which === 'FAILED', (query) => query.where('s.status', '=', 'FAILED')).orderBy('s.position').execute();
  if (rows.length === 0) return null;
  const checks = rows.map((row): PlannedCheck => {
    const { name, weight, settings, variables, retryStrategy, notices, scheduleError } = JSON.parse(deps.seal.open(row.job ?? '')) as Job;
    return {
      logicalId: row.logical_id, checkId: row.check_id, checkType: row.check_type as CheckType, name, filePath: row.file_path, checkRunId: null, weight, settings, variables,
      retryStrategy, scheduleError: scheduleError ?? null, notices,
    };
  });
  return {
    accountId: session.account_id, name: session.name, provider: session.provider as Provider, recorded: true, runSource: session.run_source, projectId: session.project_id,
    location: by.location, suiteId: null, streamLogs: session.stream_logs === 1, invoker: by.invoker, facts: {
      environment: session.environment, repoUrl: session.repo_url, commitId: session.commit_id, commitOwner: session.commit_owner, commitMessage: session.commit_message,
      branchName: session.branch_name, github: session.github === null ? null : JSON.parse(session.github) as Record<string, unknown>,
    },
    checks,
  };
}

const AT_A_TIME = 500;

/** Sealed settings that are kept for no longer. @returns of how many checks. */
export async function forgetJobs(deps: EngineDeps): Promise<number> {
  const before = deps.clock() - deps.limits.runAgainMs;
  const old = await deps.store.read.selectFrom('sequences as s').innerJoin('sessions as e', 'e.id', 's.session_id').select('s.id')
    .where('s.job', 'is not', null).where('e.stopped_at', 'is not', null).where('e.stopped_at', '<', before).limit(AT_A_TIME).execute();
  if (old.length === 0) return 0;
  await deps.store.transaction((tx) => tx.db.updateTable('sequences').set({ job: null }).where('id', 'in', old.map(({ id }) => id)).execute());
  return old.length;
}
