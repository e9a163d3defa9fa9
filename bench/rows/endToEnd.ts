/** How much later than its probe a single run is known: from POST to the FINAL message. */
import { listen } from '../account.ts';
import { urlCheck } from '../assignments.ts';
import { median, quantile, type Pace, type Spell } from '../measure.ts';
import { createAccountIn } from '../seedStore.ts';
import { startSide } from '../sideProcess.ts';
import type { AssayArgs, AssayFacts } from '../sides/assay.ts';
import type { LoopArgs, LoopQuestion } from '../sides/loop.ts';
import type { TargetFacts } from '../sides/target.ts';
import { figureLine, type Line } from '../table.ts';
import { temporaryFolder } from '../temporaryFolder.ts';
import { LIGHT_SLOTS } from './wholePipeline.ts';

const WARM_UP = 10;

export async function endToEnd({ singleRuns }: Pace): Promise<Line[]> {
  using folder = temporaryFolder();
  const credentials = await createAccountIn(folder.path);
  await using target = await startSide<TargetFacts>('target', null);
  await using assay = await startSide<AssayFacts>('assay', { dataDir: folder.path, lightSlots: LIGHT_SLOTS } satisfies AssayArgs);
  await using probing = await startSide<null>('loop', { thing: 'urlProbe', target: target.facts } satisfies LoopArgs);
  await using listener = await listen(assay.facts, credentials);
  const over: number[] = [];
  for (let n = 0; n < WARM_UP + singleRuns; n++) {
    const { tookMs, finals } = await listener.runSession([urlCheck(target.facts.url)]);
    const final = finals[0]?.result;
    if (!final || final.hasErrors || final.hasFailures) throw new Error(`The run did not pass: ${JSON.stringify(final)}`);
    if (n >= WARM_UP) over.push(tookMs - final.responseTime);
  }
  const { count, wallSeconds } = await probing.ask<Spell>({ seconds: 1, atATime: 1 } satisfies LoopQuestion);
  const alone = `probe alone ${(wallSeconds * 1000 / count).toFixed(2)} ms`;
  return [
    figureLine('POST run to FINAL over MQTT, less the probe', median(over), ' ms', alone, { atMost: 30 }),
    figureLine('  95th percentile', quantile(over, 0.95), ' ms', ''),
  ];
}
