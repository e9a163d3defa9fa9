/** One result in full, and its links: the answer that everything else exists for (A.5; cli-wire 5, 6). */
import { Type } from 'typebox';
import { AccountHeader, Uuid, type Static } from '../../contract/base.ts';
import { refuse } from '../../contract/errors.ts';
import { TestSessionResult } from '../../contract/results.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { findResult } from '../findSession.ts';
import { isCli, presentForCli } from '../presentForCli.ts';
import { filesOf, linksOf, traceViewerLink } from '../presentFiles.ts';
import { logText, presentResult, resultLink, type ResultRow } from '../presentResult.ts';
import { refusals } from '../refusals.ts';
import { createRenderedResults } from '../renderedResults.ts';

const Params = Type.Object({ testSessionId: Uuid, testSessionResultId: Uuid });
const JSON_TYPE = 'application/json; charset=utf-8';

export async function resultsRoutes(app: Api, deps: ApiDeps): Promise<void> {
  const { read, links } = deps;
  const rendered = createRenderedResults(deps.clock, deps.retired);

  const render = async (key: string, accountId: string, { testSessionId, testSessionResultId }: Static<typeof Params>, cli: boolean): Promise<string> => {
    const retired = deps.retired();
    const row = await findResult(read, accountId, testSessionId, testSessionResultId);
    // A run that is under way has no place yet to name its files in.
    const files = row.result_type === 'PENDING' ? [] : await filesOf(read, row.id);
    const result = presentResult(row, deps.config.publicUrl(), files, links);
    const text = JSON.stringify(cli ? presentForCli(result) : result);
    if (row.result_type !== 'PENDING') rendered.keep(key, text, files.length > 0 ? links.shownUntil() : Infinity, retired);
    return text;
  };
  // No async function, and sent as it was rendered: what has settled is answered at the speed of the HTTP library. The
  // scenarios hold the text against the schema.
  app.get('/v1/test-sessions/:testSessionId/results/:testSessionResultId', {
    schema: { headers: AccountHeader, params: Params, response: { 200: TestSessionResult, ...refusals(400, 404) } },
  }, (request, reply) => {
    const { accountId } = request.principal;
    const cli = isCli(request);
    const key = `${accountId}/${request.params.testSessionId}/${request.params.testSessionResultId}${cli ? '/cli' : ''}`;
    const send = (text: string) => { reply.header('content-type', JSON_TYPE).send(text as never); };
    const text = rendered.get(key);
    if (text !== undefined) send(text);
    else render(key, accountId, request.params, cli).then(send, (error: unknown) => reply.send(error as never));
  });

  app.get('/next/test-sessions/:testSessionId/results/:testSessionResultId/links', {
    config: { rateLimit: false },
    schema: { headers: AccountHeader, params: Params },
  }, async (request) => {
    const row = await findResult(read, request.principal.accountId, request.params.testSessionId, request.params.testSessionResultId);
    const [files, publicUrl] = [await filesOf(read, row.id), deps.config.publicUrl()];
    return {
      testResultLink: resultLink(publicUrl, row.account_id, row.session_id, row.id),
      testTraceLinks: linksOf(files, 'trace', links).map((url) => traceViewerLink(publicUrl, url)),
      videoLinks: linksOf(files, 'video', links), screenshotLinks: linksOf(files, 'screenshot', links),
    };
  });
}

/**
 * The CLI's way to a result's log and run data, recorded or not: `assets` form 3 (cli-wire 6). Never limited: a 429 here
 * kills the client in the middle of a run with many red checks.
 */
export async function nextAssetsRoutes(app: Api, { read }: ApiDeps): Promise<void> {
  const Key = Type.Object({ region: Type.String(), key: Type.String() });
  const find = async (accountId: string, key: string): Promise<ResultRow> => {
    const row = await read.selectFrom('results').selectAll().where('id', '=', key).where('account_id', '=', accountId).executeTakeFirst();
    if (!row) throw refuse.notFound('Asset', key);
    if (row.data_removed_at !== null) throw refuse.gone('The log and the run data of this result');
    return row;
  };
  app.get('/next/assets/log/:region/:key', { config: { rateLimit: false }, schema: { headers: AccountHeader, params: Key } }, async (request, reply) => {
    const text = logText(await find(request.principal.accountId, request.params.key));
    if (text === undefined) throw refuse.notFound('Log of', request.params.key);
    return reply.type(JSON_TYPE).send(text);
  });
  app.get('/next/assets/check-run-data/:region/:key', { config: { rateLimit: false }, schema: { headers: AccountHeader, params: Key } }, async (request, reply) => {
    const { detail } = await find(request.principal.accountId, request.params.key);
    if (detail === null) throw refuse.notFound('Run data of', request.params.key);
    return reply.type(JSON_TYPE).send(detail);
  });
}
