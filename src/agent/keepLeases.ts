/** Tells the server, again and again, which runs this agent still works on, and obeys the answer. */
import type { Held } from '../protocol/verbs.ts';
import type { AgentLog } from './agentLog.ts';
import type { HeldRuns } from './heldRuns.ts';
import type { Link } from './link.ts';
import { LinkError } from './linkError.ts';
import type { Membership } from './membership.ts';

export interface LeaseDeps { link: Link; membership: Pick<Membership, 'ask' | 'facts'>; runs: HeldRuns; log: AgentLog }

/** Runs in one `extend` (protocol). */
const BATCH = 1000;

/** One `extend` every `extendEveryMs` of the last hello while runs are held; a slow one is not overtaken by the next. */
export function keepLeases({ link, membership, runs, log }: LeaseDeps): { stop(): void } {
  let stopped = false;
  let timer: NodeJS.Timeout;

  async function extend(): Promise<void> {
    for (let at = 0; at < runs.held().length; at += BATCH) {
      let asked: Held[] = [];
      const { cancelled, lost } = await membership.ask((agentId) => {
        asked = runs.held().slice(at, at + BATCH);
        return link.extend({ agentId, runs: asked });
      });
      runs.interrupt(cancelled, 'cancelled');
      // A run that has come back with a new token since then is not the one that was lost.
      const now = new Map(runs.held().map(({ runId, token }) => [runId, token]));
      const same = asked.filter(({ runId, token }) => lost.includes(runId) && now.get(runId) === token);
      const dropped = runs.interrupt(same.map(({ runId }) => runId), 'lost');
      if (dropped > 0) log.warn({ runs: dropped }, 'Runs are not this agent\'s any more: dropped');
    }
  }
  const round = async () => {
    try {
      await extend();
    } catch (error) {
      const over = error instanceof LinkError && (error.kind === 'closed' || error.kind === 'fatal');
      if (!over) log.error({ reason: error instanceof Error ? error.message : String(error) }, 'Leases could not be extended');
    }
    if (!stopped) schedule();
  };
  const schedule = () => { timer = setTimeout(() => void round(), membership.facts.extendEveryMs); };
  schedule();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
