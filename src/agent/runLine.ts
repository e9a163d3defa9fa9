/** What one run has of the agent's line to the server: its files, and those who watch it. */
import type { Assignment } from '../protocol/assignment.ts';
import type { LogEntry } from '../protocol/outcome.ts';
import type { Interruption } from './interruption.ts';
import type { Link } from './link.ts';
import { createLiveLog } from './liveLog.ts';
import type { Membership } from './membership.ts';
import { openRunFiles, type RunFiles } from './runFiles.ts';

export interface RunLine {
  files: RunFiles;
  /** Hears each line of the job log as it is kept; absent when nobody watches. */
  watch?: (entry: LogEntry) => void;
}

export interface OpenedLine extends RunLine {
  /** The run has ended: its last lines go out, and nothing is asked for it any more. Never rejects. */
  end(): Promise<void>;
}

/** A cancelled run still hands over what there is; a lost one has nothing to hand over. */
export function openRunLine({ link, membership }: { link: Link; membership: Pick<Membership, 'ask'> }, assignment: Assignment, interruption: Interruption): OpenedLine {
  const { runId, token, streamLogs } = assignment;
  const over = new AbortController();
  interruption.signal.addEventListener('abort', () => { if (interruption.by === 'lost') over.abort(); });
  const files = openRunFiles({ link, membership, run: { runId, token }, signal: over.signal });
  if (!streamLogs) return { files, end: async () => over.abort() };
  const live = createLiveLog(async (entries) => {
    over.signal.throwIfAborted();
    await membership.ask((agentId) => link.log({ agentId, runId, token, entries }));
  });
  return {
    files, watch: live.add,
    async end() {
      if (!over.signal.aborted) await live.end();
      over.abort();
    },
  };
}
