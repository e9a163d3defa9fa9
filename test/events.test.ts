import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { it } from 'node:test';
import { openEventLog, type EventLog, type EventRecord, type Topic } from '../src/events/eventLog.ts';
import { openStore } from '../src/store/openStore.ts';
import { forEachStore, type Rooms } from './stores.ts';

const event = (sessionId: string, seq: number, more: Partial<EventRecord> = {}): EventRecord => ({
  session_id: sessionId, seq, account_id: 'account', suite_id: null, sequence_id: null, run_id: null, kind: 'result', payload: `{"seq":${seq}}`, created_at: 1, ...more,
});
const append = ({ store, events }: Rooms, ...list: EventRecord[]) => store.transaction((tx) => events.append(tx, list));
/** Longer than any test may take: what only a last look at the end of the time would find is not found. */
const NEVER = 600_000;
const patiently = (timeoutMs = NEVER) => ({ timeoutMs, signal: new AbortController().signal });

/** Collects what a topic's listener is told; `next` waits until that many events have come. */
function collect(log: EventLog, topic: Topic) {
  const seen: EventRecord[] = [];
  let calls = 0;
  let look: () => void = () => {};
  const stop = log.subscribe(topic, (events) => { calls += 1; seen.push(...events); look(); });
  return {
    stop, seen, get calls() { return calls; },
    numbers: () => seen.map((one) => one.seq),
    until: (enough: () => boolean) => new Promise<void>((resolve) => { look = () => { if (enough()) resolve(); }; look(); }),
  };
}

