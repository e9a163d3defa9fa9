/** An embedded store as months of use leave it: many sessions of results that really happened. Written past the engine, for speed. */
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createAccounts } from '../src/accounts/createAccounts.ts';
import { loadSecretKey } from '../src/app/secretKey.ts';
import type { Outcome } from '../src/protocol/outcome.ts';
import { openStore } from '../src/store/openStore.ts';
import { createSeal } from '../src/store/seal.ts';
import type { ResultTable, SequenceTable, SessionTable } from '../src/store/tables.ts';

export interface Credentials { accountId: string; apiKey: string }

const RESULTS_A_SESSION = 20;
/** Between two sessions of the seed, in ms. */
const APART = 60_000;

/** Migrates the store in `folder` and makes an account. */
export async function createAccountIn(folder: string): Promise<Credentials> {
  const store = await openStore({ kind: 'sqlite', folder, exclusive: true });
  try {
    const seal = createSeal(loadSecretKey(folder, null), () => randomBytes(12));
    const { accountId, apiKey } = await createAccounts({ store, clock: () => Date.now(), newId: randomUUID, randomBytes, seal }).createAccount({ name: 'Bench' });
    return { accountId, apiKey };
  } finally {
    await store.close();
  }
}

/** Fills an empty store with `results` FINAL results of the account, each a copy of what a URL check left, in sessions of `aSession`. */
export function seedResults(folder: string, accountId: string, outcome: Outcome, results: number, aSession = RESULTS_A_SESSION): void {
  const db = new DatabaseSync(join(folder, 'assay.db'));
  // Nothing of it must survive a crash.
  db.exec('pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -1048576; begin');
  const sessions = Math.ceil(results / aSession);
  insertSelect(db, 'sessions', sessionRow(accountId, Date.now() - sessions * APART, aSession), {
    id: UUID, scheduling_id: UUID, started_at: `:started_at + n * ${APART}`, stopped_at: `:stopped_at + n * ${APART}`,
    created_at: `:created_at + n * ${APART}`, updated_at: `:updated_at + n * ${APART}`,
  }, count(sessions));
  insertSelect(db, 'sequences', sequenceRow(accountId), {
    id: UUID, session_id: 'parent.id', position: 'n', logical_id: "'check-' || n", created_at: 'parent.created_at', updated_at: 'parent.updated_at',
    first_started_at: 'parent.started_at',
  }, `sessions parent cross join ${count(aSession)}`);
  insertSelect(db, 'results', resultRow(accountId, outcome), {
    id: UUID, session_id: 'parent.session_id', sequence_id: 'parent.id', created_at: 'parent.created_at', updated_at: 'parent.updated_at',
    started_at: 'parent.created_at', stopped_at: 'parent.updated_at', available_at: 'parent.created_at',
  }, 'sequences parent');
  db.exec('commit; pragma journal_mode = wal');
  db.close();
}

/** A random sample of the results: `[session id, result id]`. */
export function sampleResults(folder: string, size: number): [sessionId: string, resultId: string][] {
  const db = new DatabaseSync(join(folder, 'assay.db'), { readOnly: true });
  // Ids are random, so that their order is a shuffle that an index has; the start is random, too.
  const rows = db.prepare('select id, session_id from results where id > ? order by id limit ?').all(randomUUID(), size);
  if (rows.length < size) rows.push(...db.prepare('select id, session_id from results order by id limit ?').all(size - rows.length));
  db.close();
  return rows.map((row) => [String(row['session_id']), String(row['id'])]);
}

const HEX = (bytes: number) => `lower(hex(randomblob(${bytes})))`;
const UUID = `${HEX(4)} || '-' || ${HEX(2)} || '-4' || substr(${HEX(2)}, 2) || '-a' || substr(${HEX(2)}, 2) || '-' || ${HEX(6)}`;
/** The numbers from 0 as `n`. */
const count = (rows: number) => `(with recursive numbers(n) as (select 0 union all select n + 1 from numbers where n < ${rows - 1}) select n from numbers)`;

/** One row for each of `source`: the values of `row`, except where `varying` has an expression. */
function insertSelect<Row extends object>(db: DatabaseSync, table: string, row: Row, varying: Partial<Record<keyof Row & string, string>>, source: string): void {
  const columns = Object.keys(row) as (keyof Row & string)[];
  const expressions = columns.map((column) => varying[column] ?? `:${column}`);
  const used = columns.filter((column) => expressions.some((expression) => new RegExp(`:${column}\\b`).test(expression)));
  db.prepare(`insert into ${table} (${columns.join(', ')}) select ${expressions.join(', ')} from ${source}`)
    .run(Object.fromEntries(used.map((column) => [column, row[column] as string | number | null])));
}

function sessionRow(accountId: string, at: number, aSession: number): SessionTable {
  return {
    id: '', account_id: accountId, project_id: null, name: 'Nightly', provider: 'API', recorded: 1, run_source: 'TEST_RECORD', status: 'PASSED',
    sequences: aSession, running: 0, passed: aSession, failed: 0, cancelled: 0, region: 'eu-west-1', private_location_id: null,
    suite_id: null, scheduling_id: '', stream_logs: 0, invoker_user_id: null, invoker_name: null, environment: 'production',
    repo_url: 'https://git.example.com/shop', commit_id: 'a0cabc37c2a51ff4b1b6d7eea2ad1c54cbbf7e9f', commit_owner: 'Sam', commit_message: 'Sell tea',
    branch_name: 'main', github: null, event_seq: 2 * aSession + 2,
    started_at: at, stopped_at: at + 900, created_at: at, updated_at: at + 900,
  };
}

function sequenceRow(accountId: string): SequenceTable {
  return {
    id: '', session_id: '', account_id: accountId, project_id: null, position: 0, logical_id: '', check_key: null, check_id: null, check_type: 'URL', check_run_id: null,
    status: 'PASSED', flaky: null, attempts: 1, job: null, first_started_at: 0, cancel_requested_at: null, created_at: 0, updated_at: 0,
  };
}

function resultRow(accountId: string, { responseTime, detail, log }: Outcome): ResultTable {
  return {
    id: '', session_id: '', sequence_id: '', account_id: accountId, attempt: 1, result_type: 'FINAL', status: 'PASSED', check_id: null, check_type: 'URL',
    name: 'The shop answers', run_location: 'eu-west-1', private_location_id: null, file_path: 'src/shop.check.ts', has_failures: 0, has_errors: 0,
    is_degraded: 0, over_max_response_time: 0, aborted: 0, is_cancelled: 0, is_flaky: 0, response_time: responseTime, schedule_error: null, trace_id: null,
    error_group_ids: '[]', detail: JSON.stringify(detail), log: JSON.stringify(log), lane: 'public.light', available_at: 0, token: 1, takeovers: 0,
    agent_id: null, lease_until: null, queue_entry: null, started_at: 0, stopped_at: 0, created_at: 0, updated_at: 0, data_removed_at: null,
  };
}
