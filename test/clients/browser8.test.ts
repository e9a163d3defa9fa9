/** Browser checks and a suite, the `checkly` CLI 8.23.2. */
import { testBrowserCli } from './testBrowserCli.ts';
import { testSuiteCli } from './testSuiteCli.ts';

await testBrowserCli('checkly-8');
await testSuiteCli('checkly-8', 'npm');
