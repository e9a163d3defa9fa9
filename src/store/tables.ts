/**
 * Every table as Kysely types, the same on SQLite and PostgreSQL.
 * Times are integers (Unix ms), flags are 0 or 1, ids are text, JSON is text: the two drivers agree on these only.
 */


type Flag = 0 | 1;
type Time = number;

export interface AccountTable { id: string; name: string; runtime_id: string; created_at: Time; updated_at: Time | null }
export interface UserTable { id: string; name: string; email: string; created_at: Time; updated_at: Time | null }
export interface MemberTable { account_id: string; user_id: string; role: string; created_at: Time; updated_at: Time | null }
/** `kind` user: role comes from the membership. `kind` service: bound to `account_id` with `role`. Only a hash is kept (I.1). */
export interface ApiKeyTable {
  id: string; kind: string; name: string; key_hash: string; masked: string; account_id: string | null; user_id: string | null;
  role: string | null; created_at: Time; last_used_at: Time | null; revoked_at: Time | null;
}
/** A private location of an account (H.1). The built-in public place has no row: its id is `public`. */
export interface PrivateLocationTable {
  id: string; account_id: string; name: string; slug: string; icon: string; proxy_url: string | null;
  /** JSON of an EgressPolicy; null: its owner has said nothing. */
  egress: string | null; created_at: Time; updated_at: Time | null;
}
/** `location_id` is a private location's id or `public`. */
export interface LocationKeyTable { id: string; location_id: string; key_hash: string; masked: string; created_at: Time; updated_at: Time | null }
/** One row a living agent process: `id` is new at each of its starts, `name` is stable in its location. */
export interface AgentTable {
  id: string; location_id: string; name: string; version: string; light_slots: number; heavy_slots: number;
  first_seen_at: Time; last_seen_at: Time;
  /** What it gives to user code (protocol/verbs.ts); `sandbox_says` is null where it has told nothing, and the level alone where it refuses user code. */
  sandbox_level: string | null; sandbox_says: string | null;
}
/** Account-level environment variables (I.7); `value` is sealed. */
export interface VariableTable { account_id: string; key: string; value: string; locked: Flag; secret: Flag; created_at: Time; updated_at: Time | null }
/** Client certificates by host (B.6); `sealed` holds cert, ca, key and passphrase. */
export interface ClientCertificateTable { id: string; account_id: string; host: string; cert: string; ca: string | null; sealed: string; created_at: Time }
export interface ProjectTable { id: string; account_id: string; logical_id: string; name: string; repo_url: string | null; created_at: Time }

/** One test session. The five counters are the fold's input and change only with the sequences they count. */
export interface SessionTable {
  id: string; account_id: string; project_id: string | null; name: string; provider: string; recorded: Flag; run_source: string;
  status: string; sequences: number; running: number; passed: number; failed: number; cancelled: number;
  region: string; private_location_id: string | null; suite_id: string | null; scheduling_id: string; stream_logs: Flag;
  invoker_user_id: string | null; invoker_name: string | null; environment: string | null;
  repo_url: string | null; commit_id: string | null; commit_owner: string | null; commit_message: string | null; branch_name: string | null;
  github: string | null; event_seq: number;
  started_at: Time; stopped_at: Time | null; created_at: Time; updated_at: Time | null;
}
/**
 * All runs of one check in one session. `job` is the sealed check, erased some time after its session has ended (limits.runAgainMs). `check_key` is the check in its
 * project, null without a project; `flaky` is null as long as the sequence says nothing about its check (sessions/flakiness.ts).
 */
