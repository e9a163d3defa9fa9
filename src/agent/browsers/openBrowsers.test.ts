import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { findSandbox } from '../sandbox/findSandbox.ts';
import { openSandbox, type Sandbox } from '../sandbox/sandbox.ts';
import { openBrowsers, type BrowserTree } from './openBrowsers.ts';

const MODULES = join(import.meta.dirname, '../../../node_modules');
const CORES = { '1.65': join(MODULES, 'playwright-core'), '1.52': join(MODULES, 'playwright-1-52/node_modules/playwright-core') };
const LIMITS = { processes: 512, memoryBytes: 4 * 1024 ** 3, fileBytes: 1024 ** 3, folderBytes: 1024 ** 3, openFiles: 4_096, cpuSeconds: 120, ms: 60_000 };

const folder = mkdtempSync(join(tmpdir(), 'assay-browsers-'));
let sandbox: Sandbox | null = null;
let missing: string | false = false;
before(async () => {
  const facts = await findSandbox(false);
  if (facts.level !== null) sandbox = await openSandbox(facts);
  missing = facts.level === null ? facts.says : false;
});
after(() => rmSync(folder, { recursive: true, force: true }));

const walls = () => Promise.resolve(sandbox ?? 'There is no sandbox.');
const own = () => openBrowsers({ folder }, walls);

/** A page in Playwright's library, run within the walls. @returns what it reports. */
async function play(core: string, tree: Extract<BrowserTree, { ok: true }>, script: string, env: Record<string, string> = {}): Promise<unknown> {
  const said: string[] = [];
  const ending = await sandbox?.run({
    command: (job) => [process.execPath, join(job, 'play.cjs')],
    mounts: [...tree.mounts, core, dirname(process.execPath)], env: { PLAYWRIGHT_BROWSERS_PATH: tree.path, CORE: core, ...env }, limits: LIMITS, input: '', signal: new AbortController().signal,
    prepare: async (job) => {
      const path = join(job, 'play.cjs');
      writeFileSync(path, `(async () => { ${script} })().then((said) => require('node:fs').writeSync(3, JSON.stringify(said) + '\\n'), (error) => { console.error(error.message); process.exit(1); });`);
      await chmod(path, 0o644);
    },
    onReport: (line) => said.push(line),
  });
  assert.deepEqual({ why: ending?.why, code: ending?.why === 'exit' ? ending.code : null, said: said.length }, { why: 'exit', code: 0, said: 1 }, JSON.stringify(ending));
  return JSON.parse(said[0] ?? 'null');
}

const PAGE = `
  const { chromium } = require(process.env.CORE);
  const browser = await chromium.launch();
  const context = await browser.newContext({ recordVideo: { dir: 'videos' } });
  const page = await context.newPage();
  await page.setContent('<h1>It works</h1>');
  const picture = await page.screenshot();
  const heading = await page.textContent('h1');
  await context.close();
  await browser.close();
  const fs = require('node:fs');
  return { heading, picture: picture.subarray(1, 4).toString(), videos: fs.readdirSync('videos').map((name) => fs.readFileSync('videos/' + name).subarray(0, 4).toString('hex')) };
`;

for (const [version, core] of Object.entries(CORES)) {
  test(`Playwright ${version} opens a page, draws it and films it within the walls`, async (t) => {
    if (missing) return t.skip(missing);
    const tree = await own().tree(core);
    if (!tree.ok) return t.skip(tree.sentence);
    assert.match(tree.says, /^Chromium \d+, /);
    assert.deepEqual(await play(core, tree, PAGE), { heading: 'It works', picture: 'PNG', videos: tree.video ? ['1a45dfa3'] : [] });
  });
}

test('flags of the environment reach the browser, and win', async (t) => {
  if (missing) return t.skip(missing);
  const tree = await own().tree(CORES['1.65']);
  if (!tree.ok) return t.skip(tree.sentence);
  const script = `
    const browser = await require(process.env.CORE).chromium.launch({ args: ['--user-agent=theirs'] });
    const page = await browser.newPage();
    const agent = await page.evaluate('navigator.userAgent');
    await browser.close();
    return agent;`;
  assert.equal(await play(CORES['1.65'], tree, script, { ASSAY_BROWSER_FLAGS: '--user-agent=ours --proxy-bypass-list=<-loopback>' }), 'ours');
});

