import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { it } from 'node:test';
import { sql } from 'kysely';
import { openQueue, type Entry, type Offer } from '../src/queue/openQueue.ts';
import { openStore } from '../src/store/openStore.ts';
import { forEachStore, type Rooms } from './stores.ts';

const LIGHT = 'public.light';
const HEAVY = 'public.heavy';

/** An entry for a run that is known by a word. */
const entry = (rooms: Rooms, runId: string, more: Partial<Offer> = {}): Offer =>
  ({ entryId: randomUUID(), lane: LIGHT, runId, availableAt: rooms.clock.now(), ...more });
const offer = (rooms: Rooms, ...offers: Offer[]) => rooms.store.transaction((tx) => rooms.queue.offer(tx, offers));
const claim = ({ store, queue }: Rooms, max: number, lane = LIGHT): Promise<Entry[]> => store.transaction((tx) => queue.claim(tx, lane, max));
const runsOf = (entries: readonly Entry[]) => entries.map((one) => one.runId);
const depthOf = async ({ queue }: Rooms, lane = LIGHT) => {
  const found = (await queue.depth()).find((row) => row.lane === lane);
  return [found?.ready ?? 0, found?.delayed ?? 0, found?.claimed ?? 0];
};

forEachStore('queue', (start) => {
  it('gives an offered entry to one claimer, with its ids, and out of sight to all others until it is settled', async () => {
    await using rooms = await start();
    const one = entry(rooms, 'one');
    await offer(rooms, one);
    assert.deepEqual(await depthOf(rooms), [1, 0, 0]);
    assert.deepEqual(await claim(rooms, 10), [{ entryId: one.entryId, runId: 'one' }]);
    assert.deepEqual(await claim(rooms, 10), []);
    assert.deepEqual(await depthOf(rooms), [0, 0, 1]);
    await rooms.store.transaction((tx) => rooms.queue.extend(tx, LIGHT, [one.entryId]));
    await rooms.store.transaction((tx) => rooms.queue.settle(tx, LIGHT, one.entryId));
    assert.deepEqual(await depthOf(rooms), [0, 0, 0]);
    assert.deepEqual(await claim(rooms, 10), []);
  });

  it('knows nothing of offers, claims and settlements that were rolled back', async () => {
    await using rooms = await start();
    const one = entry(rooms, 'one');
    const rollBack = (work: Parameters<typeof rooms.store.transaction>[0]) => assert.rejects(rooms.store.transaction(async (tx) => {
      await work(tx);
      throw new Error('no');
    }), /^Error: no$/);
    await rollBack((tx) => rooms.queue.offer(tx, [one]));
    assert.deepEqual(await claim(rooms, 10), []);
    await offer(rooms, one);
    await rollBack(async (tx) => { assert.equal((await rooms.queue.claim(tx, LIGHT, 1)).length, 1); });
    assert.deepEqual(await depthOf(rooms), [1, 0, 0]);
    await rollBack((tx) => rooms.queue.withdraw(tx, LIGHT, one.entryId));
    assert.deepEqual(runsOf(await claim(rooms, 10)), ['one']);
    await rollBack((tx) => rooms.queue.settle(tx, LIGHT, one.entryId));
    assert.deepEqual(await depthOf(rooms), [0, 0, 1]);
  });

  it('gives each entry to one of many who claim at the same time', async () => {
    await using rooms = await start();
    const names = Array.from({ length: 60 }, (_, i) => `run ${i}`);
    await offer(rooms, ...names.map((name) => entry(rooms, name)));
    const claims = await Promise.all(Array.from({ length: 15 }, () => claim(rooms, 7)));
    assert.ok(claims.every((entries) => entries.length <= 7));
    const claimed = [...runsOf(claims.flat()), ...runsOf(await claim(rooms, 100))];
    assert.equal(new Set(claimed).size, claimed.length, 'nobody has what another one has');
    assert.deepEqual([...claimed].sort(), [...names].sort());
  });

  it('holds an entry back until it is due', async () => {
    await using rooms = await start();
    await offer(rooms, entry(rooms, 'later', { availableAt: rooms.clock.now() + 5000 }), entry(rooms, 'now'));
    assert.deepEqual(await depthOf(rooms), [1, 1, 0]);
    assert.deepEqual(runsOf(await claim(rooms, 10)), ['now']);
    await rooms.clock.advance(4999);
    assert.deepEqual(await claim(rooms, 10), []);
    await rooms.clock.advance(1);
    assert.deepEqual(runsOf(await claim(rooms, 10)), ['later']);
  });

  it('takes the earlier entries first, and no more than asked for', async () => {
    await using rooms = await start();
    for (const name of ['first', 'second', 'third']) {
      await offer(rooms, entry(rooms, name));
      await rooms.clock.advance(10);
    }
    assert.deepEqual(runsOf(await claim(rooms, 2)).sort(), ['first', 'second']);
    assert.deepEqual(runsOf(await claim(rooms, 2)), ['third']);
  });

  it('keeps lanes apart', async () => {
    await using rooms = await start();
    await offer(rooms, entry(rooms, 'light'), entry(rooms, 'heavy', { lane: HEAVY }), entry(rooms, 'elsewhere', { lane: 'other.light' }));
    assert.deepEqual(runsOf(await claim(rooms, 10, HEAVY)), ['heavy']);
    assert.deepEqual(runsOf(await claim(rooms, 10)), ['light']);
    assert.deepEqual(await depthOf(rooms), [0, 0, 1]);
    assert.deepEqual(await depthOf(rooms, HEAVY), [0, 0, 1]);
    assert.deepEqual(await depthOf(rooms, 'other.light'), [1, 0, 0]);
    assert.deepEqual(await claim(rooms, 10, 'never.seen'), []);
  });

  it('takes back what nobody claimed, due or not, and leaves a claimed entry to its claimer', async () => {
    await using rooms = await start();
    const [waiting, delayed, claimed] = [entry(rooms, 'waiting'), entry(rooms, 'delayed', { availableAt: rooms.clock.now() + 9000 }), entry(rooms, 'claimed')];
    await offer(rooms, claimed);
    await claim(rooms, 1);
    await offer(rooms, waiting, delayed);
    await rooms.store.transaction(async (tx) => {
      for (const { entryId } of [waiting, delayed, claimed]) await rooms.queue.withdraw(tx, LIGHT, entryId);
    });
    assert.deepEqual(await depthOf(rooms), [0, 0, 1]);
    await rooms.clock.advance(10_000);
    assert.deepEqual(await claim(rooms, 10), []);
  });

  it('passes over entries that are not there', async () => {
    await using rooms = await start();
    await rooms.store.transaction(async (tx) => {
      await rooms.queue.settle(tx, LIGHT, randomUUID());
      await rooms.queue.withdraw(tx, LIGHT, randomUUID());
      await rooms.queue.extend(tx, LIGHT, [randomUUID()]);
      await rooms.queue.extend(tx, LIGHT, []);
      await rooms.queue.offer(tx, []);
    });
    assert.deepEqual(await depthOf(rooms), [0, 0, 0]);
  });

  it('takes thousands of entries in one offer', async () => {
    await using rooms = await start();
    await offer(rooms, ...Array.from({ length: 2500 }, (_, i) => entry(rooms, `run ${i}`)));
    assert.equal((await claim(rooms, 3000)).length, 2500);
  });

  it('keeps its entries when it is opened anew', async () => {
    await using rooms = await start();
    await offer(rooms, entry(rooms, 'claimed'));
    await claim(rooms, 1);
    await offer(rooms, entry(rooms, 'waiting'));
    const again = await openQueue(rooms.store, rooms.clock.now);
    assert.deepEqual(runsOf(await rooms.store.transaction((tx) => again.claim(tx, LIGHT, 10))), ['waiting']);
    await again.close();
  });
});

