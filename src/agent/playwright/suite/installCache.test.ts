import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, linkSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { adoptFolder } from './adoptFolder.ts';
import { isWhole, openInstallCache, type Installed, type Taken } from './installCache.ts';

const DAY = 86_400_000;
const KEY = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);

function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'assay-cache-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Fills an entry with one file of this text. */
const install = (text: string, bytes = text.length) => async (into: string): Promise<Installed> => {
  mkdirSync(join(into, 'tree/node_modules'), { recursive: true });
  writeFileSync(join(into, 'tree/node_modules/index.js'), text);
  return { folders: ['node_modules'], files: 2, bytes, playwright: { version: '1.65.1' } };
};
const installed = (taken: Taken<string>) => {
  assert.equal(taken.kind, 'installed');
  return taken as Extract<typeof taken, { kind: 'installed' }>;
};
const textIn = (taken: Taken<string>) => readFileSync(join(installed(taken).install.folder, 'tree/node_modules/index.js'), 'utf8');
const never = () => Promise.reject(new Error('It is there already.'));

test('an install is made once a key, and shared; a failed one is not kept', async (t) => {
  const cache = openInstallCache({ folder: join(temporary(t), 'installs'), now: () => 0 });
  const failed = await cache.take(KEY, false, async () => ({ failed: 'no network' }));
  assert.deepEqual(failed, { kind: 'failed', end: 'no network' });
  const first = installed(await cache.take<string>(KEY, false, install('one')));
  assert.equal(first.fresh, true);
  const second = installed(await cache.take<string>(KEY, false, never));
  assert.deepEqual([second.fresh, textIn(second), await isWhole(second.install)], [false, 'one', true]);
  assert.equal(textIn(await cache.take<string>(OTHER, false, install('other'))), 'other');
});

test('two that need the same at once wait for one install', async (t) => {
  const cache = openInstallCache({ folder: temporary(t), now: () => 0 });
  const gate = Promise.withResolvers<void>();
  let made = 0;
  const slow = async (into: string) => { made += 1; await gate.promise; return install('once')(into); };
  const both = [cache.take<string>(KEY, false, slow), cache.take<string>(KEY, true, slow)];
  gate.resolve();
  assert.deepEqual((await Promise.all(both)).map(textIn), ['once', 'once']);
  assert.equal(made, 1);
});

test('anew takes the place of the old, which those who use it keep until they are done', async (t) => {
  const folder = temporary(t);
  const cache = openInstallCache({ folder, now: () => 0 });
  const old = installed(await cache.take<string>(KEY, false, install('old')));
  const anew = installed(await cache.take<string>(KEY, true, install('new')));
  assert.deepEqual([textIn(old), textIn(anew), textIn(await cache.take<string>(KEY, false, never))], ['old', 'new', 'new']);
  await old.release();
  await old.release();
  assert.equal(existsSync(old.install.folder), false);
  assert.equal(textIn(anew), 'new');
});

test('without a key it is for one run; a discarded one is made again', async (t) => {
  const folder = temporary(t);
  const cache = openInstallCache({ folder, now: () => 0 });
  const own = installed(await cache.take<string>(null, false, install('mine')));
  await own.release();
  assert.deepEqual(readdirSync(folder), []);
  const broken = installed(await cache.take<string>(KEY, false, install('broken')));
  writeFileSync(join(broken.install.folder, 'tree/node_modules/index.js'), 'cut');
  assert.equal(await isWhole(broken.install), false);
  await broken.discard();
  assert.equal(existsSync(broken.install.folder), false);
  assert.equal(textIn(await cache.take<string>(KEY, false, install('whole'))), 'whole');
});

test('what nobody has used for 30 days goes, and what is too much: the longest unused first', async (t) => {
  const folder = temporary(t);
  let now = Date.now();
  const cache = openInstallCache({ folder, sizeLimit: 100, now: () => now });
  const take = async (key: string, bytes: number) => { await installed(await cache.take<string>(key, false, install(key[0] ?? '', bytes))).release(); };
  const keys = () => readdirSync(folder).filter((name) => name.endsWith('.json')).map((name) => name[0]).sort().join('');
  await take('1'.repeat(64), 10);
  now += 20 * DAY;
  await take('2'.repeat(64), 50);
  now += 11 * DAY;
  await take('3'.repeat(64), 40);
  assert.equal(keys(), '23', 'the first was unused for 31 days');
  now += 1_000;
  await take('2'.repeat(64), 50);
  now += 1_000;
  await take('4'.repeat(64), 45);
  assert.equal(keys(), '24', '135 bytes are too many, and the third was used last of all');
  assert.equal(readdirSync(folder).filter((name) => name.startsWith('install-')).length, 2);
});

const root = process.getuid?.() === 0;
const UID = 61_234;

test('adopted folders are the agent\'s, readable by all, writable by nobody else, and no program runs as another', { skip: root ? false : 'not root' }, async (t) => {
  const [from, to] = [temporary(t), temporary(t)];
  mkdirSync(join(from, 'packages/a/node_modules/.bin'), { recursive: true });
  writeFileSync(join(from, 'packages/a/node_modules/tool'), '#!', { mode: 0o600 });
  writeFileSync(join(from, 'packages/a/node_modules/data'), 'x', { mode: 0o600 });
  symlinkSync('../tool', join(from, 'packages/a/node_modules/.bin/tool'));
  execFileSync('chown', ['-hR', `${UID}:${UID}`, from]);
  execFileSync('chmod', ['6777', join(from, 'packages/a/node_modules/tool')]);
  const weight = await adoptFolder(from, 'packages/a/node_modules', to, UID);
  assert.deepEqual(weight, { files: 5, bytes: 3 });
  const facts = (path: string) => { const { mode, uid } = lstatSync(join(to, 'packages/a/node_modules', path)); return [uid, (mode & 0o7777).toString(8)]; };
  assert.deepEqual([facts(''), facts('tool'), facts('data'), facts('.bin/tool')[0]], [[0, '755'], [0, '755'], [0, '644'], 0]);
  assert.equal(existsSync(join(from, 'packages/a/node_modules')), false);
});

test('no folder of somebody else is adopted, and nothing that is no file', async (t) => {
  const [from, to, foreign] = [temporary(t), temporary(t), temporary(t)];
  mkdirSync(join(foreign, 'node_modules'));
  writeFileSync(join(foreign, 'secret'), 'x');
  symlinkSync(foreign, join(from, 'linked'));
  symlinkSync(join(foreign, 'node_modules'), join(from, 'node_modules'));
  mkdirSync(join(from, 'pipe'));
  execFileSync('mkfifo', [join(from, 'pipe/p')]);
  for (const path of ['linked/node_modules', 'node_modules', '../x', 'a//b', '', 'missing', '/etc']) await assert.rejects(adoptFolder(from, path, to, null), Error, path);
  await assert.rejects(adoptFolder(from, 'pipe', to, null), /no file/);
  assert.ok(existsSync(join(foreign, 'node_modules')));
  if (!root) return;
  mkdirSync(join(from, 'hard'));
  linkSync(join(foreign, 'secret'), join(from, 'hard/secret'));
  execFileSync('chown', [String(UID + 1), join(foreign, 'secret')]);
  await assert.rejects(adoptFolder(from, 'hard', to, UID), /somebody else/);
});
