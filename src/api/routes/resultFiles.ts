/** A result's files as its page lists them: sizes, and addresses that a browser can follow without a header of ours. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { OneOf, Uuid } from '../../contract/base.ts';
import { refuse } from '../../contract/errors.ts';
import { ResultFiles, type ResultFile } from '../../contract/resultFiles.ts';
import type { AssetType } from '../../contract/results.ts';
import type { ArchiveEntry } from '../../sessions/files.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { findResult } from '../findSession.ts';
import { LOG_NAME, RUN_DATA_NAME } from '../manifest.ts';
import { accountInPath } from '../pathIds.ts';
import { filesOf } from '../presentFiles.ts';
import { logText, type ResultRow } from '../presentResult.ts';
import { refusals } from '../refusals.ts';
import { dispositionOf, guardContent } from '../sendFile.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const Params = { accountId: Uuid, testSessionId: Uuid, testSessionResultId: Uuid };
const PATH = '/web/accounts/:accountId/test-sessions/:testSessionId/results/:testSessionResultId/files';

/** What is no file but stands in the result's row, by the name that addresses have for it. */
const DERIVED = {
  log: { name: LOG_NAME, type: 'log', textOf: logText },
  'check-run-data': { name: RUN_DATA_NAME, type: 'file', textOf: ({ detail }: ResultRow) => detail ?? undefined },
} as const satisfies Record<string, { name: string; type: AssetType; textOf(row: ResultRow): string | undefined }>;
type Derived = keyof typeof DERIVED;

export async function resultFilesRoutes(app: Api, { read, links }: ApiDeps): Promise<void> {
  interface Of { accountId: string; testSessionId: string; testSessionResultId: string }
  // The account is in the path: a link that is followed sends no headers of ours.
  const find = async (request: FastifyRequest, { accountId, testSessionId, testSessionResultId }: Of): Promise<ResultRow> => {
    accountInPath(request, accountId);
    return findResult(read, accountId, testSessionId, testSessionResultId);
  };

  app.get(PATH, {
    config: { access: 'key' }, schema: { hide: true, params: Type.Object(Params), response: { 200: ResultFiles, ...refusals(400, 404) } },
  }, async (request) => {
    const row = await find(request, request.params);
    const packed = await read.selectFrom('assets').select(['id', 'entries']).where('result_id', '=', row.id).where('entries', 'is not', null).execute();
    const holds = new Map(packed.map(({ id, entries }) => [id, (JSON.parse(entries ?? '[]') as ArchiveEntry[]).length]));
    const stored = (await filesOf(read, row.id)).map((file): ResultFile => {
      const { pathname, search } = new URL(links.linkTo(file));
      return { id: file.id, type: file.type as AssetType, name: file.name, contentType: file.content_type, size: file.size, url: pathname + search, holds: holds.get(file.id) ?? null };
    });
    return { files: [...derivedOf(row, request.url.split('?')[0] ?? ''), ...stored] };
  });

  app.get(`${PATH}/:derived`, {
    config: { access: 'key', rateLimit: false }, schema: { hide: true, params: Type.Object({ ...Params, derived: OneOf(Object.keys(DERIVED) as Derived[]) }) },
  }, async (request, reply) => {
    const row = await find(request, request.params);
    const { name, textOf } = DERIVED[request.params.derived];
    const text = textOf(row);
    if (text === undefined) throw row.data_removed_at === null ? refuse.notFound('File', request.params.derived) : refuse.gone('The file');
    return guardContent(reply).type(JSON_TYPE).header('content-disposition', dispositionOf(name)).send(text as never);
  });
}

/** @param path of the list, which their own addresses begin with. */
function derivedOf(row: ResultRow, path: string): ResultFile[] {
  return (Object.keys(DERIVED) as Derived[]).flatMap((id) => {
    const { name, type, textOf } = DERIVED[id];
    const text = textOf(row);
    return text === undefined ? [] : [{ id, type, name, contentType: 'application/json', size: Buffer.byteLength(text), url: `${path}/${id}`, holds: null }];
  });
}
