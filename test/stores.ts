/** Runs one suite on both stores, each time with a store, a queue and an event log of its own and a clock driven by hand. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe } from 'node:test';
import { openEventLog, type EventLog } from '../src/events/eventLog.ts';
import { openQueue, type Queue } from '../src/queue/openQueue.ts';
import { openStore, type Store, type StoreKind, type StoreLocation } from '../src/store/openStore.ts';
import { freshDatabase } from './postgres.ts';

export interface Clock {
  /** Unix ms. */
  now(): number;
  /** Moves the time on; entries of the queue fall due by it on both stores. */
  advance(ms: number): Promise<void>;
}

export interface Rooms extends AsyncDisposable {
  kind: StoreKind;
  location: StoreLocation;
  store: Store;
  queue: Queue;
  events: EventLog;
  clock: Clock;
}

const START = Date.UTC(2026, 3, 1, 12);

/** A database takes half a second to make: on PostgreSQL the tests of a file follow each other in one that is swept. */
let kept: Rooms | undefined;
after(() => kept?.[Symbol.asyncDispose]());

/** @param suite defines tests; each calls `start` for empty rooms (`await using rooms = await start()`). */
export function forEachStore(name: string, suite: (start: () => Promise<Rooms>, kind: StoreKind) => void, kinds: readonly StoreKind[] = ['sqlite', 'postgres']): void {
  for (const kind of kinds) {
    describe(`${name} (${kind})`, { concurrency: false }, () => {
      suite(async () => {
        if (kind === 'sqlite') return startRooms(kind);
        const rooms = kept ??= await startRooms(kind);
        return { ...rooms, [Symbol.asyncDispose]: () => sweep(rooms.store) };
      }, kind);
    });
  }
}

/** Counts how often PostgreSQL made the engine do a transaction again: its locks have one order, so never. */
export function countRepeats(rooms: Rooms): { rooms: Rooms; repeats: () => number } {
  let repeats = 0;
  const transaction: Rooms['store']['transaction'] = (work) => {
    let runs = 0;
    return rooms.store.transaction((tx) => {
      runs += 1;
      if (runs > 1) repeats += 1;
      return work(tx);
    });
  };
  return { rooms: { ...rooms, store: { ...rooms.store, transaction } }, repeats: () => repeats };
}

/** The queue library reads all its times from this function of its own. */
async function setQueueClock(store: Store, time: number): Promise<void> {
  await store.pool?.query(`create or replace function pgboss.job_now() returns timestamptz language sql stable as
    $$ select timestamptz 'epoch' + ${time} * interval '1 ms' $$`);
}

const SWEPT = ['pgboss.job', 'sessions', 'sequences', 'results', 'events', 'assets', 'agents', 'accounts', 'client_certificates', 'error_groups', 'error_group_sessions', 'error_group_places'];
async function sweep(store: Store): Promise<void> {
  await store.pool?.query(SWEPT.map((table) => `delete from ${table}`).join(';'));
}

/** A place for a store of the kind that nobody has used; `remove` where it leaves files. */
export async function freshLocation(kind: StoreKind): Promise<{ location: StoreLocation; remove: () => void }> {
  if (kind === 'postgres') return { location: { kind, url: await freshDatabase(), poolSize: 10 }, remove: () => {} };
  const folder = mkdtempSync(join(tmpdir(), 'assay-store-'));
  return { location: { kind, folder, exclusive: true }, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

async function startRooms(kind: StoreKind): Promise<Rooms> {
  const { location, remove } = await freshLocation(kind);
  const store = await openStore(location);
  let time = START;
  const queue = await openQueue(store, () => time);
  await setQueueClock(store, time);
  const events = await openEventLog(store, randomUUID());
  return {
    kind, location, store, queue, events,
    clock: {
      now: () => time,
      async advance(ms) {
        time += ms;
        await setQueueClock(store, time);
      },
    },
    async [Symbol.asyncDispose]() {
      await events.close();
      await queue.close();
      await store.close();
      remove();
    },
  };
}
