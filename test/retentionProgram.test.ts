/** `assay retention` beside a running server, and the server's own: what people see before and afterwards. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import yazl from 'yazl';
import { applyRetention, type RetentionReport } from '../src/app/retention.ts';
import type { AssetManifest, TestSessionResult } from '../src/contract/results.ts';
import { RETENTION_CLASSES, type RetentionDays } from '../src/sessions/retention/classes.ts';
import { openStore } from '../src/store/openStore.ts';
import { agentByHand, type AgentByHand } from './agentByHand.ts';
import { runProgram, temporaryFolder } from './program.ts';
import { startStage, type Stage } from './stage.ts';

const DAY = 86_400_000;
const retention = { ...Object.fromEntries(RETENTION_CLASSES.map((name) => [name, 0])) as unknown as RetentionDays, screenshots: 90 };
let stage: Stage;
let agent: AgentByHand;
before(async () => {
  stage = await startStage({ config: { builtinAgent: null, retention }, limits: { retentionRestMs: 100 } });
  agent = await agentByHand(stage, 'here');
});
after(async () => {
  agent.link.close();
  await stage[Symbol.asyncDispose]();
});

const body = randomBytes(50_000);
async function traceZip(title: string): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  zip.addBuffer(body, 'resources/body.bin', { compress: false });
  zip.addBuffer(Buffer.from(title), 'trace.trace');
  zip.end();
  return buffer(zip.outputStream);
}
const job = { logicalId: 'a', name: 'a', checkType: 'BROWSER', script: 'import "@playwright/test";', dependencies: [], snapshots: [], environmentVariables: [] };

/** A browser run with a trace, a video and a screenshot that ended so many days ago. */
async function runThatEnded(daysAgo: number) {
  const session = await agent.run(job);
  const run = await agent.take();
  const trace = await traceZip(session.testSessionId);
  await run.keep({ type: 'trace', name: 'trace.zip', contentType: 'application/zip' }, trace);
  await run.keep({ type: 'video', name: 'video.webm', contentType: 'video/webm' }, Buffer.alloc(1_000));
  await run.keep({ type: 'screenshot', name: 'shot.png', contentType: 'image/png' }, Buffer.from('png'));
  await run.finish({ detail: { errors: [] }, log: { setup: [], request: [{ time: 1, msg: 'a', level: 'INFO' }], teardown: [] } });
  const path = `/v1/test-sessions/${session.testSessionId}/results/${session.testResultIds['a']}`;
  const read = async () => (await stage.call<TestSessionResult>('GET', path)).body;
  // The server has rendered it from here on, and would show the same text again.
  const rendered = await read();
  const at = Date.now() - daysAgo * DAY;
  await stage.server.store.transaction(async ({ db }) => {
    await db.updateTable('sessions').set({ stopped_at: at, created_at: at }).where('id', '=', session.testSessionId).execute();
    for (const table of ['results', 'assets'] as const) await db.updateTable(table).set({ created_at: at }).where('session_id', '=', session.testSessionId).execute();
  });
  const manifest = async () => (await stage.call<AssetManifest>('GET', `${path}/assets`)).body.assets;
  return { path, resultId: session.testResultIds['a'] ?? '', trace, rendered, read, manifest };
}
const retire = async (...args: string[]) => {
  const { code, stdout, stderr } = await runProgram(['retention', '--data-dir', stage.dataDir, ...args]);
  assert.equal(code, 0, stderr);
  return stdout;
};

