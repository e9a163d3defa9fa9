/** What a browser run left, as people and programs get at it: results, links, manifest, signed addresses, the CLI's download. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { after, before, test } from 'node:test';
import mqtt from 'mqtt';
import type { AssetManifest, TestSessionResult } from '../src/contract/results.ts';
import { agentByHand, type AgentByHand } from './agentByHand.ts';
import { startStage, type Stage } from './stage.ts';

let stage: Stage;
let agent: AgentByHand;
before(async () => {
  stage = await startStage({ config: { builtinAgent: null } });
  agent = await agentByHand(stage, 'here');
});
after(async () => {
  agent.link.close();
  await stage[Symbol.asyncDispose]();
});

const script = 'import { test } from "@playwright/test"; test("a", () => {});';
const job = (checkType: string, more: object = {}) => ({ logicalId: 'a', name: 'a', checkType, script, dependencies: [], snapshots: [], environmentVariables: [], ...more });
const trace = Buffer.from('PK trace of 20 bytes');
const html = Buffer.from('<script>alert(1)</script>');
const detail = {
  type: 'PLAYWRIGHT_TEST', traceSummary: { consoleErrors: 1, networkErrors: 0, documentErrors: 0, userScriptErrors: 0 }, pages: [], errors: [{ message: 'boom' }],
  startTime: 1, endTime: 2, runtimeVersion: '2025.04',
};
const log = { setup: [], teardown: [], request: [{ time: 2, msg: 'b', level: 'INFO' as const }, { time: 1, msg: 'a', level: 'ERROR' as const }] };

/** A run of the type with one file of each kind. */
async function finished(checkType: string, given: object = {}) {
  const session = await agent.run(job(checkType));
  const run = await agent.take();
  const ids = {
    trace: await run.keep({ type: 'trace', name: 'test-results/a/trace.zip', contentType: 'application/zip' }, trace),
    video: await run.keep({ type: 'video', name: 'vidéo.webm', contentType: 'video/webm' }, Buffer.from('webm')),
    screenshot: await run.keep({ type: 'screenshot', name: 'shot.png', contentType: 'image/png' }, Buffer.from('png')),
    report: await run.keep({ type: 'report', name: 'report.json', contentType: 'application/json' }, Buffer.from('{}')),
    page: await run.keep({ type: 'file', name: 'page.html', contentType: 'text/html' }, html),
    empty: await run.keep({ type: 'file', name: 'empty.txt', contentType: 'text/plain' }, Buffer.alloc(0)),
  };
  await run.finish({ verdict: 'failed', detail, log, ...given });
  const path = `/v1/test-sessions/${session.testSessionId}/results/${session.testResultIds['a']}`;
  return { path, ids, session, result: (await stage.call<TestSessionResult>('GET', path)).body };
}
const idIn = (url: unknown) => new URL(String(url)).pathname.split('/')[3];

test('a browser, a multistep and a fault\'s result name their files by links that need no key', async () => {
  for (const [type, key] of [['BROWSER', 'browserCheckResult'], ['MULTI_STEP', 'multiStepCheckResult']] as const) {
    const { result, ids, session } = await finished(type);
    const sub = result[key] as NonNullable<TestSessionResult['browserCheckResult']>;
    assert.deepEqual([sub.playwrightTestTraces, sub.playwrightTestVideos, sub.jobAssets, [sub.playwrightTestJsonReportFile]].map((urls) => urls?.map(idIn)), [[ids.trace], [ids.video], [ids.screenshot], [ids.report]]);
    assert.deepEqual([sub.pcapDataUrl, sub.errors, sub.jobLog, sub['traceSummary']], [null, detail.errors, [...log.request].reverse(), detail.traceSummary]);
    const answer = await fetch(sub.playwrightTestTraces?.[0] ?? '');
    assert.deepEqual([answer.status, Buffer.from(await answer.arrayBuffer())], [200, trace]);
    const links = (await stage.call<Record<string, string[]>>('GET', `/next/test-sessions/${session.testSessionId}/results/${session.testResultIds['a']}/links`)).body;
    assert.equal(links['testTraceLinks']?.[0], `${stage.server.apiUrl}/trace-viewer/?trace=${encodeURIComponent(sub.playwrightTestTraces?.[0] ?? '')}`);
    assert.deepEqual([links['videoLinks'], links['screenshotLinks']], [sub.playwrightTestVideos, sub.jobAssets]);
  }
  await agent.run(job('BROWSER'));
  const run = await agent.take();
  await run.finish({ verdict: 'errored', fault: 'No browser here.', detail: {} });
  const { browserCheckResult: broken } = (await stage.call<TestSessionResult>('GET', `/v1/test-sessions/${run.assignment.sessionId}/results/${run.assignment.runId}`)).body;
  assert.deepEqual(broken, { errors: [{ message: 'No browser here.' }], jobLog: [], jobAssets: null, pcapDataUrl: null, playwrightTestTraces: [], playwrightTestVideos: [] });
});

