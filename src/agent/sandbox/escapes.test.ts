/** What user code tries and must not achieve. Each attempt runs as a real program in the real sandbox; this process is what it must not harm. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Ending } from './contain.ts';
import { findSandbox } from './findSandbox.ts';
import { openSandbox, type SandboxJob, type SandboxLimits } from './sandbox.ts';

const MB = 1024 * 1024;
const LIMITS: SandboxLimits = { processes: 48, memoryBytes: 256 * MB, fileBytes: 4 * MB, folderBytes: 16 * MB, openFiles: 256, cpuSeconds: 10, ms: 20_000 };
const facts = await findSandbox(false);
const sandbox = facts.level === null ? null : await openSandbox(facts);
const skip = sandbox === null ? facts.says : false;

interface Attempt { ending: Ending; reports: unknown[]; folder: string }

/** Runs a program with `say(value)`, `attempt(() => value)` (its error's code, else the value) and `fs` at hand. */
async function run(program: string, limits: Partial<SandboxLimits> = {}, more: Partial<SandboxJob> = {}): Promise<Attempt> {
  assert.ok(sandbox);
  const reports: unknown[] = [];
  let folder = '';
  const prelude = `const fs = require('fs'); const { spawn } = require('child_process');
    const say = (value) => fs.writeSync(3, JSON.stringify(value ?? null) + '\\n');
    const attempt = (work) => { try { return work(); } catch (error) { return error.code ?? error.message; } };\n`;
  const ending = await sandbox.run({
    command: (path) => { folder = path; return [process.execPath, '-e', prelude + program]; },
    mounts: [process.execPath], env: {}, limits: { ...LIMITS, ...limits }, input: '', signal: new AbortController().signal,
    onReport: (line) => { reports.push(JSON.parse(line)); }, ...more,
  });
  return { ending, reports, folder };
}
const ended = { why: 'exit', code: 0, signal: null, said: '' };

function secretFile(t: { after(work: () => void): void }, name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `assay-${name}-`));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'secret.key'), 'canary', { mode: 0o644 });
  return join(folder, 'secret.key');
}

test('a clean environment, a folder of its own, nothing of it left', { skip }, async () => {
  process.env['ASSAY_TEST_CANARY'] = 'canary';
  const { ending, reports, folder } = await run("say(process.env); say(process.cwd()); fs.writeFileSync('made', 'x'); say(fs.readFileSync(0, 'utf8'));", {}, { env: { MINE: 'a b' }, input: 'given' });
  assert.deepEqual(ending, ended);
  const [{ PATH, ...all }, ...rest] = reports as [Record<string, string>, ...unknown[]];
  // What leads programs to the way out, where the network is an empty one.
  const environment = Object.fromEntries(Object.entries(all).filter(([key]) => !/^(ASSAY_BROWSER_FLAGS|NODE_OPTIONS|CURL_HOME|WGETRC|GIT_CONFIG_.*)$/.test(key)));
  assert.ok(PATH);
  assert.deepEqual(environment, { HOME: folder, LANG: 'C.UTF-8', TZ: 'UTC', MINE: 'a b', PWD: folder });
  assert.deepEqual(rest, [folder, 'given']);
  assert.equal(existsSync(folder), false);
});

test('another user than root, without any right, unable to get one', { skip }, async () => {
  const { reports } = await run(`const status = fs.readFileSync('/proc/self/status', 'utf8');
    say([process.getuid() > 0, /CapEff:\\s*0+\\n/.test(status), /CapBnd:\\s*0+\\n/.test(status), /NoNewPrivs:\\s*1/.test(status)]);
    say(attempt(() => process.setuid(0)));`);
  assert.deepEqual([reports[0], /EPERM|EINVAL/.test(String(reports[1]))], [[true, true, true, true], true]);
});

