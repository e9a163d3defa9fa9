/**
 * Agents killed with -9 in the middle of code that users wrote (a browser check, a multistep check, a suite, a setup script): all that
 * they run ends at once, the next start removes the rest, every session still ends, with one FINAL a sequence.
 * Twice the server with its own agent, once an agent elsewhere.
 */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before, type TestContext } from 'node:test';
import { create } from 'tar';
import { withAccounts } from '../src/app/openAccounts.ts';
import type { TestSessionResult } from '../src/contract/results.ts';
import type { TestSession } from '../src/contract/sessions.ts';
import { openStore } from '../src/store/openStore.ts';
import { audit, snapshot } from './audit.ts';
import { whyNoBrowser } from './clients/plainPlaywright.ts';
import { createMortal, whileAlive, type Mortal } from './crash/mortal.ts';
import { familyOf, leftBy, untilGone, type Family } from './crash/traces.ts';
import { temporaryFolder } from './program.ts';

/** How long the kernel may take to end what a killed agent leaves. */
const GONE_WITHIN_MS = 10_000;
const READY = /"msg":"Assay is ready"/;
const AT_WORK = /"msg":"The agent is ready"/;

const skip = await whyNoBrowser() ?? false;
const folder = mkdtempSync(join(tmpdir(), 'assay-crashed-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Answers nothing until it is opened; then everything, at once. */
async function startGate(t: TestContext) {
  const held = new Map<string, ServerResponse>();
  const arrivals = new EventEmitter();
  let isOpen = false;
  const server = createServer(({ url = '' }, response) => {
    if (isOpen) return void response.setHeader('content-type', 'text/html').end('<title>open</title>');
    held.set(url, response);
    arrivals.emit('arrived');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => { server.closeAllConnections(); server.close(); });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Resolves when all of these paths have been asked for since the last call. */
    async untilAsked(paths: readonly string[]) {
      while (!paths.every((path) => held.has(path))) await once(arrivals, 'arrived');
      held.clear();
    },
    open() { isOpen = true; },
  };
}

/** Code that users write; each hangs where its target holds it. The suite starts a process that wants to outlive it. */
function checks(url: string, bundle: string): { long: object[]; script: object[] } {
  const variable = { environmentVariables: [{ key: 'GATE', value: url }] };
  const name = (checkType: string, logicalId: string) => ({ checkType, logicalId, name: logicalId, ...variable });
  const long = [
    { ...name('BROWSER', 'browser'), script: "const { test } = require('@playwright/test');\ntest('waits', async ({ page }) => { test.setTimeout(0); await page.goto(`${process.env.GATE}/browser`, { timeout: 0 }); });\n" },
    { ...name('MULTI_STEP', 'multistep'), script: "const { test } = require('@playwright/test');\ntest('waits', async ({ request }) => { test.setTimeout(0); await request.get(`${process.env.GATE}/multistep`, { timeout: 0 }); });\n" },
    { ...name('PLAYWRIGHT', 'suite'), codeBundlePath: bundle, cacheHash: null, installCommand: 'true', testCommand: 'node suite.mjs', workingDir: '.' },
  ];
  // It has 10 s: it is started when the others are under way.
  const script = [
    { ...name('API', 'script'), localSetupScript: "const axios = require('axios');\nawait axios.get(`${process.env.GATE}/script`);\n", request: { method: 'GET', url: `${url}/api` } },
  ];
  return { long, script };
}
const LONG = ['/browser', '/multistep', '/suite'];
const SUITE = `import { spawn } from 'node:child_process';
spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' }).unref();
await fetch(process.env.GATE + '/suite');
`;

async function packSuite(): Promise<Buffer> {
  const project = join(folder, 'suite');
  mkdirSync(project, { recursive: true });
  writeFileSync(join(project, 'suite.mjs'), SUITE);
  const file = join(folder, 'suite.tgz');
  await create({ cwd: project, gzip: true, file, portable: true }, ['suite.mjs']);
  return readFileSync(file);
}

interface Caller { call<T>(method: string, path: string, body?: unknown): Promise<T>; upload(bytes: Buffer): Promise<string> }

/** Long polls are asked again. */
function callerAt(apiUrl: string, { accountId, apiKey }: { accountId: string; apiKey: string }): Caller {
  const headers = { authorization: `Bearer ${apiKey}`, 'x-checkly-account': accountId, connection: 'close' };
  const ask = async (method: string, path: string, body: string | Uint8Array<ArrayBuffer> | null, type: string): Promise<unknown> => {
    const answer = await fetch(`${apiUrl}${path}`, { method, headers: { ...headers, ...(body === null ? {} : { 'content-type': type }) }, body });
    const text = await answer.text();
    if (answer.status === 408) return ask(method, path, body, type);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  };
  return {
    call: async <T>(method: string, path: string, body?: unknown) => await ask(method, path, body === undefined ? null : JSON.stringify(body), 'application/json') as T,
    upload: async (bytes) => (await ask('POST', '/next/checkly-storage/upload-code-bundle', new Uint8Array(bytes), 'application/octet-stream') as { key: string }).key,
  };
}

async function openAccount(dataDir: string) {
  return withAccounts({ dataDir, databaseUrl: null, secretKey: null }, async (accounts) => {
    const { accountId, apiKey } = await accounts.createAccount({ name: 'Crashed jobs' });
    const { id } = await accounts.createLocation(accountId, { name: 'Basement', slug: 'basement', icon: 'location', proxyUrl: null, egress: { allow: [], deny: [], loopback: true } });
    return { accountId, apiKey, locationKey: (await accounts.createLocationKey(accountId, id)).rawKey };
  });
}

/** Kills it in the middle of all kinds of runs, and looks whether anything of the users lives on. */
async function killInTheMiddle(victim: Mortal): Promise<Family> {
  const family = familyOf(victim.pid);
  assert.ok(family.members.size > LONG.length, `there is something to kill: ${[...family.members.values()].join('\n')}`);
  assert.ok([...family.members.values()].some((command) => command.includes('chrom')), [...family.members.values()].join('\n'));
  await victim.kill();
  const left = await untilGone(family, AbortSignal.timeout(GONE_WITHIN_MS));
  // One that was killed while it was making its walls waits for ever, without a user's code in it: it goes with the next start.
  assert.deepEqual(left.filter((line) => !/^\d+ bwrap /.test(line)), [], 'nothing of a killed agent lives on');
  return family;
}

let bundle: Buffer;
before(async () => { bundle = await packSuite(); });

interface Scene {
  victim: Mortal; up(): Promise<void>; temporary: string;
  gate: { untilAsked(paths: readonly string[]): Promise<void> };
  start(which: 'long' | 'script'): Promise<string>;
}

/** Kills the victim each time that all kinds of checks are under way. @returns the sessions: that of the long checks, those of the scripts. */
async function killTimes(times: number, { victim, up, start, gate, temporary }: Scene): Promise<{ long: string; scripts: string[] }> {
  const long = await start('long');
  const scripts: string[] = [];
  const dead: number[] = [];
  for (let kill = 0; kill < times; kill++) {
    await gate.untilAsked(LONG);
    scripts.push(await start('script'));
    await gate.untilAsked(['/script']);
    dead.push(victim.pid);
    const family = await killInTheMiddle(victim);
    await up();
    assert.deepEqual(await untilGone(family, AbortSignal.timeout(GONE_WITHIN_MS)), [], 'no process, no namespace after the next start');
    assert.deepEqual(leftBy(dead, temporary), [], 'no folder, no control group, no socket');
  }
  return { long, scripts };
}

test('what killed agents were running leaves nothing behind, and every session ends', { skip, timeout: 300_000 }, async (t) => {
  using data = temporaryFolder();
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary, { mode: 0o755 });
  const account = await openAccount(data.path);
  const common = { TMPDIR: temporary, ASSAY_WARM_SLOTS: '1', ASSAY_LIGHT_SLOTS: '1', ASSAY_HEAVY_SLOTS: String(LONG.length + 2) };
  // A port of its own choice would be another one after each start, and the agent elsewhere would look for it in vain.
  const port = await freePort();
  const apiUrl = `http://127.0.0.1:${port}`;
  await using server = createMortal('server', READY, { args: ['server'], env: { ...common, ASSAY_DATA_DIR: data.path, ASSAY_PORT: String(port), ASSAY_RATE_LIMIT: '0' } });
  await using basement = createMortal('basement', AT_WORK, {
    args: ['agent'], env: { ...common, ASSAY_SERVER_URL: apiUrl, ASSAY_LOCATION_KEY: account.locationKey, ASSAY_AGENT_NAME: 'basement', ASSAY_AGENT_DIR: join(folder, 'basement') },
  });
  const upOf = (mortal: Mortal) => () => {
    mortal.start();
    return mortal.ready();
  };
  const alive = <T>(work: Promise<T>) => whileAlive([server, basement], t.signal, work);
  await alive(upOf(server)());
  await alive(upOf(basement)());
  const caller = callerAt(apiUrl, account);
  const key = await caller.upload(bundle);
  const sessions: string[] = [];
  for (const [victim, times, runLocation] of [[server, 2, { type: 'PUBLIC', region: 'eu-central-1' }], [basement, 1, { type: 'PRIVATE', slugName: 'basement' }]] as const) {
    const gate = await startGate(t);
    const kinds = checks(gate.url, key);
    const start = async (which: keyof typeof kinds) => (await caller.call<{ testSessionId: string }>('POST', '/v1/test-sessions/run', { name: 'Killed', runLocation, checkRunJobs: kinds[which] })).testSessionId;
    const { long, scripts } = await alive(killTimes(times, { victim, up: upOf(victim), start, gate, temporary }));
    gate.open();
    sessions.push(long, ...scripts);
    await alive(readEnd(caller, long, LONG.length, ['PASSED']));
    // A script that was taken up again may have waited for the rest longer than it may.
    for (const id of scripts) await alive(readEnd(caller, id, 1, ['PASSED', 'FAILED']));
  }
  assert.deepEqual(await alive(Promise.all([basement.stop(), server.stop()])), [0, 0], 'they stop cleanly');
  assert.deepEqual(readdirSync(temporary).filter((name) => name.startsWith('assay-job-')), [], 'nor does a clean stop leave anything');
  const store = await openStore({ kind: 'sqlite', folder: data.path, exclusive: true });
  try {
    audit(await snapshot(store, sessions));
  } finally {
    await store.close();
  }
});

/** Every check ends, in one FINAL each. */
async function readEnd(caller: Caller, id: string, count: number, statuses: readonly string[]): Promise<void> {
  const session = await caller.call<TestSession>('GET', `/v1/test-sessions/${id}/completion?maxWaitSeconds=30`);
  assert.equal(session.results?.length, count);
  for (const { testSessionResultId } of session.results ?? []) {
    const result = await caller.call<TestSessionResult>('GET', `/v1/test-sessions/${id}/results/${testSessionResultId}`);
    assert.ok(result.resultType === 'FINAL' && statuses.includes(result.status) && !result.hasErrors, `${result.name}: ${JSON.stringify(result)}`);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