forEachStore('event log', (start) => {
  it('writes events with their transaction and tells listeners after the commit, in order', async () => {
    await using rooms = await start();
    const heard = collect(rooms.events, 'session:s1');
    await rooms.store.transaction(async (tx) => {
      await rooms.events.append(tx, [event('s1', 1), event('s1', 2)]);
      await rooms.events.append(tx, [event('s1', 3)]);
      assert.deepEqual(heard.numbers(), [], 'nothing is told before the commit');
    });
    await append(rooms, event('s1', 4));
    await heard.until(() => heard.seen.length === 4);
    assert.deepEqual(heard.numbers(), [1, 2, 3, 4]);
    const rows = await rooms.store.read.selectFrom('events').selectAll().orderBy('seq').execute();
    assert.deepEqual(rows.map((row) => ({ ...row })), [1, 2, 3, 4].map((seq) => event('s1', seq)));
  });

  it('neither keeps nor tells what was rolled back', async () => {
    await using rooms = await start();
    const heard = collect(rooms.events, 'session:s1');
    const lane = collect(rooms.events, 'lane:public');
    await assert.rejects(rooms.store.transaction(async (tx) => {
      await rooms.events.append(tx, [event('s1', 1)]);
      await rooms.events.signal(tx, ['lane:public']);
      throw new Error('no');
    }), /no/);
    await append(rooms, event('s1', 1, { kind: 'committed' }));
    await heard.until(() => heard.seen.length > 0);
    assert.deepEqual(heard.seen.map((one) => one.kind), ['committed']);
    assert.equal(lane.calls, 0);
  });

  it('refuses a number that is taken, and then changes nothing', async () => {
    await using rooms = await start();
    await append(rooms, event('s1', 1));
    await assert.rejects(append(rooms, event('s1', 2), event('s1', 1)));
    assert.equal((await rooms.store.read.selectFrom('events').selectAll().execute()).length, 1);
  });

  it('tells a session\'s readers of that session and a suite\'s readers of that suite in that account', async () => {
    await using rooms = await start();
    const session = collect(rooms.events, 'session:s1');
    const suite = collect(rooms.events, 'suite:account/suite');
    const foreign = collect(rooms.events, 'suite:other/suite');
    await append(rooms, event('s1', 1, { suite_id: 'suite' }), event('s1', 2, { suite_id: 'suite' }));
    await append(rooms, event('s2', 1, { suite_id: 'suite' }));
    await append(rooms, event('s3', 1));
    await suite.until(() => suite.seen.length === 3);
    assert.deepEqual(session.seen.map((one) => one.session_id), ['s1', 's1']);
    assert.deepEqual(suite.seen.map((one) => `${one.session_id} ${one.seq}`), ['s1 1', 's1 2', 's2 1']);
    assert.deepEqual(foreign.seen, []);
  });

  it('tells nothing to a listener that has stopped, and all to the others', async () => {
    await using rooms = await start();
    const [leaving, staying] = [collect(rooms.events, 'session:s1'), collect(rooms.events, 'session:s1')];
    await append(rooms, event('s1', 1));
    leaving.stop();
    await append(rooms, event('s1', 2));
    await staying.until(() => staying.seen.length === 2);
    assert.deepEqual(leaving.numbers(), [1]);
  });

  it('signals topics after the commit, and wakes them at once on demand', async () => {
    await using rooms = await start();
    const lane = collect(rooms.events, 'lane:public');
    await rooms.store.transaction(async (tx) => {
      await rooms.events.signal(tx, ['lane:public', 'agent:a']);
      await rooms.events.signal(tx, []);
      assert.equal(lane.calls, 0);
    });
    assert.deepEqual([lane.calls, lane.seen], [1, []]);
    rooms.events.wake('lane:public');
    assert.equal(lane.calls, 2);
  });

  it('signals more topics at once than one notification holds', async () => {
    await using rooms = await start();
    const topics = Array.from({ length: 500 }, () => `agent:${randomUUID()}` as Topic);
    const last = collect(rooms.events, topics.at(-1)!);
    await rooms.store.transaction((tx) => rooms.events.signal(tx, topics));
    assert.equal(last.calls, 1);
  });

  it('answers at once what is there already, and undefined when the time is up or the caller hangs up', async () => {
    await using rooms = await start();
    assert.equal(await rooms.events.until(['session:s1'], async () => 'there', patiently()), 'there');
    assert.equal(await rooms.events.until(['session:s1'], async () => undefined, patiently(1)), undefined);
    const caller = new AbortController();
    const waiting = rooms.events.until(['session:s1'], async () => undefined, { timeoutMs: NEVER, signal: caller.signal });
    caller.abort();
    assert.equal(await waiting, undefined);
    assert.equal(await rooms.events.until(['session:s1'], async () => undefined, { timeoutMs: NEVER, signal: caller.signal }), undefined);
  });

  it('looks a last time when the time is up, and passes on what the look throws', async () => {
    await using rooms = await start();
    let looks = 0;
    assert.equal(await rooms.events.until(['session:s1'], async () => { looks += 1; return looks === 2 ? 'late' : undefined; }, patiently(1)), 'late');
    await assert.rejects(rooms.events.until(['session:s1'], async () => { throw new Error('broken'); }, patiently()), /broken/);
  });

  it('misses no wake-up that comes while it looks', { timeout: 30_000 }, async () => {
    await using rooms = await start();
    let value: string | undefined;
    const answer = await rooms.events.until(['session:s1'], async () => {
      const found = value;
      if (found === undefined) {
        // Happens after this look has read and before it is over.
        value = 'just now';
        await append(rooms, event('s1', 1));
      }
      return found;
    }, patiently());
    assert.equal(answer, 'just now');
  });

  it('wakes every one of many waiters, each as often as it needs', { timeout: 30_000 }, async () => {
    await using rooms = await start();
    let committed = 0;
    const waiters = Array.from({ length: 50 }, (_, i) => rooms.events.until(['session:s1'], async () => (committed > i % 5 ? i : undefined), patiently()));
    for (let seq = 1; seq <= 5; seq++) {
      await rooms.store.transaction(async (tx) => {
        await rooms.events.append(tx, [event('s1', seq)]);
        // Before the log's own hook would be too early only for readers of the store; the count stands for the row.
        committed = seq;
      });
    }
    assert.deepEqual(await Promise.all(waiters), Array.from({ length: 50 }, (_, i) => i));
  });
});

