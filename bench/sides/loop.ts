/** Does one thing over and over, a fixed number of them at a time: Assay's probes, or the least code that does the same. */
import { once } from 'node:events';
import { get } from 'node:http';
import { connect } from 'node:net';
import { openCaptures } from '../../src/agent/capture/openCaptures.ts';
import { createInterruption } from '../../src/agent/interruption.ts';
import { SILENT } from '../../src/agent/agentLog.ts';
import type { RunLine } from '../../src/agent/runLine.ts';
import { runProbe, type Surroundings } from '../../src/agent/runProbe.ts';
import { PROBES } from '../../src/checks/probes.ts';
import { assignmentOf, tcpCheck, urlCheck } from '../assignments.ts';
import { familyOf } from '../../test/crash/traces.ts';
import { cpuSecondsOf, type Spell } from '../measure.ts';
import { serveSide } from '../sideProcess.ts';
import type { TargetFacts } from './target.ts';

export interface LoopArgs { thing: keyof typeof THINGS; target: TargetFacts }
export interface LoopQuestion { seconds: number; atATime: number }

const around: Surroundings = {
  probes: PROBES, net: { nameServers: [], useOsResolver: false }, log: SILENT,
  clock: { now: () => Date.now(), tick: () => performance.now() },
};

/** Nothing of what passes is kept. */
const line: RunLine = { files: { input: () => Promise.reject(new Error('A probe needs no file.')), keep: () => Promise.reject(new Error('A run that passed keeps no packets.')) } };

/** A run as the agent executes it: probe, job log, scrubbing; `captured`: while its packets are read. */
function run(check: ReturnType<typeof urlCheck> | ReturnType<typeof tcpCheck>, captured = false): () => Promise<void> {
  const assignment = assignmentOf(check);
  const surroundings: Surroundings = captured ? { ...around, capture: { captures: openCaptures({ tick: around.clock.tick }), mode: 'failure' } } : around;
  return async () => {
    const { verdict, detail } = await runProbe(assignment, createInterruption(), surroundings, captured ? line : undefined);
    if (verdict !== 'passed') throw new Error(`A run ended as ${verdict}: ${JSON.stringify(detail)}`);
  };
}

/** The probe by itself, in a context that drops its log. */
function probe(check: ReturnType<typeof urlCheck> | ReturnType<typeof tcpCheck>): () => Promise<void> {
  const { checkType, settings } = assignmentOf(check);
  return async () => {
    const { verdict, detail } = await PROBES[checkType as 'URL' | 'TCP'](settings as never, {
      signal: new AbortController().signal, now: around.clock.now, tick: around.clock.tick, env: {}, log: () => {},
      net: { certificates: [], proxyUrl: null, nameServers: [], useOsResolver: false },
    });
    if (verdict !== 'passed') throw new Error(`A probe ended as ${verdict}: ${JSON.stringify(detail)}`);
  };
}

async function bareGet(url: string): Promise<void> {
  const asked = get(url, { agent: false });
  const [answer] = await once(asked, 'response');
  const chunks: Buffer[] = [];
  answer.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(answer, 'end');
  if (answer.statusCode !== 200 || Buffer.concat(chunks).length === 0) throw new Error(`The target answered ${answer.statusCode}`);
}

async function bareConnect(port: number): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port });
  await once(socket, 'connect');
  socket.destroy();
}

const THINGS = {
  urlRun: ({ url }: TargetFacts) => run(urlCheck(url)),
  urlRunCaptured: ({ url }: TargetFacts) => run(urlCheck(url), true),
  urlProbe: ({ url }: TargetFacts) => probe(urlCheck(url)),
  bareGet: ({ url }: TargetFacts) => () => bareGet(url),
  tcpRun: ({ tcpPort }: TargetFacts) => run(tcpCheck(tcpPort)),
  tcpProbe: ({ tcpPort }: TargetFacts) => probe(tcpCheck(tcpPort)),
  bareConnect: ({ tcpPort }: TargetFacts) => () => bareConnect(tcpPort),
};

/** Of this process with its threads, and of the programs that it has started. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return [...familyOf(process.pid).members.keys()].reduce((sum, member) => sum + cpuSecondsOf(parseInt(member, 10)), (user + system) / 1e6);
}

async function loop(once: () => Promise<void>, { seconds, atATime }: LoopQuestion): Promise<Spell> {
  const cpuBefore = cpuSeconds();
  const startedAt = performance.now();
  const until = startedAt + seconds * 1000;
  let count = 0;
  await Promise.all(Array.from({ length: atATime }, async () => {
    while (performance.now() < until) {
      await once();
      count++;
    }
  }));
  const wallSeconds = (performance.now() - startedAt) / 1000;
  return { count, wallSeconds, cpuSeconds: cpuSeconds() - cpuBefore };
}

await serveSide<LoopArgs>(async ({ thing, target }) => {
  const once = THINGS[thing](target);
  return { facts: null, answer: (question: LoopQuestion) => loop(once, question) };
});
