/** Uploads that come before a run: the code bundle and snapshots, and the way back for snapshots (cli-wire 4.1, 6, 8). */
import type { Readable } from 'node:stream';
import { Type } from 'typebox';
import { AccountHeader } from '../../contract/base.ts';
import { refuse } from '../../contract/errors.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { refusals } from '../refusals.ts';

const Key = Type.Object({ key: Type.String() });
const PREFIX = { 'upload-code-bundle': 'bundle', upload: 'file' } as const;

export async function storageRoutes(app: Api, { engine, assets, read }: ApiDeps): Promise<void> {
  for (const [path, prefix] of Object.entries(PREFIX)) {
    app.post(`/next/checkly-storage/${path}`, {
      config: { stream: true, role: 'READ_RUN' },
      schema: { headers: AccountHeader, response: { 201: Key, ...refusals(413, 415) } },
    }, async (request, reply) => {
      const stored = await assets.put(request.body as Readable);
      const id = await engine.keepUpload(request.principal.accountId, { name: prefix, storageKey: stored.key, size: stored.size });
      return reply.code(201).send({ key: `${prefix}/${id}` });
    });
  }

  app.post('/next/checkly-storage/download', {
    schema: { headers: AccountHeader, body: Type.Object({ key: Type.String({ minLength: 1, maxLength: 200 }) }) },
  }, async (request, reply) => {
    const { key } = request.body;
    const id = key.slice(key.indexOf('/') + 1);
    const file = await read.selectFrom('assets').selectAll().where('id', '=', id).where('account_id', '=', request.principal.accountId).executeTakeFirst();
    if (!file) throw refuse.notFound('File', key);
    const { stream } = await assets.open(file.storage_key);
    return reply.type('application/octet-stream').header('content-length', file.size).send(stream);
  });
}
