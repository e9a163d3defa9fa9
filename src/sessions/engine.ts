/**
 * The run engine: the only place where a status changes.
 * Eight verbs, each one transaction with its events and its queue entry: open, assign, started, log, extend, finished,
 * cancel, expire; record, recorded for runs that took place elsewhere; archiveGroup. Promises: every sequence ends with exactly one FINAL; a session's status is the fold of its
 * sequences; what is terminal never changes; a late writer is refused by name. Never: HTTP, MQTT or a probe.
 */
import type { LogEntry, Outcome } from '../protocol/outcome.ts';
import { cancelledRuns, extend } from './extend.ts';
import { graceAfterRestart, registerAgent, createSeenAgent, type AgentFacts } from './agents.ts';
import { archiveGroup, type ArchiveWish, type GroupFamily } from './archiveGroup.ts';
import { assign, type FreeSlots } from './assign.ts';
import { cancel } from './cancel.ts';
import { expire } from './expire.ts';
import { findInput, keepAsset, keepUpload, type RunFile, type UploadedFile } from './files.ts';
import { finished } from './finished.ts';
import type { HeldRun } from './held.ts';
import type { EngineDeps, SessionRow } from './ledger.ts';
import { log } from './log.ts';
import { open } from './open.ts';
import type { Plan, RunLocation } from './plan.ts';
import { checkRecording, record, recorded, recordFiles, type Recorded, type RecordingOf } from './record.ts';
import { findAgain, planAgain, type Again } from './runAgain.ts';
import { started } from './started.ts';

/** Binds the verbs to one store, queue, event log and clock. */
export function createEngine(deps: EngineDeps) {
  return {
    limits: deps.limits,
    open: (plan: Plan) => open(deps, plan),
    assign: (agent: { id: string; locationId: string }, free: FreeSlots) => assign(deps, agent, free),
    started: (agentId: string, runs: readonly (HeldRun & { startedAt: number })[]) => started(deps, agentId, runs),
    log: (agentId: string, held: HeldRun, entries: readonly LogEntry[]) => log(deps, agentId, held, entries),
    extend: (agentId: string, held: readonly HeldRun[]) => extend(deps, agentId, held),
    finished: (agentId: string, held: HeldRun, outcome: Outcome) => finished(deps, agentId, held, outcome),
    cancel: (accountId: string, sessionId: string, sequenceIds?: readonly string[]) => cancel(deps, accountId, sessionId, sequenceIds),
    expire: () => expire(deps),
    archiveGroup: (accountId: string, family: GroupFamily, id: string, wish: ArchiveWish) => archiveGroup(deps, accountId, family, id, wish),
    findAgain: (session: SessionRow) => findAgain(deps, session),
    planAgain: (session: SessionRow, which: Again, by: { location: RunLocation; invoker: Plan['invoker'] }) => planAgain(deps, session, which, by),
    keepUpload: (accountId: string, file: UploadedFile) => keepUpload(deps, accountId, file),
    keepAsset: (agentId: string, held: HeldRun, file: RunFile) => keepAsset(deps, agentId, held, file),
    findInput: (agentId: string, held: HeldRun, key: string) => findInput(deps, agentId, held, key),
    record: (plan: Plan, startedAt: number) => record(deps, plan, startedAt),
    checkRecording: (of: RecordingOf) => checkRecording(deps, of),
    recordFiles: (of: RecordingOf, files: readonly RunFile[]) => recordFiles(deps, of, files),
    recorded: (of: RecordingOf, outcome: Recorded, spent: { id: string; storage_key: string } | null) => recorded(deps, of, outcome, spent),
    cancelledRuns: (agentId: string) => cancelledRuns(deps, agentId),
    registerAgent: (agent: AgentFacts) => registerAgent(deps, agent),
    seenAgent: createSeenAgent(deps),
    graceAfterRestart: (graceMs: number) => graceAfterRestart(deps, graceMs),
  };
}
export type Engine = ReturnType<typeof createEngine>;
