import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { createEgress } from '../../checks/kit/egress.ts';
import type { PlaywrightRun, SingleFileJob } from '../../checks/kit/playwright.ts';
import { createRedactor } from '../../checks/kit/redact.ts';
import { openMachine, type Machine } from '../machine.ts';
import { findSandbox } from '../sandbox/findSandbox.ts';
import { findRuntimePackages } from './runtimePackages.ts';
import { openSingleFiles, warmSlots, type Attempt, type SingleFiles } from './singleFile.ts';

const facts = await findSandbox(false);
const skip = facts.level === null && facts.says;
const policy = createEgress({ policies: [{ of: 'location', allow: [], deny: [], loopback: true }], own: [], local: [] });
const SHOP = '<title>Shop</title><h1>Hello</h1><img src=/missing.png><script>console.error("oops")</script>';

let folder = '';
let machine: Machine;
let single: SingleFiles;
let server: Server;
let url = '';
let noBrowser: string | false = false;

before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), 'assay-single-'));
  machine = openMachine({ allowUnsandboxed: false, keepPictures: true, folder });
  single = openSingleFiles(machine);
  server = createServer((request, response) => {
    response.statusCode = request.url === '/' ? 200 : 404;
    response.setHeader('content-type', 'text/html');
    if (request.url !== '/held') response.end(SHOP);
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const tree = await machine.browserTree(findRuntimePackages().playwrightCore);
  noBrowser = tree.ok ? false : tree.sentence;
});
after(async () => {
  if (skip) return;
  await machine.close();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Played { attempt: Attempt; run: PlaywrightRun; lines: string[]; kept: Map<string, Buffer>; types: string[] }
interface Stage { uploads?: Record<string, Buffer>; signal?: AbortSignal; onLine?(line: string): void; files?: SingleFiles }

async function play(script: string, job: Partial<SingleFileJob> = {}, { uploads = {}, signal = new AbortController().signal, onLine, files = single }: Stage = {}): Promise<Played> {
  const lines: string[] = [];
  const kept = new Map<string, Buffer>();
  const types: string[] = [];
  const attempt = await files.attempt({
    kind: 'browser', script, scriptPath: null, files: [], snapshots: [], updateSnapshots: false, playwrightConfig: null, env: { A: 'one' }, limitMs: 60_000, ...job,
  }, {
    signal, redactor: createRedactor([]), accountId: 'account', now: () => Date.now(), egress: { policy, onDenied: () => {} },
    log: (level, msg) => {
      lines.push(`${level} ${msg}`);
      onLine?.(msg);
    },
    files: {
      input: async (key) => Readable.from([uploads[key] ?? assert.fail(`no upload ${key}`)]),
      keep: async ({ type, name }, _size, open) => {
        kept.set(name, await buffer(open()));
        types.push(type);
        return `id-${name}`;
      },
    },
  });
  assert.ok(attempt.run, attempt.fault ?? '');
  return { attempt, run: attempt.run, lines, kept, types: types.sort() };
}

const TEST = "import { test, expect } from '@playwright/test';\n";
const withBrowser = (name: string, work: () => Promise<void>) => test(name, { skip }, async (context) => (noBrowser === false ? work() : context.skip(noBrowser)));

withBrowser('a page is visited: verdict, levels of the console, page with vitals, counts of the trace, all files', async () => {
  const { run, attempt, lines, types, kept } = await play(`${TEST}test('shop', async ({ page }) => {
    await page.goto('${url}');
    console.log('hi', process.env.A); console.warn('careful'); console.error('bad'); console.debug('fine');
    await expect(page.locator('h1')).toHaveText('Hello');
    await test.info().attach('note', { body: 'a body' });
  });`, { scriptPath: 'src/shop.spec.ts' });
  assert.deepEqual([attempt.fault, run.stopped, run.passed, run.runner, run.errors, run.degraded], [null, null, true, 'PLAYWRIGHT_TEST', [], null]);
  assert.deepEqual(run.counts, { total: 1, passed: 1, failed: 0, flaky: 0, skipped: 0 });
  assert.ok(run.startTime <= run.endTime);
  assert.deepEqual(run.pages.map(({ url: visited, softNavigation, test: name }) => [visited, softNavigation, name]), [[url, false, 'shop']]);
  assert.equal(typeof run.pages[0]?.vitals.TTFB, 'number');
  assert.equal(typeof run.pages[0]?.vitals.FCP, 'number');
  assert.deepEqual([run.traceSummary.consoleErrors, run.traceSummary.networkErrors, run.traceSummary.userScriptErrors], [2, 1, 0]);
  assert.deepEqual(types, ['file', 'report', 'trace', 'video']);
  assert.equal(kept.get('note')?.toString(), 'a body');
  const report = JSON.parse(String(kept.get('report.json'))) as { stats: { expected: number }; suites: { file: string }[] };
  assert.deepEqual([report.stats.expected, report.suites[0]?.file], [1, 'src/shop.spec.ts']);
  for (const line of ['INFO hi one', 'WARN careful', 'ERROR bad', 'DEBUG fine']) assert.ok(lines.includes(line), `${line} in\n${lines.join('\n')}`);
  assert.ok(lines.some((line) => /^DEBUG {3,}Navigate/.test(line)));
  assert.ok(!lines.some((line) => /vitals|binding|init script/i.test(line)), lines.join('\n'));
});

withBrowser('a failing assertion: message, place, snippet, last in the log; a screenshot is taken', async () => {
  const { run, lines, types } = await play(`${TEST}test.describe('area', () => { test('shop', async ({ page }) => {
    await page.goto('${url}');
    await expect(page.locator('h1')).toHaveText('Nope', { timeout: 200 });
  }); });`, { scriptPath: 'a.spec.ts' });
  const [error, ...others] = run.errors;
  assert.deepEqual(others, []);
  assert.match(error?.message ?? '', /^Error: expect\(locator\)\.toHaveText\(expected\) failed[^]*Received: "Hello"/);
  assert.deepEqual(error?.location, { file: 'a.spec.ts', line: 4, column: 38 });
  assert.match(error?.snippet ?? '', /> 4 \|/);
  assert.deepEqual([error?.titlePath, error?.retry, run.passed, run.hardFailure], [['area', 'shop'], 0, false, true]);
  assert.match(lines.at(-1) ?? '', /^ERROR area › shop\nError: expect[^]*a\.spec\.ts:4:38/);
  assert.ok(types.includes('screenshot'));
});

withBrowser('plain scripts: a trace and a video of each context; what they throw is the error', async () => {
  const good = await play(`const { chromium } = require('playwright');
    const browser = await chromium.launch();
    const page = await browser.newPage();
    await page.goto('${url}');
    console.log(await page.title());
    await browser.close();`);
  assert.deepEqual([good.run.runner, good.run.passed, good.run.pages.length, good.run.traceSummary.consoleErrors], ['PLAYWRIGHT', true, 1, 2]);
  assert.deepEqual(good.types, ['trace', 'video']);
  assert.ok(good.lines.includes('INFO Shop'));
  const bad = await play(`import { chromium } from '@playwright/test';\nconst browser = await chromium.launch();\nconst page = await browser.newPage();\nthrow new TypeError('boo');`);
  assert.deepEqual([bad.run.runner, bad.run.passed, bad.run.errors.map(({ message, location }) => [message, location?.line])], ['PLAYWRIGHT', false, [['boo', 4]]]);
  assert.deepEqual(bad.types, ['screenshot', 'trace', 'video']);
});

withBrowser('golden files are compared; with update they are written anew and handed over', async () => {
  const script = `${TEST}test('word', async ({}) => { expect('new').toMatchSnapshot('word.txt'); });`;
  const path = 'x.spec.ts-snapshots/word-chromium-linux.txt';
  const missing = await play(script, { scriptPath: 'x.spec.ts' });
  assert.match(missing.run.errors[0]?.message ?? '', /snapshot doesn't exist/i);
  const snapshots = [{ key: 'k', path }];
  const other = await play(script, { scriptPath: 'x.spec.ts', snapshots }, { uploads: { k: Buffer.from('old') } });
  assert.deepEqual([other.run.passed, other.run.snapshots], [false, []]);
  assert.equal((await play(script, { scriptPath: 'x.spec.ts', snapshots }, { uploads: { k: Buffer.from('new') } })).run.passed, true);
  const updated = await play(script, { scriptPath: 'x.spec.ts', snapshots, updateSnapshots: true }, { uploads: { k: Buffer.from('old') } });
  assert.deepEqual([updated.run.passed, updated.run.snapshots], [true, [{ key: `file/id-${path}`, path }]]);
  assert.equal(createHash('sha1').update(updated.kept.get(path) ?? '').digest('hex'), createHash('sha1').update('new').digest('hex'));
  const unnamed = await play(script, { scriptPath: 'x.spec.ts', snapshots: [{ key: 'k', path: 'x.spec.ts-snapshots/word-linux.txt' }] }, { uploads: { k: Buffer.from('new') } });
  assert.equal(unnamed.run.passed, true);
});

withBrowser('cancelled while a page does not answer: it ends, and its trace and report are there', async () => {
  const stop = new AbortController();
  // What is written is judged here, not how fast this machine writes it.
  const { run, types, attempt } = await play(`${TEST}test('held', async ({ page }) => { console.log('now'); await page.goto('${url}held'); });`, {}, {
    signal: stop.signal, files: openSingleFiles(machine, { windDownMs: 60_000 }), onLine: (line) => { if (line === 'now') stop.abort(); },
  });
  assert.deepEqual([run.stopped, run.passed, attempt.fault], ['cancelled', false, null]);
  assert.ok(types.includes('trace') && types.includes('report'), types.join());
});

test('soft assertions and marks: what is degraded, and what is not', { skip }, async () => {
  const marked = "import { markCheckAsDegraded } from '@checkly/playwright-helpers';\n";
  const script = (body: string) => play(`${TEST}${marked}test('it', async () => { ${body} });`, { kind: 'multistep' });
  const soft = await script("expect.soft(1).toBe(2); expect.soft(2, 'two is three').toBe(3); markCheckAsDegraded('slow'); markCheckAsDegraded();");
  assert.deepEqual([soft.run.hardFailure, soft.run.degraded, soft.run.errors.map((error) => error.soft)], [false, ['slow'], [true, true]]);
  const hard = await script("expect.soft(1).toBe(2); markCheckAsDegraded(); expect(3, 'own message').toBe(4);");
  assert.deepEqual([hard.run.hardFailure, hard.run.degraded, hard.run.errors.map((error) => error.soft)], [true, [], [true, undefined]]);
  const long = await script("markCheckAsDegraded('x'.repeat(100));");
  assert.deepEqual([long.run.passed, long.run.degraded], [false, null]);
  const asked = await play(`${TEST}import { getAPIResponseTime } from '@checkly/playwright-helpers';
    test('it', async ({ request }) => { const took = getAPIResponseTime(await request.get('${url}')); console.log(Number.isInteger(took) && took >= 0, getAPIResponseTime(null)); });`, { kind: 'multistep' });
  assert.ok(asked.lines.includes('INFO true null'), asked.lines.join('\n'));
});

test('multistep: requests and steps; browsers are refused', { skip }, async () => {
  const { run, lines, types } = await play(`${TEST}test('api', async ({ request }) => {
    await test.step('get it', async () => { expect((await request.get('${url}')).status()).toBe(200); });
  });`, { kind: 'multistep' });
  assert.deepEqual([run.passed, run.pages, types], [true, [], ['report', 'trace']]);
  assert.ok(lines.some((line) => line.startsWith('DEBUG   get it')), lines.join('\n'));
  const refused = await play(`${TEST}test('page', async ({ page }) => { await page.goto('${url}'); });`, { kind: 'multistep' });
  assert.match(refused.run.errors[0]?.message ?? '', /A multistep check has no browser/);
});

test('files that do not load, and time limits, are the user\'s failures', { skip }, async () => {
  const cases: [script: string, message: RegExp, job?: Partial<SingleFileJob>][] = [
    [`${TEST}test('a', async () => { const = 1; });`, /SyntaxError: .*Unexpected token/],
    [`${TEST}import nope from 'left-pad';\ntest('a', async () => { nope(); });`, /Cannot find (module|package) 'left-pad'[^]*The package "left-pad" is not available to browser and multistep checks; these are: .*axios/],
    [`${TEST}import { x } from './lib/x';\ntest('a', async () => { x(); });`, /Cannot find module '.*lib\/x'/],
    [TEST, /No tests found/], [`${TEST}process.exit(3);`, /ended its process itself \(process\.exit\(3\)\)/],
    [`${TEST}test('a', async () => { await new Promise(() => {}); });`, /Test timeout of 200ms exceeded/, { playwrightConfig: { timeout: 200, retries: 3, workers: 9 } }],
  ];
  for (const [script, message, job] of cases) {
    const { run, attempt } = await play(script, { kind: 'multistep', ...job });
    assert.deepEqual([attempt.fault, run.passed, run.hardFailure, run.stopped], [null, false, true, null], script);
    assert.match(run.errors.map((error) => error.message).join('\n'), message);
  }
});

test('the limit of the whole run, and of its memory', { skip }, async () => {
  const late = await play(`${TEST}test('a', async () => { test.setTimeout(0); await new Promise(() => {}); });`, { kind: 'multistep', limitMs: 3_000 });
  assert.deepEqual([late.run.stopped, late.run.passed, late.attempt.fault], ['deadline', false, null]);
  if (facts.level === null || facts.controlGroup === null) return;
  const small = openSingleFiles(machine, { memoryBytes: 400 * 1024 * 1024 });
  const hog = await play(`${TEST}test('a', async () => { const all = []; for (;;) all.push(Buffer.alloc(5e6, 1)); });`, { kind: 'multistep' }, { files: small });
  assert.deepEqual([hog.run.stopped, hog.run.passed, hog.attempt.fault], ['memory', false, null]);
});

test('files of the project, packages of the runtime, the environment and nothing of ours in it', { skip }, async () => {
  const { run, lines } = await play(`${TEST}import axios from 'axios';\nimport { word } from '../lib/word';\nimport data from '../lib/data.json';
    test('a', async () => { console.log(word, data.n, typeof axios.get, process.env.A, process.env.TZ, Object.keys(process.env).filter((key) => /ASSAY_(EVENTS|RULES)|COMPILE/.test(key)).length); });`, {
    kind: 'multistep', scriptPath: 'src/a.spec.ts', files: [{ path: 'lib/word.ts', content: "export const word: string = 'w';" }, { path: 'lib/data.json', content: '{"n":7}' }],
  });
  assert.deepEqual(run.errors, []);
  assert.ok(lines.includes('INFO w 7 function one UTC 0'), lines.join('\n'));
});

test('as many slots wait as there is memory for, one in any case', () => {
  const MB = 1024 * 1024;
  assert.deepEqual([0, 512, 1_024 + 415, 1_024 + 2 * 415, 1_024 + 3 * 415, 64_000].map((free) => warmSlots(free * MB)), [1, 1, 1, 2, 3, 4]);
});
