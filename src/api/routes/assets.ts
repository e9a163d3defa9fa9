/** What results have left, as manifests and by the addresses in them (G.3, G.5), of test sessions and of scheduled checks. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { AccountHeader, OneOf, Uuid } from '../../contract/base.ts';
import { refuse } from '../../contract/errors.ts';
import { ASSET_TYPES, AssetManifest } from '../../contract/results.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { findCheckResult, findResult } from '../findSession.ts';
import { LOG_NAME, manifestOf, RUN_DATA_NAME, type ManifestScope } from '../manifest.ts';
import { logText, type ResultRow } from '../presentResult.ts';
import { refusals } from '../refusals.ts';
import { dispositionOf, guardContent, sendFile } from '../sendFile.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const Filter = Type.Object({ type: Type.Optional(Type.Array(OneOf(ASSET_TYPES))), name: Type.Optional(Type.String({ maxLength: 200 })) });
const Asset = { asset: Type.String({ minLength: 1, maxLength: 100 }) };

interface Scope<P> {
  path: string;
  params: Record<keyof P & string, typeof Uuid>;
  find(accountId: string, params: P): Promise<ResultRow>;
  scopeOf(row: ResultRow): ManifestScope;
}

export async function assetsRoutes(app: Api, deps: ApiDeps): Promise<void> {
  const { read } = deps;
  const own = (row: ResultRow) => ({
    ...(row.check_id ? { checkId: row.check_id } : {}), checkName: row.name, checkType: row.check_type, resultId: row.id,
  });
  serve<{ testSessionId: string; testSessionResultId: string }>(app, deps, {
    path: '/v1/test-sessions/:testSessionId/results/:testSessionResultId/assets', params: { testSessionId: Uuid, testSessionResultId: Uuid },
    find: (accountId, { testSessionId, testSessionResultId }) => findResult(read, accountId, testSessionId, testSessionResultId),
    scopeOf: (row) => ({
      base: `${deps.config.publicUrl()}/v1/test-sessions/${row.session_id}/results/${row.id}/assets`,
      source: { type: 'test-session-result', ...own(row), testSessionId: row.session_id },
    }),
  });
  serve<{ checkId: string; checkResultId: string }>(app, deps, {
    path: '/v1/check-results/:checkId/:checkResultId/assets', params: { checkId: Uuid, checkResultId: Uuid },
    find: (accountId, { checkId, checkResultId }) => findCheckResult(read, accountId, checkId, checkResultId),
    scopeOf: (row) => ({
      base: `${deps.config.publicUrl()}/v1/check-results/${row.check_id}/${row.id}/assets`, source: { type: 'check-result', ...own(row) },
    }),
  });
}

/** The manifest, and where its addresses lead: with the name of an archive behind it where clients take a file's name from there. */
function serve<P>(app: Api, deps: ApiDeps, { path, params, find, scopeOf }: Scope<P>): void {
  app.get(path, {
    schema: { headers: AccountHeader, params: Type.Object(params), querystring: Filter, response: { 200: AssetManifest, ...refusals(400, 404) } },
  }, async (request) => {
    const row = await find(request.principal.accountId, request.params as P);
    return manifestOf(deps.read, row, scopeOf(row), request.query);
  });
  for (const [suffix, more] of [['', {}], ['/:name', { name: Type.String({ minLength: 1, maxLength: 500 }) }]] as const) {
    app.get(`${path}/:asset${suffix}`, {
      config: { rateLimit: false }, schema: { headers: AccountHeader, params: Type.Object({ ...params, ...Asset, ...more }) },
    }, async (request, reply) => {
      const { asset } = request.params as unknown as { asset: string };
      return sendAsset(deps, request, reply, await find(request.principal.accountId, request.params as P), asset);
    });
  }
}

async function sendAsset({ read, assets }: ApiDeps, request: FastifyRequest, reply: FastifyReply, row: ResultRow, asset: string): Promise<FastifyReply> {
  const derived = { log: [LOG_NAME, () => logText(row)], 'check-run-data': [RUN_DATA_NAME, () => row.detail ?? undefined] } as const;
  if (asset === 'log' || asset === 'check-run-data') {
    const [name, textOf] = derived[asset];
    const text = textOf();
    if (text !== undefined) return guardContent(reply).type(JSON_TYPE).header('content-disposition', dispositionOf(name)).send(text as never);
    if (row.data_removed_at !== null) throw refuse.gone('The file');
  }
  const file = await read.selectFrom('assets').selectAll().where('id', '=', asset).where('result_id', '=', row.id).executeTakeFirst();
  if (!file) throw refuse.notFound('Asset', asset);
  return sendFile(assets, request, reply, file);
}
