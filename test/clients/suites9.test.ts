/**
 * Playwright suites, the `checkly` CLI 9.5.0. What Yarn 1 installs lies as npm lays it: it is left out unless ASSAY_ALL_CLIENTS=1; how bundles are
 * installed with each package manager is tested beside the agent, and Yarn 4 in suites.test.ts.
 */
import { testSuiteCli } from './testSuiteCli.ts';

const ALL = process.env['ASSAY_ALL_CLIENTS'] === '1';

for (const manager of ALL ? ['npm', 'pnpm', 'yarn'] as const : ['npm', 'pnpm'] as const) await testSuiteCli('checkly', manager);
