/** Probes per second of one core: Assay's, as its agent runs them, the exporter's, and the least code that does the same. */
import { alternate, median, pairedRatio, perCpuSecond, perWallSecond, type Pace, type Spell } from '../measure.ts';
import { checkProbe, EXPORTER, startExporter } from '../blackboxExporter.ts';
import { startSide, type Side } from '../sideProcess.ts';
import type { LoopArgs, LoopQuestion } from '../sides/loop.ts';
import type { TargetFacts } from '../sides/target.ts';
import { missingLine, perSecond, ratioLine, type Line } from '../table.ts';
import { isInstalled, wrk } from '../wrk.ts';

const AT_A_TIME = 16;

interface Contest {
  name: string;
  run: LoopArgs['thing'];
  probe: LoopArgs['thing'];
  bare: LoopArgs['thing'];
  bareName: string;
  module: 'http_2xx' | 'tcp_connect';
  targetOf(facts: TargetFacts): string;
}

const HTTP: Contest = {
  name: 'HTTP', run: 'urlRun', probe: 'urlProbe', bare: 'bareGet', bareName: 'bare node:http', module: 'http_2xx', targetOf: ({ url }) => url,
};
const TCP: Contest = {
  name: 'TCP', run: 'tcpRun', probe: 'tcpProbe', bare: 'bareConnect', bareName: 'bare node:net', module: 'tcp_connect', targetOf: ({ tcpPort }) => `127.0.0.1:${tcpPort}`,
};

const spellOf = (side: Side<null>, seconds: number) => (): Promise<Spell> =>
  side.ask<Spell>({ seconds, atATime: AT_A_TIME } satisfies LoopQuestion);

async function contest({ name, run, probe, bare, bareName, module, targetOf }: Contest, { rounds, seconds }: Pace): Promise<Line[]> {
  await using target = await startSide<TargetFacts>('target', null);
  await using running = await startSide<null>('loop', { thing: run, target: target.facts } satisfies LoopArgs);
  await using probing = await startSide<null>('loop', { thing: probe, target: target.facts } satisfies LoopArgs);
  await using bareLoop = await startSide<null>('loop', { thing: bare, target: target.facts } satisfies LoopArgs);
  const ours = { run: spellOf(running, seconds), probe: spellOf(probing, seconds), bare: spellOf(bareLoop, seconds) };
  const missing = [EXPORTER, 'wrk'].find((program) => !isInstalled(program));
  if (missing) {
    const taken = await alternate(rounds, ours);
    return [...linesAgainst(name, taken, taken.bare, bareName, 0.8), missingLine(`${name} probes`, missing)];
  }
  await using exporter = await startExporter();
  const url = exporter.probeUrl(module, targetOf(target.facts));
  await checkProbe(url);
  const taken = await alternate(rounds, { ...ours, exporter: () => wrk({ url, seconds, atATime: AT_A_TIME }, exporter.pid) });
  return [...linesAgainst(name, taken, taken.exporter, 'blackbox_exporter', 2), ...linesAgainst(name, taken, taken.bare, bareName, 0.8)];
}

function linesAgainst(name: string, ours: { run: Spell[]; probe: Spell[] }, peer: Spell[], peerName: string, atLeast: number): Line[] {
  const line = (what: string, spells: Spell[], rate: (spell: Spell) => number, aim?: { atLeast: number }) => {
    const [mine, theirs] = [spells.map(rate), peer.map(rate)];
    return ratioLine(what, perSecond(median(mine)), `${perSecond(median(theirs))} ${peerName}`, pairedRatio(mine, theirs), aim);
  };
  return [
    line(`${name} probes, per core`, ours.probe, perCpuSecond, { atLeast }),
    line(`  by the clock, ${AT_A_TIME} at a time`, ours.probe, perWallSecond),
    line('  with job log and scrubbing, per core', ours.run, perCpuSecond),
  ];
}

export const httpProbes = (pace: Pace): Promise<Line[]> => contest(HTTP, pace);
export const tcpProbes = (pace: Pace): Promise<Line[]> => contest(TCP, pace);