test('the server: its environment, its files, its processes', { skip }, async (t) => {
  const secret = secretFile(t, 'data');
  const { ending, reports } = await run(`
    say(fs.readdirSync('/proc').filter((name) => +name > 0).map((pid) => attempt(() => fs.readFileSync('/proc/' + pid + '/environ', 'utf8'))).join().includes('canary'));
    say(attempt(() => fs.readFileSync('/proc/${process.pid}/environ', 'utf8')));
    say(attempt(() => fs.readFileSync('/proc/' + process.ppid + '/environ', 'utf8')));
    say([${JSON.stringify(secret)}, ${JSON.stringify(process.cwd())}, '/root', '/home', '/etc/shadow', '/var', '/usr/local', '/proc/1/root/root'].map((path) => attempt(() => fs.statSync(path) && 'there')));
    say(fs.readdirSync('/tmp').filter((name) => name !== require('path').basename(process.cwd())));`, {});
  assert.deepEqual(ending, ended);
  const [leaked, ofServer, ofParent, places] = reports as [boolean, string, string, string[]];
  assert.equal(leaked, false);
  assert.equal(ofServer, 'ENOENT');
  assert.ok(!ofParent.includes('canary'));
  const [ofSecret, , ...others] = places;
  assert.equal(ofSecret, 'ENOENT');
  assert.ok(others.every((found) => ['ENOENT', 'EACCES'].includes(found)), JSON.stringify(others));
});

test('another job: its folder and its processes', { skip }, async () => {
  const begun = Promise.withResolvers<string>();
  const stop = new AbortController();
  const neighbour = run("fs.writeFileSync('secret', 'canary'); say(process.cwd()); setInterval(() => {}, 1000);", {}, { signal: stop.signal, onReport: (line) => begun.resolve(JSON.parse(line) as string) });
  const folder = await begun.promise;
  const { reports } = await run(`say(attempt(() => fs.readFileSync(${JSON.stringify(join(folder, 'secret'))}, 'utf8')));
    say(fs.readdirSync('/proc').filter((name) => +name > 0).length <= 4);`);
  stop.abort();
  assert.deepEqual((await neighbour).ending, { why: 'cancelled' });
  // Bubblewrap's first process, the relay and this one.
  assert.deepEqual(reports, ['ENOENT', true]);
  assert.equal(existsSync(folder), false);
});

test('kill: nobody outside can be reached', { skip }, async (t) => {
  const victim = spawn('sleep', ['600'], { stdio: 'ignore' });
  t.after(() => victim.kill());
  const { reports } = await run(`say([${victim.pid}, ${process.pid}].map((pid) => attempt(() => process.kill(pid, 'SIGKILL')))); attempt(() => process.kill(-1, 'SIGKILL'));`);
  assert.deepEqual(reports, [['ESRCH', 'ESRCH']]);
  assert.equal(victim.exitCode ?? victim.signalCode, null);
});

test('the system cannot be written, neither can what is mounted', { skip }, async () => {
  const { reports } = await run(`say(['/usr/bin/x', '/etc/x', '/x', '/dev/x', '/usr/lib/x'].map((path) => attempt(() => fs.writeFileSync(path, 'x'))));
    say(attempt(() => fs.appendFileSync(${JSON.stringify(process.execPath)}, 'x')));
    say(attempt(() => fs.writeFileSync('/proc/sys/kernel/hostname', 'x')));`);
  const codes = reports.flat() as string[];
  assert.equal(codes.length, 7);
  assert.ok(codes.every((code) => ['EROFS', 'EACCES', 'EPERM', 'ENOENT', 'ETXTBSY'].includes(code)), JSON.stringify(codes));
});

