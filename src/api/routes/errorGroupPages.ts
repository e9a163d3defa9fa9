/** What the pages about error groups read. Everybody of the account may; archiving is the public API's (F.4). */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Uuid } from '../../contract/base.ts';
import { refuse } from '../../contract/errors.ts';
import { DEFAULT_SESSIONS } from '../../contract/flakiness.ts';
import {
  GroupList, GroupListQuery, GroupPage, GroupQuery, GroupSessions, GroupSessionsQuery, ProjectList, type Day, type ListedGroup,
} from '../../contract/pages/errorGroups.ts';
import { allows } from '../authenticate.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { daysOfGroups } from '../errorGroups/groupDays.ts';
import { lastResults, sessionsOfGroup } from '../errorGroups/groupSessions.ts';
import { listGroups, projectNames } from '../errorGroups/listGroups.ts';
import { presentSessionGroups } from '../errorGroups/presentGroup.ts';
import { findGroup, placesOfGroups, type GroupRow } from '../errorGroups/readGroups.ts';
import { flakinessOf } from '../flakiness.ts';
import { accountInPath, uuidParams } from '../pathIds.ts';
import { iso } from '../presentResult.ts';
import { readerDays } from '../readerDays.ts';
import { refusals } from '../refusals.ts';

const DAYS_LISTED = 14;
const DAYS_SHOWN = 30;
/** Sessions of one day that are counted, in the list and on a group's own page. */
const MOST_LISTED = 1_000;
const MOST_SHOWN = 10_000;
const DEFAULT_SESSIONS_SHOWN = 10;
const MOST_PROJECTS = 500;
/** Under which the role of I.2 may archive. */
const ARCHIVE_ROLE = 'READ_WRITE';

const config = { access: 'key' } as const;
const accountOf = (request: FastifyRequest) => accountInPath(request, (request.params as { accountId: string }).accountId);

async function listed({ read, clock }: ApiDeps, rows: readonly GroupRow[], zone: string): Promise<ListedGroup[]> {
  const ids = rows.map(({ id }) => id);
  const [places, names, days, results] = await Promise.all([
    placesOfGroups(read, ids), projectNames(read, rows.map(({ scope_id }) => scope_id)), daysOfGroups(read, ids, readerDays(clock(), DAYS_LISTED, zone), MOST_LISTED),
    lastResults(read, ids),
  ]);
  return rows.map((row) => ({
    id: row.id, projectId: row.scope_id, cleanedErrorMessage: row.cleaned_message, firstSeen: iso(row.first_seen), lastSeen: iso(row.last_seen),
    environments: places.get(row.id)?.environments ?? [], flakiness: flakinessOf(Number(row.sessions), Number(row.flaky_sessions)), ...moreOf(row, names, days),
    lastResult: results.get(row.id) ?? null,
  }));
}

const moreOf = (row: GroupRow, names: Map<string, string>, days: Map<string, Day[]>) =>
  ({ projectName: row.scope_id === null ? null : names.get(row.scope_id) ?? null, archived: row.archived, days: days.get(row.id) ?? [] });

async function groupNamed({ read }: ApiDeps, accountId: string, id: string): Promise<GroupRow> {
  const row = await findGroup(read, accountId, 'test-session', id, DEFAULT_SESSIONS);
  if (!row) throw refuse.notFound('Test session error group', id);
  return row;
}

export async function errorGroupPagesRoutes(app: Api, deps: ApiDeps): Promise<void> {
  const { read, clock } = deps;
  const path = '/web/accounts/:accountId';

  app.get(`${path}/projects`, { config, schema: { hide: true, params: uuidParams('accountId'), response: { 200: ProjectList, ...refusals(400, 404) } } }, async (request) =>
    read.selectFrom('projects').select(['id', 'name']).where('account_id', '=', accountOf(request).accountId).orderBy('logical_id').limit(MOST_PROJECTS).execute());

  app.get(`${path}/error-groups`, {
    config, schema: { hide: true, params: uuidParams('accountId'), querystring: GroupListQuery, response: { 200: GroupList, ...refusals(400, 404) } },
  }, async (request) => {
    const { rows, nextId } = await listGroups(read, accountOf(request).accountId, request.query);
    return { entries: await listed(deps, rows, request.query.zone ?? 'UTC'), nextId };
  });

  app.get(`${path}/error-groups/:id`, {
    config, schema: { hide: true, params: uuidParams('accountId', 'id'), querystring: GroupQuery, response: { 200: GroupPage, ...refusals(400, 404) } },
  }, async (request) => {
    const { accountId, role } = accountOf(request);
    const row = await groupNamed(deps, accountId, request.params.id);
    const [[group], names, days] = await Promise.all([
      presentSessionGroups(read, [row]), projectNames(read, [row.scope_id]),
      daysOfGroups(read, [row.id], readerDays(clock(), DAYS_SHOWN, request.query.zone ?? 'UTC'), MOST_SHOWN),
    ]);
    return { ...group!, ...moreOf(row, names, days), mayArchive: allows(role, ARCHIVE_ROLE) };
  });

  app.get(`${path}/error-groups/:id/sessions`, {
    config, schema: { hide: true, params: Type.Object({ accountId: Uuid, id: Uuid }), querystring: GroupSessionsQuery, response: { 200: GroupSessions, ...refusals(400, 404) } },
  }, async (request) => {
    const { id } = await groupNamed(deps, accountOf(request).accountId, request.params.id);
    return sessionsOfGroup(read, id, { limit: request.query.limit ?? DEFAULT_SESSIONS_SHOWN, nextId: request.query.nextId });
  });
}
