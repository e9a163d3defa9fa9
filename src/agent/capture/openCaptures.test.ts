import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { captureSocket, type Flow } from '../../checks/kit/capture.ts';
import { readPackets, whyNoCapture, whyNoPackets } from '../../../test/captureTools.ts';
import { familyOf, untilGone } from '../../../test/crash/traces.ts';
import { openCaptures, type Hold } from './openCaptures.ts';
import type { TimedFlow } from './selectPackets.ts';

const tick = () => performance.now();
const folder = mkdtempSync(join(tmpdir(), 'assay-captures-'));
after(() => rmSync(folder, { recursive: true }));

/** A program in tcpdump's place. */
function program(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const skip = await whyNoCapture() ?? false;
const skipReading = await whyNoPackets() ?? false;

test('where it cannot work a sentence says how to get it, and it is not tried for each run', async () => {
  const missing = openCaptures({ tick, program: 'no-such-tcpdump' });
  assert.match(String(await missing.hold([])), /`tcpdump` was not found on this agent.*apt-get install tcpdump/);
  await missing.close();
  const counted = join(folder, 'count');
  const broken = openCaptures({ tick, program: program('broken', `echo again >> ${counted}; echo 'tcpdump: the moon is full' >&2; exit 1`) });
  const [first, second] = [await broken.hold([]), await broken.hold([])];
  assert.deepEqual([first, second], ['`tcpdump` ended: the moon is full.', '`tcpdump` ended: the moon is full.']);
  await broken.close();
  assert.equal(await broken.hold([]), 'The agent stops.');
});

test('without the permission to capture', { skip: skip || process.getuid?.() !== 0 }, async () => {
  const captures = openCaptures({ tick, program: program('unprivileged', 'exec setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all tcpdump "$@"') });
  assert.match(String(await captures.hold([])), /`tcpdump` may not capture packets on this agent\. Run the agent as root.*setcap cap_net_raw/);
  await captures.close();
});

test('one process for all runs; it ends when nobody has wanted it for a while, and comes back', { skip }, async () => {
  const captures = openCaptures({ tick, idleMs: 1 });
  const holds = await Promise.all([captures.hold([]), captures.hold([{ host: '127.0.0.1', port: 9 }])]) as Hold[];
  const family = familyOf(process.pid);
  assert.equal([...family.members.values()].filter((command) => command.startsWith('tcpdump ')).length, 1);
  for (const { release } of holds) release();
  assert.deepEqual(await untilGone(family, AbortSignal.timeout(20_000)), []);
  const again = await captures.hold([]);
  assert.ok(typeof again !== 'string', String(again));
  const taken = await again.take({ flows: [], since: Date.now(), keys: null });
  assert.deepEqual([taken.bytes, taken.lost], [null, 0]);
  await captures.close();
  await assert.rejects(again.take({ flows: [], since: 0, keys: null }), /stopped|ended/);
});

test('who dies in the middle is told as a sentence, and the next run starts it anew', { skip }, async () => {
  const captures = openCaptures({ tick });
  const hold = await captures.hold([]) as Hold;
  const victim = [...familyOf(process.pid).members].find(([, command]) => command.startsWith('tcpdump '))?.[0] ?? '';
  process.kill(parseInt(victim, 10), 'SIGKILL');
  await assert.rejects(hold.take({ flows: [], since: Date.now(), keys: null }), /`tcpdump` ended|capture/);
  hold.release();
  assert.ok(typeof await captures.hold([]) !== 'string');
  await captures.close();
});

test('an agent that is killed leaves no process behind', { skip }, async () => {
  const text = `import { openCaptures } from ${JSON.stringify(new URL('./openCaptures.ts', import.meta.url).href)};
    const hold = await openCaptures({ tick: () => performance.now() }).hold([]);
    console.log(typeof hold); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module-typescript', '-e', text], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = await once(child.stdout, 'data') as [Buffer];
  assert.equal(String(said).trim(), 'object');
  const family = familyOf(child.pid ?? -1);
  assert.ok([...family.members.values()].some((command) => command.startsWith('tcpdump ')), [...family.members.values()].join('\n'));
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
  assert.deepEqual(await untilGone(family, AbortSignal.timeout(20_000)), []);
});

test('of many conversations at once with one server each one\'s own packets, all of them, to the last', { skip: skipReading }, async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => {}).once('data', (text) => socket.end(`answer to ${String(text)}`));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const captures = openCaptures({ tick });
  const hold = await captures.hold([]) as Hold;
  const files = await Promise.all(Array.from({ length: 20 }, async (_, n) => {
    const flows: TimedFlow[] = [];
    const since = Date.now();
    const socket = connect({ host: '127.0.0.1', port });
    captureSocket({ flow: (flow: Flow) => { flows.push({ flow, from: Date.now(), until: Infinity }); }, tlsKeys: () => {} }, socket);
    socket.end(`question ${n}.`);
    socket.resume();
    await once(socket, 'close');
    const { bytes, left, whole } = await hold.take({ flows, since, keys: null });
    assert.deepEqual([left, whole], [0, true]);
    return Buffer.from(bytes ?? []);
  }));
  await captures.close();
  for (const [n, file] of files.entries()) {
    const texts = file.toString('latin1').match(/(question|answer to question) \d+\./g);
    assert.deepEqual(texts, [`question ${n}.`, `answer to question ${n}.`]);
  }
  for (const rows of readPackets(files)) {
    const flags = rows.map((row) => row.flags);
    assert.deepEqual(flags.slice(0, 2), ['S', 'AS']);
    assert.ok(flags.some((one) => one.includes('F')), flags.join());
  }
});
