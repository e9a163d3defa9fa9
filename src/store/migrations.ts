/** The one list of migrations for both stores. A migration that has shipped is never edited; a new one is appended. */
import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

type Column = 'text' | 'int' | 'real';
const SQL_TYPES: Record<Column, string> = { text: 'text', int: 'bigint', real: 'double precision' };

/** `kind!` is NOT NULL; `keys.unique` names one unique constraint. Plain SQL that both stores read alike. */
async function table(
  db: Kysely<unknown>, name: string, columns: Record<string, Column | `${Column}!`>, keys: { primary: string[]; unique?: string[] },
): Promise<void> {
  const lines = Object.entries(columns).map(([column, kind]) =>
    `${column} ${SQL_TYPES[kind.replace('!', '') as Column]}${kind.endsWith('!') ? ' not null' : ''}`);
  lines.push(`primary key (${keys.primary.join(', ')})`);
  if (keys.unique) lines.push(`unique (${keys.unique.join(', ')})`);
  await sql.raw(`create table ${name} (${lines.join(', ')})`).execute(db);
}

async function index(db: Kysely<unknown>, name: string, on: string, columns: string[], where?: string): Promise<void> {
  await sql.raw(`create index ${name} on ${on} (${columns.join(', ')})${where ? ` where ${where}` : ''}`).execute(db);
}

async function createAccounts(db: Kysely<unknown>): Promise<void> {
  const times = { created_at: 'int!', updated_at: 'int' } as const;
  await table(db, 'accounts', { id: 'text!', name: 'text!', runtime_id: 'text!', ...times }, { primary: ['id'] });
  await table(db, 'users', { id: 'text!', name: 'text!', email: 'text!', ...times }, { primary: ['id'] });
  await table(db, 'members', { account_id: 'text!', user_id: 'text!', role: 'text!', ...times }, { primary: ['account_id', 'user_id'] });
  await table(db, 'api_keys', {
    id: 'text!', kind: 'text!', name: 'text!', key_hash: 'text!', masked: 'text!', account_id: 'text', user_id: 'text', role: 'text',
    created_at: 'int!', last_used_at: 'int', revoked_at: 'int',
  }, { primary: ['id'], unique: ['key_hash'] });
  await table(db, 'private_locations', {
    id: 'text!', account_id: 'text!', name: 'text!', slug: 'text!', icon: 'text!', proxy_url: 'text', ...times,
  }, { primary: ['id'], unique: ['account_id', 'slug'] });
  await table(db, 'location_keys', { id: 'text!', location_id: 'text!', key_hash: 'text!', masked: 'text!', ...times }, { primary: ['id'], unique: ['key_hash'] });
  await table(db, 'agents', {
    id: 'text!', location_id: 'text!', name: 'text!', version: 'text!', light_slots: 'int!', heavy_slots: 'int!',
    first_seen_at: 'int!', last_seen_at: 'int!',
  }, { primary: ['id'], unique: ['location_id', 'name'] });
  await table(db, 'variables', { account_id: 'text!', key: 'text!', value: 'text!', locked: 'int!', secret: 'int!', ...times }, { primary: ['account_id', 'key'] });
  await table(db, 'client_certificates', {
    id: 'text!', account_id: 'text!', host: 'text!', cert: 'text!', ca: 'text', sealed: 'text!', created_at: 'int!',
  }, { primary: ['id'] });
  await index(db, 'client_certificates_account', 'client_certificates', ['account_id']);
  await table(db, 'projects', { id: 'text!', account_id: 'text!', logical_id: 'text!', name: 'text!', repo_url: 'text', created_at: 'int!' }, { primary: ['id'], unique: ['account_id', 'logical_id'] });
}

async function createSessions(db: Kysely<unknown>): Promise<void> {
  await table(db, 'sessions', {
    id: 'text!', account_id: 'text!', project_id: 'text', name: 'text!', provider: 'text!', recorded: 'int!', run_source: 'text!',
    status: 'text!', sequences: 'int!', running: 'int!', passed: 'int!', failed: 'int!', cancelled: 'int!',
    region: 'text!', private_location_id: 'text', suite_id: 'text', scheduling_id: 'text!', stream_logs: 'int!', invoker_user_id: 'text', invoker_name: 'text',
    environment: 'text', repo_url: 'text', commit_id: 'text', commit_owner: 'text', commit_message: 'text', branch_name: 'text',
    github: 'text', error_group_ids: 'text!', event_seq: 'int!', started_at: 'int!', stopped_at: 'int', created_at: 'int!', updated_at: 'int',
  }, { primary: ['id'] });
  await index(db, 'sessions_page', 'sessions', ['account_id', 'created_at desc', 'id desc']);
  await index(db, 'sessions_suite', 'sessions', ['suite_id'], 'suite_id is not null');
  await index(db, 'sessions_scheduling', 'sessions', ['scheduling_id']);
  await index(db, 'sessions_unrecorded', 'sessions', ['stopped_at'], 'recorded = 0');
  await table(db, 'sequences', {
    id: 'text!', session_id: 'text!', account_id: 'text!', position: 'int!', logical_id: 'text!', check_id: 'text', check_type: 'text!',
    check_run_id: 'text', status: 'text!', attempts: 'int!', job: 'text', first_started_at: 'int', cancel_requested_at: 'int',
    created_at: 'int!', updated_at: 'int',
  }, { primary: ['id'] });
  await index(db, 'sequences_session', 'sequences', ['session_id', 'position', 'status', 'id']);
  await index(db, 'sequences_cancelling', 'sequences', ['cancel_requested_at'], "cancel_requested_at is not null and status = 'RUNNING'");
}

