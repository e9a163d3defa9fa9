/** Client certificates for mutual TLS (B.6). Changes need an Admin: they are settings of the account (I.2). */
import { Type, type Static } from 'typebox';
import type { StoredCertificate } from '../../accounts/certificates.ts';
import { ClientCertificate, ClientCertificateCreate } from '../../contract/certificates.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { uuidParams } from '../pathIds.ts';
import { refusals } from '../refusals.ts';

const present = ({ id, host, cert, ca, createdAt }: StoredCertificate): Static<typeof ClientCertificate> =>
  ({ id, host, cert, ca, created_at: new Date(createdAt).toISOString() });

export async function certificatesRoutes(app: Api, { accounts }: ApiDeps): Promise<void> {
  const config = { role: 'ADMIN' } as const;
  app.get('/v1/client-certificates', { schema: { response: { 200: Type.Array(ClientCertificate) } } },
    async (request) => (await accounts.listCertificates(request.principal.accountId)).map(present));
  app.get('/v1/client-certificates/:id', { schema: { params: uuidParams('id'), response: { 200: ClientCertificate, ...refusals(400, 404) } } },
    async (request) => present(await accounts.getCertificate(request.principal.accountId, request.params.id)));
  app.post('/v1/client-certificates', { config, schema: { body: ClientCertificateCreate, response: { 201: ClientCertificate, ...refusals(400) } } },
    async (request, reply) => {
      const { host, cert, ca = null, key = null, passphrase = null } = request.body;
      return reply.code(201).send(present(await accounts.createCertificate(request.principal.accountId, { host, cert, ca, key, passphrase })));
    });
  app.delete('/v1/client-certificates/:id', { config, schema: { params: uuidParams('id'), response: { 204: Type.Null(), ...refusals(400, 404) } } },
    async (request, reply) => {
      await accounts.deleteCertificate(request.principal.accountId, request.params.id);
      return reply.code(204).send(null);
    });
}
