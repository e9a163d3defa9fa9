import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { findSandbox } from './findSandbox.ts';
import { openSandbox } from './sandbox.ts';

const LIMITS = { processes: 32, memoryBytes: 256 << 20, fileBytes: 1 << 20, folderBytes: 4 << 20, openFiles: 256, cpuSeconds: 10, ms: 10_000 };
const facts = await findSandbox(false);

test('the level that is found is one that works, and the sentence names it', () => {
  assert.match(facts.says, facts.level === null ? /^User code is not run: there is no sandbox/ : /^level (strict .*a network of its own|standard .*no `strict` level)/);
});

/** The same question on a machine whose bubblewrap is no program, which only root can pretend. */
function withoutBubblewrap(allow: boolean): { level: string | null; says: string } {
  const script = `const { findSandbox } = await import(${JSON.stringify(new URL('findSandbox.ts', import.meta.url).href)}); console.log(JSON.stringify(await findSandbox(${allow})));`;
  const { stdout, stderr } = spawnSync('unshare', [
    '-m', 'sh', '-c', 'mount --bind /dev/null "$(command -v bwrap)" && exec "$@"', 'sh', process.execPath, '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script,
  ], { encoding: 'utf8' });
  assert.equal(stderr, '');
  return JSON.parse(stdout) as { level: string | null; says: string };
}

test('without bubblewrap user code is refused, unless it was allowed', { skip: facts.level === null || !facts.root ? 'needs root and bubblewrap' : false }, () => {
  const refused = withoutBubblewrap(false);
  assert.equal(refused.level, null);
  assert.match(refused.says, /ASSAY_ALLOW_UNSANDBOXED=1 runs it without one/);
  const allowed = withoutBubblewrap(true);
  assert.equal(allowed.level, 'none');
  assert.match(allowed.says, /^level none: user code can read and change whatever this agent can/);
});

test('level none still has a clean environment, a folder that is removed, limits and a deadline', { skip: facts.level === null && facts.says }, async () => {
  process.env['ASSAY_TEST_CANARY'] = 'canary';
  const sandbox = await openSandbox({ ...facts, level: 'none' });
  const reports: string[] = [];
  const job = { mounts: [], env: { MINE: '1' }, limits: LIMITS, input: 'in', signal: new AbortController().signal, onReport: (line: string) => { reports.push(line); } };
  const ending = await sandbox.run({ ...job, command: () => ['sh', '-c', 'cat >&2; pwd >&3; env | grep -c "MINE\\|CANARY" >&3; exit 3'] });
  assert.deepEqual(ending, { why: 'exit', code: 3, signal: null, said: 'in' });
  assert.match(reports[0] ?? '', /assay-job-/);
  assert.equal(reports[1], '1');
  assert.deepEqual(await sandbox.run({ ...job, command: () => ['sleep', '60'], limits: { ...LIMITS, ms: 200 } }), { why: 'deadline' });
});
