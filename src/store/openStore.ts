/**
 * The store: one schema on two databases, the embedded one (SQLite in the process) and PostgreSQL.
 * Promises: what a committed transaction wrote survives kill -9 and power loss; hooks run after the commit, in order;
 * a second server on the embedded store is refused with a sentence. Never: a business rule, or a write outside of a transaction.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import { Migrator } from 'kysely/migration';
import { Pool, types } from 'pg';
import { createGroupCommit } from './groupCommit.ts';
import { migrations } from './migrations.ts';
import { NodeSqliteDialect } from './sqliteDialect.ts';
import type { Tables } from './tables.ts';

/** A transaction, with what shall happen once it has committed. */
export interface Tx {
  readonly db: Transaction<Tables>;
  readonly kind: StoreKind;
  /** Runs after the commit, in the order of registration; never when it rolls back. */
  onCommit(hook: () => void): void;
}
export type StoreKind = 'sqlite' | 'postgres';
export type Reads = Kysely<Tables>;

export interface Store {
  readonly kind: StoreKind;
  /** For reading only; sees what is committed. */
  readonly read: Reads;
  /** The PostgreSQL pool, for the queue library and for notifications; absent on the embedded store. */
  readonly pool: Pool | undefined;
  /** Runs `work` in one transaction; a throw rolls back. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export type StoreLocation = { kind: 'sqlite'; folder: string; exclusive: boolean } | { kind: 'postgres'; url: string; poolSize?: number };

/** Somebody else serves this store already. */
export class StoreInUse extends Error {
  constructor(folder: string) {
    super(`Another Assay server has the store in ${folder} open. Stop it, choose another folder with ASSAY_DATA_DIR, or use PostgreSQL (ASSAY_DATABASE_URL) to run several servers.`);
    this.name = 'StoreInUse';
  }
}

/** Opens and migrates. `exclusive` takes the server's lock on the embedded store; the key commands go without. */
export async function openStore(location: StoreLocation): Promise<Store> {
  return location.kind === 'sqlite' ? openSqlite(location.folder, location.exclusive) : openPostgres(location.url, location.poolSize ?? 10);
}

async function migrate(db: Kysely<Tables>, withQueue: boolean): Promise<void> {
  const list = migrations(withQueue);
  const { error } = await new Migrator({ db, provider: { getMigrations: async () => list } }).migrateToLatest();
  if (error) throw error;
}

type Begin = <T>(work: (db: Transaction<Tables>) => Promise<T>) => Promise<T>;

function transactions(begin: Begin, kind: StoreKind): Store['transaction'] {
  return async (work) => {
    const { result, hooks } = await commit(begin, kind, work);
    // Outside of every catch: a hook that throws must not have committed work done again.
    for (const hook of hooks) hook();
    return result;
  };
}

async function commit<T>(begin: Begin, kind: StoreKind, work: (tx: Tx) => Promise<T>): Promise<{ result: T; hooks: (() => void)[] }> {
  for (let attempt = 1; ; attempt++) {
    const hooks: (() => void)[] = [];
    try {
      return { result: await begin((db) => work({ db, kind, onCommit: (hook) => hooks.push(hook) })), hooks };
    } catch (error) {
      if (attempt >= TRANSACTION_TRIES || !RETRYABLE.has((error as { code?: string }).code ?? '')) throw error;
    }
  }
}

/** PostgreSQL chose this transaction as the victim of a deadlock or of a serialization conflict: nothing of it happened. */
const RETRYABLE = new Set(['40P01', '40001']);
const TRANSACTION_TRIES = 5;

/** The lock is an exclusive transaction on a file of its own: the system drops it when the process dies, however it dies. */
function takeLock(folder: string): DatabaseSync {
  const lock = new DatabaseSync(join(folder, 'server.lock'));
  try {
    lock.exec('pragma busy_timeout = 0; begin exclusive');
  } catch (error) {
    lock.close();
    if (String(error).includes('locked')) throw new StoreInUse(folder);
    throw error;
  }
  return lock;
}

async function openSqlite(folder: string, exclusive: boolean): Promise<Store> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const opened = exclusive ? [takeLock(folder)] : [];
  const closeAll = () => {
    // The lock goes last: until then nobody else may serve this folder.
    for (let db = opened.pop(); db; db = opened.pop()) db.close();
  };
  const connect = () => {
    // The timeout counts from the first statement on: after a crash even the journal mode waits for who recovers the file.
    const db = new DatabaseSync(join(folder, 'assay.db'), { timeout: 5000 });
    opened.push(db);
    db.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma cache_size = -65536; pragma mmap_size = 268435456');
    // SQLite's own lower() knows ASCII only; PostgreSQL's knows every letter, and a search must find the same on both.
    db.function('lower', { deterministic: true }, (text) => (typeof text === 'string' ? text.toLowerCase() : text));
    return new Kysely<Tables>({ dialect: new NodeSqliteDialect(db) });
  };
  try {
    const write = connect();
    await migrate(write, true);
    const read = connect();
    return {
      kind: 'sqlite', read, pool: undefined, transaction: transactions(createGroupCommit(write), 'sqlite'),
      async close() { await read.destroy(); await write.destroy(); closeAll(); },
    };
  } catch (error) {
    closeAll();
    throw error;
  }
}

async function openPostgres(url: string, size: number): Promise<Store> {
  const asNumber = (text: string) => Number(text);
  const pool = new Pool({
    connectionString: url, max: size,
    // bigint columns hold Unix ms and counters: safe as numbers until the year 287396.
    types: { getTypeParser: (oid, format) => (Number(oid) === 20 ? asNumber : types.getTypeParser(oid, format)) as never },
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => {});
  // So is one that breaks in a caller's hands: the caller's query rejects, and that is all the process needs to hear.
  pool.on('connect', (client) => { client.on('error', () => {}); });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  try {
    await migrate(db, false);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return { kind: 'postgres', read: db, pool, transaction: transactions((work) => db.transaction().execute(work), 'postgres'), close: () => db.destroy() };
}