test('a link serves its file to any page, in parts too, as a download that runs nowhere', async () => {
  const { result } = await finished('BROWSER');
  const url = result.browserCheckResult?.playwrightTestTraces?.[0] ?? '';
  const get = (headers: Record<string, string>, method = 'GET', at = url) => fetch(at, { headers, method });
  const whole = await get({});
  const facts = (answer: Response) => Object.fromEntries(['content-type', 'content-length', 'content-disposition', 'accept-ranges', 'access-control-allow-origin',
    'x-content-type-options', 'content-security-policy', 'content-range'].map((name) => [name, answer.headers.get(name)]));
  const expected = {
    'content-type': 'application/zip', 'content-length': '20', 'content-disposition': 'attachment; filename="trace.zip"', 'accept-ranges': 'bytes',
    'access-control-allow-origin': '*', 'x-content-type-options': 'nosniff', 'content-security-policy': "sandbox; default-src 'none'", 'content-range': null,
  };
  assert.deepEqual([whole.status, facts(whole)], [200, expected]);
  const head = await get({}, 'HEAD');
  assert.deepEqual([head.status, facts(head), await head.text()], [200, expected, '']);
  const part = await get({ range: 'bytes=3-7' });
  assert.deepEqual([part.status, await part.text(), part.headers.get('content-range'), part.headers.get('content-length')], [206, 'trace', 'bytes 3-7/20', '5']);
  const end = await get({ range: 'Bytes=-5' });
  assert.deepEqual([end.status, await end.text()], [206, 'bytes']);
  const headPart = await get({ range: 'bytes=-5' }, 'HEAD');
  assert.deepEqual([headPart.status, headPart.headers.get('content-length')], [200, '20'], 'GET alone has ranges');
  const outside = await get({ range: 'bytes=20-' });
  assert.deepEqual([outside.status, outside.headers.get('content-range'), (await outside.json() as { statusCode: number }).statusCode], [416, 'bytes */20', 416]);
  const etag = whole.headers.get('etag') ?? '';
  for (const known of [etag, `"another", W/${etag}`, '*']) assert.equal((await get({ 'if-none-match': known, range: 'bytes=20-' })).status, 304, known);
  assert.equal((await get({ 'if-none-match': '"another"' })).status, 200);
  assert.equal((await get({ range: 'bytes=0-1', 'if-range': etag })).status, 206);
  assert.equal((await get({ range: 'bytes=0-1', 'if-range': '"another"' })).status, 200);
  const preflight = await get({ origin: 'https://elsewhere.test', 'access-control-request-method': 'GET', 'access-control-request-headers': 'range' }, 'OPTIONS');
  assert.deepEqual([preflight.status, preflight.headers.get('access-control-allow-origin'), preflight.headers.get('access-control-allow-headers')?.includes('range')], [204, '*', true]);
  assert.equal((await stage.call('GET', `/v1/test-sessions`)).headers.get('access-control-allow-origin'), null);
});

