/** What holds for every session at every moment (semantics.md A.3, A.4, K.1–K.6), read from the rows and events of a store. */
import assert from 'node:assert/strict';
import type { Selectable } from 'kysely';
import type { ResultMessage } from '../src/contract/messages.ts';
import { resultMessage } from '../src/sessions/announce.ts';
import type { ResultRow, SequenceRow, SessionRow } from '../src/sessions/ledger.ts';
import { fold } from '../src/sessions/status.ts';
import type { EventRecord } from '../src/events/eventLog.ts';
import type { Store } from '../src/store/openStore.ts';
import type { ErrorGroupSessionTable } from '../src/store/tables.ts';

export interface Snapshot {
  sessions: SessionRow[]; sequences: SequenceRow[]; results: ResultRow[]; events: EventRecord[];
  /** Which error groups the sessions showed. */
  seen: Selectable<ErrorGroupSessionTable>[];
}

/** To be taken while no verb is under way. */
export async function snapshot({ read }: Store, sessionIds: readonly string[]): Promise<Snapshot> {
  if (sessionIds.length === 0) return { sessions: [], sequences: [], results: [], events: [], seen: [] };
  return {
    sessions: await read.selectFrom('sessions').selectAll().where('id', 'in', sessionIds).execute(),
    sequences: await read.selectFrom('sequences').selectAll().where('session_id', 'in', sessionIds).execute(),
    results: await read.selectFrom('results').selectAll().where('session_id', 'in', sessionIds).orderBy('attempt').execute(),
    events: await read.selectFrom('events').selectAll().where('session_id', 'in', sessionIds).orderBy('session_id').orderBy('seq').execute(),
    // With their groups: what was seen of a group that is not there would be missing here.
    seen: await read.selectFrom('error_group_sessions').innerJoin('error_groups', 'error_groups.id', 'group_id').selectAll('error_group_sessions')
      .where('session_id', 'in', sessionIds).execute(),
  };
}

export function audit({ sessions, sequences, results, events, seen }: Snapshot): void {
  for (const session of sessions) {
    const mine = sequences.filter((row) => row.session_id === session.id);
    auditSession(session, mine);
    for (const sequence of mine) auditSequence(sequence, results.filter((row) => row.sequence_id === sequence.id));
    auditGroups(session, mine, results.filter((row) => row.session_id === session.id), seen.filter((row) => row.session_id === session.id));
    auditEvents(session, mine, results.filter((row) => row.session_id === session.id), events.filter((event) => event.session_id === session.id));
  }
}

function auditSession(session: SessionRow, sequences: readonly SequenceRow[]): void {
  const count = (status: string) => sequences.filter((row) => row.status === status).length;
  assert.equal(sequences.length, session.sequences);
  const counts = { running: count('RUNNING'), passed: count('PASSED'), failed: count('FAILED'), cancelled: count('CANCELLED') };
  assert.deepEqual({ running: session.running, passed: session.passed, failed: session.failed, cancelled: session.cancelled }, counts, 'the counters count');
  assert.equal(session.status, fold(counts), 'the status is the fold of the sequences');
  assert.equal(session.stopped_at === null, session.status === 'RUNNING', 'stopped exactly when not running (K.2)');
}

function auditSequence(sequence: SequenceRow, results: readonly ResultRow[]): void {
  const last = results.at(-1)!;
  assert.deepEqual(results.map((row) => row.attempt), results.map((_, i) => i + 1), 'attempts are counted from 1 without a gap');
  assert.equal(sequence.attempts, results.length);
  for (const attempt of results.slice(0, -1)) {
    assert.equal(attempt.result_type, 'ATTEMPT');
    assert.equal(attempt.has_failures, 1, 'only a failed run is retried (K.3)');
  }
  const settled = sequence.status !== 'RUNNING';
  assert.equal(last.result_type, settled ? 'FINAL' : 'PENDING', 'exactly one FINAL a settled sequence (K.3)');
  assert.equal(last.status, sequence.status);
  if (!settled) assert.notEqual(sequence.job, null, 'the sealed job is there for as long as it is needed');
  for (const row of results) auditResult(row);
}

function auditResult(row: ResultRow): void {
  const settled = row.result_type !== 'PENDING';
  assert.equal(row.stopped_at === null, !settled);
  assert.equal(row.is_cancelled === 1, row.status === 'CANCELLED', 'K.5');
  assert.ok(!(row.is_degraded && row.has_failures), 'K.6');
  assert.ok(!(row.over_max_response_time && !row.has_failures), 'K.6');
  const failed = row.has_failures || row.has_errors || row.schedule_error !== null;
  if (settled) assert.equal(row.status, row.is_cancelled ? 'CANCELLED' : failed ? 'FAILED' : 'PASSED');
  else assert.equal(row.status, 'RUNNING');
  if (row.has_errors || row.schedule_error !== null) assert.equal(row.has_failures, 1, 'clients must not report success');
  assert.equal(row.queue_entry === null, settled, 'what waits or runs has its entry, what settled has none');
  if (settled) assert.equal(row.lease_until, null);
}

