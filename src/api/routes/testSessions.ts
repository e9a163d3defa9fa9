/** Reading and cancelling test sessions (A.2, A.8, A.12, A.13). */
import { Type } from 'typebox';
import { AccountHeader, Uuid } from '../../contract/base.ts';
import { refuse } from '../../contract/errors.ts';
import {
  CancelBody, CompletedTestSession, CompletionQuery, TestSession, TestSessionList, TestSessionQuery,
} from '../../contract/sessions.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { findSession } from '../findSession.ts';
import { hangUp } from '../hangUp.ts';
import { pageSessions } from '../pageSessions.ts';
import { sessionLink } from '../presentResult.ts';
import { presentSession, presentSessions } from '../presentSession.ts';
import { refusals } from '../refusals.ts';

const Params = Type.Object({ testSessionId: Uuid });
const DEFAULT_WAIT_SECONDS = 30;

export async function testSessionsRoutes(app: Api, deps: ApiDeps): Promise<void> {
  const { read, clock, events, engine } = deps;
  const publicUrl = () => deps.config.publicUrl();

  app.get('/v1/test-sessions', {
    schema: { headers: AccountHeader, querystring: TestSessionQuery, response: { 200: TestSessionList, ...refusals(400, 402) } },
  }, async (request) => {
    const { rows, nextId, prevId } = await pageSessions(read, request.principal.accountId, request.query);
    return { length: rows.length, entries: await presentSessions(read, rows, request.query.sequences), nextId, prevId };
  });

  app.get('/v1/test-sessions/:testSessionId', {
    schema: { headers: AccountHeader, params: Params, response: { 200: TestSession, ...refusals(400, 404) } },
  }, async (request) => {
    const row = await findSession(read, request.principal.accountId, request.params.testSessionId);
    return presentSession(read, row, publicUrl(), clock());
  });

  app.get('/v1/test-sessions/:testSessionId/completion', {
    config: { rateLimit: false },
    schema: { headers: AccountHeader, params: Params, querystring: CompletionQuery, response: { 200: CompletedTestSession, ...refusals(400, 404, 408) } },
  }, async (request, reply) => {
    const { testSessionId } = request.params;
    const timeoutMs = (request.query.maxWaitSeconds ?? DEFAULT_WAIT_SECONDS) * 1000;
    const done = await events.until([`session:${testSessionId}`], async () => {
      const row = await findSession(read, request.principal.accountId, testSessionId);
      return row.status === 'RUNNING' ? undefined : row;
    }, { timeoutMs, signal: hangUp(reply) });
    if (!done) throw refuse.notYet(`Test session ${testSessionId}`);
    const { status, stoppedAt, ...session } = await presentSession(read, done, publicUrl(), clock());
    return { ...session, status: status as 'PASSED', stoppedAt: stoppedAt ?? session.startedAt };
  });

  app.post('/v1/test-sessions/:testSessionId/cancel', {
    config: { role: 'READ_RUN' },
    schema: { headers: AccountHeader, params: Params, body: Type.Optional(CancelBody), response: { 204: Type.Null(), ...refusals(400, 404) } },
  }, async (request, reply) => {
    const { testSessionId } = request.params;
    await findSession(read, request.principal.accountId, testSessionId);
    await engine.cancel(request.principal.accountId, testSessionId, request.body?.sequenceId);
    return reply.code(204).send(null);
  });

  app.get('/next/test-sessions/:testSessionId/link', {
    config: { rateLimit: false },
    schema: { headers: AccountHeader, params: Params, response: { 200: Type.Object({ link: Type.String() }), ...refusals(400, 404) } },
  }, async (request) => {
    const row = await findSession(read, request.principal.accountId, request.params.testSessionId);
    return { link: sessionLink(publicUrl(), row.account_id, row.id) };
  });
}