test('an altered link and a file that is gone say so, to other pages too', async () => {
  const { result, ids } = await finished('BROWSER');
  const url = result.browserCheckResult?.playwrightTestTraces?.[0] ?? '';
  for (const bad of [url.replace(/signature=./, 'signature=_'), url.replace('trace.zip', 'other.zip'), url.replace(ids.trace, ids.page), url.replace(/expires=\d/, 'expires=9')]) {
    const answer = await fetch(bad);
    assert.deepEqual([answer.status, (await answer.json() as { error: string }).error, answer.headers.get('access-control-allow-origin')], [403, 'Forbidden', '*'], bad);
  }
  for (const bad of [url.split('?')[0], url.replace(/signature=.*/, '')]) assert.equal((await fetch(bad ?? '')).status, 400);
  const { storage_key } = await stage.server.store.read.selectFrom('assets').select('storage_key').where('id', '=', ids.trace).executeTakeFirstOrThrow();
  rmSync(`${stage.dataDir}/assets/${storage_key}`);
  assert.equal((await fetch(url)).status, 410);
  await stage.server.store.transaction((tx) => tx.db.deleteFrom('assets').where('id', '=', ids.trace).execute());
  assert.equal((await fetch(url)).status, 410);
});

test('the manifest lists every file; its addresses need the key and answer ranges', async () => {
  const { path, result } = await finished('BROWSER');
  const { assets } = (await stage.call<AssetManifest>('GET', `${path}/assets`)).body;
  assert.deepEqual(assets.map(({ type, name, contentType }) => `${type} ${name} ${contentType}`).sort(), [
    'file check-run-data.json application/json', 'file empty.txt text/plain', 'file page.html text/html', 'log logs.json application/json', 'report report.json application/json',
    'screenshot shot.png image/png', 'trace test-results/a/trace.zip application/zip', 'video vidéo.webm video/webm',
  ]);
  assert.ok(assets.every(({ source }) => source.resultId === result.id && source.checkType === 'BROWSER'));
  const page = assets.find(({ name }) => name === 'page.html');
  const headers = { authorization: `Bearer ${stage.apiKey}`, 'x-checkly-account': stage.accountId };
  const answer = await fetch(page?.url ?? '', { headers });
  assert.deepEqual([answer.status, answer.headers.get('content-security-policy'), Buffer.from(await answer.arrayBuffer()), answer.headers.get('access-control-allow-origin')],
    [200, "sandbox; default-src 'none'", html, null]);
  assert.equal((await fetch(page?.url ?? '', { headers: { ...headers, range: 'bytes=0-0' } })).status, 206);
  const empty = assets.find(({ name }) => name === 'empty.txt');
  assert.deepEqual([(await fetch(empty?.url ?? '', { headers })).status, (await fetch(page?.url ?? '')).status], [200, 401]);
  const named = async (query: string) => (await stage.call<AssetManifest>('GET', `${path}/assets?${query}`)).body.assets.map(({ name }) => name).sort();
  assert.deepEqual(await named('type=trace&name=*TRACE*'), ['test-results/a/trace.zip']);
  assert.deepEqual(await named('type=video&type=screenshot'), ['shot.png', 'vidéo.webm']);
  assert.deepEqual(await named('type[]=video&type[]=screenshot&name=*.png'), ['shot.png']);
  assert.deepEqual([await named('name=SHOT.png'), await named('name=shot'), await named('name=test-results/*')], [['shot.png'], [], []]);
  assert.equal((await named('name=%20%20')).length, assets.length);
  for (const wrong of ['type=trance', `name=${'x'.repeat(201)}`]) assert.equal((await stage.call('GET', `${path}/assets?${wrong}`)).status, 400);
  const other = (await finished('BROWSER')).path.split('/results/')[0];
  for (const unknown of [`${other}/results/${result.id}/assets`, `${path.replace(result.id, randomUUID())}/assets`, `/v1/check-results/${randomUUID()}/${result.id}/assets`]) {
    assert.equal((await stage.call('GET', unknown)).status, 404, unknown);
  }
  const log404 = await stage.call<{ message: string }>('GET', `${path}/assets/${randomUUID()}`);
  assert.equal(log404.status, 404);
});

test('a running result answers what it has by now', async () => {
  await agent.run(job('BROWSER'));
  const run = await agent.take();
  const path = `/v1/test-sessions/${run.assignment.sessionId}/results/${run.assignment.runId}/assets`;
  assert.deepEqual(await stage.call('GET', path).then(({ status, body }) => [status, body]), [200, { assets: [] }]);
  await run.keep({ type: 'trace', name: 'trace.zip', contentType: 'application/zip' }, trace);
  assert.deepEqual((await stage.call<AssetManifest>('GET', path)).body.assets.map(({ name }) => name), ['trace.zip']);
  await run.finish({ detail, log });
});

