import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

test('a thread that is ready and never used does not keep the process alive', async () => {
  const module = new URL('./scrubThreads.ts', import.meta.url).href;
  const child = spawn(process.execPath, ['--input-type=module', '-e', `(await import(${JSON.stringify(module)})).readyThread();`], { stdio: 'ignore' });
  const deadline = setTimeout(() => child.kill(), 60_000);
  const [code, signal] = await once(child, 'exit');
  clearTimeout(deadline);
  assert.deepEqual({ code: code as unknown, signal: signal as unknown }, { code: 0, signal: null });
});
