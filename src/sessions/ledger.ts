/**
 * One session under change: locked, with its counters and its events written once at the end of the work.
 * Every verb that changes a status goes through here, locks the session before anything else, and so cannot
 * cross another one; event numbers are dense and in commit order because the lock is held until the commit.
 */
import type { Selectable } from 'kysely';
import type { EventLog, EventRecord, Topic } from '../events/eventLog.ts';
import type { Queue } from '../queue/openQueue.ts';
import type { Store, Tx } from '../store/openStore.ts';
import type { Seal } from '../store/seal.ts';
import type { ResultTable, SequenceTable, SessionTable } from '../store/tables.ts';
import { openGroupBook, type GroupBook } from './groupBook.ts';
import type { EngineLimits } from './limits.ts';
import { fold } from './status.ts';

export type SessionRow = Selectable<SessionTable>;
export type SequenceRow = Selectable<SequenceTable>;
export type ResultRow = Selectable<ResultTable>;

/** What the verbs are given; none of them reads a clock or makes an id by itself. */
export interface EngineDeps {
  store: Store; queue: Queue; events: EventLog; seal: Seal; limits: EngineLimits;
  /** Unix ms. */
  clock(): number;
  newId(): string;
  /** Removes the bytes of a file; nothing happens when they are gone already. */
  removeFile(storageKey: string): Promise<void>;
  /** Hears of runs after the commit; for figures. */
  observe?: RunObserver;
}

export interface RunObserver {
  /** @param waitedMs from the moment the run was due. */
  assigned(checkType: string, waitedMs: number): void;
  ended(checkType: string, resultType: 'FINAL' | 'ATTEMPT', status: string): void;
}

/** Who an event is about; `runId` is the result's id, or the id the client gave the first run. */
export interface EventOf { sequenceId: string | null; runId: string | null }

export interface Ledger {
  readonly tx: Tx;
  readonly session: SessionRow;
  emit(kind: string, of: EventOf, payload: unknown): void;
  signal(topic: Topic): void;
  /** The errors that the session's runs showed; written after everything else. */
  readonly groups: GroupBook;
  /** A sequence that ran has settled; the session's status follows. */
  count(status: 'PASSED' | 'FAILED' | 'CANCELLED'): void;
}

const COUNTERS = { PASSED: 'passed', FAILED: 'failed', CANCELLED: 'cancelled' } as const;

/** Locks a session, named by its id or by one of its runs, and works on it; undefined when there is none. */
export async function onSession<T>(deps: EngineDeps, tx: Tx, which: string | { ofRun: string }, work: (ledger: Ledger) => Promise<T>): Promise<T | undefined> {
  const query = tx.db.selectFrom('sessions').selectAll()
    .where('id', '=', typeof which === 'string' ? which : ({ selectFrom }) => selectFrom('results').select('session_id').where('id', '=', which.ofRun));
  // The embedded store has one writer: the transaction itself is the lock.
  const session = await (tx.kind === 'postgres' ? query.forUpdate() : query).executeTakeFirst();
  if (!session) return undefined;
  const now = deps.clock();
  const events: EventRecord[] = [];
  const topics = new Set<Topic>();
  const groups = openGroupBook(session);
  const emit = (kind: string, of: EventOf, payload: unknown) => {
    session.event_seq += 1;
    events.push({
      session_id: session.id, seq: session.event_seq, account_id: session.account_id, suite_id: session.suite_id,
      sequence_id: of.sequenceId, run_id: of.runId, kind, payload: JSON.stringify(payload), created_at: now,
    });
  };
  const result = await work({
    tx, session, emit, groups,
    signal: (topic) => { topics.add(topic); },
    count(status) {
      session.running -= 1;
      session[COUNTERS[status]] += 1;
      const folded = fold(session);
      if (folded === 'RUNNING') return;
      session.status = folded;
      session.stopped_at = now;
      emit('session', { sequenceId: null, runId: null }, { status: folded });
    },
  });
  if (events.length > 0) {
    await tx.db.updateTable('sessions').set({
      status: session.status, stopped_at: session.stopped_at, running: session.running, passed: session.passed,
      failed: session.failed, cancelled: session.cancelled, event_seq: session.event_seq, updated_at: now,
    }).where('id', '=', session.id).execute();
    await deps.events.append(tx, events);
  }
  if (topics.size > 0) await deps.events.signal(tx, [...topics]);
  await groups.write(tx, now);
  return result;
}

/** Where the run's messages go: the first run under the id the client knows it by. */
export const eventOf = (run: ResultRow, sequence: SequenceRow): EventOf =>
  ({ sequenceId: sequence.id, runId: run.attempt === 1 && sequence.check_run_id ? sequence.check_run_id : run.id });
