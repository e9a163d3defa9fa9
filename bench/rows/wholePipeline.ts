/** Runs per second from the POST of a large session to the last FINAL, which is published after it was stored. */
import { call, listen } from '../account.ts';
import { urlCheck } from '../assignments.ts';
import { cpuSecondsOf, median, type Pace } from '../measure.ts';
import { createAccountIn } from '../seedStore.ts';
import { startSide } from '../sideProcess.ts';
import type { AssayArgs, AssayFacts } from '../sides/assay.ts';
import type { TargetFacts } from '../sides/target.ts';
import { figureLine, type Line } from '../table.ts';
import { temporaryFolder } from '../temporaryFolder.ts';

/** As many runs at a time as a server's own agent takes unless told otherwise. */
export const LIGHT_SLOTS = 32;

export async function wholePipeline({ rounds, checks }: Pace): Promise<Line[]> {
  using folder = temporaryFolder();
  const credentials = await createAccountIn(folder.path);
  await using target = await startSide<TargetFacts>('target', null);
  await using assay = await startSide<AssayFacts>('assay', { dataDir: folder.path, lightSlots: LIGHT_SLOTS } satisfies AssayArgs);
  await using listener = await listen(assay.facts, credentials);
  const session = Array.from({ length: checks }, () => urlCheck(target.facts.url));
  const [rates, perCore]: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    const cpuBefore = cpuSecondsOf(assay.pid);
    const { sessionId, finals, tookMs } = await listener.runSession(session);
    const cpu = cpuSecondsOf(assay.pid) - cpuBefore;
    const stored = JSON.parse(await call('GET', `${assay.facts.apiUrl}/v1/test-sessions/${sessionId}`, credentials)) as { status: string; results: unknown[] };
    if (stored.status !== 'PASSED' || stored.results.length !== checks || finals.some(({ result }) => result.hasFailures || result.hasErrors)) {
      throw new Error(`The session ended as ${stored.status} with ${stored.results.length} results.`);
    }
    if (round === 0) continue;
    rates.push(checks / (tookMs / 1000));
    perCore.push(checks / cpu);
  }
  return [
    figureLine(`Whole pipeline, ${checks} URL checks`, median(rates), ' runs/s', '', { atLeast: 300 }),
    figureLine('  per core of the server', median(perCore), ' runs/s', ''),
  ];
}
