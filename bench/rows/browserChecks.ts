/** A trivial browser check from POST to its FINAL message, against `npx playwright test` of the same file; traces on for both, in turn. */
import { setTimeout as pause } from 'node:timers/promises';
import { listen, type BenchCheck, type Listener } from '../account.ts';
import { median, pairedRatio, type Pace } from '../measure.ts';
import { costOf, plainProject, watchMemory, type Cost, type PlainProject } from '../plainRuns.ts';
import { createAccountIn } from '../seedStore.ts';
import { startSide } from '../sideProcess.ts';
import type { AssayArgs, AssayFacts } from '../sides/assay.ts';
import type { TargetFacts } from '../sides/target.ts';
import { figureLine, missingLine, ratioLine, type Line } from '../table.ts';
import { temporaryFolder } from '../temporaryFolder.ts';

/** ms between two runs: the next slot warms up meanwhile. */
const BETWEEN_MS = 2_500;
const AT_ONCE = 3;

const script = (url: string) => `import { expect, test } from '@playwright/test';

test('the shop answers', async ({ page }) => {
  await page.goto('${url}');
  await expect(page.locator('body')).toContainText('tea');
});
`;
/** Assay records videos as well; so does the second project. */
const config = (use: object) => `export default { workers: 1, use: ${JSON.stringify(use)} };\n`;

const check = (url: string): BenchCheck => ({ logicalId: 'browser', name: 'The shop in a browser', checkType: 'BROWSER', script: script(url), scriptPath: 'shop.spec.ts' });

async function timed(listener: Listener, checks: readonly BenchCheck[]): Promise<number> {
  const { tookMs, finals } = await listener.runSession(checks);
  const bad = finals.find(({ result }) => result.hasErrors || result.hasFailures);
  if (bad) throw new Error(`A run did not pass: ${JSON.stringify(bad)}`);
  return tookMs;
}

const seconds = (ms: readonly number[]) => `${(median(ms) / 1000).toFixed(2)} s`;
const cpu = (costs: readonly number[]) => `${median(costs).toFixed(2)} s`;

export async function browserChecks({ rounds }: Pace): Promise<Line[]> {
  await using target = await startSide<TargetFacts>('target', null);
  const { url } = target.facts;
  using plain = await plainProject({ 'shop.spec.ts': script(url), 'playwright.config.ts': config({ trace: 'on' }) });
  using filming = await plainProject({ 'shop.spec.ts': script(url), 'playwright.config.ts': config({ trace: 'on', video: 'on' }) });
  await plain.run();
  return [...await cold(url, plain), ...await warm(url, rounds, plain, filming)];
}

/** The first run of a server that has just started: it looks for sandbox and browser, and tries them. */
async function cold(url: string, plain: PlainProject): Promise<Line[]> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < 2; round++) {
    using folder = temporaryFolder();
    const credentials = await createAccountIn(folder.path);
    await using assay = await startSide<AssayFacts>('assay', { dataDir: folder.path, lightSlots: 1, heavySlots: 1 } satisfies AssayArgs);
    await using listener = await listen(assay.facts, credentials);
    ours.push(await timed(listener, [check(url)]));
    theirs.push(await plain.run());
  }
  return [ratioLine('Browser check, first of a new server', seconds(ours), `npx ${seconds(theirs)}`, pairedRatio(ours, theirs))];
}

async function warm(url: string, rounds: number, plain: PlainProject, filming: PlainProject): Promise<Line[]> {
  using folder = temporaryFolder();
  const credentials = await createAccountIn(folder.path);
  await using assay = await startSide<AssayFacts>('assay', { dataDir: folder.path, lightSlots: 1, heavySlots: AT_ONCE } satisfies AssayArgs);
  await using listener = await listen(assay.facts, credentials);
  await timed(listener, [check(url)]);
  const [one, peers, films]: [Cost[], Cost[], number[]] = [[], [], []];
  await pause(BETWEEN_MS);
  for (let round = 0; round < rounds; round++) {
    one.push(await costOf(() => timed(listener, [check(url)]), BETWEEN_MS));
    peers.push(await costOf(() => plain.run(), BETWEEN_MS));
    films.push(await filming.run());
  }
  const memory = watchMemory();
  const [three, threePeers]: [number[], number[]] = [[], []];
  for (let round = 0; round < Math.max(2, rounds - 2); round++) {
    await pause(BETWEEN_MS);
    three.push(await timed(listener, Array.from({ length: AT_ONCE }, () => check(url))));
    await pause(BETWEEN_MS);
    const startedAt = performance.now();
    // Each has a folder for its results of its own.
    await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => plain.run([`--output=results-${n}`])));
    threePeers.push(performance.now() - startedAt);
  }
  const peak = memory.stop();
  const ms = (costs: readonly Cost[]) => costs.map((cost) => cost.ms);
  const cpus = (costs: readonly Cost[]) => costs.map(({ cpuSeconds }) => cpuSeconds);
  return [
    ratioLine('Browser check, warm', seconds(ms(one)), `npx ${seconds(ms(peers))}`, pairedRatio(ms(one), ms(peers)), { atMost: 0.6 }),
    ratioLine('  processors, the next slot\'s warming up included', cpu(cpus(one)), `npx ${cpu(cpus(peers))}`, pairedRatio(cpus(one), cpus(peers))),
    ratioLine('  npx with video, as Assay has', seconds(ms(one)), `npx ${seconds(films)}`, pairedRatio(ms(one), films)),
    ratioLine(`  ${AT_ONCE} at once`, seconds(three), `npx ${seconds(threePeers)}`, pairedRatio(three, threePeers)),
    peak === null ? missingLine('  memory of a slot, peak', 'a control group') : figureLine('  memory of a slot, peak', peak / 1024 / 1024, ' MB', ''),
  ];
}