const groupsOf = (row: ResultRow) => JSON.parse(row.error_group_ids) as string[];

/** A.3.8, F.3, and what is flaky. */
function auditGroups(session: SessionRow, sequences: readonly SequenceRow[], results: readonly ResultRow[], seen: Snapshot['seen']): void {
  for (const row of results) {
    assert.equal(groupsOf(row).length > 0, row.has_failures === 1 && session.recorded === 1, 'a failed run shows errors, and no other');
  }
  const union = new Set(results.flatMap(groupsOf));
  assert.deepEqual(seen.map((row) => row.group_id).sort(), [...union].sort(), 'the session shows what its results show');
  for (const { group_id, flaky, session_created_at } of seen) {
    assert.equal(session_created_at, session.created_at);
    const showing = sequences.filter((sequence) => results.some((row) => row.sequence_id === sequence.id && groupsOf(row).includes(group_id)));
    const lasted = showing.some((sequence) => sequence.status === 'FAILED');
    assert.equal(flaky, lasted ? 0 : showing.some((sequence) => sequence.status === 'PASSED') ? 1 : null, 'an error was overcome, or was not, or nobody knows');
  }
  for (const sequence of sequences) {
    const runs = results.filter((row) => row.sequence_id === sequence.id);
    const [last, before] = [runs.at(-1), runs.slice(0, -1)];
    const says = (sequence.status === 'PASSED' || sequence.status === 'FAILED') && last?.has_errors === 0;
    const overcame = sequence.status === 'PASSED' && before.some((row) => row.has_errors === 0);
    assert.equal(sequence.flaky, says ? Number(overcame) : null, 'flaky is what failed and then passed');
    assert.deepEqual(runs.map((row) => row.is_flaky), [...before.map(() => 0), sequence.flaky === 1 ? 1 : 0]);
  }
}

function auditEvents(session: SessionRow, sequences: readonly SequenceRow[], results: readonly ResultRow[], events: readonly EventRecord[]): void {
  assert.deepEqual(events.map((event) => event.seq), events.map((_, i) => i + 1), 'the numbers are dense');
  assert.equal(session.event_seq, events.length);
  assert.deepEqual(events.filter((event) => event.kind === 'session').map((event) => JSON.parse(event.payload).status),
    session.status === 'RUNNING' ? ['RUNNING'] : ['RUNNING', session.status]);
  if (session.status !== 'RUNNING') assert.equal(events.at(-1)?.kind, 'session', 'nothing happens after the end');
  for (const event of events) assert.equal(event.suite_id, session.suite_id);
  const told = events.filter((event) => event.kind === 'result');
  assert.equal(told.length, results.filter((row) => row.result_type !== 'PENDING').length);
  for (const sequence of sequences) {
    const rows = results.filter((row) => row.sequence_id === sequence.id && row.result_type !== 'PENDING');
    const messages = told.filter((event) => event.sequence_id === sequence.id);
    rows.forEach((row, i) => {
      const message = JSON.parse(messages[i]!.payload) as ResultMessage;
      assert.deepEqual(message, JSON.parse(JSON.stringify(resultMessage(row, sequence, session.recorded === 1))), 'the message is the row');
      assert.equal(messages[i]!.run_id, row.attempt === 1 && sequence.check_run_id ? sequence.check_run_id : row.id);
    });
  }
}

/** What may never be different again: settled results, settled sequences, ended sessions; and nothing disappears (K.1, K.2). */
export function auditProgress(before: Snapshot, after: Snapshot): void {
  for (const session of before.sessions) {
    if (session.status !== 'RUNNING') assert.deepEqual(after.sessions.find((row) => row.id === session.id), session);
  }
  for (const sequence of before.sequences) {
    const now = after.sequences.find((row) => row.id === sequence.id);
    assert.ok(now, 'no sequence disappears');
    if (sequence.status !== 'RUNNING') assert.deepEqual(now, sequence);
    if (sequence.cancel_requested_at !== null) assert.equal(now.attempts, sequence.attempts, 'what shall stop is not retried (A.7.7)');
  }
  for (const result of before.results) {
    const now = after.results.find((row) => row.id === result.id);
    assert.ok(now, 'no result disappears');
    if (result.result_type !== 'PENDING') assert.deepEqual(now, result);
  }
  const told = new Set(before.events.map((event) => `${event.session_id} ${event.seq}`));
  assert.deepEqual(after.events.filter((event) => told.has(`${event.session_id} ${event.seq}`)), before.events, 'what was told stays told');
}
