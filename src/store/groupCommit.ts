/**
 * Group commit for the embedded store: transactions that come together are written with one sync to disk.
 * Each is a savepoint of its own, one after the other: one that fails takes nothing else with it, and nobody is
 * answered before the commit that carries its work is durable.
 */
import { sql, type Kysely, type Transaction } from 'kysely';
import type { Tables } from './tables.ts';

type Work<T> = (db: Transaction<Tables>) => Promise<T>;
interface Waiting { work: Work<unknown>; settle: () => void; resolve: (value: never) => void; reject: (error: unknown) => void }

/** How many share a commit: enough to make the sync cheap, few enough to answer soon. */
const MOST_TOGETHER = 64;

export function createGroupCommit(db: Kysely<Tables>): <T>(work: Work<T>) => Promise<T> {
  const waiting: Waiting[] = [];
  let running = false;

  const attempt = async (trx: Transaction<Tables>, job: Waiting): Promise<void> => {
    await sql`savepoint work`.execute(trx);
    try {
      const value = await job.work(trx);
      await sql`release work`.execute(trx);
      job.settle = () => job.resolve(value as never);
    } catch (error) {
      await sql`rollback to work`.execute(trx);
      await sql`release work`.execute(trx);
      job.settle = () => job.reject(error);
    }
  };
  const commitTogether = async (): Promise<void> => {
    const group = waiting.splice(0, MOST_TOGETHER);
    try {
      await db.transaction().execute(async (trx) => { for (const job of group) await attempt(trx, job); });
      for (const job of group) job.settle();
    } catch (error) {
      for (const job of group) job.reject(error);
    }
  };
  const drain = async (): Promise<void> => {
    while (waiting.length > 0) await commitTogether();
    running = false;
  };
  return (work) => new Promise((resolve, reject) => {
    waiting.push({ work, settle: () => {}, resolve, reject });
    if (running) return;
    running = true;
    // After this turn of the event loop: what the same turn brings from other callers goes into the same commit.
    setImmediate(() => { void drain(); });
  });
}
