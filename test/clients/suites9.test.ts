/** Playwright suites, the `checkly` CLI 9.5.0. */
import { testSuiteCli } from './testSuiteCli.ts';

for (const manager of ['npm', 'pnpm', 'yarn'] as const) await testSuiteCli('checkly', manager);
