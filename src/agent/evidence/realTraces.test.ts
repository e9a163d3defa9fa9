/** Traces, reports and attachments as real Playwrights leave them, with secrets everywhere: nothing of them may be found in what is kept. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, extname, join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from '@playwright/test';
import { canary, canaryOf, findLeaks } from '../../../test/secrets/canaries.ts';
import { leakyBrowserScript, leakyRequestScript, PREFIX } from '../../../test/secrets/leakyScript.ts';
import { startLeakySite } from '../../../test/secrets/leakySite.ts';
import { unpackAll } from '../../../test/secrets/unpack.ts';
import { createRedactor } from '../../checks/kit/redact.ts';
import { createEvidence, type EvidenceFile, type KeptEvidence } from './createEvidence.ts';

const MODULES = join(import.meta.dirname, '../../../node_modules');
const CHROMIUM = ['/usr/lib/chromium/chromium-headless-shell', '/usr/lib/chromium/chromium', '/opt/google/chrome/chrome'].find((path) => existsSync(path));
const FFMPEG = ['/usr/bin/ffmpeg', '/usr/local/bin/ffmpeg'].find((path) => existsSync(path));
const MISSING = CHROMIUM && FFMPEG ? false : 'There is no Chromium and no ffmpeg on this machine.';
const VERSIONS = { '1.65': '@playwright/test', '1.52': 'playwright-1-52' };

const SECRETS = [
  canary('plain', (mark) => `${mark()}${mark()}`),
  canary('signs', (mark) => `${mark()} &<>"'\\/%+=?#${mark()}`),
  canary('letters', (mark) => `${mark()}ü😀é${mark()}`),
  canary('lines', (mark) => `${mark()}\n${mark()}\t`),
  canary('base64', (mark) => `${mark()}+/${mark()}==`),
  canary('longer than what consoles show', (mark) => Array.from({ length: 30 }, mark).join('.')),
  canaryOf('number', String(randomInt(100_000_000, 999_999_999))),
  canaryOf('short number', String(randomInt(8_000, 9_000))),
];
/** It is found everywhere by chance. */
const LONG_SECRETS = SECRETS.filter(({ name }) => name !== 'short number');
const PLAIN = 'to standard output';

const folder = mkdtempSync(join(tmpdir(), 'assay-real-traces-'));
let site: Awaited<ReturnType<typeof startLeakySite>>;

