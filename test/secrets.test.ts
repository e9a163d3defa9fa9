/**
 * Secrets are in no stored byte, in no answer, in no message and in no log (A.10, B.17): canaries go through a whole Assay
 * in every place where people put secrets, come back from the target in every guise, and are then looked for everywhere.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { connectAsync } from 'mqtt';
import { Client } from 'pg';
import { readServerConfig } from '../src/app/config.ts';
import { createLog } from '../src/app/createLog.ts';
import { startSampleZone } from '../src/app/sampleZone.ts';
import { loadSecretKey, publicLocationKey } from '../src/app/secretKey.ts';
import { startRemoteAgent } from '../src/app/startRemoteAgent.ts';
import { startServer, type RunningServer } from '../src/app/startServer.ts';
import { openDiskAssets } from '../src/assets/openAssets.ts';
import type { AssetManifest, TestSessionResult } from '../src/contract/results.ts';
import type { TestSession } from '../src/contract/sessions.ts';
import { freshDatabase } from './postgres.ts';
import { stageConfig } from './stage.ts';
import { canaryOf, findLeaks, type Canary } from './secrets/canaries.ts';
import { startShop } from './grpc/shop.ts';
import { startEcho } from './secrets/echo.ts';
import { heldJob, jobsFor, PLAIN, SECRETS, type Ports } from './secrets/jobs.ts';
import { FILE_SECRETS, leakyJobs, leakySuite } from './secrets/leakyJobs.ts';
import { startLeakySite } from './secrets/leakySite.ts';
import { unpackAll } from './secrets/unpack.ts';
import { whyNoBrowser } from './clients/plainPlaywright.ts';
import { startRegistry } from './registry.ts';
import { bundleOf, lockedProject } from './suiteProjects.ts';

const NET = { nameServers: [], useOsResolver: true };

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));

/** Every byte of a folder, file by file. */
function* folderBytes(folder: string): Generator<{ where: string; bytes: Buffer }> {
  for (const path of filesIn(folder)) yield { where: basename(path), bytes: readFileSync(path) };
}

/** Everything that runs have left, unpacked as far as it goes. */
async function assetLeaks(folder: string, canaries: readonly Canary[]): Promise<string[]> {
  const leaks: string[] = [];
  for (const { where, bytes } of folderBytes(join(folder, 'assets'))) {
    for await (const piece of unpackAll(bytes, where)) leaks.push(...findLeaks(canaries, piece.bytes, piece.where));
  }
  // Zips that were taken apart: their packed parts say nothing by themselves.
  const assets = openDiskAssets(join(folder, 'assets'), randomUUID);
  for (const entry of readdirSync(join(folder, 'assets'), { recursive: true, withFileTypes: true }).filter(({ name }) => name.endsWith('.parts'))) {
    const { stream } = await assets.open(`${basename(entry.parentPath)}/${entry.name}`);
    for await (const piece of unpackAll(await buffer(stream), entry.name)) leaks.push(...findLeaks(canaries, piece.bytes, piece.where));
  }
  return leaks;
}

/** Every row of every table as text: long values are in pieces in the files. */
async function rowsOf(folder: string, databaseUrl: string | null): Promise<string> {
  if (databaseUrl === null) {
    using database = new DatabaseSync(join(folder, 'assay.db'), { readOnly: true });
    const tables = database.prepare("select name from sqlite_master where type = 'table'").all() as { name: string }[];
    return tables.flatMap(({ name }) => database.prepare(`select * from "${name}"`).all().map((row) => Object.values(row).join('\n'))).join('\n');
  }
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')");
    const texts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: Record<string, unknown> }>(`select to_jsonb(t) as row from ${name} t`);
      texts.push(...rows.map(({ row }) => Object.values(row).map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join('\n')));
    }
    return texts.join('\n');
  } finally {
    await client.end();
  }
}

interface Caller { text(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }>; json<T>(method: string, path: string, body?: unknown): Promise<T> }

