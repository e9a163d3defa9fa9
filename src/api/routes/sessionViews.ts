/**
 * A session as its page reads it, whole at first and then only what has changed: a session of thousands of results is read again
 * with each of its events. Promises: what a read leaves out has not changed since the event that it was asked after.
 */
import { Type } from 'typebox';
import { Uuid } from '../../contract/base.ts';
import type { Provider } from '../../contract/checkTypes.ts';
import type { SeenGroup, SessionView } from '../../contract/sessionView.ts';
import type { Reads } from '../../store/openStore.ts';
import { accountInPath } from '../pathIds.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { findSession } from '../findSession.ts';
import { iso } from '../presentResult.ts';
import { presentSession } from '../presentSession.ts';
import { refusals } from '../refusals.ts';

/** Databases take only so many values in a statement. */
const IDS_A_STATEMENT = 500;

async function groupsNamed(read: Reads, ids: readonly string[]): Promise<SeenGroup[]> {
  const groups: SeenGroup[] = [];
  for (let i = 0; i < ids.length; i += IDS_A_STATEMENT) {
    const rows = await read.selectFrom('error_groups').select(['id', 'cleaned_message', 'first_seen', 'archived']).where('id', 'in', ids.slice(i, i + IDS_A_STATEMENT)).execute();
    groups.push(...rows.map((row) => ({ id: row.id, message: row.cleaned_message, firstSeen: iso(row.first_seen), archived: row.archived !== null })));
  }
  return groups;
}

async function cancellingIn(read: Reads, sessionId: string): Promise<string[]> {
  const rows = await read.selectFrom('sequences').select('id').where('session_id', '=', sessionId).where('status', '=', 'RUNNING').where('cancel_requested_at', 'is not', null).execute();
  return rows.map(({ id }) => id);
}

export async function sessionViewsRoutes(app: Api, { read, config, clock }: ApiDeps): Promise<void> {
  // Read with each event: not counted. Without a schema of the answer: to check 500 results against one costs more than all else.
  app.get('/web/accounts/:accountId/test-sessions/:testSessionId', {
    config: { access: 'key', rateLimit: false },
    schema: {
      hide: true, params: Type.Object({ accountId: Uuid, testSessionId: Uuid }),
      querystring: Type.Object({ after: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })) }), response: { ...refusals(400, 404) },
    },
  }, async (request, reply) => {
    const { accountId, testSessionId } = request.params;
    accountInPath(request, accountId);
    // Before its results: what happens in between is told by an event that the reader has not seen.
    const row = await findSession(read, accountId, testSessionId);
    const session = await presentSession(read, row, config.publicUrl(), clock(), request.query.after);
    const groupIds = new Set((session.results ?? []).flatMap((result) => result.errorGroupIds));
    const view: SessionView = {
      ...session, lastEvent: row.event_seq, provider: row.provider as Provider, region: row.region, invoker: row.invoker_name,
      cancelling: session.status === 'RUNNING' ? await cancellingIn(read, testSessionId) : [], errorGroups: await groupsNamed(read, [...groupIds]),
    };
    return reply.send(view as never);
  });
}
