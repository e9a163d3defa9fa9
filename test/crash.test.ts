/**
 * Sessions run while the server and the agents are killed with -9 at random moments, on both stores: nothing that was
 * acknowledged is lost, every session ends, exactly one FINAL a sequence, nothing that had ended changes.
 * ASSAY_CRASH_KILLS=<number> kills more often a store than the usual 6, ASSAY_CRASH_SEED=<number> repeats a run's choices.
 */
import assert from 'node:assert/strict';
import { on, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { withAccounts } from '../src/app/openAccounts.ts';
import { loadSecretKey, publicLocationKey } from '../src/app/secretKey.ts';
import { openQueue } from '../src/queue/openQueue.ts';
import { openStore } from '../src/store/openStore.ts';
import { audit, snapshot } from './audit.ts';
import { createClient, type Client } from './crash/client.ts';
import { createMortal, whileAlive, type Mortal } from './crash/mortal.ts';
import { createRandom, type Random } from './crash/random.ts';
import { freshDatabase } from './postgres.ts';
import { startTarget, type Target } from './scenarios/target.ts';
import { startStage } from './stage.ts';

const KILLS = Number(process.env['ASSAY_CRASH_KILLS'] ?? 6);
const CLIENTS = 3;
const READY = /"msg":"Assay is ready"/;
const AT_WORK = /"msg":"The agent is ready"/;
/** Starting is most of the work here: what Node has compiled is kept between the starts. */
const COMPILED = mkdtempSync(join(tmpdir(), 'assay-compiled-'));
after(() => rmSync(COMPILED, { recursive: true, force: true }));

/** Two thirds of the answers are failures: retries end one way or the other. */
const FLAKY = Array.from({ length: 20_000 }, (_, i) => ({ status: i % 3 === 0 ? 200 : 503 }));
const ROUTES = { '/ok': {}, '/slow': { delayMs: 250 }, '/slower': { delayMs: 1_200 }, '/error': { status: 500 }, '/flaky': FLAKY };

/** Sessions of one to five checks of all kinds, some slow, some failing, a quarter of them at the private location. */
function jobsOn({ httpPort, tcpPort, dnsPort }: Target) {
  const retries = { testRetryStrategy: { type: 'FIXED', baseBackoffSeconds: 0, maxRetries: 2 } };
  const at = `http://127.0.0.1:${httpPort}`;
  const kinds = [
    { checkType: 'URL', request: { url: `${at}/ok` } }, { checkType: 'URL', request: { url: `${at}/slow` } }, { checkType: 'URL', request: { url: `${at}/slower` } },
    { checkType: 'URL', ...retries, request: { url: `${at}/error` } }, { checkType: 'API', ...retries, request: { method: 'GET', url: `${at}/flaky` } },
    { checkType: 'URL', ...retries, request: { url: 'http://127.0.0.1:1/' } }, { checkType: 'TCP', request: { hostname: '127.0.0.1', port: tcpPort } },
    { checkType: 'DNS', ...retries, request: { query: 'nobody.shop.example.test', recordType: 'A', nameServer: '127.0.0.1', port: dnsPort } },
    { checkType: 'GRPC', request: { url: '127.0.0.1', port: 1, grpcConfig: { mode: 'HEALTH' } } },
  ];
  return (random: Random) => ({
    runLocation: random.next() < 0.25 ? { type: 'PRIVATE', slugName: 'basement' } : { type: 'PUBLIC', region: 'eu-central-1' },
    checkRunJobs: Array.from({ length: random.between(1, 5) }, (_, i) => ({ ...random.pick(kinds), name: `Check ${i}`, logicalId: `check-${i}` })),
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface Place { dataDir: string; databaseUrl: string | null; port: number; apiUrl: string; serverEnv: Record<string, string> }

async function findPlace(t: TestContext, kind: string): Promise<Place> {
  const dataDir = mkdtempSync(join(tmpdir(), 'assay-crash-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  const databaseUrl = kind === 'PostgreSQL' ? await freshDatabase() : null;
  const port = await freePort();
  return {
    dataDir, databaseUrl, port, apiUrl: `http://127.0.0.1:${port}`,
    serverEnv: {
      ASSAY_DATA_DIR: dataDir, ASSAY_PORT: String(port), ASSAY_RATE_LIMIT: '0', ASSAY_LIGHT_SLOTS: '8', ASSAY_HEAVY_SLOTS: '1', NODE_COMPILE_CACHE: COMPILED,
      ...(databaseUrl === null ? {} : { ASSAY_DATABASE_URL: databaseUrl }),
    },
  };
}

interface Account { accountId: string; apiKey: string; privateKey: string }

const prepareAccount = ({ dataDir, databaseUrl }: Place): Promise<Account> => withAccounts({ dataDir, databaseUrl, secretKey: null }, async (accounts) => {
  const { accountId, apiKey } = await accounts.createAccount({ name: 'Crashes' });
  const { id } = await accounts.createLocation(accountId, { name: 'Basement', slug: 'basement', icon: 'location', proxyUrl: null, egress: { allow: [], deny: [], loopback: true } });
  return { accountId, apiKey, privateKey: (await accounts.createLocationKey(accountId, id)).rawKey };
});

function agentAt(apiUrl: string, name: string, locationKey: string): Mortal {
  return createMortal(name, AT_WORK, {
    args: ['agent'], env: { ASSAY_SERVER_URL: apiUrl, ASSAY_LOCATION_KEY: locationKey, ASSAY_AGENT_NAME: name, ASSAY_LIGHT_SLOTS: '8', ASSAY_HEAVY_SLOTS: '0', NODE_COMPILE_CACHE: COMPILED },
  });
}

/** Kills and starts again. Mostly the server may come up before the next kill; sometimes it is killed while it starts. */
async function killAtRandom(server: Mortal, agents: readonly Mortal[], random: Random, signal: AbortSignal): Promise<void> {
  for (let kill = 1; kill <= KILLS; kill++) {
    await pause(random.between(0, 700), undefined, { signal });
    const victim = random.next() < 0.4 ? server : random.pick(agents);
    await victim.kill();
    victim.start();
    if (victim === server && random.next() < 0.75) await server.ready();
  }
}

/** Every session of the account, by page. */
async function listSessions(client: Client): Promise<{ id: string; name: string }[]> {
  const all: { id: string; name: string }[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = JSON.parse(await client.get(`/v1/test-sessions?limit=100${cursor && `&nextId=${encodeURIComponent(cursor)}`}`)) as { entries: { id: string; name: string }[]; nextId: string | null };
    all.push(...page.entries);
    cursor = page.nextId;
  }
  return all;
}

/** Holds the rows themselves against the contract, and against what the clients were promised. */
async function inspect(t: TestContext, { dataDir, databaseUrl }: Place, clients: readonly Client[]): Promise<void> {
  await using store = await openForInspection(dataDir, databaseUrl);
  const everything = await snapshot(store.store, (await store.store.read.selectFrom('sessions').select('id').execute()).map(({ id }) => id));
  audit(everything);
  const takenOver = everything.results.filter((row) => row.takeovers > 0).length;
  const attempts = everything.results.filter((row) => row.result_type === 'ATTEMPT').length;
  t.diagnostic(`${everything.sequences.length} sequences, ${everything.results.length} runs: ${attempts} attempts, ${takenOver} taken over from a dead agent`);
  assert.deepEqual(everything.sessions.filter(({ status }) => status === 'RUNNING'), [], 'every session has ended');
  assert.deepEqual(everything.results.filter((row) => row.result_type === 'PENDING' || row.lease_until !== null), [], 'no run waits, no lease is left');
  const depth = await store.queue.depth();
  assert.deepEqual(depth.filter(({ ready, delayed, claimed }) => ready + delayed + claimed > 0), [], 'the queue is empty');
  const sequences = new Map(everything.sequences.map((row) => [row.id, row]));
  const results = new Map(everything.results.map((row) => [row.id, row]));
  for (const { testSessionId, sequenceIds, testResultIds } of clients.flatMap((client) => client.acknowledged)) {
    for (const [logicalId, id] of Object.entries(sequenceIds)) {
      assert.equal(sequences.get(id)?.session_id, testSessionId, 'an acknowledged sequence is there');
      assert.equal(sequences.get(id)?.logical_id, logicalId);
    }
    for (const id of Object.values(testResultIds)) assert.equal(results.get(id)?.session_id, testSessionId, 'an acknowledged result is there');
  }
}

async function openForInspection(folder: string, databaseUrl: string | null) {
  // Exclusive: that it opens proves that nobody is left in the store.
  const store = await openStore(databaseUrl === null ? { kind: 'sqlite', folder, exclusive: true } : { kind: 'postgres', url: databaseUrl });
  const queue = await openQueue(store, () => Date.now());
  return { store, queue, async [Symbol.asyncDispose]() { await queue.close(); await store.close(); } };
}

async function survive(t: TestContext, kind: string): Promise<void> {
  const random = createRandom();
  t.diagnostic(`${KILLS} kills, ASSAY_CRASH_SEED=${random.seed}`);
  const place = await findPlace(t, kind);
  const account = await prepareAccount(place);
  await using target = await startTarget({ http: ROUTES, tcp: { greeting: 'hello\n' } });
  await using server = createMortal('server', READY, { args: ['server'], env: place.serverEnv });
  await using outside = agentAt(place.apiUrl, 'outside', publicLocationKey(loadSecretKey(place.dataDir, null)));
  await using basement = agentAt(place.apiUrl, 'basement', account.privateKey);
  const mortals = [server, outside, basement];
  const alive = <T>(work: Promise<T>) => whileAlive(mortals, t.signal, work);
  // Only a clean stop writes down what was compiled.
  server.start();
  await alive(server.ready());
  await server.stop();
  for (const mortal of mortals) mortal.start();
  await alive(server.ready());

  const clients = Array.from({ length: CLIENTS }, () => createClient({
    ...account, apiUrl: place.apiUrl, jobs: jobsOn(target), random: createRandom(random.between(0, 2 ** 31)), signal: t.signal,
  }));
  const over = new AbortController();
  const killing = killAtRandom(server, [outside, basement], random, over.signal).finally(() => over.abort());
  const starting = clients.map((client) => client.startSessions(over.signal));
  try {
    await alive(Promise.all([killing, ...starting]));
  } finally {
    over.abort();
    await Promise.allSettled([killing, ...starting]);
  }
  await alive(Promise.all(mortals.map((mortal) => mortal.ready())));
  await alive(readEverything(t, clients, server));
  assert.deepEqual(await alive(Promise.all([outside.stop(), basement.stop(), server.stop()])), [0, 0, 0], 'all of them stop cleanly');
  await inspect(t, place, clients);
}

/** Waits until every session has ended, and reads its results before another crash and after it; some were read long before. */
async function readEverything(t: TestContext, clients: readonly Client[], server: Mortal): Promise<void> {
  const [reader] = clients as [Client];
  const listed = await listSessions(reader);
  const acknowledged = clients.flatMap((client) => client.acknowledged);
  const unanswered = clients.reduce((sum, client) => sum + client.unanswered.length, 0);
  t.diagnostic(`${acknowledged.length} sessions acknowledged, ${unanswered} unanswered of which ${listed.length - acknowledged.length} exist`);
  assert.ok(acknowledged.length > 0);
  const ids = new Set([...listed.map(({ id }) => id), ...acknowledged.map(({ testSessionId }) => testSessionId)]);
  await Promise.all([...clients.flatMap((client) => client.followed), ...Array.from(ids, (id) => reader.follow(id))]);
  await server.kill();
  server.start();
  for (const [path, before] of clients.flatMap((client) => [...client.read])) assert.equal(await reader.get(path), before, 'what has ended is the same after another crash');
}

/** A target that answers when it is told to; `next` is the next request to arrive. */
async function startPatientTarget(t: TestContext): Promise<{ url: string; next(): Promise<ServerResponse> }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const arrivals = on(server, 'request');
  t.after(() => { server.closeAllConnections(); server.close(); });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    next: async () => ((await arrivals.next()).value as [unknown, ServerResponse])[1],
  };
}

const oneCheck = (url: string) => ({ runLocation: { type: 'PUBLIC', region: 'eu-central-1' }, checkRunJobs: [{ checkType: 'URL', name: 'Patient', logicalId: 'patient', request: { url } }] });

for (const kind of ['embedded store', 'PostgreSQL']) {
  test(`nothing acknowledged is lost, and everything ends (${kind})`, { timeout: 60_000 + KILLS * 12_000 }, (t) => survive(t, kind));

  test(`what the server's own agent was running goes on after a restart, long before a lease lapses (${kind})`, { timeout: 30_000 }, async (t) => {
    const place = await findPlace(t, kind);
    const account = await prepareAccount(place);
    const target = await startPatientTarget(t);
    await using server = createMortal('server', READY, {
      args: [], command: [process.execPath, fileURLToPath(new URL('./crash/longLeases.ts', import.meta.url))], env: place.serverEnv,
    });
    server.start();
    const alive = <T>(work: Promise<T>) => whileAlive([server], t.signal, work);
    await alive(server.ready());
    const client = createClient({ ...account, apiUrl: place.apiUrl, jobs: () => oneCheck(target.url), random: createRandom(1), signal: t.signal });
    const over = new AbortController();
    const starting = client.startSessions(over.signal);
    over.abort();
    await starting;
    await alive(target.next());
    await server.kill();
    server.start();
    (await alive(target.next())).end('taken up again');
    const [session] = client.acknowledged;
    await alive(client.follow(session?.testSessionId ?? ''));
    const [result] = [...client.read.values()].map((text) => JSON.parse(text) as { status: string; resultType: string; attempts: number });
    assert.deepEqual({ status: result?.status, resultType: result?.resultType, attempts: result?.attempts }, { status: 'PASSED', resultType: 'FINAL', attempts: 1 });
  });
}

test('the runs of an agent that is gone for good are taken over by another one', { timeout: 30_000 }, async (t) => {
  const target = await startPatientTarget(t);
  await using stage = await startStage({ config: { builtinAgent: null }, limits: { leaseMs: 2_000, extendEveryMs: 500 } });
  const locationKey = publicLocationKey(loadSecretKey(stage.dataDir, null));
  await stage.server.accounts.ensurePublicLocationKey(locationKey);
  await using doomed = agentAt(stage.server.apiUrl, 'doomed', locationKey);
  await using heir = agentAt(stage.server.apiUrl, 'heir', locationKey);
  doomed.start();
  const { body } = await stage.call<{ testSessionId: string }>('POST', '/v1/test-sessions/run', { name: 'Inherited', ...oneCheck(target.url) });
  const alive = <T>(work: Promise<T>) => whileAlive([doomed, heir], t.signal, work);
  await alive(target.next());
  heir.start();
  await alive(heir.ready());
  await doomed.kill();
  (await alive(target.next())).end('taken over');
  const session = await stage.call<{ status: string; results: { resultType: string }[] }>('GET', `/v1/test-sessions/${body.testSessionId}/completion`);
  assert.equal(session.body.status, 'PASSED');
  assert.deepEqual(session.body.results.map((result) => result.resultType), ['FINAL']);
});
