/** Starting sessions: the CLI's run with inline checks and its scheduling poll, and both triggers (A.6; cli-wire 4). */
import { Type } from 'typebox';
import { AccountHeader, Uuid } from '../../contract/base.ts';
import { Refusal, refuse } from '../../contract/errors.ts';
import { CompletionQuery, NextTriggerBody, RunAnswer, RunBody, SchedulingOperation, TestSession, TriggerBody } from '../../contract/sessions.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { locate, planRun } from '../planRun.ts';
import { iso } from '../presentResult.ts';
import { refusals } from '../refusals.ts';
import { REGIONS } from '../../contract/checkTypes.ts';

export async function runsRoutes(app: Api, deps: ApiDeps): Promise<void> {
  app.post('/v1/test-sessions/run', {
    bodyLimit: deps.config.runBodyLimit,
    config: { role: 'READ_RUN' },
    schema: { headers: AccountHeader, body: RunBody, response: { 202: RunAnswer, ...refusals(400, 413) } },
  }, async (request, reply) => {
    const plan = await planRun(deps, request, request.body);
    const opened = await deps.engine.open(plan);
    // An unrecorded run has no session to look at: the client gets what it needs to follow the stream (cli-wire 4.1).
    const recorded = plan.recorded ? { testSessionId: opened.sessionId, testResultIds: opened.resultIds } : {};
    return reply.code(202).send({ schedulingId: opened.schedulingId, sequenceIds: opened.sequenceIds, ...recorded });
  });

  app.get('/v1/test-sessions/scheduling/:schedulingId/completion', {
    config: { rateLimit: false },
    schema: {
      headers: AccountHeader, params: Type.Object({ schedulingId: Uuid }), querystring: CompletionQuery,
      response: { 200: SchedulingOperation, ...refusals(400, 404) },
    },
  }, async (request) => {
    const { schedulingId } = request.params;
    const row = await deps.read.selectFrom('sessions').select(['id', 'recorded', 'sequences', 'created_at'])
      .where('scheduling_id', '=', schedulingId).where('account_id', '=', request.principal.accountId).executeTakeFirst();
    if (!row) throw refuse.notFound('Scheduling operation', schedulingId);
    const at = iso(row.created_at);
    // A run is scheduled in the transaction that answers it: the operation has succeeded as soon as it can be asked for.
    return {
      schedulingId, testSessionId: row.recorded === 1 ? row.id : null, status: 'SUCCEEDED' as const, checksTotal: row.sequences, error: null,
      createdAt: at, startedAt: at, endedAt: at,
    };
  });
}

/** Stored checks do not exist in this version: whatever is well formed and asks for them matches nothing. */
export async function triggersRoutes(app: Api, deps: ApiDeps): Promise<void> {
  app.post('/v1/test-sessions/trigger', {
    config: { role: 'READ_RUN' },
    schema: { headers: AccountHeader, body: TriggerBody, response: { 201: TestSession, ...refusals(400, 402, 404) } },
  }, async (request) => {
    const { runLocation, target, environmentVariables } = request.body;
    if (target?.matchTags?.some((group) => group.length === 0)) throw refuse.badRequest('body/target/matchTags/* must NOT be empty: it would match every check.');
    const bad = environmentVariables?.find(({ key }) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(key));
    if (bad) throw refuse.badRequest(`body/environmentVariables/*/key "${bad.key}" must be a name: letters, digits and underscores, not beginning with a digit.`);
    if (!(runLocation in REGIONS)) await locate(deps, request.principal.accountId, { type: 'PRIVATE', slugName: runLocation });
    throw refuse.noMatchingChecks();
  });

  app.post('/next/test-sessions/trigger', {
    config: { role: 'READ_RUN' },
    schema: { headers: AccountHeader, body: NextTriggerBody, response: { ...refusals(400) } },
  }, async () => {
    // The private endpoint says 403 where the public one says 404 (A.6).
    throw new Refusal(403, 'No checks match the target.', 'ERR_NO_MATCHING_CHECKS');
  });
}
