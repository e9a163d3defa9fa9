import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { findSandbox } from './findSandbox.ts';
import { openSandbox, type Sandboxed } from './sandbox.ts';
import { createWarmPool } from './warmPool.ts';

const facts = await findSandbox(false);
const skip = facts.level === null && facts.says;
const LIMITS = { processes: 16, memoryBytes: 64 * 1024 * 1024, fileBytes: 1024, folderBytes: 1024 * 1024, openFiles: 64, cpuSeconds: 5, ms: 10_000 };

/** A pool of shells; `started` tells each that was begun, in order. */
async function poolOf(t: TestContext, options: { size: number; idleMs?: number; crowd?: number; fails?: (nth: number) => boolean }) {
  const sandbox = await openSandbox(facts);
  const started: Sandboxed[] = [];
  let begun = 0;
  const starts = new EventTarget();
  const pool = createWarmPool({
    size: () => options.size, idleMs: options.idleMs ?? 60_000, restMs: 1, ...(options.crowd === undefined ? {} : { crowd: options.crowd }),
    async start() {
      begun += 1;
      if (options.fails?.(begun)) {
        starts.dispatchEvent(new Event('failed'));
        throw new Error('no room');
      }
      const one = await sandbox.start({ command: () => ['sh', '-c', 'read job; echo "$job" >&3'], mounts: [], env: {}, limits: LIMITS });
      started.push(one);
      starts.dispatchEvent(new Event('started'));
      return one;
    },
  });
  t.after(() => pool.close());
  return { pool, started, starts, begun: () => begun };
}

async function work(slot: Sandboxed, job: string): Promise<string[]> {
  const lines: string[] = [];
  slot.write(`${job}\n`);
  await slot.begin({ signal: new AbortController().signal, onReport: (line) => { lines.push(line); } });
  await slot.close();
  return lines;
}

test('the second job gets a command that was started before it, each one job, and the pool leaves nothing', { skip }, async (t) => {
  const { pool, started, starts, begun } = await poolOf(t, { size: 1 });
  await turn();
  assert.equal(begun(), 0, 'nothing is started before the first job');
  const first = await pool.take();
  const next = once(starts, 'started');
  await turn();
  assert.equal(begun(), 1, 'and nothing beside it');
  assert.deepEqual(await work(first, 'one'), ['one']);
  await next;
  const second = await pool.take();
  assert.equal(second.folder, started[1]?.folder);
  const third = once(starts, 'started');
  assert.deepEqual(await work(second, 'two'), ['two']);
  await third;
  assert.equal(begun(), 3);
  await pool.close();
  assert.deepEqual(started.map(({ running, folder }) => running || existsSync(folder)), [false, false, false]);
  await assert.rejects(pool.take(), /stopping/);
});

test('as many wait as were taken in one go, up to the size', { skip }, async (t) => {
  const { pool, starts, begun } = await poolOf(t, { size: 2 });
  const taken = await Promise.all([pool.take(), pool.take(), pool.take()]);
  await Promise.all(taken.map((slot) => work(slot, 'x')));
  while (begun() < 5) await once(starts, 'started');
  assert.equal(begun(), 5);
  await pool.close();
});

test('none is started while the processors are busy with those at work', { skip }, async (t) => {
  const { pool, starts, begun } = await poolOf(t, { size: 3, crowd: 2 });
  const [one, two, three] = await Promise.all([pool.take(), pool.take(), pool.take()]) as [Sandboxed, Sandboxed, Sandboxed];
  await work(one, 'x');
  // As long as the pool rests, and longer: its timer comes first.
  await new Promise((resolve) => { setTimeout(resolve, 5); });
  assert.equal(begun(), 3);
  await Promise.all([work(two, 'x'), work(three, 'x')]);
  while (begun() < 6) await once(starts, 'started');
  await pool.close();
});

test('one that has died while it waited is not handed out, one that could not be started does no harm', { skip }, async (t) => {
  const { pool, started, starts } = await poolOf(t, { size: 1, fails: (nth) => nth === 4 });
  const first = await pool.take();
  const next = once(starts, 'started');
  await work(first, 'one');
  await next;
  const [, dying] = started as [Sandboxed, Sandboxed];
  dying.end();
  await dying.begin({ signal: new AbortController().signal, onReport: () => {} });
  const failing = once(starts, 'failed');
  const replacement = await pool.take();
  assert.notEqual(replacement.folder, dying.folder);
  assert.deepEqual(await work(replacement, 'two'), ['two']);
  await failing;
  assert.deepEqual(await work(await pool.take(), 'three'), ['three']);
  await pool.close();
  assert.deepEqual(started.filter(({ running, folder }) => running || existsSync(folder)), []);
});

test('one that nobody wants is closed', { skip }, async (t) => {
  const { pool, started, starts } = await poolOf(t, { size: 1, idleMs: 20 });
  const first = await pool.take();
  const next = once(starts, 'started');
  await work(first, 'one');
  await next;
  const [, unwanted] = started as [Sandboxed, Sandboxed];
  while (existsSync(unwanted.folder)) await turn();
  assert.equal(unwanted.running, false);
  await pool.close();
});
