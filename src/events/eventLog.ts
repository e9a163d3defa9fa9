/**
 * What happened, told to whoever listens: MQTT, long polls and the web's live view are equal readers of one log.
 * Promises: an event exists exactly when the change it tells of is committed; readers hear of it after the commit;
 * servers on one PostgreSQL hear of each other's. What one server wrote to a session is told in the order of the session;
 * of what several wrote at the same moment a reader hears its own server's first: the numbers have the order.
 * Never: decides anything.
 */
import { EventEmitter } from 'node:events';
import { sql } from 'kysely';
import type { Store, Tx } from '../store/openStore.ts';
import type { EventTable } from '../store/tables.ts';
import { listenToPeers, type Peers } from './peers.ts';

export type EventRecord = EventTable;

/** `session:<id>` a session changed · `suite:<account>/<id>` its MQTT messages · `lane:<location>` work · `agent:<id>` cancellations. */
export type Topic = `session:${string}` | `suite:${string}` | `lane:${string}` | `agent:${string}`;

export interface EventLog {
  /** Writes events that carry their session's next numbers, and tells their readers after the commit. */
  append(tx: Tx, events: readonly EventRecord[]): Promise<void>;
  /** Wakes the listeners of a topic after the commit. */
  signal(tx: Tx, topics: readonly Topic[]): Promise<void>;
  /** Calls back with new events of the topic (none: look for yourself). Returns how to stop. */
  subscribe(topic: Topic, listener: (events: readonly EventRecord[]) => void): () => void;
  /** Wakes the topic's listeners in this process now; for timers. */
  wake(topic: Topic): void;
  /** Asks `check` at once and after each wake-up until it gives a value; undefined when `timeoutMs` ran out or the signal came. */
  until<T>(topics: readonly Topic[], check: () => Promise<T | undefined>, limit: { timeoutMs: number; signal: AbortSignal }): Promise<T | undefined>;
  close(): Promise<void>;
}

/** PostgreSQL takes 8,000 bytes a notification; a topic has about 50. */
const TOPICS_A_MESSAGE = 100;

/** @param origin this process's own id among the servers on one store. */
export async function openEventLog(store: Store, origin: string): Promise<EventLog> {
  const emitter = new EventEmitter().setMaxListeners(0);
  const emit = (topic: Topic, events: readonly EventRecord[]) => emitter.emit(topic, events);
  const tell = (events: readonly EventRecord[]) => {
    for (const [topic, list] of byTopic(events)) emit(topic, list);
  };
  const peers: Peers | undefined = store.pool && await listenToPeers(store, origin, { tell, wake: (topics) => topics.forEach((topic) => emit(topic, [])), resync: () => {
    for (const topic of emitter.eventNames()) emit(topic as Topic, []);
  } });
  const notify = async (tx: Tx, message: object) => {
    if (peers) await sql`select pg_notify(${peers.channel}, ${JSON.stringify({ origin, ...message })})`.execute(tx.db);
  };

  return {
    async append(tx, events) {
      const first = events[0];
      if (!first) return;
      for (let i = 0; i < events.length; i += 1000) await tx.db.insertInto('events').values(events.slice(i, i + 1000)).execute();
      await notify(tx, { session: first.session_id, from: first.seq, to: first.seq + events.length - 1 });
      tx.onCommit(() => tell(events));
    },
    async signal(tx, topics) {
      if (topics.length === 0) return;
      for (let i = 0; i < topics.length; i += TOPICS_A_MESSAGE) await notify(tx, { topics: topics.slice(i, i + TOPICS_A_MESSAGE) });
      tx.onCommit(() => topics.forEach((topic) => emit(topic, [])));
    },
    subscribe(topic, listener) {
      emitter.on(topic, listener);
      return () => emitter.off(topic, listener);
    },
    wake: (topic) => { emit(topic, []); },
    until: (topics, check, limit) => until(emitter, topics, check, limit),
    close: async () => peers?.close(),
  };
}

/** Each event goes to its session's readers and, when it belongs to one, to its suite's. */
function byTopic(events: readonly EventRecord[]): Map<Topic, EventRecord[]> {
  const map = new Map<Topic, EventRecord[]>();
  const add = (topic: Topic, event: EventRecord) => {
    const list = map.get(topic);
    if (list) list.push(event); else map.set(topic, [event]);
  };
  for (const event of events) {
    if (event.suite_id !== null) add(`suite:${event.account_id}/${event.suite_id}`, event);
    add(`session:${event.session_id}`, event);
  }
  return map;
}

async function until<T>(
  emitter: EventEmitter, topics: readonly Topic[], check: () => Promise<T | undefined>, limit: { timeoutMs: number; signal: AbortSignal },
): Promise<T | undefined> {
  let woken = false;
  let resume: () => void = () => {};
  const wake = () => { woken = true; resume(); };
  let over = limit.signal.aborted;
  const end = () => { over = true; resume(); };
  const timer = setTimeout(end, limit.timeoutMs);
  limit.signal.addEventListener('abort', end, { once: true });
  for (const topic of topics) emitter.on(topic, wake);
  try {
    for (;;) {
      // Listening began before this look, so nothing can fall between the look and the wait.
      woken = false;
      const value = await check();
      if (value !== undefined || over) return value;
      if (!woken) await new Promise<void>((resolve) => { resume = resolve; if (woken || over) resolve(); });
    }
  } finally {
    clearTimeout(timer);
    limit.signal.removeEventListener('abort', end);
    for (const topic of topics) emitter.off(topic, wake);
  }
}
