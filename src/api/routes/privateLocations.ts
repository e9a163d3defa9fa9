/** Private locations, their keys and their queue (H.1, H.2). Changes need an Admin (I.2). */
import type { Static } from 'typebox';
import { Type } from 'typebox';
import type { AgentSeen, LocationKey, PrivateLocation as StoredLocation } from '../../accounts/locations.ts';
import { refuse } from '../../contract/errors.ts';
import { egressProblem, SHARED_EGRESS, type EgressGiven, type EgressPolicy } from '../../contract/egress.ts';
import {
  PrivateLocation, PrivateLocationCore, PrivateLocationCreate, PrivateLocationKey, PrivateLocationMetrics, PrivateLocationMetricsQuery,
  PrivateLocationsQuery, PrivateLocationUpdate,
} from '../../contract/locations.ts';
import type { Api, ApiDeps } from '../deps.ts';
import { uuidParams } from '../pathIds.ts';
import { refusals } from '../refusals.ts';

/** An agent asks for work at least every 30 s; one that is silent for longer than this is not counted. */
const ALIVE_MS = 60_000;
const METRICS_DAYS = 15;
const DAY_MS = 86_400_000;

const iso = (ms: number) => new Date(ms).toISOString();
const isoOrNull = (ms: number | null) => (ms === null ? null : iso(ms));

const presentKey = (key: LocationKey, rawKey = ''): Static<typeof PrivateLocationKey> =>
  ({ id: key.id, rawKey, maskedKey: key.masked, created_at: iso(key.createdAt), updated_at: isoOrNull(key.updatedAt) });

const presentCore = (location: StoredLocation): Static<typeof PrivateLocationCore> => ({
  id: location.id, name: location.name, slugName: location.slug, icon: location.icon, proxyUrl: location.proxyUrl, egress: location.egress,
  created_at: iso(location.createdAt), updated_at: isoOrNull(location.updatedAt), keys: location.keys.map((key) => presentKey(key)),
});

/** 1.10.0 comes after 1.9.0. */
const compareVersions = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true });

/** Agents by version; outdated is what is older than the newest one here. */
function groupByVersion(agents: AgentSeen[]) {
  const groups = Object.entries(Object.groupBy(agents, ({ version }) => version)).sort(([a], [b]) => compareVersions(b, a));
  return groups.map(([version, members = []], index) => ({
    version, isOutdated: index > 0, count: members.length,
    agents: members.map(({ id, lastSeenAt }) => ({ id, lastSeenAt: iso(lastSeenAt) })),
  }));
}

function present(location: StoredLocation, now: number, versions: boolean): Static<typeof PrivateLocation> {
  const alive = location.agents.filter(({ lastSeenAt }) => lastSeenAt > now - ALIVE_MS);
  const seen = location.agents.map(({ lastSeenAt }) => lastSeenAt);
  return {
    ...presentCore(location),
    lastSeen: seen.length > 0 ? iso(Math.max(...seen)) : null,
    agentCount: alive.length,
    minAgentVersion: alive.map(({ version }) => version).sort(compareVersions)[0] ?? null,
    ...(versions ? { runningAgents: groupByVersion(alive) } : {}),
  };
}

/** As a whole: lists that are left out become empty. */
function readEgress(given: Static<typeof EgressGiven> | undefined): EgressPolicy | undefined {
  if (given === undefined) return undefined;
  const egress = { ...SHARED_EGRESS, ...given };
  const problem = egressProblem(egress);
  if (problem !== null) throw refuse.badRequest(`body/${problem}`);
  return egress;
}

/** Unix time in s or a date -> Unix ms. */
function readTime(name: string, text: string): number {
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (!Number.isFinite(ms)) throw refuse.badRequest(`querystring/${name} must be a Unix time in seconds or a date.`);
  return ms;
}