function callerOf(apiUrl: string, accountId: string, apiKey: string): Caller {
  const text: Caller['text'] = async (method, path, body) => {
    const answer = await fetch(new URL(path, apiUrl), {
      method, headers: { authorization: `Bearer ${apiKey}`, 'x-checkly-account': accountId, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, text: `${JSON.stringify([...answer.headers])}\n\n${await answer.text()}` };
  };
  return {
    text,
    async json<T>(method: string, path: string, body?: unknown) {
      const answer = await text(method, path, body);
      assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
      const json = answer.text.slice(answer.text.indexOf('\n\n') + 2);
      return (json === '' ? undefined : JSON.parse(json)) as T;
    },
  };
}

const PEM = (label: string, text: string) => `-----BEGIN ${label}-----\n${text}\n-----END ${label}-----\n`;

/** An account with a secret variable, a plain one and a client certificate. */
async function prepareAccount({ accounts, apiUrl }: RunningServer): Promise<Caller & { accountId: string; apiKey: string }> {
  const { accountId, apiKey } = await accounts.createAccount({ name: 'Canaries' });
  const caller = callerOf(apiUrl, accountId, apiKey);
  await caller.json('POST', '/v1/variables', { key: 'ACCOUNT', value: SECRETS.account.value, secret: true });
  await caller.json('POST', '/v1/variables', { key: 'PLAIN', value: PLAIN });
  await caller.json('POST', '/v1/client-certificates', {
    host: '*.example.com', cert: PEM('CERTIFICATE', 'AAAA'), key: PEM('PRIVATE KEY', SECRETS.certificateKey.value), passphrase: SECRETS.certificateKey.value,
  });
  return { ...caller, accountId, apiKey };
}

interface Opened { testSessionId?: string; sequenceIds: Record<string, string>; suiteId: string }

/** Starts a session and does not wait for it. */
async function run(caller: Caller, suiteId: string, jobs: readonly Record<string, unknown>[], more: Record<string, unknown> = {}): Promise<Opened> {
  const opened = await caller.json<Opened>('POST', '/v1/test-sessions/run', {
    name: `${PLAIN} session`, runLocation: { type: 'PUBLIC', region: 'eu-central-1' }, streamLogs: true, ...more,
    checkRunJobs: jobs.map((job) => ({ ...job, sourceInfo: { checkRunSuiteId: suiteId, checkRunId: randomUUID() } })),
  });
  return { ...opened, suiteId };
}

interface Messages { all: string[]; results(suiteId: string, count: number): Promise<void>; end(): Promise<void> }

/** Everything that MQTT tells about the suites. */
async function listen(server: RunningServer, { accountId, apiKey }: { accountId: string; apiKey: string }, suiteIds: readonly string[], signal: AbortSignal): Promise<Messages> {
  const client = await connectAsync(`${server.mqttUrl}?authenticationScheme=userApiKey`, { username: accountId, password: apiKey, protocolVersion: 4 });
  const all: string[] = [];
  const finals: string[] = [];
  const waiting = new Set<() => void>();
  client.on('message', (topic, payload) => {
    all.push(`${topic}\n${payload.toString()}`);
    if (payload.includes('"resultType":"FINAL"')) finals.push(topic);
    for (const look of waiting) look();
  });
  for (const suiteId of suiteIds) await client.subscribeAsync(`account/${accountId}/ad-hoc-check-results/${suiteId}/+/+/+`);
  return {
    all,
    results: (suiteId, count) => new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error(`Not all ${count} results of ${suiteId} were told.`)));
      const look = () => { if (new Set(finals.filter((topic) => topic.includes(suiteId))).size >= count) resolve(); };
      waiting.add(look);
      look();
    }),
    end: () => client.endAsync(true),
  };
}

