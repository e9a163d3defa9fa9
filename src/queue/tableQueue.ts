/** The queue's verbs on a table of the embedded store: one writer at a time makes claiming a plain update. */
import type { Store } from '../store/openStore.ts';
import type { Queue } from './openQueue.ts';

const ROWS_A_STATEMENT = 1000;

export function openTableQueue(store: Store, clock: () => number): Queue {
  return {
    async offer(tx, offers) {
      for (let i = 0; i < offers.length; i += ROWS_A_STATEMENT) {
        await tx.db.insertInto('queue_entries').values(offers.slice(i, i + ROWS_A_STATEMENT).map((offer) => ({
          id: offer.entryId, lane: offer.lane, run_id: offer.runId, available_at: offer.availableAt, claimed_at: null, touched_at: null,
        }))).execute();
      }
    },
    async claim(tx, lane, max) {
      const now = clock();
      const due = await tx.db.selectFrom('queue_entries').select(['id', 'run_id'])
        .where('lane', '=', lane).where('claimed_at', 'is', null).where('available_at', '<=', now)
        .orderBy('available_at').limit(max).execute();
      if (due.length === 0) return [];
      await tx.db.updateTable('queue_entries').set({ claimed_at: now, touched_at: now }).where('id', 'in', due.map((row) => row.id)).execute();
      return due.map((row) => ({ entryId: row.id, runId: row.run_id }));
    },
    async extend(tx, lane, entryIds) {
      if (entryIds.length === 0) return;
      await tx.db.updateTable('queue_entries').set({ touched_at: clock() }).where('lane', '=', lane).where('id', 'in', entryIds).execute();
    },
    async settle(tx, lane, entryId) {
      await tx.db.deleteFrom('queue_entries').where('id', '=', entryId).where('lane', '=', lane).execute();
    },
    async withdraw(tx, lane, entryId) {
      await tx.db.deleteFrom('queue_entries').where('id', '=', entryId).where('lane', '=', lane).where('claimed_at', 'is', null).execute();
    },
    async depth() {
      const now = clock();
      const rows = await store.read.selectFrom('queue_entries').select((eb) => [
        'lane',
        eb.fn.sum<number>(eb.case().when(eb.and([eb('claimed_at', 'is', null), eb('available_at', '<=', now)])).then(1).else(0).end()).as('ready'),
        eb.fn.sum<number>(eb.case().when(eb.and([eb('claimed_at', 'is', null), eb('available_at', '>', now)])).then(1).else(0).end()).as('delayed'),
        eb.fn.sum<number>(eb.case().when('claimed_at', 'is not', null).then(1).else(0).end()).as('claimed'),
      ]).groupBy('lane').execute();
      return rows.map((row) => ({ lane: row.lane, ready: Number(row.ready), delayed: Number(row.delayed), claimed: Number(row.claimed) }));
    },
    async close() { /* the store closes the table */ },
  };
}
