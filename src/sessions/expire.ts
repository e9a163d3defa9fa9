/**
 * expire: what nobody reports about ends all the same. Lapsed leases are taken over, then given up; waiting runs end when
 * no agent is there; cancellations that nobody acknowledges are carried out; unrecorded sessions are forgotten.
 */
import { cancelledEnding } from './cancel.ts';
import { concludeFinal, laneOf, locationOfLane, type Ending } from './conclude.ts';
import { onRun, sequenceOf } from './held.ts';
import type { EngineDeps, Ledger, ResultRow, SequenceRow } from './ledger.ts';
import { forgetUnrecorded, forgetUploads } from './forget.ts';
import { unscheduled } from './open.ts';
import { forgetJobs } from './runAgain.ts';
import { RECORDED_LANE, untoldEnding } from './record.ts';
import { flagsOf } from './status.ts';

const AT_A_TIME = 500;

/** One round; returns how many runs it moved. Each run in a transaction of its own, so that one cannot hold up the others. */
export async function expire(deps: EngineDeps): Promise<number> {
  return await lapsedLeases(deps) + await unacknowledgedCancels(deps) + await unclaimedRuns(deps) + await untoldRecordings(deps) + await forgetUnrecorded(deps) + await forgetUploads(deps) + await forgetJobs(deps);
}

async function lapsedLeases(deps: EngineDeps): Promise<number> {
  const lapsed = await deps.store.read.selectFrom('results').select('id').where('lease_until', 'is not', null)
    .where('lease_until', '<', deps.clock()).orderBy('lease_until').limit(AT_A_TIME).execute();
  for (const { id } of lapsed) {
    const files = await deps.store.transaction((tx) => onRun(deps, tx, id, async (ledger, run) => {
      if (run.lease_until === null || run.lease_until >= deps.clock()) return [];
      const sequence = await sequenceOf(tx, run);
      if (sequence.cancel_requested_at !== null) await concludeFinal(deps, ledger, run, sequence, cancelledEnding(run, deps.clock()));
      else if (run.takeovers < deps.limits.takeovers) return offerAnew(deps, ledger, run);
      else await concludeFinal(deps, ledger, run, sequence, lostEnding(run, deps.clock()));
      return [];
    }));
    for (const storageKey of files) await deps.removeFile(storageKey);
  }
  return lapsed.length;
}

/**
 * The run goes to another agent under the same id; the raised token refuses what the lost one may still say. What that one has left goes.
 * @returns the keys of its files.
 */
async function offerAnew(deps: EngineDeps, ledger: Ledger, run: ResultRow): Promise<string[]> {
  const now = deps.clock();
  const entryId = deps.newId();
  if (run.queue_entry !== null) await deps.queue.settle(ledger.tx, run.lane, run.queue_entry);
  await ledger.tx.db.updateTable('results').set({
    token: run.token + 1, takeovers: run.takeovers + 1, agent_id: null, lease_until: null, queue_entry: entryId, available_at: now, updated_at: now,
  }).where('id', '=', run.id).execute();
  await deps.queue.offer(ledger.tx, [{ entryId, lane: run.lane, runId: run.id, availableAt: now }]);
  ledger.signal(`lane:${locationOfLane(run.lane)}`);
  const files = await ledger.tx.db.deleteFrom('assets').where('result_id', '=', run.id).returning('storage_key').execute();
  return files.map(({ storage_key }) => storage_key);
}

const lostEnding = (run: ResultRow, now: number): Ending => ({
  reported: false, flags: flagsOf('errored', false), aborted: true, overMaxResponseTime: false, responseTime: null, startedAt: run.started_at, stoppedAt: now,
  scheduleError: `The agent that ran this check was lost ${run.takeovers + 1} times.`, detail: null, log: null,
});

async function unacknowledgedCancels(deps: EngineDeps): Promise<number> {
  const late = await deps.store.read.selectFrom('sequences').select('id').where('status', '=', 'RUNNING')
    .where('cancel_requested_at', 'is not', null).where('cancel_requested_at', '<', deps.clock() - deps.limits.cancelLimitMs).limit(AT_A_TIME).execute();
  return endPending(deps, late.map((row) => row.id), (run, sequence, now) =>
    (sequence.cancel_requested_at === null ? undefined : cancelledEnding(run, now)));
}

/** Runs that are due, and no agent is alive that has slots for their lane (A.9). Busy agents are waited for. */
async function unclaimedRuns(deps: EngineDeps): Promise<number> {
  const now = deps.clock();
  const served = await servedLanes(deps, now);
  const waiting = await deps.store.read.selectFrom('results').select('sequence_id').where('result_type', '=', 'PENDING')
    .where('lease_until', 'is', null).where('available_at', '<', now - deps.limits.queueLimitMs).where('lane', '!=', RECORDED_LANE)
    // Left out here and not afterwards: many runs that wait for busy agents would fill the round.
    .$if(served.length > 0, (query) => query.where('lane', 'not in', served)).limit(AT_A_TIME).execute();
  const seconds = Math.round(deps.limits.queueLimitMs / 1000);
  return endPending(deps, waiting.map((run) => run.sequence_id),
    (run) => (run.lease_until === null ? unscheduled(`No agent picked up the run within ${seconds} seconds`, now) : undefined));
}

async function untoldRecordings(deps: EngineDeps): Promise<number> {
  const late = await deps.store.read.selectFrom('results').select('sequence_id').where('result_type', '=', 'PENDING').where('lease_until', 'is', null)
    .where('available_at', '<', deps.clock() - deps.limits.recordingMs).where('lane', '=', RECORDED_LANE).limit(AT_A_TIME).execute();
  return endPending(deps, late.map((run) => run.sequence_id), (run, _sequence, now) => untoldEnding(run, now));
}

async function servedLanes(deps: EngineDeps, now: number): Promise<string[]> {
  const alive = await deps.store.read.selectFrom('agents').selectAll().where('last_seen_at', '>', now - deps.limits.agentGoneMs).execute();
  return [...new Set(alive.flatMap((agent) => [
    ...(agent.light_slots > 0 ? [laneOf(agent.location_id, 'light')] : []), ...(agent.heavy_slots > 0 ? [laneOf(agent.location_id, 'heavy')] : []),
  ]))];
}

async function endPending(
  deps: EngineDeps, sequenceIds: readonly string[], endingOf: (run: ResultRow, sequence: SequenceRow, now: number) => Ending | undefined,
): Promise<number> {
  for (const sequenceId of sequenceIds) {
    const pending = await deps.store.read.selectFrom('results').select('id').where('sequence_id', '=', sequenceId).where('result_type', '=', 'PENDING').executeTakeFirst();
    if (!pending) continue;
    await deps.store.transaction((tx) => onRun(deps, tx, pending.id, async (ledger, run) => {
      if (run.result_type !== 'PENDING') return;
      const sequence = await sequenceOf(tx, run);
      const ending = endingOf(run, sequence, deps.clock());
      if (ending) await concludeFinal(deps, ledger, run, sequence, ending);
    }));
  }
  return sequenceIds.length;
}
