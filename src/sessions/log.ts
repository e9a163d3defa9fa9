/** log: lines of a run as it goes, for those who watch. What is kept is the log that comes with the outcome. */
import { refuse } from '../contract/errors.ts';
import type { LogMessage } from '../contract/messages.ts';
import type { LogEntry } from '../protocol/outcome.ts';
import { eventOf, type EngineDeps } from './ledger.ts';
import { onRun, sequenceOf, whyLost, type HeldRun } from './held.ts';

/** Published only when the session asked for it (`streamLogs`). */
export async function log(deps: EngineDeps, agentId: string, held: HeldRun, entries: readonly LogEntry[]): Promise<void> {
  await deps.store.transaction((tx) => onRun(deps, tx, held.runId, async (ledger, run) => {
    const lost = whyLost(run, agentId, held.token);
    if (lost !== undefined) throw refuse.leaseLost(run.id, lost);
    if (ledger.session.stream_logs === 0 || entries.length === 0) return;
    const message: LogMessage = { logs: entries.map((entry) => ({ timestamp: entry.time, message: entry.msg })) };
    ledger.emit('stream-logs', eventOf(run, await sequenceOf(tx, run)), message);
  }));
}
