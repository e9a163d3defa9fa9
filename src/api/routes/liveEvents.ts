/**
 * A session's events as a page hears them: server-sent events out of the very log that MQTT is fed from.
 * Promises: each event's number is its id, so that a reader who comes back after a lost line goes on where it was: none is lost,
 * none comes twice; the stream ends with the event that ends the session. Never: waits for a reader that does not read.
 */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Type } from 'typebox';
import { Uuid } from '../../contract/base.ts';
import { accountInPath } from '../pathIds.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { findSession } from '../findSession.ts';
import { hangUp } from '../hangUp.ts';

const AT_A_TIME = 500;
/** ms of silence after which a comment tells proxies that the line is alive. */
const KEEP_ALIVE_MS = 15_000;

interface Row { seq: number; kind: string; sequence_id: string | null; run_id: string | null; payload: string; created_at: number }

const frameOf = ({ seq, kind, sequence_id, run_id, payload, created_at }: Row): string =>
  `id: ${seq}\ndata: {"kind":${JSON.stringify(kind)},"sequenceId":${JSON.stringify(sequence_id)},"runId":${JSON.stringify(run_id)},"at":${created_at},"payload":${payload}}\n\n`;

/** The last number that the reader has seen, by the header of a browser that comes back, else by the query. */
const seenOf = (header: unknown, query: number | undefined): number => {
  const number = typeof header === 'string' && /^\d{1,12}$/.test(header) ? Number(header) : undefined;
  return number ?? query ?? 0;
};

/** False when the reader is gone. */
async function write(raw: ServerResponse, text: string, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  if (!raw.write(text)) await once(raw, 'drain', { signal }).catch(() => {});
  return !signal.aborted;
}

export async function liveEventsRoutes(app: Api, { read, events }: ApiDeps): Promise<void> {
  // The account is in the path: a browser's event source sends no headers of ours.
  app.get('/web/accounts/:accountId/test-sessions/:testSessionId/events', {
    config: { access: 'key', rateLimit: false },
    schema: { hide: true, params: Type.Object({ accountId: Uuid, testSessionId: Uuid }), querystring: Type.Object({ after: Type.Optional(Type.Integer({ minimum: 0 })) }) },
  }, async (request, reply) => {
    const { accountId, testSessionId } = request.params;
    accountInPath(request, accountId);
    await findSession(read, accountId, testSessionId);
    const signal = hangUp(reply);
    let seen = seenOf(request.headers['last-event-id'], request.query.after);
    const rowsAfter = () => read.selectFrom('events').select(['seq', 'kind', 'sequence_id', 'run_id', 'payload', 'created_at'])
      .where('session_id', '=', testSessionId).where('seq', '>', seen).orderBy('seq').limit(AT_A_TIME).execute();
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no', 'x-content-type-options': 'nosniff' });
    raw.write('retry: 1000\n\n');
    for (;;) {
      const rows = await events.until([`session:${testSessionId}`], async () => {
        const found = await rowsAfter();
        return found.length > 0 ? found : undefined;
      }, { timeoutMs: KEEP_ALIVE_MS, signal });
      if (signal.aborted) return;
      seen = rows?.at(-1)?.seq ?? seen;
      if (!await write(raw, rows ? rows.map(frameOf).join('') : ': alive\n\n', signal)) return;
      // The number of the last event is the last that there will be: the page closes its side on it.
      if (rows?.some((row) => row.kind === 'session' && !row.payload.includes('"RUNNING"'))) {
        raw.end();
        return;
      }
    }
  });
}
