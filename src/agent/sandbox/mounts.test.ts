import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findSandbox } from './findSandbox.ts';
import { openSandbox } from './sandbox.ts';

const LIMITS = { processes: 64, memoryBytes: 256 << 20, fileBytes: 1 << 20, folderBytes: 4 << 20, openFiles: 256, cpuSeconds: 10, ms: 20_000 };
const facts = await findSandbox(false);

function cache(t: { after(work: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'assay-cache-'));
  t.after(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'packages'));
  writeFileSync(join(folder, 'packages', 'a.txt'), 'a');
  writeFileSync(join(folder, 'one.txt'), 'one');
  return folder;
}

async function reported(level: 'found' | 'none', script: string, mounts: { from: string; to: string }[], prepare?: (folder: string) => Promise<void>): Promise<string[]> {
  const sandbox = await openSandbox(level === 'none' ? { ...facts, level } : facts);
  const lines: string[] = [];
  const ending = await sandbox.run({
    command: () => ['sh', '-c', script], mounts, env: {}, limits: LIMITS, input: '', signal: new AbortController().signal,
    onReport: (line) => { lines.push(line); }, ...(prepare ? { prepare } : {}),
  });
  assert.deepEqual(ending, { why: 'exit', code: 0, signal: null, said: '' });
  return lines;
}

for (const level of ['found', 'none'] as const) {
  test(`a folder and a file are shown at another place (level ${level === 'found' ? facts.level : level})`, { skip: facts.level === null && facts.says }, async (t) => {
    const from = cache(t);
    const lines = await reported(level, 'cat in/node_modules/a.txt >&3; echo >&3; cat in/f.txt >&3; echo >&3; echo x > in/mine && cat in/mine >&3', [
      { from: join(from, 'packages'), to: 'in/node_modules' }, { from: join(from, 'one.txt'), to: 'in/f.txt' },
    ]);
    assert.deepEqual(lines, ['a', 'one', 'x']);
    assert.ok(existsSync(join(from, 'packages', 'a.txt')), 'what was shown is still there');
  });
}

test('what is shown cannot be written; an absolute place works where there are walls', { skip: facts.level === null && facts.says }, async (t) => {
  const from = cache(t);
  const lines = await reported('found', '(echo x > n/a.txt) 2>/dev/null || echo no >&3; cat /opt/cache/a.txt >&3; echo >&3', [
    { from: join(from, 'packages'), to: 'n' }, { from: join(from, 'packages'), to: '/opt/cache' },
  ]);
  assert.deepEqual(lines, ['no', 'a']);
  await assert.rejects(reported('none', 'true', [{ from, to: '/opt/cache' }]), /outside of the job folder/);
});

test('a link that a bundle brought is not followed to make a place', { skip: facts.level === null && facts.says }, async (t) => {
  const from = cache(t);
  const link = async (folder: string) => symlinkSync(from, join(folder, 'in'));
  await assert.rejects(reported('found', 'true', [{ from, to: 'in/deep' }], link), /in is there and is no folder/);
  assert.equal(existsSync(join(from, 'deep')), false);
});