test('the dry run tells what goes and takes nothing; then it goes, and nobody is shown a dead link', async () => {
  const [old, young] = [await runThatEnded(40), await runThatEnded(1)];
  const flags = ['--retention-sessions', '0', '--retention-traces', '0', '--retention-screenshots', '0'];
  const before = old.rendered;
  const links = before.browserCheckResult;
  const addresses = await old.manifest();
  assert.deepEqual(addresses.map(({ name }) => name).sort(), ['check-run-data.json', 'logs.json', 'shot.png', 'trace.zip', 'video.webm']);
  const said = JSON.parse(await retire('--dry-run', '--json', ...flags)) as RetentionReport & { dryRun: boolean };
  const rowBytes = { detail: '{"errors":[]}', log: '{"setup":[],"request":[{"time":1,"msg":"a","level":"INFO"}],"teardown":[]}' };
  assert.equal(said.dryRun, true);
  assert.deepEqual(said.classes.filter(({ count }) => count > 0).map(({ class: name, days, count, bytes }) => [name, days, count, bytes]),
    [['logs', 30, 1, rowBytes.detail.length + rowBytes.log.length], ['videos', 30, 1, 1_000]]);
  assert.equal(said.sharing.savedBytes, body.length, 'the two traces have a part in common');
  assert.match(await retire('--dry-run', ...flags), /^CLASS +KEPT FOR +WOULD GO +BYTES +OLDEST\nsessions +ever +0 +0 B\n[\s\S]*videos +30 days +1 +1\.0 KB +\d{4}-.*\n[\s\S]*save 50\.0 KB\.\n$/);
  const pathOf = (url = '') => new URL(url).pathname;
  assert.equal(pathOf((await old.read()).browserCheckResult?.playwrightTestVideos?.[0]), pathOf(links?.playwrightTestVideos?.[0]));

  assert.match(await retire(...flags), /WENT/);
  const { browserCheckResult, ...rest } = await old.read();
  // When it was made, this test has changed.
  assert.deepEqual({ ...rest, created_at: before.created_at, browserCheckResult: links }, before, 'everything else about the result stays');
  assert.deepEqual([browserCheckResult?.jobLog, browserCheckResult?.playwrightTestVideos, browserCheckResult?.jobAssets?.map((url) => pathOf(url)), browserCheckResult?.playwrightTestTraces?.length],
    [null, [], links?.jobAssets?.map((url) => pathOf(url)), 1]);
  assert.deepEqual((await old.manifest()).map(({ name }) => name).sort(), ['shot.png', 'trace.zip']);
  const status = async (url = '', headers = {}) => (await fetch(url, { headers })).status;
  const key = { authorization: `Bearer ${stage.apiKey}`, 'x-checkly-account': stage.accountId };
  assert.deepEqual([await status(links?.playwrightTestVideos?.[0]), await status(links?.playwrightTestTraces?.[0]), await status(links?.jobAssets?.[0])], [410, 200, 200]);
  for (const { name, url } of addresses) assert.equal(await status(url, key), ['shot.png', 'trace.zip'].includes(name) ? 200 : 410, name);
  for (const what of ['log', 'check-run-data']) assert.equal((await stage.call('GET', `/next/assets/${what}/here/${old.resultId}`)).status, 410);
  assert.equal((await young.manifest()).length, 5);
});

test('the server does the same by itself, sessions and all; what a trace shared stays for the others', async () => {
  const old = await runThatEnded(100);
  const young = await runThatEnded(2);
  const dead = old.rendered.browserCheckResult?.jobAssets?.[0] ?? '';
  await waitFor(async () => (await fetch(dead)).status === 410);
  assert.deepEqual((await old.read()).browserCheckResult?.jobAssets, null);
  const { classes: [sessions] } = await applyRetention({ dataDir: stage.dataDir, databaseUrl: null, retention: { ...retention, sessions: 30 } }, false);
  assert.deepEqual([sessions?.class, sessions?.count], ['sessions', 2]);
  assert.equal((await stage.call('GET', old.path)).status, 404);
  const [link = ''] = (await young.read()).browserCheckResult?.playwrightTestTraces ?? [];
  const answer = await fetch(link);
  assert.deepEqual([answer.headers.get('content-length'), Buffer.from(await answer.arrayBuffer()).equals(young.trace)], [String(young.trace.length), true]);
  const part = await fetch(link, { headers: { range: 'bytes=20-40000' } });
  assert.deepEqual([part.status, Buffer.from(await part.arrayBuffer()).equals(young.trace.subarray(20, 40_001))], [206, true]);
  const metrics = await (await fetch(`${stage.server.apiUrl}/metrics`)).text();
  assert.match(metrics, /assay_asset_parts_bytes\{which="saved"\} \d/);
});

test('where the files are not, no row is taken', async () => {
  using elsewhere = temporaryFolder();
  const store = await openStore({ kind: 'sqlite', folder: elsewhere.path, exclusive: false });
  await store.transaction(({ db }) => db.insertInto('assets').values({
    id: 'a', account_id: 'a', session_id: 's', result_id: 'r', type: 'file', name: 'a', content_type: 'text/plain', size: 1, storage_key: 'x', created_at: 1,
  }).execute());
  await store.close();
  await assert.rejects(applyRetention({ dataDir: elsewhere.path, databaseUrl: null, retention }, false), /There are no files in .*ASSAY_DATA_DIR/);
});

/** What the server does in its own time. */
async function waitFor(there: () => Promise<boolean>): Promise<void> {
  while (!await there()) await pause(100);
}
