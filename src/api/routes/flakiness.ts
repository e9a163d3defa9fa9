/** Which checks of a project fail and then pass (contract/flakiness.ts). Ours alone. */
import { Type } from 'typebox';
import { CheckFlakiness, CheckFlakinessQuery, DEFAULT_SESSIONS } from '../../contract/flakiness.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { findProject } from '../findProject.ts';
import { checksOfProject } from '../flakiness.ts';
import { offsetOf } from '../offsetOf.ts';
import { uuidParams } from '../pathIds.ts';
import { refusals } from '../refusals.ts';

export async function flakinessRoutes(app: Api, { read }: ApiDeps): Promise<void> {
  app.get('/v1/test-session-flakiness/projects/:projectId', {
    schema: { params: uuidParams('projectId'), querystring: CheckFlakinessQuery, response: { 200: Type.Array(CheckFlakiness), ...refusals(400, 404) } },
  }, async (request) => {
    const { projectId } = request.params;
    await findProject(read, request.principal.accountId, projectId);
    const { sessions = DEFAULT_SESSIONS, limit = 10, page } = request.query;
    return checksOfProject(read, projectId, { sessions, limit, offset: offsetOf(limit, page) });
  });
}
