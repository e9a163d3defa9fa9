/** A Playwright suite with its own, installed Playwright from POST to its FINAL message, against `npx playwright test` of the same project. */
import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startRegistry } from '../../test/registry.ts';
import { bundleOf, lockedProject } from '../../test/suiteProjects.ts';
import { authorization, listen, type BenchCheck } from '../account.ts';
import { median, pairedRatio, type Pace } from '../measure.ts';
import { costOf, plainProject, type Cost } from '../plainRuns.ts';
import { createAccountIn, type Credentials } from '../seedStore.ts';
import { startSide } from '../sideProcess.ts';
import type { AssayArgs, AssayFacts } from '../sides/assay.ts';
import type { TargetFacts } from '../sides/target.ts';
import { ratioLine, type Line } from '../table.ts';
import { temporaryFolder } from '../temporaryFolder.ts';

const VERSION = '1.65.1';
/** ms in which the agent compiles the packages that the second run has used again: those after it start faster. */
const COMPILING_MS = 8_000;
/** ms after a run in which it is cleared away. */
const AFTER_MS = 300;
/** Video is what Assay asks for where a project says nothing: said here, both do the same. */
const CONFIG = "export default { workers: 2, retries: 0, use: { trace: 'on', video: 'retain-on-failure', screenshot: 'only-on-failure' } };\n";
const SPEC = (url: string) => `import { expect, test } from '@playwright/test';
for (const name of ['tea', 'coffee', 'milk', 'cups']) {
  test(\`the shop has \${name}\`, async ({ page }) => {
    await page.goto('${url}');
    await expect(page.locator('body')).toContainText(name === 'cups' ? 'version' : name);
  });
}
`;

async function upload({ apiUrl }: AssayFacts, credentials: Credentials, bytes: Buffer): Promise<string> {
  const answer = await fetch(`${apiUrl}/next/checkly-storage/upload-code-bundle`, {
    method: 'POST', headers: { ...authorization(credentials), 'content-type': 'application/octet-stream' }, body: new Uint8Array(bytes),
  });
  if (!answer.ok) throw new Error(`The upload was answered with ${answer.status}: ${await answer.text()}`);
  return (await answer.json() as { key: string }).key;
}

export async function suites({ rounds }: Pace): Promise<Line[]> {
  await using target = await startSide<TargetFacts>('target', null);
  await using registry = await startRegistry();
  const files = await lockedProject('npm', VERSION, registry.url, { 'playwright.config.ts': CONFIG, 'shop.spec.ts': SPEC(target.facts.url) });
  using plain = await plainProject(files, async (folder) => { await promisify(execFile)('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder }); });
  using folder = temporaryFolder();
  const credentials = await createAccountIn(folder.path);
  await using assay = await startSide<AssayFacts>('assay', { dataDir: folder.path, lightSlots: 1, heavySlots: 1 } satisfies AssayArgs);
  await using listener = await listen(assay.facts, credentials);
  const check: BenchCheck = {
    logicalId: 'suite', name: 'The shop as a suite', checkType: 'PLAYWRIGHT', codeBundlePath: await upload(assay.facts, credentials, await bundleOf(files)),
    cacheHash: 'a'.repeat(64), testCommand: 'npx playwright test --config playwright.config.ts', workingDir: '.', browsers: ['chromium'], playwrightVersion: VERSION,
  };
  const once = async (): Promise<number> => {
    const { tookMs, finals } = await listener.runSession([check]);
    if (finals.some(({ result }) => result.hasErrors || result.hasFailures)) throw new Error(`The suite did not pass: ${JSON.stringify(finals)}`);
    return tookMs;
  };
  const first = await once();
  await once();
  await plain.run();
  await pause(COMPILING_MS);
  const [ours, theirs]: [Cost[], Cost[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    ours.push(await costOf(once, AFTER_MS));
    theirs.push(await costOf(() => plain.run(), AFTER_MS));
  }
  const ms = (costs: readonly Cost[]) => costs.map((cost) => cost.ms);
  const cpus = (costs: readonly Cost[]) => costs.map(({ cpuSeconds }) => cpuSeconds);
  const seconds = (values: readonly number[]) => `${(median(values) / 1000).toFixed(2)} s`;

  return [
    ratioLine('Suite of 4 tests with its own Playwright', seconds(ms(ours)), `npx ${seconds(ms(theirs))}`, pairedRatio(ms(ours), ms(theirs)), { atMost: 1.1 }),
    ratioLine('  processors', `${median(cpus(ours)).toFixed(2)} s`, `npx ${median(cpus(theirs)).toFixed(2)} s`, pairedRatio(cpus(ours), cpus(theirs))),
    ratioLine('  the first run, with the install', seconds([first]), `npx ${seconds(ms(theirs))}`, first / median(ms(theirs))),
  ];
}
