/**
 * Kysely on `node:sqlite`: no native package to build, and transactions begin IMMEDIATE so that a second process
 * (the key commands while the server runs) waits for its turn instead of failing in the middle.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import {
  CompiledQuery, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler,
  type DatabaseConnection, type Dialect, type Driver, type Kysely, type QueryResult,
} from 'kysely';

const CACHED_STATEMENTS = 500;

/** Whether a statement gives rows is asked once: describing the columns costs more than running a small statement. */
interface Prepared { statement: StatementSync; reads: boolean }

class Connection implements DatabaseConnection {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, Prepared>();

  constructor(db: DatabaseSync) { this.#db = db; }

  #prepare(text: string): Prepared {
    let prepared = this.#statements.get(text);
    if (!prepared) {
      const statement = this.#db.prepare(text);
      prepared = { statement, reads: statement.columns().length > 0 };
      if (this.#statements.size >= CACHED_STATEMENTS) this.#statements.clear();
      this.#statements.set(text, prepared);
    }
    return prepared;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { statement, reads } = this.#prepare(sql);
    const values = parameters as SQLInputValue[];
    if (reads) return { rows: statement.all(...values) as R[] };
    const { changes, lastInsertRowid } = statement.run(...values);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> { throw new Error('Streaming is not used on the embedded store.'); }
}

/** One connection; Kysely hands it to one caller at a time, as SqliteAdapter asks it to. */
class NodeSqliteDriver implements Driver {
  readonly #db: DatabaseSync;
  readonly #connection: Connection;

  constructor(db: DatabaseSync) { this.#db = db; this.#connection = new Connection(db); }

  async init(): Promise<void> { /* the database is open already */ }
  async acquireConnection(): Promise<DatabaseConnection> { return this.#connection; }
  async beginTransaction(): Promise<void> { this.#db.exec('begin immediate'); }
  async commitTransaction(): Promise<void> { this.#db.exec('commit'); }
  async rollbackTransaction(): Promise<void> { this.#db.exec('rollback'); }
  async releaseConnection(): Promise<void> { /* Kysely lets the next caller in */ }
  async destroy(): Promise<void> { /* who opened the database closes it: Kysely calls this only after a first query */ }
}

/** SQLite rolls tables back too: a migration that is killed in the middle leaves nothing, and two processes cannot both run it. */
class NodeSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean { return true; }
}

export class NodeSqliteDialect implements Dialect {
  readonly #db: DatabaseSync;
  constructor(db: DatabaseSync) { this.#db = db; }
  createDriver(): Driver { return new NodeSqliteDriver(this.#db); }
  createQueryCompiler(): SqliteQueryCompiler { return new SqliteQueryCompiler(); }
  createAdapter(): SqliteAdapter { return new NodeSqliteAdapter(); }
  createIntrospector(db: Kysely<unknown>): SqliteIntrospector { return new SqliteIntrospector(db); }
}
