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
    let suite: Suite;
    before(async () => { suite = await createSuite(cli, createProject(cli, 'browser', PACKAGES)); });
    after(() => suite.close());
    testBrowserVerdicts(() => suite);
    // What the server does is the same for every version.
    if (cli === 'checkly') for (const addTests of [testBrowserEvidence, testBrowserLife]) addTests(() => suite);
  });
}
