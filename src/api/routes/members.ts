/** The members of the caller's account, by `me` or by id (I.6). Changing them needs an Admin (I.2). */
import type { FastifyRequest } from 'fastify';
import { Type, type Static, type TSchema } from 'typebox';
import type { Member } from '../../accounts/members.ts';
import { Uuid } from '../../contract/base.ts';
import type { Role } from '../../contract/checkTypes.ts';
import { refuse } from '../../contract/errors.ts';
import { AccountMember, AccountMembersList, AccountMembersQuery, AccountMemberUpdate } from '../../contract/members.ts';
import { requireRole } from '../authenticate.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { accountInPath } from '../pathIds.ts';
import { refusals } from '../refusals.ts';

const DEFAULT_LIMIT = 100;

const iso = (ms: number) => new Date(ms).toISOString();
const present = (member: Member): Static<typeof AccountMember> => ({
  type: 'member', accountId: member.accountId, userId: member.userId, name: member.name, email: member.email, role: member.role, status: 'ACTIVE',
  createdAt: iso(member.createdAt), updatedAt: iso(member.updatedAt), isSupportMembership: false, ssoEnabled: false, mfaEnabled: false,
});

const cursorOf = (member: Member) => Buffer.from(`${member.createdAt} ${member.userId}`).toString('base64url');
function readCursor(nextId: string): { createdAt: number; userId: string } {
  const match = /^(\d{1,15}) ([0-9a-f-]{36})$/.exec(Buffer.from(nextId, 'base64url').toString());
  if (!match) throw refuse.badRequest('querystring/nextId must be one that a list has returned.');
  return { createdAt: Number(match[1]), userId: match[2] as string };
}

async function list({ accounts }: ApiDeps, accountId: string, query: Static<typeof AccountMembersQuery>): Promise<Static<typeof AccountMembersList>> {
  const { limit = DEFAULT_LIMIT, nextId, search, role } = query;
  const after = nextId === undefined ? undefined : readCursor(nextId);
  if (query.type === 'invite' || (query.status ?? 'ACTIVE') !== 'ACTIVE') return { members: [], length: 0, nextId: null };
  const found = await accounts.listMembers(accountId, { search, role, limit: limit + 1, after });
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return { members: page.map(present), length: page.length, nextId: found.length > limit && last ? cursorOf(last) : null };
}

interface Place {
  path: string;
  params: Record<string, typeof Uuid>;
  accountOf: (request: FastifyRequest) => { accountId: string; role: Role };
}
const PLACES: readonly Place[] = [
  { path: '/v1/accounts/me/members', params: {}, accountOf: (request) => request.principal },
  {
    path: '/v1/accounts/:accountId/members', params: { accountId: Uuid },
    accountOf: (request) => accountInPath(request, (request.params as { accountId: string }).accountId),
  },
];

function addPlace(app: Api, deps: ApiDeps, { path, params, accountOf }: Place): void {
  const config = { access: path.includes('/me/') ? 'account' : 'key' } as const;
  const given = Object.keys(params).length > 0;
  const one: TSchema = Type.Object({ ...params, userId: Uuid });
  const userIn = (request: FastifyRequest) => (request.params as { userId: string }).userId;
  app.get(path, {
    config,
    schema: {
      ...(given ? { params: Type.Object(params) } : {}), querystring: AccountMembersQuery, response: { 200: AccountMembersList, ...refusals(400, 404) },
    },
  }, async (request) => list(deps, accountOf(request).accountId, request.query as Static<typeof AccountMembersQuery>));
  app.patch(`${path}/:userId`, {
    config, schema: { params: one, body: AccountMemberUpdate, response: { 200: AccountMember, ...refusals(400, 404) } },
  }, async (request) => {
    const { accountId, role } = accountOf(request);
    requireRole(role, 'ADMIN');
    return present(await deps.accounts.changeRole(accountId, userIn(request), request.body.role));
  });
  app.delete(`${path}/:userId`, { config, schema: { params: one, response: { 204: Type.Null(), ...refusals(400, 404) } } }, async (request, reply) => {
    const { accountId, role } = accountOf(request);
    requireRole(role, 'ADMIN');
    await deps.accounts.removeMember(accountId, userIn(request));
    return reply.code(204).send(null);
  });
}

export async function membersRoutes(app: Api, deps: ApiDeps): Promise<void> {
  for (const place of PLACES) addPlace(app, deps, place);
}