forEachStore('queue under load', (start) => {
  it('opens new lanes while every connection of the store is in a transaction', async () => {
    await using rooms = await start();
    await Promise.all(Array.from({ length: 40 }, (_, i) => offer(rooms, entry(rooms, `run ${i}`, { lane: `place-${i % 20}.light` }))));
    assert.equal((await rooms.queue.depth()).length, 20);
  });

  it('never lets a withdrawal wait for a claim that waits for it', async () => {
    await using rooms = await start();
    const one = entry(rooms, 'one');
    await offer(rooms, one);
    await rooms.store.transaction(async (claiming) => {
      assert.equal((await rooms.queue.claim(claiming, LIGHT, 1)).length, 1);
      await rooms.store.transaction((tx) => rooms.queue.withdraw(tx, LIGHT, one.entryId));
    });
    assert.deepEqual(await depthOf(rooms), [0, 0, 1]);
  });

  it('counts a wait from now, whatever the database says the time is', async () => {
    await using rooms = await start();
    const fast = () => rooms.clock.now() + 3_600_000;
    const queue = await openQueue(rooms.store, fast);
    await rooms.store.transaction((tx) => queue.offer(tx, [entry(rooms, 'due', { availableAt: fast() }), entry(rooms, 'later', { availableAt: fast() + 1000 })]));
    assert.deepEqual(runsOf(await claim(rooms, 10)), ['due']);
    await rooms.clock.advance(1000);
    assert.deepEqual(runsOf(await claim(rooms, 10)), ['later']);
    await queue.close();
  });

  it('serves two servers on one database', async () => {
    await using rooms = await start();
    await using second = await peer(rooms);
    await offer(rooms, ...Array.from({ length: 20 }, (_, i) => entry(rooms, `run ${i}`)));
    const claims = await Promise.all([rooms, second, rooms, second].map((one) => claim(one, 6)));
    assert.equal(new Set(runsOf(claims.flat())).size, 20);
    const { rows } = await sql<{ state: string }>`select distinct state::text from pgboss.job`.execute(rooms.store.read);
    assert.deepEqual(rows, [{ state: 'active' }]);
  });
}, ['postgres']);

/** The same database and clock, seen from another server. */
async function peer(rooms: Rooms): Promise<Rooms> {
  const store = await openStore(rooms.location);
  const queue = await openQueue(store, rooms.clock.now);
  return { ...rooms, store, queue, async [Symbol.asyncDispose]() { await queue.close(); await store.close(); } };
}
