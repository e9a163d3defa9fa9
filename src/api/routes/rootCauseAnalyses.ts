/** Root cause analyses (F.5): no AI provider can be configured in this version, so that none is ever started, and none is there. */
import { uuidParams } from '../pathIds.ts';
import { AnalysisRequest } from '../../contract/errorGroups.ts';
import { refuse } from '../../contract/errors.ts';
import type { GroupFamily } from '../../sessions/archiveGroup.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { findGroup } from '../errorGroups/readGroups.ts';
import { refusals } from '../refusals.ts';

export async function rootCauseAnalysesRoutes(app: Api, { read }: ApiDeps): Promise<void> {
  const config = { role: 'READ_RUN' } as const;
  const schema = { body: AnalysisRequest, response: refusals(400, 404) };
  const turnDown = async (accountId: string, family: GroupFamily, what: string, id: string): Promise<never> => {
    if (!await findGroup(read, accountId, family, id, 1)) throw refuse.notFound(what, id);
    throw refuse.noAiProvider();
  };
  app.post('/v1/root-cause-analyses/error-groups/:errorGroupId', { config, schema: { ...schema, params: uuidParams('errorGroupId') } }, (request) =>
    turnDown(request.principal.accountId, 'check', 'Error group', request.params.errorGroupId));
  app.post('/v1/root-cause-analyses/test-session-error-groups/:testSessionErrorGroupId', { config, schema: { ...schema, params: uuidParams('testSessionErrorGroupId') } }, (request) =>
    turnDown(request.principal.accountId, 'test-session', 'Test session error group', request.params.testSessionErrorGroupId));
  app.get('/v1/root-cause-analyses/:id', { schema: { params: uuidParams('id'), response: refusals(400, 404) } }, async (request) => {
    throw refuse.notFound('Root cause analysis', request.params.id);
  });
}
