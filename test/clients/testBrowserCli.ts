/** The suite of browser and multistep checks. */
import { after, before, describe } from 'node:test';
import { testBrowserEvidence, testBrowserLife, testBrowserVerdicts } from './browserRuns.ts';
import { whyNoBrowser } from './plainPlaywright.ts';
import { createProject, type Cli } from './project.ts';
import { createSuite, type Suite } from './suite.ts';

const PACKAGES = ['@playwright/test', 'playwright', '@checkly/playwright-helpers', 'pg'];

export async function testBrowserCli(cli: Cli): Promise<void> {
  const skip = await whyNoBrowser() ?? false;
  describe('browser checks through the real CLI', { skip }, () => {
    // What the server does is the same for every version: of an older one each type is seen to pass and to fail.
    const all = cli === 'checkly' || process.env['ASSAY_ALL_CLIENTS'] === '1';
    const [patterns, counts] = all ? [['colours'], '6 failed, 2 degraded, 3 passed, 11 total'] : [['colours', '--grep', '^(green|red) (Browser|Multistep)$'], '2 failed, 2 passed, 4 total'];
    let suite: Suite;
    before(async () => { suite = await createSuite(cli, createProject(cli, 'browser', PACKAGES), patterns); });
    after(() => suite.close());
    testBrowserVerdicts(() => suite, counts);
    if (cli === 'checkly') for (const addTests of [testBrowserEvidence, testBrowserLife]) addTests(() => suite);
  });
}
