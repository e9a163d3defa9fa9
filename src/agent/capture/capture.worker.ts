/**
 * The thread that captures: starts tcpdump, keeps the last packets of this machine in memory, and gives out those of single runs.
 * Promises: the agent's own thread hears of no packet; a run gets everything that was captured before it asked, and nothing that is not its own.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { createRing, type Ring } from './createRing.ts';
import { openMarker, type Marker } from './openMarker.ts';
import type { CaptureSetting, FromThread, TakeTask, Taken, ToThread } from './messages.ts';
import { selectPackets } from './selectPackets.ts';
import { isFilterFault, startTcpdump, type Tcpdump } from './startTcpdump.ts';
import { watchLosses, type Losses } from './watchLosses.ts';
import { writeCapture } from './writeCapture.ts';

const MB = 1024 * 1024;
const RING = { bytes: 64 * MB, ageMs: 15 * 60_000 };
/** Bytes of one run's capture. */
const LARGEST = 5 * MB;
/** ms until a mark must have come through: in the middle, and at the start, where tcpdump opens its devices meanwhile. */
const MARK_MS = 10_000;
const START_MS = 20_000;
/** ms between two marks while tcpdump opens its devices. */
const AGAIN_MS = 20;
/** ms: the clock that runs are told by has whole ones. */
const GRAIN = 1;

const tell = (message: FromThread, transfer: ArrayBuffer[] = []) => parentPort?.postMessage(message, transfer);

interface Reading { tcpdump: Tcpdump; ring: Ring; marker: Marker }

function read(setting: CaptureSetting, marker: Marker, plainFilter: boolean): Reading {
  const tcpdump = startTcpdump(setting.program, setting.ignored, plainFilter);
  const ring: Ring = createRing(RING, (bytes, at, length) => marker.take(bytes, at + ring.linkHeader, at + length));
  tcpdump.stream.on('data', (chunk: Buffer) => ring.push(chunk));
  return { tcpdump, ring, marker };
}

/** Resolves when a mark has come through, or with the sentence that says why tcpdump ended. */
async function begun({ tcpdump, marker }: Reading): Promise<string | null> {
  const passed = marker.pass(START_MS).then(() => null);
  const tries = setInterval(() => marker.knock(START_MS), AGAIN_MS);
  try {
    return await Promise.race([passed, tcpdump.ended]);
  } finally {
    clearInterval(tries);
    passed.catch(() => {});
  }
}

async function take({ ring, marker }: Reading, losses: Losses, { flows, since, keys }: TakeTask): Promise<Taken> {
  await marker.pass(MARK_MS);
  const facts = { lost: await losses.since(since), whole: ring.completeSince <= since + GRAIN };
  const found = selectPackets(ring.blocks(), ring.linkHeader, flows, since);
  if (found.length === 0) return { ...facts, bytes: null, packets: 0, left: 0 };
  const { bytes, packets, left } = writeCapture(found, ring.linkHeader, LARGEST, keys && Buffer.from(keys));
  return { ...facts, bytes: new Uint8Array(bytes), packets, left };
}

function serve(reading: Reading, losses: Losses): void {
  parentPort?.on('message', (message: ToThread) => {
    if (message.kind === 'stop') return reading.tcpdump.stop();
    const { id, task } = message;
    take(reading, losses, task).then(
      (taken) => tell({ kind: 'taken', id, taken }, taken.bytes ? [taken.bytes.buffer] : []),
      (error: unknown) => tell({ kind: 'missed', id, why: (error as Error).message }),
    );
  });
}

async function run(setting: CaptureSetting): Promise<void> {
  const marker = await openMarker();
  let reading = read(setting, marker, false);
  let fault = await begun(reading);
  if (isFilterFault(fault)) {
    reading = read(setting, marker, true);
    fault = await begun(reading);
  }
  if (fault !== null) {
    marker.end(fault);
    return tell({ kind: 'ended', why: fault });
  }
  const { tcpdump, ring } = reading;
  const losses = watchLosses(tcpdump.dropped, () => ring.blocks().at(-1)?.lastMs ?? 0);
  serve(reading, losses);
  tell({ kind: 'ready' });
  const why = await tcpdump.ended;
  losses.stop();
  marker.end(why ?? 'it was stopped');
  tell({ kind: 'ended', why });
  parentPort?.close();
}

run(workerData as CaptureSetting).catch((error: unknown) => tell({ kind: 'ended', why: (error as Error).message }));
