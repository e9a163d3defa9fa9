/**
 * The whole API on a real store of its own, for the tests of routes and those that walk every route.
 * A slot that ApiDeps gains is filled in here once; its routes are then covered by those tests.
 */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyBaseLogger, FastifyInstance, RouteOptions } from 'fastify';
import { createAccounts, type Accounts } from '../src/accounts/createAccounts.ts';
import { buildApi } from '../src/api/buildApi.ts';
import { createSignedLinks } from '../src/api/signedLinks.ts';
import type { ApiConfig } from '../src/api/deps.ts';
import { readServerConfig } from '../src/app/config.ts';
import { traceViewerFolder } from '../src/app/traceViewerFolder.ts';
import { webFolder } from '../src/app/webFolder.ts';
import { createMetrics } from '../src/app/metrics.ts';
import { openDiskAssets } from '../src/assets/openAssets.ts';
import { openEventLog } from '../src/events/eventLog.ts';
import { openQueue } from '../src/queue/openQueue.ts';
import { createEngine, type Engine } from '../src/sessions/engine.ts';
import { ENGINE_LIMITS } from '../src/sessions/limits.ts';
import { createGeneration } from '../src/sessions/retention/generation.ts';
import { openStore, type Store, type StoreKind, type StoreLocation } from '../src/store/openStore.ts';
import { createSeal } from '../src/store/seal.ts';
import { freshLocation } from './stores.ts';

export interface Caller { accountId: string; userId: string; apiKey: string }
export interface ApiUnderTest extends AsyncDisposable {
  app: FastifyInstance;
  store: Store;
  accounts: Accounts;
  engine: Engine;
  /** Every route that was registered, HEAD excepted. */
  routes: RouteOptions[];
  /** The owner of the account under test. */
  owner: Caller;
  /** The owner of another account. */
  stranger: Caller;
  /** Ids of things in the stranger's account: a private location, its key, a client certificate … */
  foreignIds: string[];
  /** A `pl_…` key of a private location in the account under test. */
  locationKey: string;
  /** Stored files, finished or not. */
  files(): string[];
  /** Moves the clock that API and rooms read, in ms. */
  advance(ms: number): void;
}

/** A run request with a check that waits and one that cannot be run, as the CLI sends it. */
const RUN = {
  name: 'Foreign session', project: { logicalId: 'foreign' }, sharedFiles: [], repoInfo: null, environment: null,
  runLocation: { type: 'PUBLIC', region: 'eu-central-1' }, shouldRecord: true, streamLogs: true, refreshCache: false,
  checkRunJobs: [{
    logicalId: 'url', checkType: 'URL', name: 'A check', sequenceId: randomUUID(), sourceInfo: {}, environmentVariables: [], retryStrategy: null,
    request: { url: 'http://127.0.0.1:9/', ipFamily: 'IPv4', followRedirects: true, skipSSL: false, assertions: [] },
  }, { logicalId: 'agentic', checkType: 'AGENTIC', name: 'Another check' }],
};

/** `authorization` and the account header of a caller. */
export const headersOf = ({ apiKey, accountId }: { apiKey: string; accountId?: string }): Record<string, string> =>
  ({ authorization: `Bearer ${apiKey}`, ...(accountId ? { 'x-checkly-account': accountId } : {}) });

/** Builds an app and hears of every route it registers: hooks added to a finished app would come too late. */
async function collectRoutes(build: () => Promise<FastifyInstance>): Promise<{ app: FastifyInstance; routes: RouteOptions[] }> {
  const routes: RouteOptions[] = [];
  const listen = (message: unknown) => {
    (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', (route) => {
      if (route.method !== 'HEAD') routes.push(route);
    });
  };
  subscribe('fastify.initialization', listen);
  try {
    return { app: await build(), routes };
  } finally {
    unsubscribe('fastify.initialization', listen);
  }
}

