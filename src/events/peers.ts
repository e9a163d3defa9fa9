/** Other servers on the same PostgreSQL: what they commit wakes our readers too, by LISTEN and NOTIFY. */
import type { PoolClient } from 'pg';
import type { Store } from '../store/openStore.ts';
import type { EventRecord, Topic } from './eventLog.ts';

export interface Peers { channel: string; close(): Promise<void> }

interface Readers {
  tell(events: readonly EventRecord[]): void;
  wake(topics: readonly Topic[]): void;
  /** The line was down and notifications may be lost: everybody looks for themselves. */
  resync(): void;
}
interface Message { origin: string; topics?: Topic[]; session?: string; from?: number; to?: number }

const CHANNEL = 'assay_events';
const RECONNECT_MS = 500;

/** Keeps one connection listening; when it breaks it comes back and readers resync. */
export async function listenToPeers(store: Store, origin: string, readers: Readers): Promise<Peers> {
  const pool = store.pool;
  if (!pool) throw new Error('Only PostgreSQL has peers.');
  let closed = false;
  let hangUp: (() => void) | undefined;
  let retry: NodeJS.Timeout | undefined;
  const hear = createHearing(store, origin, readers);

  const connect = async () => {
    const connection = await pool.connect();
    let released = false;
    const release = () => {
      if (!released) connection.release(true);
      released = true;
    };
    connection.on('notification', (note) => { hear(note.payload ?? '{}'); });
    try {
      await connection.query(`listen ${CHANNEL}`);
      if (closed) throw new Error('The event log was closed.');
    } catch (error) {
      release();
      throw error;
    }
    hangUp = release;
    onBreak(connection, () => {
      release();
      if (!closed) retry = setTimeout(again, RECONNECT_MS);
    });
  };
  const again = () => {
    connect().then(() => readers.resync(), () => { if (!closed) retry = setTimeout(again, RECONNECT_MS); });
  };
  await connect();
  return {
    channel: CHANNEL,
    async close() {
      closed = true;
      clearTimeout(retry);
      hangUp?.();
    },
  };
}

/** A connection that breaks may say so more than once. */
function onBreak(connection: PoolClient, then: () => void): void {
  let broken = false;
  const once = () => {
    if (!broken) then();
    broken = true;
  };
  connection.on('error', once);
  connection.on('end', once);
}

/** One message after the other, or a later one whose events are read faster would be told first. */
function createHearing(store: Store, origin: string, readers: Readers): (text: string) => void {
  let turn: Promise<void> = Promise.resolve();
  const hear = async ({ topics, session, from = 0, to = 0 }: Message) => {
    if (topics) readers.wake(topics);
    if (session === undefined) return;
    readers.tell(await store.read.selectFrom('events').selectAll()
      .where('session_id', '=', session).where('seq', '>=', from).where('seq', '<=', to).orderBy('seq').execute());
  };
  return (text) => {
    const message = JSON.parse(text) as Message;
    if (message.origin !== origin) turn = turn.then(() => hear(message)).catch(() => readers.resync());
  };
}
