/** The queue's verbs on pg-boss, in the caller's transaction. Our own lease decides about dead agents; the heartbeat only tells operators. */
import { CompiledQuery } from 'kysely';
import type { Pool } from 'pg';
import { PgBoss, type Db } from 'pg-boss';
import type { Tx } from '../store/openStore.ts';
import type { Queue } from './openQueue.ts';

/** Entries live in the database for this long after they were settled. */
const KEEP_SETTLED_SECONDS = 3600;
const HEARTBEAT_SECONDS = 60;
const LONGEST_RUN_SECONDS = 6 * 3600;

const within = (tx: Tx): Db => ({
  executeSql: async (text, values = []) => ({ rows: (await tx.db.executeQuery(CompiledQuery.raw(text, values as unknown[]))).rows }),
});

export async function openBossQueue(pool: Pool): Promise<Queue> {
  const boss = new PgBoss({
    db: { executeSql: async (text: string, values?: unknown[]) => pool.query(text, values) },
    superviseIntervalSeconds: 5, schedule: false,
  });
  // A failed maintenance round is tried again at the next; without a listener it would end the process.
  boss.on('error', () => {});
  await boss.start();
  const known = new Map<string, Promise<void>>();
  const lane = async (name: string): Promise<string> => {
    let ready = known.get(name);
    if (!ready) {
      ready = boss.createQueue(name, {
        retryLimit: 0, expireInSeconds: LONGEST_RUN_SECONDS, heartbeatSeconds: HEARTBEAT_SECONDS, deleteAfterSeconds: KEEP_SETTLED_SECONDS,
      });
      known.set(name, ready);
      ready.catch(() => known.delete(name));
    }
    await ready;
    return name;
  };

  return {
    async offer(tx, offers) {
      for (const name of new Set(offers.map((offer) => offer.lane))) {
        await boss.insert(await lane(name), offers.filter((offer) => offer.lane === name).map((offer) => ({
          id: offer.entryId, data: { runId: offer.runId }, startAfter: new Date(offer.availableAt),
        })), { db: within(tx) });
      }
    },
    async claim(tx, name, max) {
      const jobs = await boss.fetch<{ runId: string }>(await lane(name), { batchSize: max, db: within(tx) });
      return jobs.map((job) => ({ entryId: job.id, runId: job.data.runId }));
    },
    async extend(tx, name, entryIds) {
      if (entryIds.length > 0) await boss.touch(await lane(name), [...entryIds], { db: within(tx) });
    },
    async settle(tx, name, entryId) { await boss.complete(await lane(name), entryId, null, { db: within(tx) }); },
    async withdraw(tx, name, entryId) { await boss.deleteJob(await lane(name), entryId, { db: within(tx) }); },
    async depth() {
      const { rows } = await pool.query<{ lane: string; ready: number; delayed: number; claimed: number }>(
        `select name as lane,
                count(*) filter (where state < 'active' and start_after <= now())::int as ready,
                count(*) filter (where state < 'active' and start_after > now())::int as delayed,
                count(*) filter (where state = 'active')::int as claimed
           from pgboss.job where name like '%.light' or name like '%.heavy' group by name`);
      return rows;
    },
    async close() { await boss.stop({ graceful: false, close: false }); },
  };
}
