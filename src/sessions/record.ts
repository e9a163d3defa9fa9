/**
 * record, recordFiles, recorded: a run that took place elsewhere and is told afterwards (cli-wire 10). It has a session, a sequence and a
 * result like any other, and ends by the same fold; no agent and no queue ever sees it. Whoever may run checks may tell one.
 */
import { refuse } from '../contract/errors.ts';
import { concludeFinal, type Ending } from './conclude.ts';
import type { RunFile } from './files.ts';
import { onRun, sequenceOf } from './held.ts';
import { onSession, type EngineDeps, type Ledger, type ResultRow } from './ledger.ts';
import { runRows, sessionRow } from './open.ts';
import type { Plan } from './plan.ts';
import { flagsOf } from './status.ts';

/** No agent has a location of this name, so nobody asks for this lane. */
export const RECORDED_PLACE = 'recorded';
export const RECORDED_LANE = `${RECORDED_PLACE}.heavy`;

export interface Recorded {
  verdict: 'passed' | 'degraded' | 'failed';
  /** Unix ms. */
  startedAt: number;
  stoppedAt: number;
  responseTime: number | null;
  /** JSON texts. */
  detail: string;
  log: string | null;
}

/** @param startedAt Unix ms, of the run. @returns ids of the results, in the order of the plan's checks. */
export async function record(deps: EngineDeps, plan: Plan, startedAt: number): Promise<{ sessionId: string; resultIds: string[] }> {
  const now = deps.clock();
  const session = { ...sessionRow(deps, plan, now), started_at: startedAt };
  const runs = plan.checks.map((check, position) => runRows(deps, plan, session, check, position, now));
  const sequences = runs.map(({ sequence }) => ({ ...sequence, job: null, first_started_at: startedAt }));
  const results = runs.map(({ result }) => ({ ...result, lane: RECORDED_LANE, queue_entry: null, started_at: startedAt }));
  await deps.store.transaction(async (tx) => {
    await tx.db.insertInto('sessions').values(session).execute();
    await tx.db.insertInto('sequences').values(sequences).execute();
    await tx.db.insertInto('results').values(results).execute();
    await onSession(deps, tx, session.id, async (ledger) => ledger.emit('session', { sequenceId: null, runId: null }, { status: 'RUNNING' }));
  });
  return { sessionId: session.id, resultIds: results.map(({ id }) => id) };
}

/** Which recording: all three must fit together, or there is none. */
export interface RecordingOf { accountId: string; sessionId: string; resultId: string }

/** Refuses unknown ids and those of other accounts with 404, and recordings that have ended with 409. */
async function onRecording<T>(deps: EngineDeps, { accountId, sessionId, resultId }: RecordingOf, work: (ledger: Ledger, run: ResultRow) => Promise<T>): Promise<T> {
  const known = await deps.store.read.selectFrom('results').select('id').where('id', '=', resultId).where('session_id', '=', sessionId)
    .where('account_id', '=', accountId).where('lane', '=', RECORDED_LANE).executeTakeFirst();
  if (!known) throw refuse.notFound('Recorded result', resultId);
  return deps.store.transaction((tx) => onRun(deps, tx, resultId, async (ledger, run) => {
    if (run.result_type !== 'PENDING') throw refuse.conflict(`The recording of result ${resultId} has ended as ${run.status}.`);
    return work(ledger, run);
  }));
}

/** Refuses like `recorded` would; changes nothing. */
export const checkRecording = (deps: EngineDeps, of: RecordingOf): Promise<void> => onRecording(deps, of, async () => {});

/** All files of a recording at once; 409 when it has some already. */
export async function recordFiles(deps: EngineDeps, of: RecordingOf, files: readonly RunFile[]): Promise<void> {
  await onRecording(deps, of, async ({ tx }, run) => {
    const before = await tx.db.selectFrom('assets').select('id').where('result_id', '=', run.id).limit(1).executeTakeFirst();
    if (before) throw refuse.conflict(`Result ${run.id} has its files already.`);
    for (const [i, file] of files.entries()) {
      await tx.db.insertInto('assets').values({
        id: deps.newId(), account_id: run.account_id, session_id: run.session_id, result_id: run.id, type: file.type, name: file.name,
        // Later ones by a ms: they keep their order.
        content_type: file.contentType, size: file.size, storage_key: file.storageKey, created_at: deps.clock() + i,
        ...(file.entries ? { entries: JSON.stringify(file.entries) } : {}),
      }).execute();
    }
  });
}

/** The run has ended. @param spent a file of it that is in the row from now on, and is removed. */
export async function recorded(deps: EngineDeps, of: RecordingOf, outcome: Recorded, spent: { id: string; storage_key: string } | null): Promise<void> {
  await onRecording(deps, of, async (ledger, run) => {
    const { verdict, startedAt, stoppedAt, responseTime, detail, log } = outcome;
    const ending: Ending = {
      reported: false, flags: flagsOf(verdict, false), aborted: false, overMaxResponseTime: false, responseTime, startedAt,
      stoppedAt: Math.max(stoppedAt, startedAt), scheduleError: null, detail, log,
    };
    if (spent) await ledger.tx.db.deleteFrom('assets').where('id', '=', spent.id).where('result_id', '=', run.id).execute();
    await concludeFinal(deps, ledger, run, await sequenceOf(ledger.tx, run), ending);
  });
  if (spent) await deps.removeFile(spent.storage_key);
}

/** Whoever told of the run never told its end. */
export const untoldEnding = (run: ResultRow, now: number): Ending => ({
  reported: false, flags: flagsOf('errored', false), aborted: true, overMaxResponseTime: false, responseTime: null, startedAt: run.started_at, stoppedAt: now,
  scheduleError: 'The end of this run was never told: the test runner that recorded it may have been stopped.', detail: null, log: null,
});
