/** Playwright suites from POST to result: how they are installed and shared, what is the user's failure, what holds whatever a config says. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Value } from 'typebox/value';
import { findSandbox } from '../src/agent/sandbox/findSandbox.ts';
import { TestSessionResult, type AssetManifest, type ListedResult } from '../src/contract/results.ts';
import type { TestSession } from '../src/contract/sessions.ts';
import { startRegistry, type Registry } from './registry.ts';
import { startStage, type Stage } from './stage.ts';
import { bundleOf, lockedProject, type Lock, type ProjectFiles } from './suiteProjects.ts';

const facts = await findSandbox(false);
const skip = facts.level === null && facts.says;

let stage: Stage;
let registry: Registry;
const locks = new Map<string, Promise<ProjectFiles>>();
before(async () => {
  registry = await startRegistry();
  // What npm on the agent's machine is set to: a package manager that is not there comes from it.
  process.env['npm_config_registry'] = registry.url;
  stage = await startStage();
});
after(async () => {
  delete process.env['npm_config_registry'];
  await stage[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

/** The lock file is made once for each manager and version. */
async function project(files: ProjectFiles, lock: Lock = 'npm', version = '1.65.1'): Promise<ProjectFiles> {
  const key = `${lock} ${version}`;
  if (!locks.has(key)) locks.set(key, lockedProject(lock, version, registry.url, {}));
  return { ...await locks.get(key), ...files };
}

async function upload(bundle: Buffer): Promise<string> {
  const answer = await fetch(`${stage.server.apiUrl}/next/checkly-storage/upload-code-bundle`, {
    method: 'POST', body: new Uint8Array(bundle), headers: { authorization: `Bearer ${stage.apiKey}`, 'x-checkly-account': stage.accountId, 'content-type': 'application/octet-stream' },
  });
  return ((await answer.json()) as { key: string }).key;
}

interface More { jobs?: object[]; body?: object }

const bodyOf = (jobs: readonly object[], more: object = {}) => ({
  name: 'Suites', runLocation: { type: 'PUBLIC', region: 'eu-central-1' }, sharedFiles: [], ...more,
  checkRunJobs: jobs.map((job, index) => ({
    logicalId: `suite-${index}`, name: 'suite', checkType: 'PLAYWRIGHT', browsers: ['chromium'], cacheHash: 'a'.repeat(64), playwrightVersion: '1.65.1', workingDir: '.',
    testCommand: 'npx playwright test', environmentVariables: [], ...job,
  })),
});

interface Ended { session: string; result: TestSessionResult; sub: NonNullable<TestSessionResult['playwrightCheckResult']>; messages: string[]; log: string }

async function start(bundle: Buffer, { jobs = [{}], body = {} }: More = {}): Promise<string> {
  const codeBundlePath = await upload(bundle);
  const started = await stage.call<{ testSessionId: string }>('POST', '/v1/test-sessions/run', bodyOf(jobs.map((job) => ({ codeBundlePath, ...job })), body));
  assert.equal(started.status, 202, JSON.stringify(started.body));
  return started.body.testSessionId;
}

async function ended(testSessionId: string): Promise<Ended[]> {
  let session: TestSession;
  do {
    session = (await stage.call<TestSession>('GET', `/v1/test-sessions/${testSessionId}/completion?maxWaitSeconds=30`)).body;
  } while (!('status' in session) || session.status === 'RUNNING');
  return Promise.all((session.results as ListedResult[]).map(async ({ testSessionResultId }) => {
    const { body: result } = await stage.call<TestSessionResult>('GET', `/v1/test-sessions/${testSessionId}/results/${testSessionResultId}`);
    assert.deepEqual([...Value.Errors(TestSessionResult, result)], []);
    const sub = result.playwrightCheckResult as Ended['sub'];
    const log = ((sub.jobLog ?? []) as { level: string; msg: string }[]).map(({ level, msg }) => `${level} ${msg}`).join('\n');
    return { session: testSessionId, result, sub, log, messages: ((sub.errors ?? []) as { message: string }[]).map(({ message }) => message) };
  }));
}

async function run(bundle: Buffer, more?: More): Promise<Ended> {
  const [first] = await ended(await start(bundle, more));
  return first as Ended;
}