/** Every answer of the API that could tell about the sessions, refusals included. */
async function collectAnswers(caller: Caller & { accountId: string }, sessions: readonly Opened[], results: readonly TestSessionResult[], unrecorded: readonly string[]): Promise<string[]> {
  const paths = ['/v1/test-sessions', '/v1/variables', '/v1/variables/ACCOUNT', '/v1/client-certificates', '/v1/private-locations', '/v1/accounts/me', '/metrics'];
  for (const { testSessionId } of sessions) paths.push(`/v1/test-sessions/${testSessionId}`, `/v1/test-sessions/${testSessionId}/completion`);
  for (const { testSessionResultId: id, testSessionResultLink } of results) {
    const at = `/v1/test-sessions/${/test-sessions\/([^/]+)/.exec(testSessionResultLink)?.[1]}/results/${id}`;
    const manifest = await caller.json<AssetManifest>('GET', `${at}/assets`);
    paths.push(at, `${at}/assets`, ...manifest.assets.map(({ url }) => url), `/next/assets/log/eu-central-1/${id}`, `/next/assets/check-run-data/eu-central-1/${id}`);
  }
  for (const id of unrecorded) paths.push(`/next/assets/log/eu-central-1/${id}`, `/next/assets/check-run-data/eu-central-1/${id}`);
  const texts: string[] = [];
  for (const path of paths) texts.push(`GET ${path}\n${(await caller.text('GET', path)).text}`);
  return texts;
}

/** Runs that never get to the engine: what is wrong with them is told without what is in them. */
async function collectRefusals(caller: Caller, ports: Ports): Promise<string[]> {
  const [job] = jobsFor(ports);
  const broken = [
    { ...job, request: { ...(job?.['request'] as object), method: SECRETS.check.value } },
    { ...job, environmentVariables: [{ key: 'X', value: [SECRETS.check.value], secret: true }] },
    { ...job, checkType: SECRETS.check.value }, { ...job, degradedResponseTime: SECRETS.check.value },
  ];
  const answers = await Promise.all(broken.map((one) => caller.text('POST', '/v1/test-sessions/run', {
    name: 'x', runLocation: { type: 'PUBLIC', region: 'eu-central-1' }, checkRunJobs: [one],
  })));
  for (const { status, text } of answers) assert.equal(status, 400, text);
  return answers.map(({ text }) => text);
}

/** `known`: the files that have been searched, by what they were then. */
interface Searched { canaries: Canary[]; folder: string; databaseUrl: string | null; leaks: Set<string>; known: Map<string, string> }

/** All files that are not what they were when they were searched last, and all rows. */
async function search({ canaries, folder, databaseUrl, leaks, known }: Searched, stage: string): Promise<string> {
  for (const path of filesIn(folder)) {
    const { size, mtimeNs, ino } = statSync(path, { bigint: true });
    const facts = [size, mtimeNs, ino].join();
    // The database's shared memory is written without a change of its time.
    if (known.get(path) === facts && !/\.db(-\w+)?$/.test(path)) continue;
    known.set(path, facts);
    for (const leak of findLeaks(canaries, readFileSync(path), `${basename(path)} ${stage}`)) leaks.add(leak);
  }
  const rows = await rowsOf(folder, databaseUrl);
  for (const leak of findLeaks(canaries, rows, `the rows ${stage}`)) leaks.add(leak);
  return rows;
}

/** Everything that is written is written into the files themselves. */
function checkpoint(folder: string): void {
  using database = new DatabaseSync(join(folder, 'assay.db'), { timeout: 5000 });
  database.exec('pragma wal_checkpoint(truncate)');
}

/** Browsers and installed packages: beside the folder that is searched again and again. */
const agentFolder = (folder: string) => `${folder}-agent`;

/** Runs code of users that leaks wherever it can. @returns once all of it has ended. */
async function runLeaky(caller: Caller & { accountId: string; apiKey: string }, apiUrl: string, suiteId: string, messages: Messages, open: AsyncDisposableStack): Promise<Opened> {
  const site = await startLeakySite();
  open.defer(() => site.close());
  await using registry = await startRegistry();
  const bundle = await bundleOf(await lockedProject('npm', '1.65.1', registry.url, leakySuite(site.url)));
  const upload = await fetch(new URL('/next/checkly-storage/upload-code-bundle', apiUrl), {
    method: 'POST', headers: { authorization: `Bearer ${caller.apiKey}`, 'x-checkly-account': caller.accountId, 'content-type': 'application/octet-stream' }, body: new Uint8Array(bundle),
  });
  const jobs = leakyJobs(site.url, PLAIN, (await upload.json() as { key: string }).key);
  const opened = await run(caller, suiteId, jobs);
  await messages.results(suiteId, jobs.length);
  return opened;
}

