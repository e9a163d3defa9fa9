/**
 * What the agent tells about its runs: that they are under way, and their outcomes.
 * Promises: `started` goes out in batches, one at a time; an outcome is offered until it is accepted or the run is somebody
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
  /** Resolves when the server knows, or will not hear it; never rejects. `startedAt` in Unix ms. */
  started(run: Assignment, startedAt: number): Promise<void>;
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

interface Batch { runs: StartedRequest['runs']; sent: PromiseWithResolvers<void> }

/** Collects while the batch before is on its way. */
function createStarted({ link, membership, log }: ReportsDeps): Reports['started'] {
  const waiting: Batch[] = [];
  let sending = false;
  async function send(): Promise<void> {
    sending = true;
    // Whatever is assigned in this turn of the event loop goes together.
    await Promise.resolve();
    for (let batch = waiting.shift(); batch; batch = waiting.shift()) {
      const { runs, sent } = batch;
      try {
        await membership.ask((agentId) => link.started({ agentId, runs }));
      } catch (error) {
        log.warn({ reason: messageOf(error), runs: runs.length }, 'The start of runs could not be reported');
      }
      sent.resolve();
    }
    sending = false;
  }
  return ({ runId, token }, startedAt) => {
    let batch = waiting.at(-1);
    if (!batch || batch.runs.length >= BATCH) waiting.push(batch = { runs: [], sent: Promise.withResolvers() });
    batch.runs.push({ runId, token, startedAt });
    if (!sending) void send();
    return batch.sent.promise;
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
