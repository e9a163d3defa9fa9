/** What it costs that the packets of runs are read while they pass: by itself, and in the whole pipeline. tcpdump's own processor time counts. */
import { listen } from '../account.ts';
import { urlCheck } from '../assignments.ts';
import { alternate, cpuSecondsOf, median, pairedRatio, perCpuSecond, type Pace, type Spell } from '../measure.ts';
import { createAccountIn } from '../seedStore.ts';
import { startSide, type Side } from '../sideProcess.ts';
import type { AssayArgs, AssayFacts } from '../sides/assay.ts';
import type { LoopArgs, LoopQuestion } from '../sides/loop.ts';
import type { TargetFacts } from '../sides/target.ts';
import { missingLine, perSecond, ratioLine, type Line } from '../table.ts';
import { temporaryFolder } from '../temporaryFolder.ts';
import { familyOf } from '../../test/crash/traces.ts';
import { whyNoCapture } from '../../test/captureTools.ts';
import { LIGHT_SLOTS } from './wholePipeline.ts';

const AT_A_TIME = 16;
/** Of the throughput without captures. */
const LEFT = 0.85;

export async function captures(pace: Pace): Promise<Line[]> {
  const missing = await whyNoCapture();
  if (missing !== null) return [missingLine('With packet captures', missing)];
  await using target = await startSide<TargetFacts>('target', null);
  return [...await probes(pace, target.facts), ...await pipeline(pace, target.facts)];
}

async function probes({ rounds, seconds }: Pace, target: TargetFacts): Promise<Line[]> {
  await using plain = await startSide<null>('loop', { thing: 'urlRun', target } satisfies LoopArgs);
  await using captured = await startSide<null>('loop', { thing: 'urlRunCaptured', target } satisfies LoopArgs);
  const spell = (side: Side<null>) => () => side.ask<Spell>({ seconds, atATime: AT_A_TIME } satisfies LoopQuestion);
  return [compared('HTTP runs with packet captures, per core', await alternate(rounds, { plain: spell(plain), captured: spell(captured) }))];
}

async function pipeline({ rounds, checks }: Pace, { url }: TargetFacts): Promise<Line[]> {
  const session = Array.from({ length: checks }, () => urlCheck(url));
  await using open = new AsyncDisposableStack();
  const contender = async (more: Partial<AssayArgs>) => {
    const folder = open.use(temporaryFolder());
    const credentials = await createAccountIn(folder.path);
    const side = open.use(await startSide<AssayFacts>('assay', { dataDir: folder.path, lightSlots: LIGHT_SLOTS, ...more } satisfies AssayArgs));
    const listener = open.use(await listen(side.facts, credentials));
    const cpu = () => [side.pid, ...[...familyOf(side.pid).members.keys()].map((member) => parseInt(member, 10))].reduce((sum, pid) => sum + cpuSecondsOf(pid), 0);
    return async (): Promise<Spell> => {
      const before = cpu();
      const { tookMs } = await listener.runSession(session);
      return { count: checks, wallSeconds: tookMs / 1000, cpuSeconds: cpu() - before };
    };
  };
  const taken = await alternate(rounds, { plain: await contender({}), captured: await contender({ capture: true }) });
  return [
    compared(`Whole pipeline with packet captures, ${checks} URL checks`, taken, ({ count, wallSeconds }) => count / wallSeconds),
    compared('  per core of the server and tcpdump', taken),
  ];
}

function compared(what: string, { plain, captured }: { plain: Spell[]; captured: Spell[] }, rate: (spell: Spell) => number = perCpuSecond): Line {
  const [ours, theirs] = [captured.map(rate), plain.map(rate)];
  return ratioLine(what, perSecond(median(ours)), `${perSecond(median(theirs))} without`, pairedRatio(ours, theirs), { atLeast: LEFT });
}
