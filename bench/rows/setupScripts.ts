/** What a set-up script costs an API check: from POST to the FINAL message, over the same check without it. */
import { setTimeout as pause } from 'node:timers/promises';
import { listen, type Listener } from '../account.ts';
import { apiCheck } from '../assignments.ts';
import { median, quantile, type Pace } from '../measure.ts';
import { createAccountIn } from '../seedStore.ts';
import { startSide } from '../sideProcess.ts';
import type { AssayArgs, AssayFacts } from '../sides/assay.ts';
import type { TargetFacts } from '../sides/target.ts';
import { figureLine, type Line } from '../table.ts';
import { temporaryFolder } from '../temporaryFolder.ts';

const WARM_UP = 3;
/** ms between two pairs: the next slot is started when the run before is over. */
const BETWEEN_MS = 600;
const PLAIN = "process.env.TOKEN = 'abc'; request.headers['x-token'] = '{{TOKEN}}'; console.log('set up');";
const WITH_AXIOS = (url: string) => `import axios, { AxiosResponse } from 'axios';
const answer: AxiosResponse = await axios.get('${url}');
request.headers['x-token'] = String(answer.status);`;

async function timed(listener: Listener, url: string, script: string | null): Promise<number> {
  const { tookMs, finals } = await listener.runSession([apiCheck(url, script)]);
  const final = finals[0]?.result;
  if (!final || final.hasErrors || final.hasFailures) throw new Error(`The run did not pass: ${JSON.stringify(final)}`);
  return tookMs;
}

/** ms that the script adds, a pair each; the first pairs are dropped. */
async function pairs(listener: Listener, url: string, script: string, { singleRuns }: Pace, between: number): Promise<number[]> {
  const over: number[] = [];
  for (let n = 0; n < WARM_UP + singleRuns / 2; n++) {
    await pause(between);
    const without = await timed(listener, url, null);
    const added = await timed(listener, url, script) - without;
    if (n >= WARM_UP) over.push(added);
  }
  return over;
}

export async function setupScripts(pace: Pace): Promise<Line[]> {
  using folder = temporaryFolder();
  const credentials = await createAccountIn(folder.path);
  await using target = await startSide<TargetFacts>('target', null);
  await using assay = await startSide<AssayFacts>('assay', { dataDir: folder.path, lightSlots: 2, heavySlots: 1 } satisfies AssayArgs);
  await using listener = await listen(assay.facts, credentials);
  const { url } = target.facts;
  const plain = await pairs(listener, url, PLAIN, pace, BETWEEN_MS);
  const axios = await pairs(listener, url, WITH_AXIOS(url), pace, BETWEEN_MS);
  const busy = await pairs(listener, url, PLAIN, pace, 0);
  return [
    figureLine('API check with a set-up script over one without', median(plain), ' ms', '', { atMost: 40 }),
    figureLine('  95th percentile', quantile(plain, 0.95), ' ms', ''),
    figureLine('  the script is TypeScript, imports axios and asks once', median(axios), ' ms', '', { atMost: 40 }),
    figureLine('  one after the other without a pause', median(busy), ' ms', ''),
  ];
}
