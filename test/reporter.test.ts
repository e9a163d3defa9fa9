/**
 * The real reporter package records a real `npx playwright test` here (cli-wire 10). It knows one address only, port 3000 on loopback:
 * so that it meets this Assay and nothing else, the test runs in a network of its own.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

test('a run of playwright test becomes a session with its result, log and files', (t) => {
  const probe = spawnSync('unshare', ['-rn', 'ip', 'link', 'set', 'lo', 'up'], { encoding: 'utf8' });
  if (probe.status !== 0) return t.skip(`This machine gives a test no network of its own: ${probe.error?.message ?? probe.stderr.trim()}`);
  const { NODE_TEST_CONTEXT: _ours, ...env } = process.env;
  const command = [process.execPath, '--test-reporter=tap', join(import.meta.dirname, 'reporter', 'recordedRun.ts')];
  const inside = spawnSync('unshare', ['-rn', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"', ...command], { encoding: 'utf8', env });
  assert.equal(inside.status, 0, `${inside.stdout}\n${inside.stderr}`);
  assert.match(inside.stdout, /^# pass 1$/m, inside.stdout);
});