async function hunt(folder: string, databaseUrl: string | null, signal: AbortSignal): Promise<void> {
  const log = createLog('trace', join(folder, 'assay.log'));
  await using echo = await startEcho();
  await using open = new AsyncDisposableStack();
  const zone = await startSampleZone();
  open.defer(() => zone.close());
  await using shop = await startShop();
  const ports = { http: echo.httpPort, tcp: echo.tcpPort, dns: zone.port, grpc: shop.port };
  const server = await startServer(stageConfig(folder, { databaseUrl, builtinAgent: null, logLevel: 'trace' }), log);
  open.defer(() => server.close());
  const locationKey = publicLocationKey(loadSecretKey(folder, null));
  await server.accounts.ensurePublicLocationKey(locationKey);
  const caller = await prepareAccount(server);
  const searched: Searched = { folder, databaseUrl, leaks: new Set(), known: new Map(), canaries: [...Object.values(SECRETS), ...Object.values(FILE_SECRETS), canaryOf('API key', caller.apiKey), canaryOf('location key', locationKey)] };
  const suites = Array.from({ length: 5 }, () => randomUUID());
  const [main = '', hidden = '', waiting = '', held = '', leaky = ''] = suites;
  const messages = await listen(server, caller, suites, signal);
  open.defer(() => messages.end());
  const jobs = jobsFor(ports);

  const sessions = [await run(caller, main, jobs), await run(caller, waiting, jobs.slice(0, 1))];
  await run(caller, hidden, jobs, { shouldRecord: false });
  const refusals = await collectRefusals(caller, ports);
  assert.ok((await search(searched, 'while the runs wait')).includes(`${PLAIN} passes`), 'what is no secret is stored as it is');
  await caller.text('POST', `/v1/test-sessions/${sessions[1]?.testSessionId}/cancel`, {});

  const agent = await startRemoteAgent({ serverUrl: server.apiUrl, locationKey, name: 'canaries', light: 8, heavy: 2, net: NET, egress: { allow: [], deny: [], loopback: true }, userCode: { ...readServerConfig({}).userCode, allowUnsandboxed: false, keepPictures: true, warmSlots: 0, folder: agentFolder(folder) }, capture: 'always', logLevel: 'trace' }, log);
  open.defer(() => agent.stop({ graceMs: 0 }));
  sessions.push(await run(caller, held, [heldJob(ports)]));
  await Promise.race([echo.held, once(signal, 'abort')]);
  await caller.text('POST', `/v1/test-sessions/${sessions[2]?.testSessionId}/cancel`, {});
  await Promise.all([messages.results(main, jobs.length), messages.results(hidden, jobs.length), messages.results(held, 1)]);

  // Files are stored in the same way on both stores.
  const runsCode = databaseUrl === null && await whyNoBrowser() === null;
  if (runsCode) sessions.push(await runLeaky(caller, server.apiUrl, leaky, messages, open));

  const results: TestSessionResult[] = [];
  for (const { testSessionId } of sessions) {
    const session = await caller.json<TestSession>('GET', `/v1/test-sessions/${testSessionId}/completion`);
    for (const { testSessionResultId } of session.results ?? []) results.push(await caller.json('GET', `/v1/test-sessions/${testSessionId}/results/${testSessionResultId}`));
  }
  assertAllKinds(results);
  if (runsCode) await assertAllFiles(caller, results);
  const unrecorded = messages.all.filter((text) => text.includes(hidden)).flatMap((text) => /"clickHouseId":"([^"]+)"/.exec(text)?.[1] ?? []);
  const answers = await collectAnswers(caller, sessions, results, unrecorded);
  const rows = await search(searched, 'after the runs');
  if (databaseUrl === null) checkpoint(folder);
  await search(searched, 'after a checkpoint');
  await open.disposeAsync();
  await search(searched, 'after the end');
  for (const [where, texts] of Object.entries({ refusals, messages: messages.all, answers })) {
    for (const text of texts) for (const leak of findLeaks(searched.canaries, text, `${where}: ${text.split('\n')[0]?.slice(0, 120)}`)) searched.leaks.add(leak);
  }
  for (const leak of runsCode ? await assetLeaks(folder, searched.canaries) : []) searched.leaks.add(leak);
  for (const { where, bytes } of runsCode ? folderBytes(agentFolder(folder)) : []) for (const leak of findLeaks(searched.canaries, bytes, `${where} of the agent`)) searched.leaks.add(leak);
  assert.deepEqual([...searched.leaks], []);
  for (const [where, text] of Object.entries({ rows, answers: answers.join(), messages: messages.all.join(), database: databaseUrl === null ? readFileSync(join(folder, 'assay.db'), 'latin1') : rows })) {
    assert.ok(text.includes(PLAIN), `${where} tell what is no secret`);
  }
  assert.ok(readFileSync(join(folder, 'assay.log'), 'utf8').includes('Assay is ready'), 'the log is in the folder that is searched');
}

