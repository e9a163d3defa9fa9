/** Account-level environment variables (I.7). Secret values are read by nobody, locked ones by Read & Write and above (A.10). */
import { Type, type Static } from 'typebox';
import type { AccountVariable } from '../../accounts/variables.ts';
import { ROLES, type Role } from '../../contract/checkTypes.ts';
import { refuse } from '../../contract/errors.ts';
import { VariableCreate, VariableMutation, VariableParams, VariableRead, VariablesQuery, VariableUpdate } from '../../contract/variables.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { isCli } from '../presentForCli.ts';
import { refusals } from '../refusals.ts';

/** The CLI's `env ls` and `env pull` ask once, without a limit, and take the answer for the whole list. */
const ALL_AT_ONCE = 10_000;

function present({ key, value, locked, secret }: AccountVariable, role: Role): Static<typeof VariableRead> {
  const hidden = secret || (locked && ROLES.indexOf(role) > ROLES.indexOf('READ_WRITE'));
  return { key, value: hidden ? null : value, locked, secret };
}

function addReads(app: Api, { accounts }: ApiDeps): void {
  app.get('/v1/variables', { schema: { querystring: VariablesQuery, response: { 200: Type.Array(VariableRead), ...refusals(400) } } }, async (request, reply) => {
    const { accountId, role } = request.principal;
    const { page = 1 } = request.query;
    const limit = isCli(request) && !/[?&]limit=/.test(request.url) ? ALL_AT_ONCE : request.query.limit ?? 10;
    const { entries, total } = await accounts.listVariables(accountId, { limit, page });
    reply.header('x-total-count', total);
    return entries.map((variable) => present(variable, role));
  });
  app.get('/v1/variables/:key', { schema: { params: VariableParams, response: { 200: VariableRead, ...refusals(400, 404) } } }, async (request) =>
    present(await accounts.getVariable(request.principal.accountId, request.params.key), request.principal.role));
}

function addChanges(app: Api, { accounts }: ApiDeps): void {
  const config = { role: 'READ_WRITE' } as const;
  app.post('/v1/variables', { config, schema: { body: VariableCreate, response: { 201: VariableMutation, ...refusals(400, 409) } } }, async (request, reply) => {
    const { key, value, locked = false, secret = false } = request.body;
    return reply.code(201).send(await accounts.createVariable(request.principal.accountId, { key, value, locked, secret }));
  });
  app.put('/v1/variables/:key', {
    config, schema: { params: VariableParams, body: VariableUpdate, response: { 200: VariableMutation, ...refusals(400, 404) } },
  }, async (request) => {
    const { value, locked = false, secret = false } = request.body;
    const { key } = request.params;
    if (request.body.key !== undefined && request.body.key !== key) throw refuse.badRequest('body/key must be the key of the path: it cannot be changed.');
    return accounts.updateVariable(request.principal.accountId, { key, value, locked, secret });
  });
  app.delete('/v1/variables/:key', { config, schema: { params: VariableParams, response: { 204: Type.Null(), ...refusals(400, 404) } } },
    async (request, reply) => {
      await accounts.deleteVariable(request.principal.accountId, request.params.key);
      return reply.code(204).send(null);
    });
}

export async function variablesRoutes(app: Api, deps: ApiDeps): Promise<void> {
  addReads(app, deps);
  addChanges(app, deps);
}