async function createResults(db: Kysely<unknown>): Promise<void> {
  await table(db, 'results', {
    id: 'text!', session_id: 'text!', sequence_id: 'text!', account_id: 'text!', attempt: 'int!', result_type: 'text!', status: 'text!',
    check_id: 'text', check_type: 'text!', name: 'text!', run_location: 'text!', private_location_id: 'text', file_path: 'text',
    has_failures: 'int!', has_errors: 'int!', is_degraded: 'int!', over_max_response_time: 'int!', aborted: 'int!', is_cancelled: 'int!',
    response_time: 'real', schedule_error: 'text', trace_id: 'text', error_group_ids: 'text!',
    lane: 'text!', available_at: 'int!', token: 'int!', takeovers: 'int!', agent_id: 'text', lease_until: 'int', queue_entry: 'text',
    started_at: 'int', stopped_at: 'int', created_at: 'int!', updated_at: 'int', detail: 'text', log: 'text',
  }, { primary: ['id'] });
  await index(db, 'results_session', 'results', ['session_id', 'sequence_id', 'attempt']);
  await index(db, 'results_sequence', 'results', ['sequence_id', 'attempt']);
  await index(db, 'results_leased', 'results', ['lease_until'], 'lease_until is not null');
  await index(db, 'results_held', 'results', ['agent_id'], 'lease_until is not null');
  await index(db, 'results_waiting', 'results', ['available_at'], "result_type = 'PENDING' and lease_until is null");
  await table(db, 'events', {
    session_id: 'text!', seq: 'int!', account_id: 'text!', suite_id: 'text', sequence_id: 'text', run_id: 'text', kind: 'text!',
    payload: 'text!', created_at: 'int!',
  }, { primary: ['session_id', 'seq'] });
  await table(db, 'assets', {
    id: 'text!', account_id: 'text!', session_id: 'text', result_id: 'text', type: 'text!', name: 'text!', content_type: 'text!',
    size: 'int!', storage_key: 'text!', created_at: 'int!',
  }, { primary: ['id'] });
  await index(db, 'assets_result', 'assets', ['result_id'], 'result_id is not null');
  await index(db, 'assets_session', 'assets', ['session_id'], 'session_id is not null');
  await index(db, 'assets_uploads', 'assets', ['created_at'], 'result_id is null');
}

async function createQueue(db: Kysely<unknown>): Promise<void> {
  await table(db, 'queue_entries', {
    id: 'text!', lane: 'text!', run_id: 'text!', available_at: 'int!', claimed_at: 'int', touched_at: 'int',
  }, { primary: ['id'] });
  await index(db, 'queue_claim', 'queue_entries', ['lane', 'available_at'], 'claimed_at is null');
}

/** The groups of a session are rows: a text on the session would be written again with every failure. */
async function createErrorGroups(db: Kysely<unknown>): Promise<void> {
  await sql.raw('alter table sessions drop column error_group_ids').execute(db);
  await table(db, 'error_groups', {
    id: 'text!', family: 'text!', account_id: 'text!', scope_id: 'text', error_hash: 'text!', raw_message: 'text!', cleaned_message: 'text!',
    first_seen: 'int!', last_seen: 'int!', archived: 'text',
  }, { primary: ['id'] });
  await index(db, 'error_groups_page', 'error_groups', ['account_id', 'family', 'last_seen desc', 'id'], 'archived is null');
  await index(db, 'error_groups_scope', 'error_groups', ['scope_id', 'last_seen desc', 'id'], 'scope_id is not null');
  await table(db, 'error_group_sessions', {
    group_id: 'text!', session_created_at: 'int!', session_id: 'text!', flaky: 'int',
  }, { primary: ['group_id', 'session_created_at', 'session_id'] });
  await index(db, 'error_group_sessions_session', 'error_group_sessions', ['session_id', 'group_id']);
  await table(db, 'error_group_places', {
    group_id: 'text!', kind: 'text!', key: 'text!', value: 'text!', created_at: 'int!',
  }, { primary: ['group_id', 'kind', 'key'] });
}

