/** Stored snippets (B.15). Everybody of the account may read them, Read & Write and above change them. */
import { Type, type Static } from 'typebox';
import type { Snippet as StoredSnippet } from '../../accounts/snippets.ts';
import { Snippet, SnippetCreate, SnippetParams, SnippetsQuery } from '../../contract/snippets.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { refusals } from '../refusals.ts';

const dateOf = (time: number): string => new Date(time).toISOString();

const present = ({ id, name, script, createdAt, updatedAt }: StoredSnippet): Static<typeof Snippet> =>
  ({ id, name, script, created_at: dateOf(createdAt), updated_at: updatedAt === null ? null : dateOf(updatedAt) });

export async function snippetsRoutes(app: Api, { accounts }: ApiDeps): Promise<void> {
  const config = { role: 'READ_WRITE' } as const;
  app.get('/v1/snippets', { schema: { querystring: SnippetsQuery, response: { 200: Type.Array(Snippet), ...refusals(400) } } }, async (request, reply) => {
    const { limit = 10, page = 1 } = request.query;
    const { entries, total } = await accounts.listSnippets(request.principal.accountId, { limit, page });
    reply.header('x-total-count', total);
    return entries.map(present);
  });
  app.get('/v1/snippets/:id', { schema: { params: SnippetParams, response: { 200: Snippet, ...refusals(400, 404) } } }, async (request) =>
    present(await accounts.getSnippet(request.principal.accountId, request.params.id)));
  app.post('/v1/snippets', { config, schema: { body: SnippetCreate, response: { 201: Snippet, ...refusals(400) } } }, async (request, reply) =>
    reply.code(201).send(present(await accounts.createSnippet(request.principal.accountId, request.body))));
  app.put('/v1/snippets/:id', { config, schema: { params: SnippetParams, body: SnippetCreate, response: { 200: Snippet, ...refusals(400, 404) } } }, async (request) =>
    present(await accounts.updateSnippet(request.principal.accountId, request.params.id, request.body)));
  app.delete('/v1/snippets/:id', { config, schema: { params: SnippetParams, response: { 204: Type.Null(), ...refusals(400, 404) } } }, async (request, reply) => {
    await accounts.deleteSnippet(request.principal.accountId, request.params.id);
    return reply.code(204).send(null);
  });
}
