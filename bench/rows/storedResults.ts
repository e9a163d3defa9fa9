/** What reading costs when a thousand results are stored and when a million are: it should be the same. */
import { call } from '../account.ts';
import { median, quantile, type Pace } from '../measure.ts';
import { createAccountIn, sampleResults, seedResults, type Credentials } from '../seedStore.ts';
import { sampleOutcome } from '../sampleOutcome.ts';
import { startSide } from '../sideProcess.ts';
import type { AssayArgs, AssayFacts } from '../sides/assay.ts';
import { milliseconds, ratioLine, type Line } from '../table.ts';
import { temporaryFolder } from '../temporaryFolder.ts';

const FEW = 1000;
/** Each result is read once a server start, so that none comes out of the memory of those already rendered. */
const READS = FEW;
const WARM_UP = 300;

interface Stock { folder: string; credentials: Credentials }
interface Latencies { list: number[]; result: number[] }

export async function storedResults({ rounds, manyResults, say }: Pace): Promise<Line[]> {
  using fewFolder = temporaryFolder();
  using manyFolder = temporaryFolder();
  const few = await stock(fewFolder.path, FEW);
  const startedAt = performance.now();
  const many = await stock(manyFolder.path, manyResults);
  say(`  ${manyResults} results written in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  const taken = { few: { list: [], result: [] } as Latencies, many: { list: [], result: [] } as Latencies };
  for (let round = 0; round < rounds; round++) await readBoth(few, many, taken);
  const line = (what: string, kind: keyof Latencies, of: (values: number[]) => number) => {
    const [fewMs, manyMs] = [of(taken.few[kind]), of(taken.many[kind])];
    return ratioLine(`${what}, ${manyResults} results stored`, milliseconds(manyMs), `${milliseconds(fewMs)} with ${FEW}`, manyMs / fewMs, { atMost: 1.2 });
  };
  const p95 = (values: number[]) => quantile(values, 0.95);
  return [
    line('List of 20 sessions', 'list', median), line('  95th percentile', 'list', p95),
    line('GET of one result', 'result', median), line('  95th percentile', 'result', p95),
  ];
}

async function stock(folder: string, results: number): Promise<Stock> {
  const credentials = await createAccountIn(folder);
  seedResults(folder, credentials.accountId, await sampleOutcome(), results);
  return { folder, credentials };
}

/** The two servers are asked in turn, one question after the other; both are started anew, with nothing in their memory. */
async function readBoth(few: Stock, many: Stock, taken: { few: Latencies; many: Latencies }): Promise<void> {
  await using fewServer = await startSide<AssayFacts>('assay', { dataDir: few.folder, lightSlots: 0 } satisfies AssayArgs);
  await using manyServer = await startSide<AssayFacts>('assay', { dataDir: many.folder, lightSlots: 0 } satisfies AssayArgs);
  const sides = [
    { ...fewServer.facts, ...few, sample: sampleResults(few.folder, READS), into: taken.few },
    { ...manyServer.facts, ...many, sample: sampleResults(many.folder, READS), into: taken.many },
  ];
  for (let n = 0; n < READS; n++) {
    for (const { apiUrl, credentials, sample, into } of sides) {
      const [sessionId, resultId] = sample[n] ?? ['', ''];
      const result = await timed(`${apiUrl}/v1/test-sessions/${sessionId}/results/${resultId}`, credentials);
      const list = await timed(`${apiUrl}/v1/test-sessions?limit=20`, credentials);
      if (n < WARM_UP) continue;
      into.result.push(result);
      into.list.push(list);
    }
  }
}

async function timed(url: string, credentials: Credentials): Promise<number> {
  const startedAt = performance.now();
  await call('GET', url, credentials);
  return performance.now() - startedAt;
}