test('a scheduled result has its files under its check, and no test session\'s has', async () => {
  const { path, result, ids } = await finished('BROWSER');
  const checkId = randomUUID();
  const { store } = stage.server;
  const scoped = `/v1/check-results/${checkId}/${result.id}/assets`;
  await store.transaction((tx) => tx.db.updateTable('results').set({ check_id: checkId }).where('id', '=', result.id).execute());
  assert.equal((await stage.call('GET', scoped)).status, 404, 'it is a test session\'s');
  // Nothing schedules yet: what a scheduler will write is written by hand.
  await store.transaction((tx) => tx.db.updateTable('sessions').set({ run_source: 'SCHEDULE' }).where('id', '=', path.split('/')[3] ?? '').execute());
  const { assets } = (await stage.call<AssetManifest>('GET', `${scoped}?type=trace`)).body;
  assert.deepEqual(assets.map(({ url, source }) => [url, source]), [[`${stage.server.apiUrl}${scoped}/${ids.trace}`, { type: 'check-result', checkId, checkName: 'a', checkType: 'BROWSER', resultId: result.id }]]);
  const answer = await fetch(assets[0]?.url ?? '', { headers: { authorization: `Bearer ${stage.apiKey}`, 'x-checkly-account': stage.accountId } });
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), trace);
});

test('the manifest gives each file a name of its own, as the CLI downloads by name', async () => {
  await agent.run(job('BROWSER'));
  const run = await agent.take();
  for (const name of ['a.zip', 'a.zip', 'a (2).zip', 'b/a.zip', 'logs.json', 'x', 'x', 'a.zip']) await run.keep({ type: 'file', name, contentType: 'text/plain' }, Buffer.from(name));
  await run.finish({ detail, log });
  const { assets } = (await stage.call<AssetManifest>('GET', `/v1/test-sessions/${run.assignment.sessionId}/results/${run.assignment.runId}/assets`)).body;
  assert.deepEqual(assets.map(({ name }) => name).sort(), ['a (2).zip', 'a (3).zip', 'a (4).zip', 'a.zip', 'b/a.zip', 'check-run-data.json', 'logs (2).json', 'logs.json', 'x', 'x (2)']);
});

test('golden files that a run wrote are named to the CLI and downloaded by their key', async () => {
  const suite = randomUUID();
  const client = await mqtt.connectAsync(stage.server.mqttUrl, { protocolVersion: 4, username: stage.accountId, password: stage.apiKey }, false);
  const heard = new Promise<string>((resolve) => { client.on('message', (topic, payload) => { if (topic.endsWith('/result')) resolve(payload.toString()); }); });
  await client.subscribeAsync(`account/${stage.accountId}/ad-hoc-check-results/${suite}/+/+/+`);
  await agent.run(job('BROWSER', { sourceInfo: { checkRunSuiteId: suite, checkRunId: 'x', updateSnapshots: true } }), { shouldRecord: false });
  const run = await agent.take();
  const key = `file/${await run.keep({ type: 'file', name: 'a.png', contentType: 'image/png' }, Buffer.from('golden'))}`;
  await run.finish({ detail: { ...detail, snapshots: [{ key, path: 'src/a.png' }] }, log });
  const { result } = JSON.parse(await heard) as { result: { assets: { snapshots: unknown; region: string; clickHouseId: string } } };
  assert.deepEqual(result.assets.snapshots, [{ key, path: 'src/a.png' }]);
  await client.endAsync();
  const download = (account: { accountId: string; apiKey: string }) => fetch(`${stage.server.apiUrl}/next/checkly-storage/download`, {
    method: 'POST', body: JSON.stringify({ key }), headers: { authorization: `Bearer ${account.apiKey}`, 'x-checkly-account': account.accountId, 'content-type': 'application/json' },
  });
  assert.equal(await (await download(stage)).text(), 'golden');
  assert.equal((await download(await stage.server.accounts.createAccount({ name: 'Stranger' }))).status, 404);
  const flat = await stage.call<unknown[]>('GET', `/next/assets/log/${result.assets.region}/${result.assets.clickHouseId}`);
  assert.deepEqual(flat.body, [...log.request].reverse());
});