/** What waits there now: the history is not kept, so the arrays have one point. */
async function measureQueue(deps: ApiDeps, locationId: string): Promise<Static<typeof PrivateLocationMetrics>> {
  const now = deps.clock();
  const { size, oldest } = await deps.read.selectFrom('results')
    .select((eb) => [eb.fn.countAll<number>().as('size'), eb.fn.min('available_at').as('oldest')])
    .where('private_location_id', '=', locationId).where('result_type', '=', 'PENDING').where('lease_until', 'is', null)
    .where('available_at', '<=', now).executeTakeFirstOrThrow();
  return { timestamps: [iso(now)], queueSize: [Number(size)], oldestScheduledCheckRun: [Number(size) === 0 ? 0 : (now - Number(oldest)) / 1000] };
}

function addReads(app: Api, deps: ApiDeps): void {
  const { accounts, clock } = deps;
  app.get('/v1/private-locations', { schema: { querystring: PrivateLocationsQuery, response: { 200: Type.Array(PrivateLocation), ...refusals(400) } } },
    async (request) => (await accounts.listLocations(request.principal.accountId))
      .map((location) => present(location, clock(), request.query.versions ?? false)));
  app.get('/v1/private-locations/:id', { schema: { params: uuidParams('id'), response: { 200: PrivateLocation, ...refusals(400, 404) } } },
    async (request) => present(await accounts.getLocation(request.principal.accountId, request.params.id), clock(), false));
  app.get('/v1/private-locations/:id/metrics', {
    schema: { params: uuidParams('id'), querystring: PrivateLocationMetricsQuery, response: { 200: PrivateLocationMetrics, ...refusals(400, 404) } },
  }, async (request) => {
    const [from, to] = [readTime('from', request.query.from), readTime('to', request.query.to)];
    if (from > to) throw refuse.badRequest('querystring/from must not lie after querystring/to.');
    if (from < clock() - METRICS_DAYS * DAY_MS) throw refuse.badRequest(`querystring/from must lie within the last ${METRICS_DAYS} days.`);
    await accounts.getLocation(request.principal.accountId, request.params.id);
    return measureQueue(deps, request.params.id);
  });
}

function addChanges(app: Api, { accounts }: ApiDeps): void {
  const config = { role: 'ADMIN' } as const;
  app.post('/v1/private-locations', { config, schema: { body: PrivateLocationCreate, response: { 201: PrivateLocationCore, ...refusals(400, 409) } } },
    async (request, reply) => {
      const { name, slugName, icon = 'location', proxyUrl = null } = request.body;
      const egress = readEgress(request.body.egress);
      return reply.code(201).send(presentCore(await accounts.createLocation(request.principal.accountId, { name, slug: slugName, icon, proxyUrl, egress })));
    });
  app.put('/v1/private-locations/:id', {
    config, schema: { params: uuidParams('id'), body: PrivateLocationUpdate, response: { 200: PrivateLocationCore, ...refusals(400, 404) } },
  }, async (request) => presentCore(await accounts.updateLocation(request.principal.accountId, request.params.id, { ...request.body, egress: readEgress(request.body.egress) })));
  app.delete('/v1/private-locations/:id', { config, schema: { params: uuidParams('id'), response: { 204: Type.Null(), ...refusals(400, 404) } } },
    async (request, reply) => {
      await accounts.deleteLocation(request.principal.accountId, request.params.id);
      return reply.code(204).send(null);
    });
}

function addKeys(app: Api, { accounts }: ApiDeps): void {
  const config = { role: 'ADMIN' } as const;
  app.post('/v1/private-locations/:id/keys', {
    config, schema: { params: uuidParams('id'), response: { 201: PrivateLocationKey, ...refusals(400, 404, 409) } },
  }, async (request, reply) => {
    const { rawKey, ...key } = await accounts.createLocationKey(request.principal.accountId, request.params.id);
    return reply.code(201).send(presentKey(key, rawKey));
  });
  app.delete('/v1/private-locations/:id/keys/:keyId', {
    config, schema: { params: uuidParams('id', 'keyId'), response: { 204: Type.Null(), ...refusals(400, 404) } },
  }, async (request, reply) => {
    await accounts.deleteLocationKey(request.principal.accountId, request.params.id, request.params.keyId);
    return reply.code(204).send(null);
  });
}

export async function privateLocationsRoutes(app: Api, deps: ApiDeps): Promise<void> {
  addReads(app, deps);
  addChanges(app, deps);
  addKeys(app, deps);
}
