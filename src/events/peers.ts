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
  let client: PoolClient | undefined;
  let retry: NodeJS.Timeout | undefined;

  const hear = async (text: string) => {
    const message = JSON.parse(text) as Message;
    if (message.origin === origin) return;
    if (message.topics) readers.wake(message.topics);
    if (message.session !== undefined) {
      const events = await store.read.selectFrom('events').selectAll()
        .where('session_id', '=', message.session).where('seq', '>=', message.from ?? 0).where('seq', '<=', message.to ?? 0).orderBy('seq').execute();
      readers.tell(events);
    }
  };
  const connect = async () => {
    const connection = await pool.connect();
    client = connection;
    connection.on('notification', (note) => { hear(note.payload ?? '{}').catch(() => readers.resync()); });
    connection.on('error', () => {
      client = undefined;
      connection.release(true);
      if (!closed) retry = setTimeout(again, RECONNECT_MS);
    });
    await connection.query(`listen ${CHANNEL}`);
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
      client?.release(true);
    },
  };
}
