import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { contain } from './contain.ts';

const PROGRAM = 'bwrap';
/** A namespace whose command has started another process; neither ends by itself. */
const BWRAP = [PROGRAM, '--unshare-pid', '--die-with-parent', '--new-session', '--info-fd', '4', '--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev'];
const skip = spawnSync(PROGRAM, ['--unshare-pid', '--ro-bind', '/', '/', 'true']).status === 0 ? false : 'No namespaces of processes here';

test('whenever it is killed, nothing of it is left and nobody waits for it', { skip, timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-contain-'));
  let left = 120;
  const killAll = async () => {
    while (left-- > 0) {
      const contained = contain({ command: [...BWRAP, 'sh', '-c', 'sleep 1000 & read job'], folder, folderBytes: 1e12 });
      // Anywhere between its first breath and its work: no event tells of what lies between.
      await sleep((left % 30) + 1);
      await contained.kill();
      assert.equal(contained.running, false);
    }
  };
  await Promise.all(Array.from({ length: 8 }, killAll));
  rmSync(folder, { recursive: true });
});
