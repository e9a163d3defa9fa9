/** One FINAL result, read again and again with everything on, beside a Fastify route that does nothing but send the same bytes. */
import { authorization, call } from '../account.ts';
import { alternate, median, pairedRatio, perCpuSecond, perWallSecond, type Pace } from '../measure.ts';
import { createAccountIn, sampleResults, seedResults } from '../seedStore.ts';
import { startSide } from '../sideProcess.ts';
import type { AssayArgs, AssayFacts } from '../sides/assay.ts';
import type { BareFacts } from '../sides/bareFastify.ts';
import { sampleOutcome } from '../sampleOutcome.ts';
import { missingLine, perSecond, ratioLine, type Line } from '../table.ts';
import { temporaryFolder } from '../temporaryFolder.ts';
import { isInstalled, wrk } from '../wrk.ts';

const AT_A_TIME = 16;
const STORED = 1000;

export async function resultReads({ rounds, seconds }: Pace): Promise<Line[]> {
  if (!isInstalled('wrk')) return [missingLine('GET of a FINAL result', 'wrk')];
  using folder = temporaryFolder();
  const credentials = await createAccountIn(folder.path);
  seedResults(folder.path, credentials.accountId, await sampleOutcome(), STORED);
  const [[sessionId, resultId] = ['', '']] = sampleResults(folder.path, 1);
  await using assay = await startSide<AssayFacts>('assay', { dataDir: folder.path, lightSlots: 0 } satisfies AssayArgs);
  const url = `${assay.facts.apiUrl}/v1/test-sessions/${sessionId}/results/${resultId}`;
  const text = await call('GET', url, credentials);
  await using bare = await startSide<BareFacts>('bareFastify', { text, contentType: 'application/json; charset=utf-8' });
  // The same request for both: headers cost time to read.
  const load = { headers: authorization(credentials), seconds, atATime: AT_A_TIME };
  const taken = await alternate(rounds, {
    assay: () => wrk({ ...load, url }, assay.pid),
    bare: () => wrk({ ...load, url: bare.facts.url }, bare.pid),
  });
  const line = (what: string, rate: typeof perWallSecond, aim?: { atLeast: number }) => {
    const [ours, theirs] = [taken.assay.map(rate), taken.bare.map(rate)];
    return ratioLine(what, perSecond(median(ours)), `${perSecond(median(theirs))} bare Fastify`, pairedRatio(ours, theirs), aim);
  };
  return [
    line(`GET of a FINAL result, ${Buffer.byteLength(text)} bytes`, perWallSecond, { atLeast: 0.7 }),
    line('  per core', perCpuSecond),
  ];
}