async function fillStranger({ app, store, accounts, stranger }: Pick<ApiUnderTest, 'app' | 'store' | 'accounts' | 'stranger'>): Promise<string[]> {
  const { accountId, userId } = stranger;
  const location = await accounts.createLocation(accountId, { name: 'Foreign', slug: 'foreign', icon: 'location', proxyUrl: null });
  const key = await accounts.createLocationKey(accountId, location.id);
  const pem = (label: string) => `-----BEGIN ${label}-----\nAA==\n-----END ${label}-----\n`;
  const certificate = await accounts.createCertificate(accountId, {
    host: 'foreign.example', cert: pem('CERTIFICATE'), key: pem('PRIVATE KEY'), ca: null, passphrase: null,
  });
  await accounts.createVariable(accountId, { key: 'FOREIGN', value: 'secret of another', locked: false, secret: false });
  const session = await app.inject({ method: 'POST', url: '/v1/test-sessions/run', headers: headersOf(stranger), payload: RUN });
  assert.equal(session.statusCode, 202, session.body);
  const { testSessionId, schedulingId, testResultIds, sequenceIds } = session.json<{
    testSessionId: string; schedulingId: string; testResultIds: Record<string, string>; sequenceIds: Record<string, string>;
  }>();
  // Not by the API: tests of the rate limit count its calls.
  const groups = await store.read.selectFrom('error_groups').select(['id', 'scope_id']).where('account_id', '=', accountId).execute();
  assert.equal(groups.length, 1);
  return [
    ...groups.flatMap(({ id, scope_id }) => [id, scope_id ?? assert.fail('The session has a project')]), accountId, userId, location.id, key.id, certificate.id, testSessionId, schedulingId, ...Object.values(testResultIds), ...Object.values(sequenceIds),
  ];
}

/** Everything that the API is handed, on one store. @param folder for files. */
async function assemble(place: StoreLocation, folder: string, clock: () => number) {
  const store = await openStore(place);
  const seal = createSeal(randomBytes(32), () => randomBytes(12));
  const accounts = createAccounts({ store, clock, newId: randomUUID, randomBytes, seal });
  const events = await openEventLog(store, randomUUID());
  const queue = await openQueue(store, clock);
  const metrics = createMetrics(queue);
  const assets = openDiskAssets(join(folder, 'assets'), randomUUID);
  const engine = createEngine({ store, queue, events, seal, limits: ENGINE_LIMITS, clock, newId: randomUUID, removeFile: assets.remove, observe: metrics.observe });
  const close = async () => {
    await queue.close();
    await events.close();
    await store.close();
  };
  const links = createSignedLinks({ key: randomBytes(32), publicUrl: () => 'http://assay.test', clock });
  const generation = createGeneration(store.read);
  return { store, close, slots: { read: store.read, accounts, engine, events, assets, links, retired: generation.current, traceViewer: traceViewerFolder(), web: webFolder(), metrics, clock } };
}

export async function openApiUnderTest(options: { kind?: StoreKind; config?: Partial<ApiConfig>; log?: FastifyBaseLogger } = {}): Promise<ApiUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-api-'));
  const place = await freshLocation(options.kind ?? 'sqlite');
  let ahead = 0;
  const { store, slots, close } = await assemble(place.location, folder, () => Date.now() + ahead);
  const { accounts, engine } = slots;
  const config: ApiConfig = {
    publicUrl: () => 'http://assay.test', rateLimitPerMinute: 0, egress: { public: { allow: [], deny: [], loopback: true }, own: () => [] }, bodyLimit: 1_000_000, uploadLimit: 2_000_000, runBodyLimit: 4_000_000, retention: readServerConfig({}).retention, ...options.config,
  };
  const { app, routes } = await collectRoutes(() => buildApi({ config, ...slots, log: options.log }));
  await app.ready();
  const owner = await accounts.createAccount({ name: 'Under test', owner: { name: 'Olga Owner', email: 'olga@example.com' } });
  const stranger = await accounts.createAccount({ name: 'Elsewhere', owner: { name: 'Sam Stranger', email: 'sam@example.com' } });
  const location = await accounts.createLocation(owner.accountId, { name: 'Own', slug: 'own', icon: 'location', proxyUrl: null });
  return {
    app, routes, store, accounts, engine, owner, stranger,
    foreignIds: await fillStranger({ app, store, accounts, stranger }),
    locationKey: (await accounts.createLocationKey(owner.accountId, location.id)).rawKey,
    files: () => (existsSync(join(folder, 'assets')) ? readdirSync(join(folder, 'assets'), { recursive: true, withFileTypes: true }) : [])
      .filter((entry) => entry.isFile()).map(({ name }) => name).sort(),
    advance: (ms) => { ahead += ms; },
    async [Symbol.asyncDispose]() {
      await app.close();
      await close();
      place.remove();
      rmSync(folder, { recursive: true });
    },
  };
}