/** What was there before says nothing about flakiness: it counts from here on. */
async function addFlakiness(db: Kysely<unknown>): Promise<void> {
  await sql.raw('alter table results add column is_flaky bigint not null default 0').execute(db);
  for (const column of ['project_id text', 'check_key text', 'flaky bigint']) await sql.raw(`alter table sequences add column ${column}`).execute(db);
  await index(db, 'sequences_flaky', 'sequences', ['project_id', 'check_key', 'created_at', 'id', 'flaky'], 'flaky is not null');
}

/** What retention has taken stays as a row without bytes, so that its address is told from one that never was (G.7). */
async function addRetention(db: Kysely<unknown>): Promise<void> {
  await sql.raw('alter table assets add column removed_at bigint').execute(db);
  await sql.raw('alter table assets add column entries text').execute(db);
  await sql.raw('alter table results add column data_removed_at bigint').execute(db);
  await table(db, 'generations', { name: 'text!', value: 'int!' }, { primary: ['name'] });
  await index(db, 'assets_kept', 'assets', ['type', 'created_at'], 'removed_at is null and session_id is not null');
  await index(db, 'assets_leaving', 'assets', ['removed_at'], "removed_at is not null and storage_key <> ''");
  await index(db, 'results_kept', 'results', ['created_at'], 'detail is not null or log is not null');
  await index(db, 'sessions_stopped', 'sessions', ['stopped_at'], 'stopped_at is not null');
}

/** What the pages ask for: archived groups in their order, the results of a session that showed an error, and what an agent said of its sandbox. */
async function addPageReads(db: Kysely<unknown>): Promise<void> {
  await index(db, 'error_groups_archived', 'error_groups', ['account_id', 'family', 'last_seen desc', 'id'], 'archived is not null');
  await index(db, 'results_with_errors', 'results', ['session_id', 'sequence_id', 'attempt'], "error_group_ids <> '[]'");
  for (const column of ['sandbox_level', 'sandbox_says']) await sql.raw(`alter table agents add column ${column} text`).execute(db);
}

/** The last time a check passed: in its project, and without one by its logical id, of which an index takes so much. */
async function addPassedBefore(db: Kysely<unknown>): Promise<void> {
  await index(db, 'sequences_passed', 'sequences', ['project_id', 'check_key', 'created_at desc', 'id desc'], "status = 'PASSED' and project_id is not null");
  await index(db, 'sequences_passed_alone', 'sequences', ['account_id', 'substr(logical_id, 1, 200)', 'created_at desc', 'id desc'], "status = 'PASSED' and project_id is null");
}

/** @param withQueue the embedded store keeps its own queue table; PostgreSQL uses the queue library's. */
export function migrations(withQueue: boolean): Record<string, Migration> {
  return {
    '001-first': {
      async up(db) {
        await createAccounts(db);
        await createSessions(db);
        await createResults(db);
        if (withQueue) await createQueue(db);
      },
    },
    '002-egress': {
      async up(db) {
        await sql.raw('alter table private_locations add column egress text').execute(db);
      },
    },
    '003-snippets': {
      async up(db) {
        await table(db, 'snippets', {
          account_id: 'text!', id: 'int!', name: 'text!', script: 'text', created_at: 'int!', updated_at: 'int',
        }, { primary: ['account_id', 'id'] });
      },
    },
    '004-error-groups': {
      async up(db) {
        await createErrorGroups(db);
        await addFlakiness(db);
      },
    },
    '005-assets': { up: addRetention },
    '006-sign-ins': {
      async up(db) {
        await table(db, 'sign_ins', { token_hash: 'text!', kind: 'text!', key_id: 'text!', created_at: 'int!', expires_at: 'int!' }, { primary: ['token_hash'] });
        await index(db, 'sign_ins_expiry', 'sign_ins', ['expires_at']);
      },
    },
    '007-page-reads': { up: addPageReads },
    '008-passed-before': { up: addPassedBefore },
    '009-run-again': {
      async up(db) {
        // Settled checks whose settings are still kept are few among all that there are.
        await sql.raw('create index sequences_jobs on sequences (session_id) where job is not null').execute(db);
      },
    },
    '010-list-of-sessions': {
      async up(db) {
        // The list tells how many sequences are flaky: those that are lie together.
        await index(db, 'sequences_flaked', 'sequences', ['session_id'], 'flaky = 1');
      },
    },
  };
}