test('a symbolic link out of the job folder leads nowhere, and nothing behind it is removed', { skip }, async (t) => {
  const secret = secretFile(t, 'behind');
  const { ending, reports, folder } = await run(`
    fs.symlinkSync(${JSON.stringify(secret)}, 'file'); fs.symlinkSync(${JSON.stringify(join(secret, '..'))}, 'folder'); fs.symlinkSync('/', 'all');
    say(['file', 'folder/secret.key', 'all/root/x'].map((path) => attempt(() => fs.readFileSync(path, 'utf8'))));
    say(attempt(() => fs.writeFileSync('file', 'changed')));
    fs.mkdirSync('shut/in', { recursive: true }); fs.chmodSync('shut', 0);`);
  assert.deepEqual(ending, ended);
  const codes = reports.flat() as string[];
  assert.ok(codes.every((code) => ['ENOENT', 'EACCES'].includes(code)), JSON.stringify(codes));
  assert.equal(readFileSync(secret, 'utf8'), 'canary');
  assert.equal(existsSync(folder), false);
});

test('a fork bomb stops at the limit and dies with its job', { skip }, async () => {
  const { ending, reports } = await run(`let started = 0, refused = 0;
    const count = () => { if (started + refused === 200) { say([started, refused]); process.exit(); } };
    for (let i = 0; i < 200; i++) spawn('sleep', ['${process.pid}001'], { detached: true, stdio: 'ignore' }).on('spawn', () => { started++; count(); }).on('error', () => { refused++; count(); });`);
  const [counts] = reports as [[number, number] | undefined];
  assert.ok(counts && counts[0] < LIMITS.processes + 8 && counts[1] > 0, JSON.stringify({ ending, counts }));
  const left = readdirSync('/proc').filter((name) => Number(name) > 0 && commandOf(name).includes(`${process.pid}001`));
  assert.deepEqual(left, []);
});

const commandOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it has just ended
  }
};

test('a memory hog is the one that dies', { skip }, async () => {
  const { ending } = await run('const all = []; for (;;) all.push(Buffer.alloc(16 * 1024 * 1024, 1));');
  assert.ok(ending.why === 'exit' && ending.code !== 0, JSON.stringify(ending));
});

test('a disk hog: one file, many files, the private /tmp', { skip }, async () => {
  const one = await run("say(attempt(() => { for (;;) fs.appendFileSync('big', Buffer.alloc(1024 * 1024)); }));");
  assert.ok(one.reports[0] === 'EFBIG' || (one.ending.why === 'exit' && one.ending.signal === 'SIGXFSZ'), JSON.stringify(one));
  const many = await run("for (let i = 0; ; i++) fs.writeFileSync('f' + i, Buffer.alloc(1024 * 1024));");
  assert.deepEqual(many.ending, { why: 'disk' });
  assert.equal(existsSync(many.folder), false);
  const tmp = await run("say(attempt(() => { for (let i = 0; ; i++) fs.writeFileSync('/tmp/f' + i, Buffer.alloc(1024 * 1024)); }));");
  assert.ok(tmp.reports[0] === 'ENOSPC' || tmp.ending.why === 'exit', JSON.stringify(tmp));
});

test('the deadline ends all of it, whatever ignores signals', { skip }, async () => {
  const { ending, folder } = await run(`process.on('SIGTERM', () => {}); spawn('sleep', ['${process.pid}002'], { detached: true, stdio: ['ignore', 1, 2] }); for (;;);`, { ms: 700 });
  assert.deepEqual(ending, { why: 'deadline' });
  assert.deepEqual(readdirSync('/proc').filter((name) => Number(name) > 0 && commandOf(name).includes(`${process.pid}002`)), []);
  assert.equal(existsSync(folder), false);
});

test('reports without end are cut off', { skip }, async () => {
  const { ending } = await run("for (;;) fs.writeSync(3, 'x'.repeat(65536));");
  assert.deepEqual(ending, { why: 'flood' });
});

test('what an agent that was killed has left is removed by the next', { skip }, async () => {
  const gone = spawn('true');
  await once(gone, 'exit');
  const folder = mkdtempSync(join(tmpdir(), `assay-job-${gone.pid}-`));
  const own = mkdtempSync(join(tmpdir(), `assay-job-${process.pid}-`));
  await openSandbox(facts);
  assert.deepEqual([existsSync(folder), existsSync(own)], [false, true]);
  rmSync(own, { recursive: true });
});
