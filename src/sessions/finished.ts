/** finished: an outcome becomes a result. One transaction from the check of the lease to the event. */
import { refuse } from '../contract/errors.ts';
import type { CheckType } from '../contract/checkTypes.ts';
import type { Outcome } from '../protocol/outcome.ts';
import { concludeAttempt, concludeFinal, type Ending } from './conclude.ts';
import { onRun, sequenceOf, whyLost, type HeldRun } from './held.ts';
import { eventOf, type EngineDeps, type Ledger, type ResultRow, type SequenceRow } from './ledger.ts';
import type { Job } from './plan.ts';
import { nextRun } from './retry.ts';
import { flagsOf } from './status.ts';

/**
 * Refuses a late writer with ERR_LEASE_LOST; the same report again (its answer got lost) is answered like the first time.
 */
export async function finished(deps: EngineDeps, agentId: string, held: HeldRun, outcome: Outcome): Promise<{ resultType: 'FINAL' | 'ATTEMPT' }> {
  return deps.store.transaction((tx) => onRun(deps, tx, held.runId, async (ledger, run) => {
    const repeated = run.result_type !== 'PENDING' && run.token === held.token && run.agent_id === agentId;
    if (repeated) return { resultType: run.result_type as 'FINAL' | 'ATTEMPT' };
    const lost = whyLost(run, agentId, held.token);
    if (lost !== undefined) throw refuse.leaseLost(run.id, lost);
    return { resultType: await conclude(deps, ledger, run, await sequenceOf(tx, run), outcome) };
  }));
}

async function conclude(deps: EngineDeps, ledger: Ledger, run: ResultRow, sequence: SequenceRow, outcome: Outcome): Promise<'FINAL' | 'ATTEMPT'> {
  // A run that finished before the signal reached it keeps its natural outcome (A.8).
  const isCancelled = sequence.cancel_requested_at !== null && outcome.interrupted;
  const flags = flagsOf(outcome.verdict, isCancelled);
  // Clocks may have fractions of a ms; the columns have not.
  const startedAt = Math.round(outcome.startedAt);
  const ending: Ending = {
    reported: true, flags, aborted: outcome.interrupted, overMaxResponseTime: !isCancelled && outcome.overMaxResponseTime,
    responseTime: outcome.responseTime, startedAt, stoppedAt: Math.max(Math.round(outcome.stoppedAt), startedAt),
    scheduleError: null, detail: JSON.stringify(withFault(outcome)), log: JSON.stringify(outcome.log),
  };
  // A short run may end before its start was told: then the outcome tells both.
  if (run.started_at === null) ledger.emit('run-start', eventOf(run, sequence), {});
  const retryable = flags.hasFailures && sequence.cancel_requested_at === null && sequence.job !== null;
  const at = !retryable ? undefined : nextRun(strategyOf(deps, sequence), {
    checkType: run.check_type as CheckType, attempt: run.attempt, hasFailures: flags.hasFailures, isCancelled,
    networkError: outcome.networkError, firstStartedAt: sequence.first_started_at ?? startedAt, now: deps.clock(),
  });
  if (at === undefined) {
    await concludeFinal(deps, ledger, run, sequence, ending);
    return 'FINAL';
  }
  await concludeAttempt(deps, ledger, run, sequence, ending, at);
  return 'ATTEMPT';
}

const strategyOf = (deps: EngineDeps, sequence: SequenceRow) => (JSON.parse(deps.seal.open(sequence.job ?? '')) as Job).retryStrategy;

/** A fault of ours is told where readers look for what went wrong, unless the probe has told something there itself. */
function withFault({ detail, fault }: Outcome): Outcome['detail'] {
  return fault === null || detail['requestError'] ? detail : { ...detail, requestError: fault };
}
