/** Running a session's checks again, from its page: the public API has no such call. */
import { Type } from 'typebox';
import { Uuid } from '../../contract/base.ts';
import { refuse } from '../../contract/errors.ts';
import { requireRole } from '../authenticate.ts';
import { accountInPath } from '../pathIds.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { findSession } from '../findSession.ts';
import { locate } from '../planRun.ts';
import { iso } from '../presentResult.ts';
import { refusals } from '../refusals.ts';

const Params = Type.Object({ accountId: Uuid, testSessionId: Uuid });
const Facts = Type.Object({
  possible: Type.Boolean(), until: Type.Union([Type.String(), Type.Null()]), all: Type.Integer(), failed: Type.Integer(), reason: Type.Union([Type.String(), Type.Null()]),
});
const PATH = '/web/accounts/:accountId/test-sessions/:testSessionId/run-again';

export async function runAgainRoutes(app: Api, deps: ApiDeps): Promise<void> {
  const { read, engine } = deps;

  app.get(PATH, { config: { access: 'key' }, schema: { hide: true, params: Params, response: { 200: Facts, ...refusals(400, 404) } } }, async (request) => {
    const { accountId, testSessionId } = request.params;
    accountInPath(request, accountId);
    const { until, ...facts } = await engine.findAgain(await findSession(read, accountId, testSessionId));
    return { possible: facts.reason === null, until: until === null ? null : iso(until), ...facts };
  });

  app.post(PATH, {
    config: { access: 'key' },
    schema: {
      hide: true, params: Params, body: Type.Object({ only: Type.Optional(Type.Literal('FAILED')) }, { additionalProperties: false }),
      response: { 202: Type.Object({ testSessionId: Uuid }), ...refusals(400, 403, 404, 409) },
    },
  }, async (request, reply) => {
    const { accountId, testSessionId } = request.params;
    requireRole(accountInPath(request, accountId).role, 'READ_RUN');
    const session = await findSession(read, accountId, testSessionId);
    const { reason } = await engine.findAgain(session);
    if (reason !== null) throw refuse.conflict(reason);
    const location = await locate(deps, accountId, session.private_location_id === null ? { type: 'PUBLIC', region: session.region } : { type: 'PRIVATE', slugName: session.region });
    const { userId, name } = request.key;
    const plan = await engine.planAgain(session, request.body.only ?? 'ALL', { location, invoker: { userId, name: userId === null ? null : name } });
    if (plan === null) throw refuse.conflict('No check of this session failed.');
    const { sessionId } = await engine.open(plan);
    return reply.code(202).send({ testSessionId: sessionId });
  });
}