const HEAD = "import { test, expect } from '@playwright/test';\n";
const SPEC = `${HEAD}test('green', async () => {});\n`;
const installs = (log: string) => /\$ npm ci/.test(log);
const counts = ({ sub }: Ended) => (sub as unknown as { counts: object }).counts as { total: number; passed: number; failed: number; flaky: number; skipped: number };

/** The JSON report of a run. */
async function reportOf({ sub }: Ended): Promise<{ config: { configFile?: string; workers: number; projects: { name: string; retries: number }[] } }> {
  return (await fetch(sub.playwrightTestJsonReportFile ?? '')).json() as never;
}

test('the door refuses what is no bundle of the account, and folders and engines that cannot be', { skip }, async () => {
  const key = await upload(await bundleOf({ 'a.txt': 'a' }));
  const cases: [job: object, says: RegExp][] = [
    [{ codeBundlePath: undefined }, /codeBundlePath/], [{ codeBundlePath: 'bundle/d784a830-867a-4ddb-a11f-6475c428a10a' }, /jobs?\/0\/codeBundlePath .* is no code bundle/i],
    [{ codeBundlePath: key.replace('bundle', 'file') }, /is no code bundle/], [{ codeBundlePath: '../../etc/passwd' }, /is no code bundle/],
    [{ codeBundlePath: key, workingDir: '../x' }, /workingDir "\.\.\/x" must be relative/], [{ codeBundlePath: key, workingDir: '/x' }, /workingDir/],
    [{ codeBundlePath: key, engine: 'deno' }, /engine "deno"/], [{ codeBundlePath: key, engine: 'bun', engineVersion: '2.0' }, /engineVersion/],
  ];
  for (const [job, says] of cases) {
    const answer = await stage.call<{ message: string }>('POST', '/v1/test-sessions/run', bodyOf([job]));
    assert.deepEqual([answer.status, JSON.stringify(job)], [400, JSON.stringify(job)]);
    assert.match(answer.body.message, says);
  }
  const stranger = await stage.server.accounts.createAccount({ name: 'Stranger' });
  const foreign = await stage.call<{ message: string }>('POST', '/v1/test-sessions/run', bodyOf([{ codeBundlePath: key }]), { authorization: `Bearer ${stranger.apiKey}`, 'x-checkly-account': stranger.accountId });
  assert.deepEqual([foreign.status, /is no code bundle/.test(foreign.body.message)], [400, true]);
});

/** The folders that Node may take compiled code from, as the log tells. */
const compiledIn = (log: string) => [...log.matchAll(/^INFO COMPILED (\S+)$/gm)].map(([, path]) => path);

