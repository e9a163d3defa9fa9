/** Playwright suites with one package manager. */
import { after, before, describe } from 'node:test';
import { startRegistry, type Registry } from '../registry.ts';
import { whyNoBrowser } from './plainPlaywright.ts';
import type { Cli } from './project.ts';
import { createSuite, type Suite } from './suite.ts';
import { createSuiteProject, type PackageManager } from './suiteProject.ts';
import { testSuiteEvidence, testSuiteLife, testSuiteSameness, testSuiteVerdicts } from './suiteRuns.ts';

export async function testSuiteCli(cli: Cli, manager: PackageManager): Promise<void> {
  const skip = await whyNoBrowser() ?? false;
  describe(`Playwright suites through the real CLI, with ${manager}`, { skip }, () => {
    // Only npm's project is a workspace with a second Playwright. How tests fail does not depend on who has installed their packages.
    const [patterns, counts] = manager === 'npm' ? [['suites', 'old'], '2 failed, 1 passed, 3 total'] : [['suites', '--grep', '^green'], '1 passed, 1 total'];
    let suite: Suite;
    let registry: Registry;
    before(async () => {
      registry = await startRegistry();
      suite = await createSuite(cli, await createSuiteProject(cli, manager, registry.url), patterns);
    });
    after(async () => {
      await suite.close();
      await registry[Symbol.asyncDispose]();
    });
    testSuiteVerdicts(() => suite, counts);
    // What does not depend on the package manager, once.
    if (manager !== 'npm') return;
    testSuiteSameness(() => suite);
    testSuiteEvidence(() => suite);
    testSuiteLife(() => suite, () => registry);
  });
}