forEachStore('event logs of several servers', (start) => {
  it('hear of each other\'s events, all and in order, and of each other\'s signals', async () => {
    await using rooms = await start();
    await using second = await peer(rooms);
    const heard = collect(second.events, 'session:s1');
    const lane = collect(second.events, 'lane:public');
    // The first takes far longer to read than the others.
    const large = { payload: JSON.stringify('x'.repeat(20_000)) };
    await append(rooms, ...Array.from({ length: 200 }, (_, i) => event('s1', i + 1, large)));
    for (let seq = 201; seq <= 220; seq++) await append(rooms, event('s1', seq));
    await rooms.store.transaction((tx) => rooms.events.signal(tx, ['lane:public']));
    await heard.until(() => heard.seen.length >= 220);
    await lane.until(() => lane.calls > 0);
    assert.deepEqual(heard.numbers(), Array.from({ length: 220 }, (_, i) => i + 1));
    assert.equal(heard.seen[0]?.payload.length, 20_002);
  });

  it('tell their own listeners once', async () => {
    await using rooms = await start();
    await using second = await peer(rooms);
    const [own, other] = [collect(rooms.events, 'session:s1'), collect(second.events, 'session:s1')];
    await append(rooms, event('s1', 1));
    await append(second, event('s1', 2));
    await Promise.all([own, other].map((one) => one.until(() => one.seen.length >= 2)));
    // Each may hear its own server's first.
    assert.deepEqual([own.numbers().sort(), other.numbers().sort()], [[1, 2], [1, 2]]);
  });

  it('wake those who wait at another server', { timeout: 30_000 }, async () => {
    await using rooms = await start();
    await using second = await peer(rooms);
    const answer = second.events.until(['session:s1'], () => second.store.read.selectFrom('events').select('seq').where('seq', '=', 3).executeTakeFirst(), patiently());
    for (const seq of [1, 2, 3]) await append(rooms, event('s1', seq));
    assert.deepEqual(await answer, { seq: 3 });
  });

  it('have everybody look for themselves when the listening connection was lost, and hear again afterwards', { timeout: 30_000 }, async () => {
    await using rooms = await start();
    await using second = await peer(rooms);
    for (let round = 1; round <= 2; round++) {
      const looked = Promise.withResolvers<void>();
      const waiting = second.events.until(['session:s1'], async () => {
        const found = await second.store.read.selectFrom('events').select('seq').where('seq', '=', round).executeTakeFirst();
        looked.resolve();
        return found;
      }, patiently());
      await looked.promise;
      assert.equal(await cutLines(rooms), 2);
      // Told to nobody: no listener is there. What is waited for is found when the line is back.
      await append(rooms, event('s1', round));
      assert.deepEqual(await waiting, { seq: round });
      await heardAgain(rooms, second);
      await heardAgain(second, rooms);
    }
    const heard = collect(second.events, 'session:s2');
    await append(rooms, event('s2', 1));
    await heard.until(() => heard.seen.length > 0);
    assert.deepEqual(heard.numbers(), [1]);
  });

  it('can be closed while the line is down', async () => {
    await using rooms = await start();
    const store = await openStore(rooms.location);
    const log = await openEventLog(store, 'closing');
    const removed = once(store.pool!, 'remove');
    await cutLines(rooms);
    await removed;
    await log.close();
    await store.close();
  });
}, ['postgres']);

/** Ends every listening connection. @returns how many there were. */
async function cutLines({ store }: Rooms): Promise<number> {
  const { rows } = await store.pool!.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query = 'listen assay_events'");
  return rows.length;
}

/** The other server listens: a signal gets to it, or it is back and looks for itself. */
async function heardAgain(from: Rooms, to: Rooms): Promise<void> {
  let signals = 0;
  const heard = to.events.until(['lane:probe'], async () => { signals += 1; return signals > 1 ? true : undefined; }, patiently());
  await from.store.transaction((tx) => from.events.signal(tx, ['lane:probe']));
  await heard;
}

/** The same database, seen from another server. */
async function peer(rooms: Rooms): Promise<Rooms> {
  const store = await openStore(rooms.location);
  const events = await openEventLog(store, randomUUID());
  return { ...rooms, store, events, async [Symbol.asyncDispose]() { await events.close(); await store.close(); } };
}