/** The canaries really went through every kind of ending, and came back from the target. */
function assertAllKinds(results: readonly TestSessionResult[]): void {
  const ended = (which: (result: TestSessionResult) => boolean) => results.some(which);
  assert.ok(ended((result) => result.status === 'PASSED'), 'a run passed');
  assert.ok(ended((result) => result.status === 'FAILED' && !result.hasErrors), 'a run failed');
  assert.ok(ended((result) => result.hasErrors), 'a run errored');
  assert.ok(ended((result) => result.resultType === 'ATTEMPT'), 'a run was retried');
  assert.ok(ended((result) => result.isCancelled && result.startedAt === null), 'a run was cancelled while it waited');
  assert.ok(ended((result) => result.isCancelled && result.startedAt !== null), 'a run was cancelled while it ran');
  const passed = results.find((result) => result.name === `${PLAIN} passes` && result.status === 'PASSED');
  assert.match(String((passed?.apiCheckResult?.response as { body?: string } | undefined)?.body), /"base64":"[^"]*\*{6}/, 'the target sent the secrets back');
}

/** The code of users really ran, and left a file of each kind. */
async function assertAllFiles(caller: Caller, results: readonly TestSessionResult[]): Promise<void> {
  const types = async (name: string) => {
    const result = results.find((one) => one.name === `${PLAIN} ${name}`);
    const at = /test-sessions\/([^/]+)/.exec(result?.testSessionResultLink ?? '')?.[1];
    assert.deepEqual([result?.hasFailures, result?.hasErrors], [true, false], `${name}: ${JSON.stringify(result)}`);
    const { assets } = await caller.json<AssetManifest>('GET', `/v1/test-sessions/${at}/results/${result?.testSessionResultId}/assets`);
    return [...new Set(assets.map(({ type }) => type))].sort();
  };
  assert.deepEqual(await types('browser'), ['file', 'log', 'report', 'screenshot', 'trace', 'video']);
  assert.deepEqual(await types('multistep'), ['file', 'log', 'report', 'trace']);
  assert.deepEqual(await types('suite'), ['file', 'log', 'report', 'screenshot', 'trace', 'video']);
  assert.deepEqual(await types('syntax error'), ['file', 'log']);
}

for (const kind of ['embedded store', 'PostgreSQL']) {
  test(`no secret is stored, shown, told or logged (${kind})`, { timeout: 600_000 }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-secrets-'));
    try {
      await hunt(folder, kind === 'PostgreSQL' ? await freshDatabase() : null, t.signal);
    } finally {
      for (const path of [folder, agentFolder(folder)]) rmSync(path, { recursive: true, force: true });
    }
  });
}
