/** The queue's verbs on pg-boss, in the caller's transaction. Our own lease decides about dead agents; the heartbeat only tells operators. */
import { CompiledQuery, sql } from 'kysely';
import { PgBoss, type Db } from 'pg-boss';
import type { Store, Tx } from '../store/openStore.ts';
import type { LaneDepth, Queue } from './openQueue.ts';

/** Entries live in the database for this long after they were settled. */
const KEEP_SETTLED_SECONDS = 3600;
const HEARTBEAT_SECONDS = 60;
const LONGEST_RUN_SECONDS = 6 * 3600;
/** The library's own connections. With the store's they would wait for transactions that wait for them, when a lane is new. */
const OWN_CONNECTIONS = 2;

const within = (tx: Tx): Db => ({
  executeSql: async (text, values = []) => ({ rows: (await tx.db.executeQuery(CompiledQuery.raw(text, values as unknown[]))).rows }),
});

/** @param connectionString of the store's database. @param clock Unix ms, by which `availableAt` is meant. */
export async function openBossQueue(store: Store, connectionString: string, clock: () => number): Promise<Queue> {
  const boss = new PgBoss({ connectionString, max: OWN_CONNECTIONS, superviseIntervalSeconds: 5, schedule: false });
  // A failed maintenance round is tried again at the next; without a listener it would end the process.
  boss.on('error', () => {});
  await boss.start();
  const lane = createLanes(boss);

  return {
    async offer(tx, offers) {
      const now = clock();
      for (const name of new Set(offers.map((offer) => offer.lane))) {
        await boss.insert(await lane(name), offers.filter((offer) => offer.lane === name).map((offer) => ({
          // A wait, not a time: the database's clock and ours need not agree.
          id: offer.entryId, data: { runId: offer.runId }, startAfter: Math.max(0, offer.availableAt - now) / 1000,
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
    // Not the library's deleteJob: it takes claimed entries too, and waits for a claimer who may be waiting for the caller.
    async withdraw(tx, name, entryId) {
      await sql`delete from pgboss.job where name = ${name} and id = (
        select id from pgboss.job where name = ${name} and id = ${entryId} and state < 'active' for update skip locked)`.execute(tx.db);
    },
    async depth() {
      const { rows } = await sql<LaneDepth>`
        select name as lane,
               count(*) filter (where state < 'active' and start_after <= pgboss.job_now())::int as ready,
               count(*) filter (where state < 'active' and start_after > pgboss.job_now())::int as delayed,
               count(*) filter (where state = 'active')::int as claimed
          from pgboss.job where state <= 'active' and (name like '%.light' or name like '%.heavy') group by name`.execute(store.read);
      return rows;
    },
    async close() { await boss.stop({ graceful: false }); },
  };
}

/** Makes each lane known to the library once, before its first use. */
function createLanes(boss: PgBoss): (name: string) => Promise<string> {
  const known = new Map<string, Promise<void>>();
  return async (name) => {
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
}
