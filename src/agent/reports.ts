/**
 * What the agent tells about its runs: that they are under way, and their outcomes.
 * Promises: `started` goes out in batches, one at a time, and not at all for runs that end at once: their outcome implies
 * it; an outcome is offered until it is accepted or the run is somebody
 * else's; one that the server will not have goes without its details instead of not at all.
 * Never: an outcome dropped without a line in the agent's log.
 */
import type { Assignment } from '../protocol/assignment.ts';
import type { Outcome } from '../protocol/outcome.ts';
import type { StartedRequest } from '../protocol/verbs.ts';
import type { AgentLog } from './agentLog.ts';
import type { Link } from './link.ts';
import { LinkError } from './linkError.ts';
import type { Membership } from './membership.ts';

/** accepted: it is the run's result; lost: the run is another agent's or has settled; unreported: said in the agent's log. */
export type Reported = 'accepted' | 'lost' | 'unreported';

export interface Reports {
  /** Tells it unless the run ends before; `startedAt` in Unix ms. */
  started(run: Assignment, startedAt: number): Start;
  /** Never rejects. */
  finished(run: Assignment, outcome: Outcome): Promise<Reported>;
}

export interface ReportsDeps { link: Link; membership: Pick<Membership, 'ask'>; log: AgentLog; tick(): number }

/** Runs in one `started` (protocol). */
const BATCH = 1000;
/** ms for which a server may answer the same outcome with an internal error until the outcome is taken for the reason. */
const BUG_PATIENCE_MS = 120_000;

export function createReports(deps: ReportsDeps): Reports {
  return { started: createStarted(deps), finished: (run, outcome) => reportOutcome(deps, run, outcome) };
}

/** ms that a start is kept back: most probes have ended by then, and one report less is half the work for both sides. */
const START_AFTER_MS = 50;

/** The report of a start: on its way, or still kept back. */
export interface Start {
  /** The run has ended. Resolves when its start was told or is not needed any more; never rejects. */
  over(): Promise<void>;
}

interface Batch { runs: Map<string, StartedRequest['runs'][number]>; sent: PromiseWithResolvers<void>; closed: boolean }

/** Collects for START_AFTER_MS, and while the batch before is on its way. */
function createStarted({ link, membership, log }: ReportsDeps): Reports['started'] {
  let open: Batch | null = null;
  let before: Promise<void> = Promise.resolve();
  async function send(batch: Batch): Promise<void> {
    batch.closed = true;
    if (open === batch) open = null;
    const runs = [...batch.runs.values()];
    try {
      if (runs.length > 0) await membership.ask((agentId) => link.started({ agentId, runs }));
    } catch (error) {
      log.warn({ reason: messageOf(error), runs: runs.length }, 'The start of runs could not be reported');
    }
    batch.sent.resolve();
  }
  const begin = (): Batch => {
    const batch: Batch = { runs: new Map(), sent: Promise.withResolvers(), closed: false };
    setTimeout(() => { before = before.then(() => send(batch)); }, START_AFTER_MS);
    return batch;
  };
  return ({ runId, token }, startedAt) => {
    const batch = open && open.runs.size < BATCH ? open : open = begin();
    batch.runs.set(runId, { runId, token, startedAt });
    return {
      over: async () => {
        if (batch.closed) return batch.sent.promise;
        batch.runs.delete(runId);
      },
    };
  };
}

async function reportOutcome(deps: ReportsDeps, run: Assignment, outcome: Outcome): Promise<Reported> {
  const first = await offer(deps, run, outcome);
  if (first.kind !== 'refused') return first.kind;
  deps.log.error({ runId: run.runId, reason: first.reason }, 'The server does not accept an outcome: reporting it without its details');
  const second = await offer(deps, run, withoutDetails(outcome, first.reason));
  if (second.kind !== 'refused') return second.kind;
  deps.log.error({ runId: run.runId, reason: second.reason }, 'The server does not accept the outcome of a run at all');
  return 'unreported';
}

async function offer(
  { link, membership, log, tick }: ReportsDeps, { runId, token }: Assignment, outcome: Outcome,
): Promise<{ kind: Reported } | { kind: 'refused'; reason: string }> {
  let failingSince: number | null = null;
  try {
    await membership.ask(async (agentId) => {
      try {
        return await link.finished({ agentId, runId, token, outcome });
      } catch (error) {
        // An outage has other faces; an internal error that stays may come from this very outcome.
        failingSince = error instanceof LinkError && error.status === 500 ? failingSince ?? tick() : null;
        if (failingSince !== null && tick() - failingSince > BUG_PATIENCE_MS) throw new LinkError('refused', messageOf(error), 500);
        throw error;
      }
    });
    return { kind: 'accepted' };
  } catch (error) {
    const reason = messageOf(error);
    const kind = error instanceof LinkError ? error.kind : 'refused';
    if (kind === 'lost') log.info({ runId, reason }, 'A run is not this agent\'s any more: its outcome is of no use');
    else if (kind !== 'refused') log.error({ runId, reason }, 'The outcome of a run could not be reported');
    return kind === 'lost' ? { kind } : kind === 'refused' ? { kind, reason } : { kind: 'unreported' };
  }
}

/** The verdict is what counts; the sentence takes the place of what explained it. */
const withoutDetails = (outcome: Outcome, reason: string): Outcome => ({
  ...outcome, detail: {},
  log: {
    setup: [], teardown: [],
    request: [{ time: outcome.stoppedAt, level: 'ERROR', msg: `The details of this run are missing: the server did not accept them (${reason}).` }],
  },
});

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
