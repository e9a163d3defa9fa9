/**
 * Error groups of test sessions and of scheduled checks (F). Nothing is scheduled yet, so that the second family is empty.
 * Everybody of the account may read them; Read & Write and above archive them (I.2).
 */
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import {
  ErrorGroup, ErrorGroupPatch, ErrorGroupsQuery, FlakinessQuery, TestSessionErrorGroup, TestSessionErrorGroupsQuery,
} from '../../contract/errorGroups.ts';
import { refuse } from '../../contract/errors.ts';
import { DEFAULT_SESSIONS } from '../../contract/flakiness.ts';
import type { GroupFamily } from '../../sessions/archiveGroup.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { presentCheckGroup, presentSessionGroups } from '../errorGroups/presentGroup.ts';
import { countGroups, findGroup, isScopeKnown, pageGroups, type GroupRow } from '../errorGroups/readGroups.ts';
import { findProject } from '../findProject.ts';
import { offsetOf } from '../offsetOf.ts';
import { uuidParams } from '../pathIds.ts';
import { refusals } from '../refusals.ts';

/** The project's list has no paging (F.1). The least recent of more than these are reached by the account's list alone. */
const MOST_OF_PROJECT = 1_000;
const NAMES: Record<GroupFamily, string> = { 'test-session': 'Test session error group', check: 'Error group' };

async function groupNamed(read: ApiDeps['read'], accountId: string, family: GroupFamily, id: string, sessions = DEFAULT_SESSIONS): Promise<GroupRow> {
  const row = await findGroup(read, accountId, family, id, sessions);
  if (!row) throw refuse.notFound(NAMES[family], id);
  return row;
}

async function archive({ engine }: ApiDeps, accountId: string, family: GroupFamily, id: string, wish: ErrorGroupPatch): Promise<void> {
  if (wish.archivedUntilNextEvent === undefined && wish.archiveForEver === undefined) {
    throw refuse.badRequest('body must have archivedUntilNextEvent or archiveForEver.');
  }
  if (!await engine.archiveGroup(accountId, family, id, wish)) throw refuse.notFound(NAMES[family], id);
}

async function pageOf({ read }: ApiDeps, reply: FastifyReply, accountId: string, family: GroupFamily, query: { limit?: number; page?: number; sessions?: number }): Promise<GroupRow[]> {
  const { limit = 10, sessions = DEFAULT_SESSIONS } = query;
  reply.header('x-total-count', await countGroups(read, accountId, family));
  return pageGroups(read, accountId, family, { sessions, limit, offset: offsetOf(limit, query.page) });
}

export async function testSessionErrorGroupsRoutes(app: Api, deps: ApiDeps): Promise<void> {
  const { read } = deps;
  const path = '/v1/test-session-error-groups';
  const one = async (accountId: string, id: string, sessions?: number): Promise<TestSessionErrorGroup> =>
    (await presentSessionGroups(read, [await groupNamed(read, accountId, 'test-session', id, sessions)]))[0]!;

  app.get(path, { schema: { querystring: TestSessionErrorGroupsQuery, response: { 200: Type.Array(TestSessionErrorGroup), ...refusals(400) } } }, async (request, reply) =>
    presentSessionGroups(read, await pageOf(deps, reply, request.principal.accountId, 'test-session', request.query)));

  app.get(`${path}/projects/:projectId`, {
    schema: { params: uuidParams('projectId'), querystring: FlakinessQuery, response: { 200: Type.Array(TestSessionErrorGroup), ...refusals(400, 404) } },
  }, async (request) => {
    const { accountId } = request.principal;
    const { projectId } = request.params;
    await findProject(read, accountId, projectId);
    const { sessions = DEFAULT_SESSIONS } = request.query;
    return presentSessionGroups(read, await pageGroups(read, accountId, 'test-session', { sessions, limit: MOST_OF_PROJECT, offset: 0 }, projectId));
  });

  app.get(`${path}/:id`, {
    schema: { params: uuidParams('id'), querystring: FlakinessQuery, response: { 200: TestSessionErrorGroup, ...refusals(400, 404) } },
  }, async (request) => one(request.principal.accountId, request.params.id, request.query.sessions));

  app.patch(`${path}/:id`, {
    config: { role: 'READ_WRITE' },
    schema: { params: uuidParams('id'), body: ErrorGroupPatch, response: { 200: TestSessionErrorGroup, ...refusals(400, 404) } },
  }, async (request) => {
    await archive(deps, request.principal.accountId, 'test-session', request.params.id, request.body);
    return one(request.principal.accountId, request.params.id);
  });
}

export async function errorGroupsRoutes(app: Api, deps: ApiDeps): Promise<void> {
  const { read } = deps;

  app.get('/v1/error-groups', { schema: { querystring: ErrorGroupsQuery, response: { 200: Type.Array(ErrorGroup), ...refusals(400) } } }, async (request, reply) =>
    (await pageOf(deps, reply, request.principal.accountId, 'check', request.query)).map(presentCheckGroup));

  app.get('/v1/error-groups/checks/:checkId', {
    schema: { params: uuidParams('checkId'), querystring: ErrorGroupsQuery, response: { 200: Type.Array(ErrorGroup), ...refusals(400, 404) } },
  }, async (request) => {
    const { accountId } = request.principal;
    const { checkId } = request.params;
    // No checks are stored yet: one is known by what was seen of it.
    if (!await isScopeKnown(read, accountId, 'check', checkId)) throw refuse.notFound('Check', checkId);
    const { limit = 10, page } = request.query;
    return (await pageGroups(read, accountId, 'check', { sessions: DEFAULT_SESSIONS, limit, offset: offsetOf(limit, page) }, checkId)).map(presentCheckGroup);
  });

  app.get('/v1/error-groups/:id', { schema: { params: uuidParams('id'), response: { 200: ErrorGroup, ...refusals(400, 404) } } }, async (request) =>
    presentCheckGroup(await groupNamed(read, request.principal.accountId, 'check', request.params.id)));

  app.patch('/v1/error-groups/:id', {
    config: { role: 'READ_WRITE' }, schema: { params: uuidParams('id'), body: ErrorGroupPatch, response: { 200: ErrorGroup, ...refusals(400, 404) } },
  }, async (request) => {
    await archive(deps, request.principal.accountId, 'check', request.params.id, request.body);
    return presentCheckGroup(await groupNamed(read, request.principal.accountId, 'check', request.params.id));
  });
}