test('a tree is made once, and jobs cannot change it', async (t) => {
  if (missing) return t.skip(missing);
  const [first, second] = await Promise.all([own().tree(CORES['1.65']), own().tree(CORES['1.65'])]);
  if (!first.ok) return t.skip(first.sentence);
  assert.deepEqual(second, first);
  assert.ok(first.mounts.includes(first.path));
  assert.deepEqual(readdirSync(dirname(first.path)).filter((name) => /^[\da-f]{16}-/.test(name)), [], 'no half-made tree is left');
  const denied = await play(CORES['1.65'], first, `
    const fs = require('node:fs');
    const tree = process.env.PLAYWRIGHT_BROWSERS_PATH;
    const tries = [() => fs.writeFileSync(tree + '/more', ''), () => fs.rmSync(tree, { recursive: true }), () => fs.chmodSync(tree, 0o777)];
    return tries.map((one) => { try { one(); return 'done'; } catch { return 'denied'; } });`);
  assert.deepEqual(denied, ['denied', 'denied', 'denied']);
  assert.ok(existsSync(join(first.path, 'more')) === false && readdirSync(first.path).length > 0);
});

test('a browser that does not work, no sandbox, and a list of browsers that is a trap end in a sentence', async (t) => {
  const trap = join(folder, 'trap');
  mkdirSync(trap);
  const said = async (core: string) => {
    const tree = await own().tree(core);
    return tree.ok ? 'ok' : tree.sentence;
  };
  assert.match(await said(join(folder, 'nowhere')), /no readable list/);
  symlinkSync('/etc/passwd', join(trap, 'browsers.json'));
  assert.match(await said(trap), /no readable list/);
  rmSync(join(trap, 'browsers.json'));
  for (const text of ['{', '{"browsers":[null,{"name":"chromium","revision":"../../x"}]}', '[]']) {
    writeFileSync(join(trap, 'browsers.json'), text);
    assert.match(await said(trap), /list of browsers of this Playwright/, text);
  }
  if (missing) return t.skip(missing);
  const broken = join(folder, 'programs', 'broken');
  mkdirSync(dirname(broken));
  writeFileSync(broken, '#!/bin/sh\necho "libnss3.so: error while loading shared libraries" >&2; exit 127\n');
  chmodSync(broken, 0o755);
  const tree = await openBrowsers({ folder, browser: broken }, walls).tree(CORES['1.65']);
  assert.match(tree.ok ? '' : tree.sentence, /There is no browser.*broken does not work here: libnss3.*Get one with/);
  assert.deepEqual(await openBrowsers({ folder }, () => Promise.resolve('No walls here.')).tree(CORES['1.65']), { ok: false, sentence: 'No walls here.' });
});

test('what Playwright has downloaded for the very revision comes first, and Firefox is shown as it is', async (t) => {
  if (missing) return t.skip(missing);
  const usual = await own().tree(CORES['1.65']);
  if (!usual.ok) return t.skip(usual.sentence);
  const { browsers } = JSON.parse(readFileSync(join(CORES['1.65'], 'browsers.json'), 'utf8')) as { browsers: { name: string; revision: string }[] };
  const revision = (name: string) => browsers.find((one) => one.name === name)?.revision;
  const program = /^program='(.*)'$/m.exec(readFileSync(join(usual.path, `chromium-${revision('chromium')}`, 'chrome-linux64/chrome'), 'utf8'))?.[1] ?? '';
  if (!program.startsWith('/usr/lib')) return t.skip('the system has no browser that the walls show anyway');
  const downloads = join(folder, 'ms-playwright');
  const shell = join(downloads, `chromium_headless_shell-${revision('chromium-headless-shell')}`, 'chrome-headless-shell-linux64');
  mkdirSync(shell, { recursive: true });
  writeFileSync(join(shell, 'chrome-headless-shell'), `#!/bin/sh\nexec '${program}' "$@"\n`, { mode: 0o755 });
  const firefox = join(downloads, `firefox-${revision('firefox')}`);
  mkdirSync(firefox);
  writeFileSync(join(firefox, 'INSTALLATION_COMPLETE'), '');
  const tree = await openBrowsers({ folder, playwrightFolder: downloads }, walls).tree(CORES['1.65']);
  assert.ok(tree.ok, tree.ok ? '' : tree.sentence);
  assert.match(tree.says, /Playwright's download/);
  assert.ok(tree.mounts.includes(shell) && tree.mounts.includes(firefox));
  assert.ok(existsSync(join(tree.path, `firefox-${revision('firefox')}`, 'INSTALLATION_COMPLETE')));
});
