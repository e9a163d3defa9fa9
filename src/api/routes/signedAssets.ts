/** Where signed links lead (G.5): a file for whoever holds the link, from any page. The only routes that other origins may read. */
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { Uuid } from '../../contract/base.ts';
import { Refusal, refuse } from '../../contract/errors.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { sendFile } from '../sendFile.ts';
import { LINK_PATH } from '../signedLinks.ts';

const Params = Type.Object({ accountId: Uuid, assetId: Uuid, name: Type.String() });
const PATH = `${LINK_PATH}/:accountId/:assetId/:name`;

const allowAll = (reply: FastifyReply): FastifyReply => reply.header('access-control-allow-origin', '*').header('cross-origin-resource-policy', 'cross-origin')
  .header('access-control-expose-headers', 'accept-ranges, content-disposition, content-length, content-range, content-type, etag')
  .header('referrer-policy', 'no-referrer');

export async function signedAssetsRoutes(app: Api, { read, assets, links }: ApiDeps): Promise<void> {
  const open = { access: 'public', rateLimit: false } as const;
  // Refusals too: a page may tell its reader why.
  app.addHook('onRequest', (_request, reply, done) => {
    allowAll(reply);
    done();
  });
  app.get(PATH, {
    config: open,
    schema: { hide: true, params: Params, querystring: Type.Object({ expires: Type.String({ maxLength: 20 }), signature: Type.String({ maxLength: 100 }) }) },
  }, async (request, reply) => {
    const { accountId, assetId, name } = request.params;
    const verdict = links.judge({ accountId, assetId, name, ...request.query });
    if (verdict !== 'good') throw new Refusal(403, verdict === 'expired' ? 'This link has expired: read the result again for a new one.' : 'This link was altered, or is of another server.');
    const file = await read.selectFrom('assets').selectAll().where('id', '=', assetId).where('account_id', '=', accountId).executeTakeFirst();
    if (!file) throw refuse.gone('The file');
    reply.header('cache-control', 'private, max-age=3600');
    return sendFile(assets, request, reply, file);
  });
  app.options(PATH, { config: open, schema: { hide: true, params: Params } }, async (_request, reply) => reply
    .header('access-control-allow-methods', 'GET, HEAD, OPTIONS').header('access-control-allow-headers', 'range, if-range, if-none-match')
    .header('access-control-max-age', '86400').code(204).send());
}
