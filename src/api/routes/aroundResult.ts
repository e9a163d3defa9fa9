/** What the result's page is told beside the result itself (contract/aroundResult.ts). The account is in the path, as in its address. */
import { AroundResult } from '../../contract/aroundResult.ts';
import { accountInPath } from '../pathIds.ts';
import { aroundResult } from '../aroundResult.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { findResult, findSession } from '../findSession.ts';
import { uuidParams } from '../pathIds.ts';
import { refusals } from '../refusals.ts';

export async function aroundResultRoutes(app: Api, { read }: ApiDeps): Promise<void> {
  app.get('/web/accounts/:accountId/test-sessions/:testSessionId/results/:testSessionResultId/around', {
    config: { access: 'key' },
    schema: { hide: true, params: uuidParams('accountId', 'testSessionId', 'testSessionResultId'), response: { 200: AroundResult, ...refusals(400, 404) } },
  }, async (request) => {
    const { accountId, testSessionId, testSessionResultId } = request.params;
    accountInPath(request, accountId);
    const session = await findSession(read, accountId, testSessionId);
    return aroundResult(read, session, await findResult(read, accountId, testSessionId, testSessionResultId));
  });
}
