/** One result in full, its files and its links: the answer that everything else exists for (A.5, G; cli-wire 5, 6). */
import { Type } from 'typebox';
import { AccountHeader, OneOf, Uuid, type Static } from '../../contract/base.ts';
import { refuse } from '../../contract/errors.ts';
import { ASSET_TYPES, AssetManifest, TestSessionResult } from '../../contract/results.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { findResult } from '../findSession.ts';
import { manifestOf } from '../manifest.ts';
import { isCli, presentForCli } from '../presentForCli.ts';
import { filesOf, linksOf, namesFiles, traceViewerLink } from '../presentFiles.ts';
import { logOf, presentResult, resultLink, type ResultRow } from '../presentResult.ts';
import { refusals } from '../refusals.ts';
import { createRenderedResults } from '../renderedResults.ts';
import { sendFile } from '../sendFile.ts';

const Params = Type.Object({ testSessionId: Uuid, testSessionResultId: Uuid });
const JSON_TYPE = 'application/json; charset=utf-8';

export async function resultsRoutes(app: Api, deps: ApiDeps): Promise<void> {
  const { read, links } = deps;
  const rendered = createRenderedResults(deps.clock);

  const render = async (key: string, accountId: string, { testSessionId, testSessionResultId }: Static<typeof Params>, cli: boolean): Promise<string> => {
    const row = await findResult(read, accountId, testSessionId, testSessionResultId);
    const withFiles = namesFiles(row.check_type);
    const result = presentResult(row, deps.config.publicUrl(), withFiles ? await filesOf(read, row.id) : [], links);
    const text = JSON.stringify(cli ? presentForCli(result) : result);
    if (row.result_type !== 'PENDING') rendered.keep(key, text, withFiles ? links.shownUntil() : Infinity);
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

  app.get('/v1/test-sessions/:testSessionId/results/:testSessionResultId/assets', {
    schema: {
      headers: AccountHeader, params: Params, response: { 200: AssetManifest, ...refusals(400, 404) },
      querystring: Type.Object({ type: Type.Optional(Type.Array(OneOf(ASSET_TYPES))), name: Type.Optional(Type.String({ maxLength: 200 })) }),
    },
  }, async (request) => {
    const row = await findResult(read, request.principal.accountId, request.params.testSessionId, request.params.testSessionResultId);
    return manifestOf(read, row, deps.config.publicUrl(), request.query);
  });

  /** Where the manifest's URLs lead. */
  app.get('/v1/test-sessions/:testSessionId/results/:testSessionResultId/assets/:asset', {
    config: { rateLimit: false },
    schema: { headers: AccountHeader, params: Type.Intersect([Params, Type.Object({ asset: Type.String({ minLength: 1, maxLength: 100 }) })]) },
  }, async (request, reply) => {
    const { asset } = request.params;
    const row = await findResult(read, request.principal.accountId, request.params.testSessionId, request.params.testSessionResultId);
    const derived = asset === 'log' ? logText(row) : asset === 'check-run-data' ? row.detail : undefined;
    if (typeof derived === 'string') {
      const name = asset === 'log' ? 'logs.json' : 'check-run-data.json';
      return reply.type(JSON_TYPE).header('content-disposition', `attachment; filename="${name}"`).send(derived);
    }
    const file = await read.selectFrom('assets').selectAll().where('id', '=', asset).where('result_id', '=', row.id).executeTakeFirst();
    if (!file) throw refuse.notFound('Asset', asset);
    return sendFile(deps.assets, request, reply, file);
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

const logText = (row: ResultRow): string | undefined => {
  const log = logOf(row);
  return log === null ? undefined : JSON.stringify(log);
};

/**
 * The CLI's way to a result's log and run data, recorded or not: `assets` form 3 (cli-wire 6). Never limited: a 429 here
 * kills the client in the middle of a run with many red checks.
 */
export async function nextAssetsRoutes(app: Api, { read }: ApiDeps): Promise<void> {
  const Key = Type.Object({ region: Type.String(), key: Type.String() });
  const find = async (accountId: string, key: string): Promise<ResultRow> => {
    const row = await read.selectFrom('results').selectAll().where('id', '=', key).where('account_id', '=', accountId).executeTakeFirst();
    if (!row) throw refuse.notFound('Asset', key);
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