export interface SequenceTable {
  id: string; session_id: string; account_id: string; project_id: string | null; position: number; logical_id: string; check_key: string | null; check_id: string | null;
  check_type: string; check_run_id: string | null; status: string; flaky: Flag | null; attempts: number; job: string | null;
  first_started_at: Time | null; cancel_requested_at: Time | null; created_at: Time; updated_at: Time | null;
}
/** One run and what it left. PENDING rows with a lease are being run; `token` fences late writers. */
export interface ResultTable {
  id: string; session_id: string; sequence_id: string; account_id: string; attempt: number; result_type: string; status: string;
  check_id: string | null; check_type: string; name: string; run_location: string; private_location_id: string | null; file_path: string | null;
  has_failures: Flag; has_errors: Flag; is_degraded: Flag; over_max_response_time: Flag; aborted: Flag; is_cancelled: Flag; is_flaky: Flag;
  response_time: number | null; schedule_error: string | null; trace_id: string | null; error_group_ids: string;
  detail: string | null; log: string | null;
  /** When retention took both. */
  data_removed_at: Time | null;
  lane: string; available_at: Time; token: number; takeovers: number; agent_id: string | null; lease_until: Time | null; queue_entry: string | null;
  started_at: Time | null; stopped_at: Time | null; created_at: Time; updated_at: Time | null;
}
/** What happened, in commit order per session: (session_id, seq) is dense. */
export interface EventTable {
  session_id: string; seq: number; account_id: string; suite_id: string | null; sequence_id: string | null; run_id: string | null;
  kind: string; payload: string; created_at: Time;
}
export interface AssetTable {
  id: string; account_id: string; session_id: string | null; result_id: string | null; type: string; name: string; content_type: string;
  size: number;
  /** Empty once its bytes are gone. */
  storage_key: string;
  created_at: Time;
  /** When retention took it: it is not named any more from then on, and its bytes go soon after. */
  removed_at: Time | null;
  /** JSON of ArchiveEntry[] where the file is an archive that is told by what is in it (G.4). */
  entries: string | null;
}
/** One error, deduplicated in its scope (F.1): a project's sessions, or one stored check. `scope_id` null: sessions without a project. */
export interface ErrorGroupTable {
  /** Follows from family, account, scope and hash (sessions/groupBook.ts): there cannot be two groups of one error. */
  id: string;
  family: 'test-session' | 'check'; account_id: string; scope_id: string | null; error_hash: string; raw_message: string; cleaned_message: string;
  first_seen: Time; last_seen: Time; archived: 'until-next-event' | 'for-ever' | null;
}
/** In which sessions an error was seen. `flaky` 1: all sequences that showed it passed in the end; 0: one did not; null: not decided. */
export interface ErrorGroupSessionTable { group_id: string; session_created_at: Time; session_id: string; flaky: Flag | null }
/** Where else an error was seen, each place once: environments, and tests as JSON. `key` is a hash: values may be longer than an index takes. */
export interface ErrorGroupPlaceTable { group_id: string; kind: 'environment' | 'test'; key: string; value: string; created_at: Time }
/** The embedded store's queue; on PostgreSQL the queue library keeps its own tables instead. */
export interface QueueTable { id: string; lane: string; run_id: string; available_at: Time; claimed_at: Time | null; touched_at: Time | null }

/** Stored snippets (B.15), numbered in their account; `script` is sealed, and null once the snippet is removed. */
export interface SnippetTable { account_id: string; id: number; name: string; script: string | null; created_at: Time; updated_at: Time | null }

/** Counters that tell every server of a change that others have made: it looks at them and forgets what it has kept. */
export interface GenerationTable { name: string; value: number }

/** Browsers that are signed in (`browser`), and links that sign one in (`link`). Only a hash of the token is kept. */
export interface SignInTable { token_hash: string; kind: string; key_id: string; created_at: Time; expires_at: Time }

export interface Tables {
  accounts: AccountTable; users: UserTable; members: MemberTable; api_keys: ApiKeyTable; private_locations: PrivateLocationTable;
  location_keys: LocationKeyTable; agents: AgentTable; variables: VariableTable; snippets: SnippetTable; client_certificates: ClientCertificateTable;
  projects: ProjectTable; sessions: SessionTable; sequences: SequenceTable; results: ResultTable; events: EventTable; assets: AssetTable;
  error_groups: ErrorGroupTable; error_group_sessions: ErrorGroupSessionTable; error_group_places: ErrorGroupPlaceTable;
  queue_entries: QueueTable; generations: GenerationTable; sign_ins: SignInTable;
}