test('two runs share one install, and the next one its compiled code; a refresh installs anew; a damaged one is repaired on the second try', { skip }, async () => {
  const telling = `${HEAD}import { getCompileCacheDir } from 'node:module';\ntest('green', async () => { console.log('COMPILED', getCompileCacheDir()); });\n`;
  const bundle = await bundleOf(await project({ 'tests/a.spec.ts': telling }));
  registry.fetched.length = 0;
  const both = await ended(await start(bundle, { jobs: [{}, {}] }));
  assert.deepEqual(both.map(({ result }) => [result.hasFailures, result.hasErrors]), [[false, false], [false, false]], both.map(({ log }) => log).join('\n'));
  assert.equal(both.filter(({ log }) => installs(log)).length, 1);
  assert.deepEqual([...registry.fetched].sort(), ['@playwright/test@1.65.1', 'playwright-core@1.65.1', 'playwright@1.65.1']);
  const place = join(stage.dataDir, 'agent', 'installs');
  assert.deepEqual(both.flatMap(({ log }) => compiledIn(log)), ['undefined', 'undefined']);
  await untilThere(place, /\.assay\/compiled\/v/);
  const third = await run(bundle);
  assert.equal(installs(third.log), false);
  assert.match(String(compiledIn(third.log)), /\/\.assay\/compiled\/v/, third.log);
  assert.equal(installs((await run(bundle, { body: { refreshCache: true } })).log), true);

  const pointer = readdirSync(place).find((name) => name.endsWith('.json')) ?? '';
  const { name } = JSON.parse(readFileSync(join(place, pointer), 'utf8')) as { name: string };
  rmSync(join(place, name, 'tree', 'node_modules', 'playwright', 'lib'), { recursive: true });
  const repaired = await run(bundle);
  assert.deepEqual([repaired.result.hasFailures, repaired.result.hasErrors, installs(repaired.log)], [false, false, true], repaired.log);
  assert.match(repaired.log, /WARN The installed packages in the agent's cache were damaged/);
});

test('installs and bundles that fail are the user\'s failures, and say why', { skip }, async () => {
  const files = await project({ 'tests/a.spec.ts': SPEC, '.npmrc': 'registry=${WHERE}\n//127.0.0.1/:_authToken=${TOKEN}\n' });
  const broken = { ...files, 'package-lock.json': (files['package-lock.json'] ?? '').replaceAll('1.65.1', '1.99.9') };
  const hostile = gzipSync(Buffer.concat([tarHeader('../../escaped', 1), Buffer.alloc(512, 'x'), Buffer.alloc(1024)]));
  const variables = [{ key: 'WHERE', value: registry.url }, { key: 'TOKEN', value: 'x' }];
  const cases: [bundle: Buffer, job: object, says: RegExp][] = [
    [await bundleOf(broken), { cacheHash: 'b'.repeat(64), environmentVariables: variables }, /^Failed to run install command: exit code 1\.[^]*(npm error|ETARGET|sync)/],
    [await bundleOf(files), { installCommand: 'echo "about to fail" && exit 7', cacheHash: 'c'.repeat(64) }, /^Failed to run install command "echo .*": exit code 7\.\nabout to fail$/],
    [hostile, {}, /^The code bundle has a path that leads out of it: "\.\.\/\.\.\/escaped"\.$/], [gzipSync(Buffer.alloc(1024)), {}, /^The code bundle is empty/],
    [Buffer.from('nonsense'), {}, /^The code bundle is damaged/], [gzipSync(Buffer.from(tarHeader('a', 700))).subarray(0, 60), {}, /^The code bundle ends too early/],
    [await bundleOf(files), { workingDir: 'nowhere' }, /^The code bundle has no folder "nowhere"/],
  ];
  for (const [bundle, job, says] of cases) {
    const end = await run(bundle, { jobs: [job] });
    assert.deepEqual([end.result.hasFailures, end.result.hasErrors], [true, false], end.log);
    assert.match(end.messages.join('\n'), says);
  }
  const asking = { ...files, 'package.json': (files['package.json'] ?? '').replace('"private"', '"packageManager": "npm@1.2.3", "private"') };
  const expanded = await run(await bundleOf(asking), { jobs: [{ cacheHash: 'd'.repeat(64), environmentVariables: variables }] });
  assert.deepEqual([expanded.result.hasFailures, installs(expanded.log)], [false, true], expanded.log);
  assert.match(expanded.log, /^WARN The project asks for npm@1\.2\.3 \(packageManager\): it is installed with the agent's npm \d+\.\d+\.\d+\.$/m);
});

test('registries of the runner\'s own are asked instead of those of .npmrc, with the check\'s token', { skip }, async () => {
  const rules = { version: 1, upstreams: { here: { url: registry.url, auth: { type: 'bearer', token: '${TOKEN}' } } }, packages: [{ pattern: '**', upstreams: ['here'] }] };
  const files = await project({ '.npmrc': 'registry=http://127.0.0.1:9/\n', '.checkly/config/registries.json': JSON.stringify(rules) });
  const job = { cacheHash: '1'.repeat(64), testCommand: 'npx playwright --version' };
  const end = await run(await bundleOf(files), { jobs: [{ ...job, environmentVariables: [{ key: 'TOKEN', value: 'sesame-9', secret: true }] }] });
  assert.deepEqual([end.result.hasFailures, end.result.hasErrors, installs(end.log)], [false, false, true], end.log);
  assert.ok(registry.authorizations.has('Bearer sesame-9'));
  assert.doesNotMatch(end.log, /sesame-9/);
  const without = await run(await bundleOf(files), { jobs: [{ ...job, cacheHash: '2'.repeat(64) }] });
  assert.deepEqual([without.result.hasFailures, without.result.hasErrors], [true, false]);
  assert.match(without.messages.join(), /^The code bundle cannot be installed: \.checkly\/config\/registries\.json asks for the variable TOKEN/);
});

test('whatever the config is, traces are on, ours are added, and the user\'s reporters stay', { skip }, async () => {
  const settings = "{ testDir: 'tests', reporter: [['line'], ['./mine.cjs']], use: { trace: 'off' }, projects: [{ name: 'p', use: { trace: 'retain-on-failure' } }] }";
  const mine = 'module.exports = class { onEnd() { console.log("MINE WAS HERE") } };';
  const esm = { 'package.json': (await project({}))['package.json']?.replace('"private"', '"type": "module", "private"') ?? '' };
  const configs: [name: string, text: string, more?: ProjectFiles][] = [
    ['playwright.config.ts', `import { defineConfig } from '@playwright/test';\nexport default defineConfig({ retries: 0 }, ${settings} as never);`],
    ['playwright.config.js', `module.exports = ${settings};`], ['playwright.config.mjs', `export default ${settings};`], ['playwright.config.cjs', `module.exports = ${settings};`],
    ['playwright.config.mts', `export default ${settings};`], ['playwright.config.ts', `export default ${settings};`, esm],
  ];
  // Other manifests, other installs: the ones that are there are used for all.
  for (const [name, text, more = {}] of configs) {
    const end = await run(await bundleOf(await project({ 'tests/a.spec.ts': SPEC, 'mine.cjs': mine, [name]: text, ...more })), { jobs: [{ testCommand: `npx playwright test --config ${name}` }] });
    assert.deepEqual([end.result.hasFailures, end.result.hasErrors, counts(end).passed], [false, false, 1], `${name}\n${end.log}`);
    assert.equal(end.sub.playwrightTestTraces?.length, 1, name);
    assert.match(end.log, /INFO MINE WAS HERE/);
    const { config } = await reportOf(end);
    assert.match(config.configFile ?? '', new RegExp(`/project/${name.replace('.', '\\.')}$`));
    assert.deepEqual([config.workers, config.projects.map((one) => [one.name, one.retries])], [4, [['p', name === 'playwright.config.ts' && more !== esm ? 0 : 2]]]);
  }
  const none = await run(await bundleOf(await project({ 'tests/a.spec.ts': SPEC })), { jobs: [{ testCommand: 'npx playwright test --reporter=dot,junit --trace=off --retries 1 --workers=2' }] });
  assert.match(none.log, /<testsuites /);
  const { config } = await reportOf(none);
  assert.deepEqual([none.result.hasFailures, none.sub.playwrightTestTraces?.length, config.configFile, config.workers, config.projects[0]?.retries], [false, 1, undefined, 2, 1]);
});

test('what a suite leaves: errors of each failing test, flaky ones pass, tags and projects choose', { skip }, async () => {
  const files = await project({
    'tests/a.spec.ts': `${HEAD}
test.describe('shop', () => {
  test('red @smoke', async () => { console.error('to the log'); expect(1).toBe(2); });
  test('flaky', async ({}, info) => { expect(info.retry).toBe(1); });
  test('skipped', async () => { test.skip(); });
});`,
    'tests/b.spec.ts': `${HEAD}test('own environment', async () => { expect([process.env.CHECKLY, process.env.CI, process.env.OWN]).toEqual(['1', '1', 'mine']); });`,
    'playwright.config.ts': "export default { retries: 1, projects: [{ name: 'one' }, { name: 'two', testMatch: 'b.spec.ts' }] };",
  });
  const bundle = await bundleOf(files);
  const end = await run(bundle, { jobs: [{ environmentVariables: [{ key: 'OWN', value: 'mine' }] }] });
  assert.deepEqual([end.result.hasFailures, end.result.hasErrors, counts(end)], [true, false, { total: 5, passed: 2, failed: 1, flaky: 1, skipped: 1 }], end.log);
  const [error, ...others] = end.sub.errors as { message: string; titlePath: string[]; project: string; file: string; specId: string; location: object }[];
  assert.deepEqual([others.length, error?.titlePath, error?.project, error?.file, typeof error?.specId], [0, ['shop', 'red @smoke'], 'one', 'tests/a.spec.ts', 'string']);
  assert.match(error?.message ?? '', /expect\(received\)\.toBe\(expected\)/);
  assert.match(end.log, /^ERROR to the log$/m);
  const { assets } = (await stage.call<AssetManifest>('GET', `/v1/test-sessions/${end.session}/results/${end.result.id}/assets`)).body;
  assert.equal(assets.filter(({ type }) => type === 'report').length, 1);
  const chosen = await run(bundle, { jobs: [{ testCommand: 'npx playwright test --project two', environmentVariables: [{ key: 'OWN', value: 'mine' }] }] });
  assert.deepEqual([chosen.result.hasFailures, counts(chosen).total], [false, 1]);
  const nothing = await run(bundle, { jobs: [{ testCommand: 'npx playwright test --grep @nowhere' }] });
  assert.deepEqual([nothing.result.hasFailures, nothing.result.hasErrors], [true, false]);
  assert.match(nothing.messages.join(), /No tests found/);
  const command = await run(bundle, { jobs: [{ testCommand: 'echo "out of order" >&2; exit 3', engine: 'node', engineVersion: '22' }] });
  assert.match(command.messages.join(), /ended with exit code 3\.\nout of order$/);
  assert.match(command.log, /WARN The suite asks for Node 22/);
});

test('Playwright 1.52 with a browser, started by a script of the project; Yarn 4 is fetched when it is needed', { skip }, async () => {
  const spec = `${HEAD}test('page', async ({ page }) => { await page.setContent('<h1>hi</h1>'); await expect(page.locator('h1')).toHaveText('hi'); });`;
  const older = await project({ 'tests/a.spec.ts': spec }, 'npm', '1.52.0');
  const scripted = { ...older, 'package.json': older['package.json']?.replace('"private"', '"scripts": { "e2e": "playwright test" }, "private"') ?? '' };
  const old = await run(await bundleOf(scripted), { jobs: [{ cacheHash: 'e'.repeat(64), testCommand: 'npm run e2e' }] });
  assert.deepEqual([old.result.hasFailures, old.result.hasErrors, counts(old).passed, old.sub.playwrightTestTraces?.length], [false, false, 1, 1], old.log);
  assert.match(old.log, /Playwright: 1\.52\.0/);
  const berry = await run(await bundleOf(await project({ 'tests/a.spec.ts': SPEC }, 'berry')), { jobs: [{ cacheHash: 'f'.repeat(64) }] });
  assert.deepEqual([berry.result.hasFailures, berry.result.hasErrors, counts(berry).passed], [false, false, 1], berry.log);
  assert.match(berry.log, /\$ yarn install --immutable/);
});

test('a cancelled suite ends soon and keeps what there is', { skip }, async () => {
  const reached = Promise.withResolvers<void>();
  const spec = `${HEAD}test('first', async () => {});\ntest('hangs', async () => { await fetch('${registry.url}reached'); await new Promise(() => {}); });`;
  const look = setInterval(() => { if (registry.paths.includes('/reached')) reached.resolve(); }, 20);
  const session = await start(await bundleOf(await project({ 'tests/a.spec.ts': spec, 'playwright.config.ts': 'export default { timeout: 0, workers: 1 };' })));
  await reached.promise;
  clearInterval(look);
  const cancelled = await stage.call('POST', `/v1/test-sessions/${session}/cancel`, {});
  assert.ok(cancelled.status < 300, JSON.stringify(cancelled.body));
  const [end] = await ended(session);
  assert.deepEqual([end?.result.isCancelled, (end?.sub.playwrightTestTraces?.length ?? 0) > 0, typeof end?.sub.playwrightTestJsonReportFile], [true, true, 'string'], end?.log);
});

/** Resolves when a path in the folder fits. */
async function untilThere(folder: string, path: RegExp): Promise<void> {
  const found = Promise.withResolvers<void>();
  const look = setInterval(() => { if (readdirSync(folder, { recursive: true, encoding: 'utf8' }).some((name) => path.test(name))) found.resolve(); }, 200);
  await found.promise;
  clearInterval(look);
}

/** A header of a file, as tar writes it. */
function tarHeader(name: string, size: number): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write('0000644\0', 100);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('        0ustar\0' + '00', 148);
  const sum = block.reduce((all, byte) => all + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
