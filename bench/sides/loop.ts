/** Does one thing over and over, a fixed number of them at a time: Assay's probes, or the least code that does the same. */
import { once } from 'node:events';
import { get } from 'node:http';
import { connect } from 'node:net';
import { createInterruption } from '../../src/agent/interruption.ts';
import { SILENT } from '../../src/agent/agentLog.ts';
import { runProbe, type Surroundings } from '../../src/agent/runProbe.ts';
import { PROBES } from '../../src/checks/probes.ts';
import { assignmentOf, tcpCheck, urlCheck } from '../assignments.ts';
import type { Spell } from '../measure.ts';
import { serveSide } from '../sideProcess.ts';
import type { TargetFacts } from './target.ts';

export interface LoopArgs { thing: keyof typeof THINGS; target: TargetFacts }
export interface LoopQuestion { seconds: number; atATime: number }

const around: Surroundings = {
  probes: PROBES, net: { nameServers: [], useOsResolver: false }, log: SILENT,
  clock: { now: () => Date.now(), tick: () => performance.now() },
};

/** A run as the agent executes it: probe, job log, scrubbing. */
function run(check: ReturnType<typeof urlCheck> | ReturnType<typeof tcpCheck>): () => Promise<void> {
  const assignment = assignmentOf(check);
  return async () => {
    const { verdict, detail } = await runProbe(assignment, createInterruption(), around);
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
  urlProbe: ({ url }: TargetFacts) => probe(urlCheck(url)),
  bareGet: ({ url }: TargetFacts) => () => bareGet(url),
  tcpRun: ({ tcpPort }: TargetFacts) => run(tcpCheck(tcpPort)),
  tcpProbe: ({ tcpPort }: TargetFacts) => probe(tcpCheck(tcpPort)),
  bareConnect: ({ tcpPort }: TargetFacts) => () => bareConnect(tcpPort),
};

async function loop(once: () => Promise<void>, { seconds, atATime }: LoopQuestion): Promise<Spell> {
  const [startedAt, cpuBefore] = [performance.now(), process.cpuUsage()];
  const until = startedAt + seconds * 1000;
  let count = 0;
  await Promise.all(Array.from({ length: atATime }, async () => {
    while (performance.now() < until) {
      await once();
      count++;
    }
  }));
  const { user, system } = process.cpuUsage(cpuBefore);
  return { count, wallSeconds: (performance.now() - startedAt) / 1000, cpuSeconds: (user + system) / 1e6 };
}

await serveSide<LoopArgs>(async ({ thing, target }) => {
  const once = THINGS[thing](target);
  return { facts: null, answer: (question: LoopQuestion) => loop(once, question) };
});