before(async () => { site = await startLeakySite(); });
after(async () => {
  await site.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A folder in which this version finds the programs of this machine. What runs here is our own: it needs no walls. */
function browsersFor(library: string): string {
  const path = join(folder, `browsers-${library.replace('/', '-')}`);
  const core = library.startsWith('@') ? 'playwright-core' : `${library}/node_modules/playwright-core`;
  const { browsers } = JSON.parse(readFileSync(join(MODULES, core, 'browsers.json'), 'utf8')) as { browsers: { name: string; revision: string }[] };
  const put = (name: string, program: string) => {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    symlinkSync(program, join(path, name));
    writeFileSync(join(path, name.split('/')[0]!, 'INSTALLATION_COMPLETE'), '');
  };
  for (const { name, revision } of browsers) {
    if (name === 'ffmpeg') put(`ffmpeg-${revision}/ffmpeg-linux`, FFMPEG!);
    if (name === 'chromium-headless-shell') {
      put(`chromium_headless_shell-${revision}/chrome-linux/headless_shell`, CHROMIUM!);
      put(`chromium_headless_shell-${revision}/chrome-headless-shell-linux64/chrome-headless-shell`, CHROMIUM!);
    }
  }
  return path;
}

/** Runs the leaky tests. @returns the folder that they wrote. */
async function runTests(version: keyof typeof VERSIONS): Promise<string> {
  const library = VERSIONS[version];
  const project = join(folder, version);
  mkdirSync(project);
  symlinkSync(MODULES, join(project, 'node_modules'));
  writeFileSync(join(project, 'browser.spec.ts'), leakyBrowserScript(site.url, library));
  writeFileSync(join(project, 'request.spec.ts'), leakyRequestScript(site.url, library));
  writeFileSync(join(project, 'playwright.config.ts'), `export default {
    workers: 1, outputDir: 'left/test-results', reporter: [['json', { outputFile: 'left/report.json' }], ['html', { outputFolder: 'html', open: 'never' }]],
    use: { trace: 'on', screenshot: 'on', video: 'on', launchOptions: { args: ['--no-sandbox', '--disable-gpu'] } },
  };`);
  const env = { PATH: process.env['PATH'], HOME: project, PLAYWRIGHT_BROWSERS_PATH: browsersFor(library), ...Object.fromEntries(SECRETS.map(({ value }, at) => [`${PREFIX}${at}`, value])) };
  const child = spawn(process.execPath, [join(MODULES, library, 'cli.js'), 'test'], { cwd: project, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk));
  const [code] = await once(child, 'close');
  assert.equal(code, 1, Buffer.concat(said).toString());
  // It holds all of the report in one text; its other files are copies.
  copyFileSync(join(project, 'html/index.html'), join(project, 'left/index.html'));
  return join(project, 'left');
}

function foundIn(left: string): EvidenceFile[] {
  return readdirSync(left, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => {
    const path = relative(left, join(entry.parentPath, entry.name));
    const type = path.endsWith('trace.zip') ? 'trace' : path.endsWith('.webm') ? 'video' : path.endsWith('.png') ? 'screenshot' : path === 'report.json' ? 'report' : 'file';
    return { path, name: path, type, contentType: type === 'trace' ? 'application/zip' : 'application/octet-stream' };
  });
}

interface Taken extends KeptEvidence { files: Map<string, Buffer>; log: string[] }

async function keep(left: string, keepPictures: boolean, secrets = SECRETS): Promise<Taken> {
  const files = new Map<string, Buffer>();
  const log: string[] = [];
  const evidence = createEvidence({
    keepPictures, redactor: createRedactor([], secrets.map(({ value }) => value)), log: (level, msg) => log.push(`${level} ${msg}`),
    files: {
      async keep({ name }, size, open) {
        const chunks: Buffer[] = [];
        for await (const chunk of open()) chunks.push(chunk as Buffer);
        files.set(name, Buffer.concat(chunks));
        assert.equal(files.get(name)?.length, size);
        return name;
      },
    },
  });
  return { ...await evidence.keep(left, foundIn(left)), files, log };
}

async function leaksIn(files: ReadonlyMap<string, Buffer>): Promise<string[]> {
  const leaks: string[] = [];
  for (const [name, bytes] of files) {
    leaks.push(...findLeaks(LONG_SECRETS, name, 'a name'));
    for await (const piece of unpackAll(bytes, name)) leaks.push(...findLeaks(LONG_SECRETS, piece.bytes, piece.where));
  }
  return leaks;
}

/** Opens traces in the viewer of the newest Playwright. @returns what the list of actions shows of each. */
async function inViewer(traces: readonly Buffer[]): Promise<string[][]> {
  const viewer = join(MODULES, 'playwright-core/lib/vite/traceViewer');
  const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.ttf': 'font/ttf', '.svg': 'image/svg+xml' };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://x');
    const trace = traces[Number(/^\/trace(\d+)\.zip$/.exec(pathname)?.[1] ?? NaN)];
    const path = join(viewer, pathname);
    if (!trace && !existsSync(path)) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' }).end(trace ?? readFileSync(path));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const shown: string[][] = [];
    for (const at of traces.keys()) {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/index.html?trace=trace${at}.zip`);
      const actions = page.locator('.action-title');
      await actions.filter({ hasText: /Navigate|page\.goto/ }).first().waitFor();
      shown.push(await actions.allInnerTexts());
      await page.close();
    }
    return shown;
  } finally {
    await browser.close();
    server.close();
    server.closeAllConnections();
  }
}

const traceOf = (taken: Taken) => taken.files.get('test-results/browser-fails/trace.zip')!;

async function piecesOf(bytes: Buffer): Promise<string[]> {
  const names: string[] = [];
  for await (const { where } of unpackAll(bytes, 'trace')) names.push(where);
  return names;
}

for (const version of ['1.65', '1.52'] as const) {
  test(`nothing is left of the secrets in what Playwright ${version} leaves, and it can still be read`, { timeout: 240_000, skip: MISSING }, async () => {
    const left = await runTests(version);
    const untouched = await keep(left, true, []);
    assert.ok((await leaksIn(new Map([['trace', traceOf(untouched)]]))).length > 100, 'the secrets were everywhere');
    const kept = await keep(left, true);
    assert.deepEqual(await leaksIn(kept.files), []);
    assert.deepEqual(kept.log, []);
    assert.equal(kept.kept.length, foundIn(left).length);
    assert.ok(kept.files.get('report.json')?.includes(PLAIN));
    // Of two pages: an error a secret, an answer that was not found, and two exceptions that nobody caught.
    assert.deepEqual(kept.traceSummary, untouched.traceSummary);
    assert.deepEqual(kept.traceSummary, { consoleErrors: 2 * (SECRETS.length + 1), networkErrors: 2, documentErrors: 0, userScriptErrors: 4 });
    assert.deepEqual(findLeaks(LONG_SECRETS, JSON.stringify(kept.traceErrors), 'what traces tell'), []);
    assert.deepEqual(kept.traceErrors, kept.traceErrors.toSorted((a, b) => a.startTime! - b.startTime!));
    assert.ok(kept.traceErrors.every(({ startTime }) => Math.abs(Date.now() - startTime!) < 240_000));
    const wordsOf = (kind: string) => kept.traceErrors.filter((error) => error.kind === kind);
    assert.equal(wordsOf('consoleErrors').reduce((sum, { count }) => sum + count, 0), kept.traceSummary.consoleErrors);
    assert.ok(wordsOf('consoleErrors').some(({ text, url, line }) => text === 'error ******' && url?.startsWith(`${site.url}/page`) && line! > 1), JSON.stringify(wordsOf('consoleErrors')));
    assert.deepEqual(wordsOf('networkErrors').map(({ text, method, url, count }) => [text, method, url?.split('?')[0], count]), [['404 Not Found', 'GET', `${site.url}/missing`, 2]]);
    assert.deepEqual(wordsOf('userScriptErrors').map(({ text, count }) => [text.slice(0, 19), count]).sort(), [['Error: uncaught ****', 2], ['TypeError: rejected', 2]].map(([text, count]) => [String(text).slice(0, 19), count]));

    const bare = await keep(left, false);
    assert.deepEqual(await leaksIn(bare.files), []);
    assert.deepEqual(bare.kept.filter(({ name }) => /png|webm/.test(name)), []);
    assert.match(bare.log.join(), /^INFO This agent keeps no pictures: \d+ left out[^,]*, those within traces and reports among them\.$/);
    assert.equal((await piecesOf(traceOf(untouched))).filter((name) => /jpeg|png/.test(name)).length > 0, true);
    assert.deepEqual((await piecesOf(traceOf(bare))).filter((name) => /jpeg|png/.test(name)), []);
    assert.doesNotMatch(bare.files.get('report.json')!.toString(), /iVBORw0KGgo/, 'no picture in the report');

    const [before, after, without] = await inViewer([traceOf(untouched), traceOf(kept), traceOf(bare)]);
    assert.equal(after?.length, before?.length);
    assert.deepEqual(without, after);
    assert.match(after?.join() ?? '', /Navigate|page\.goto/);
  });
}
